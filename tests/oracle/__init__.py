"""Slow, plain second opinions that the tests of the library are checked against."""

"""The prose linter: plain English in everything that people read."""

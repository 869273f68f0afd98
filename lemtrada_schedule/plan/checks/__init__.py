"""Rules that a plan read from a file must keep, so that none of its parts contradicts another."""

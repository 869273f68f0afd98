"""Rules that a stored plan must keep, so that no part contradicts another."""

"""Plans and verdicts as plain text."""

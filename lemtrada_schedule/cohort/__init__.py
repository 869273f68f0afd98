"""Many patients at once: a screen over columns that says the same as `evaluate`, patient by patient."""

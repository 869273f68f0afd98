"""A plan as a page for printing, clinical or neutral."""

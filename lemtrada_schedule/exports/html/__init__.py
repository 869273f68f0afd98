"""A plan as an HTML page to print, with clinical or neutral titles."""

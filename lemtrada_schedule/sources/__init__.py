"""Say how a table of records is to be read, and read it."""

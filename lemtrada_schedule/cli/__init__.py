"""The commands of the command line, by theme. They print data, say words, and read no clock."""

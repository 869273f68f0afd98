"""The command line: one module for each command, and what they share (parser, options, output files, terminal)."""

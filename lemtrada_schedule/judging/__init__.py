"""Judge a history: `evaluate` what was given, `forecast` the next course, check a clinic."""

"""Records of a patient: history, courses on record, recorded tests."""

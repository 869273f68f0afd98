"""Read files: records of infusions, protocols, clinics, plans and decisions. All problems of a file are reported."""

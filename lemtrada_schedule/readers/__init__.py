"""Files in: protocols, clinics and plans. Every problem of a file is reported at once, with its place."""

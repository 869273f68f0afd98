"""What was given and tested: the history of a patient, and the courses that its infusions make up."""

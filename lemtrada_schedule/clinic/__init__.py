"""A clinic's calendar: hours, closures, public holidays, open days and possible starts."""

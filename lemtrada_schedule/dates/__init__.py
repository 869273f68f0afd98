"""Days, months, spans, periods and clock times: pure time, nothing of the treatment."""

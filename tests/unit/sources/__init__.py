"""Tests of `lemtrada_schedule.sources`."""

"""Tests of the audit of cohorts."""

"""Plan a treatment, and plan it again after a disruption."""

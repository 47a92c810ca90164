"""Rate constants and initial concentrations from data."""

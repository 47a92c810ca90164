"""The reference executor: protocols in plain Python, simulated with SciPy."""

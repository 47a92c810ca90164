"""The reference executor: the protocols of a program in plain Python, simulated by SciPy."""

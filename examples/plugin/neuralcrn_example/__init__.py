"""A circuit and a learning rule for neuralcrn, found by the entry points in pyproject.toml."""

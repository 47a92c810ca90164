"""PEtab, the format of problems of parameter estimation, versions 1 and 2."""

from neuralcrn.fitting.petab.reading import read_petab

__all__ = ["read_petab"]

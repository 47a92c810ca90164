"""PEtab, the format of problems of parameter estimation, versions 1 and 2."""

from neuralcrn.fitting.petab.reading import read_petab
from neuralcrn.fitting.petab.writing import write_petab

__all__ = ["read_petab", "write_petab"]

"""SBML Level 3 Version 2: networks as other simulators read and write them."""

from neuralcrn.formats.sbml.writing import write_sbml

__all__ = ["write_sbml"]

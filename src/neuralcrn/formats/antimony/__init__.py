"""Antimony, the text format of libRoadRunner and Tellurium."""

from neuralcrn.formats.antimony.translating import antimony_to_sbml
from neuralcrn.formats.antimony.writing import write_antimony

__all__ = ["antimony_to_sbml", "write_antimony"]

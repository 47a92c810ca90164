"""SBML, the format of simulators in systems biology."""

from neuralcrn.formats.sbml.model import SbmlModel
from neuralcrn.formats.sbml.parametric import ParametricModel, read_sbml_parametric
from neuralcrn.formats.sbml.reading import read_sbml, read_sbml_model
from neuralcrn.formats.sbml.writing import write_sbml

__all__ = [
    "ParametricModel",
    "SbmlModel",
    "read_sbml",
    "read_sbml_model",
    "read_sbml_parametric",
    "write_sbml",
]

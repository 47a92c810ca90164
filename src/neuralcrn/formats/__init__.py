"""Readers and writers for file formats, one file or package per format."""

from neuralcrn.files import read_text
from neuralcrn.formats.json import network_from_json, network_to_json
from neuralcrn.formats.plain import plain_model
from neuralcrn.formats.registry import (
    FORMATS,
    Format,
    find_format,
    network_text,
    parse_models,
    read_models,
    read_network,
)
from neuralcrn.formats.sbml import (
    ParametricModel,
    SbmlModel,
    read_sbml,
    read_sbml_model,
    read_sbml_parametric,
    write_sbml,
)

__all__ = [
    "FORMATS",
    "Format",
    "ParametricModel",
    "SbmlModel",
    "find_format",
    "network_from_json",
    "network_text",
    "network_to_json",
    "parse_models",
    "plain_model",
    "read_models",
    "read_network",
    "read_sbml",
    "read_sbml_model",
    "read_sbml_parametric",
    "read_text",
    "write_sbml",
]

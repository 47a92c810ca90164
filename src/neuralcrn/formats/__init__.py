"""Networks in the formats of other tools, one file a format."""

from neuralcrn.formats.json import network_from_json, network_to_json
from neuralcrn.formats.sbml import write_sbml

__all__ = ["network_from_json", "network_to_json", "write_sbml"]

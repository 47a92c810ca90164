"""Registry of learning circuits, by families.

>>> from neuralcrn.circuits import FAMILIES, make_circuit
>>> [name for name in sorted(FAMILIES) if "quadratic" in name]
['cubic-quadratic', 'quadratic', 'quadratic-dense']
>>> make_circuit("quadratic", inputs=2, rule="first-order").compile().reaction_count
43
"""

from neuralcrn.circuits.bank import BankFamily
from neuralcrn.circuits.catalogue import FAMILIES, make_circuit, supported_rules
from neuralcrn.circuits.equations import EquationFamily
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import STANDARD, Distribution, draw
from neuralcrn.circuits.layers import LayeredFamily
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout

__all__ = [
    "FAMILIES",
    "STANDARD",
    "BankFamily",
    "Circuit",
    "Distribution",
    "EquationFamily",
    "Family",
    "LayeredFamily",
    "Options",
    "Readout",
    "draw",
    "make_circuit",
    "supported_rules",
]

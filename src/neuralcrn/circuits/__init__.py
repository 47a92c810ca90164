"""Registry of learning circuits, one equation per family.

>>> from neuralcrn.circuits import FAMILIES, make_circuit
>>> sorted(FAMILIES)
['cubic', 'cubic-quadratic', 'linear', 'minimal', 'mixing', 'quadratic', 'quadratic-dense', 'smooth-relu']
>>> make_circuit("quadratic", inputs=2, rule="first-order").compile().reaction_count
43
"""

from neuralcrn.circuits.catalogue import FAMILIES, make_circuit
from neuralcrn.circuits.family import Distribution, Family, Options
from neuralcrn.compiler.circuit import Circuit, Readout

__all__ = [
    "FAMILIES",
    "Circuit",
    "Distribution",
    "Family",
    "Options",
    "Readout",
    "make_circuit",
]

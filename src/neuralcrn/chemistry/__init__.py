r"""Chemistry: reaction networks, their text format, and their structural analysis.

Write reactions with operators, or as text in the usual syntax. Both give the same immutable values.

>>> a, b, c = species("A B C")
>>> net = Network.of([a + b | 2 * c, (c >> NOTHING).k(0.5).labelled("decay")], {"A": 10})
>>> print(net)
A + B -> 2 C [k = 1]
2 C -> A + B [k = 1]
C -> 0 [k = 0.5]  # decay
A @initial 10
>>> parse_network("A + B <-> 2C\n C -> 0 [k = 0.5]  # decay\n A @initial 10") == net
True
>>> inflow = Network.of([NOTHING >> a])
>>> (net | inflow).counts
Counts(species=3, reactions=4)
>>> net_stoichiometry(net).tolist()
[[-1, 1, 0], [-1, 1, 0], [2, -2, -1]]
>>> conservation_laws(net)
((1, -1, 0),)
"""

from __future__ import annotations

from neuralcrn.chemistry.description import describe_network
from neuralcrn.chemistry.events import Event
from neuralcrn.chemistry.interventions import Crossing, Dosing
from neuralcrn.chemistry.network import Counts, Network
from neuralcrn.chemistry.parametric import ParametricNetwork
from neuralcrn.chemistry.reaction import NOTHING, Complex, Reaction, ReversibleReaction, Species, species
from neuralcrn.chemistry.render import network_latex, reaction_latex
from neuralcrn.chemistry.siphons import minimal_siphons
from neuralcrn.chemistry.stoichiometry import (
    conservation_laws,
    deficiency,
    is_weakly_reversible,
    linkage_classes,
    net_stoichiometry,
    product_matrix,
    rank,
    reactant_matrix,
)
from neuralcrn.chemistry.structure import NetworkStructure, network_structure
from neuralcrn.chemistry.text import RateLaw, format_network, parse_network, parse_parametric
from neuralcrn.chemistry.values import format_number

__all__ = [
    "NOTHING",
    "Complex",
    "Counts",
    "Crossing",
    "Dosing",
    "Event",
    "Network",
    "NetworkStructure",
    "ParametricNetwork",
    "RateLaw",
    "Reaction",
    "ReversibleReaction",
    "Species",
    "conservation_laws",
    "deficiency",
    "describe_network",
    "format_network",
    "format_number",
    "is_weakly_reversible",
    "linkage_classes",
    "minimal_siphons",
    "net_stoichiometry",
    "network_latex",
    "network_structure",
    "parse_network",
    "parse_parametric",
    "product_matrix",
    "rank",
    "reactant_matrix",
    "reaction_latex",
    "species",
]

"""Networks without a format of their own units, as models in concentrations with adjustable rate
constants.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from neuralcrn.chemistry import Network
from neuralcrn.errors import UnknownNameError
from neuralcrn.formats.sbml import SbmlModel

_NOTHING: Mapping[str, float] = MappingProxyType({})
_LISTED = 20


def plain_model(
    network: Network, changes: Mapping[str, float] = _NOTHING, parameters: Mapping[str, float] = _NOTHING
) -> SbmlModel:
    """Return a network as a model in concentrations with unknown volume.

    Parameters
    ----------
    network : Network
        The network.
    changes : mapping from str to float
        Initial concentrations by species, and rate constants by ``reaction_2.k``, with reactions counted from
        1, or by ``LABEL.k`` if exactly one reaction has that label.
    parameters : mapping from str to float
        Parameters of the network.

    Raises
    ------
    UnknownNameError
        If a change does not refer to the network.
    InvalidValueError
        If a value is negative or not finite.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> network = parse_network("A -> B [k = 1]  # decay")
    >>> print(plain_model(network, {"A": 2.0, "decay.k": 3.0}).network)
    A -> B [k = 3]  # decay
    A @initial 2
    """
    reactions, initial = list(network.reactions), {}
    places = _places(network) if changes else {}
    for name, value in changes.items():
        if name in network.index:
            initial[name] = value
        elif name in places:
            reactions[places[name]] = reactions[places[name]].k(value)
        else:
            known = [*parameters, *network.species[:_LISTED], *sorted(places, key=len)[:_LISTED]]
            raise UnknownNameError("species or parameter", name, known)
    made = replace(network, reactions=tuple(reactions)).with_initial(initial) if changes else network
    count = len(network.species)
    return SbmlModel(
        made,
        "concentration",
        (None,) * count,
        (),
        MappingProxyType({**parameters}),
        meanings=("concentration",) * count,
    )


def _places(network: Network) -> dict[str, int]:
    """Return the index of each reaction by the names of its rate constant."""
    labels = [reaction.label for reaction in network.reactions]
    times = Counter(labels)
    by_label = {f"{label}.k": i for i, label in enumerate(labels) if label and times[label] == 1}
    return {f"reaction_{i + 1}.k": i for i in range(len(labels))} | by_label

"""Networks as JSON values."""

from __future__ import annotations

from typing import Any

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.errors import NetworkError


def network_to_json(network: Network) -> dict[str, Any]:
    """Return a network as plain values.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> network = parse_network("2A -> B [k = 3]  # dimer")
    >>> network_to_json(network)["reactions"]
    [{'reactants': {'A': 2}, 'products': {'B': 1}, 'rate': 3.0, 'label': 'dimer'}]
    >>> network_from_json(network_to_json(network)) == network
    True
    """
    return {
        "rate_law": "mass action: rate times the product of reactants to their coefficients, no factorials",
        "species": dict(zip(network.species, network.initial, strict=True)),
        "reactions": [
            {
                "reactants": dict(reaction.reactants.terms),
                "products": dict(reaction.products.terms),
                "rate": reaction.rate,
                "label": reaction.label,
            }
            for reaction in network.reactions
        ],
    }


def network_from_json(data: Any) -> Network:
    """Read a network back.

    Raises
    ------
    NetworkError
        If a part is missing or has the wrong type.
    """
    try:
        initial = {str(name): float(value) for name, value in data["species"].items()}
        reactions = [
            Reaction.of(row["reactants"], row["products"], rate=float(row["rate"]), label=row["label"])
            for row in data["reactions"]
        ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NetworkError(f"this JSON holds no network: {type(error).__name__} {error}") from error
    return Network.of(reactions, initial, tuple(initial))

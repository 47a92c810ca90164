"""A network summed up in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from neuralcrn.chemistry.network import RATE_LAW, Network
from neuralcrn.chemistry.stoichiometry import conservation_laws
from neuralcrn.errors import printable

_DESCRIBED_LAWS = 10
_DESCRIBED_SPECIES = 2_000
_DESCRIBED_LENGTH = 200


def describe_network(network: Network) -> str:
    """Return a summary: size, orders, conservation laws and the rate law.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(describe_network(parse_network("A + B <-> C [kf = 2, kr = 1]" + chr(10) + "A @initial 3")))
    3 species, 2 reactions
    orders: 1 of order 1, 1 of order 2
    conservation laws: 2
      A + C = 3
      B + C = 0
    rate law: flux of a1 X1 + a2 X2 + ... -> ... with constant k: k * x1^a1 * x2^a2 * ..., the product of concentrations, no factorials
    """  # noqa: E501
    orders = Counter(reaction.order for reaction in network.reactions)
    histogram = ", ".join(f"{count:,} of order {order}" for order, count in sorted(orders.items()))
    lines = [
        f"{len(network.species):,} species, {len(network.reactions):,} reactions",
        f"orders: {histogram or 'no reactions'}",
        *_laws(network),
        f"rate law: {RATE_LAW}",
    ]
    return "\n".join(lines)


def _laws(network: Network) -> list[str]:
    if len(network.species) > _DESCRIBED_SPECIES:
        return [f"conservation laws: skipped, more than {_DESCRIBED_SPECIES:,} species"]
    laws = conservation_laws(network)
    lines = [f"conservation laws: {len(laws)}"]
    for law in laws[:_DESCRIBED_LAWS]:
        total = sum(factor * value for factor, value in zip(law, network.initial, strict=True))
        left = printable(_weighted_sum(law, network.species), _DESCRIBED_LENGTH)
        lines.append(f"  {left} = {total:.6g}")
    if len(laws) > _DESCRIBED_LAWS:
        lines.append(f"  and {len(laws) - _DESCRIBED_LAWS} more")
    return lines


def _weighted_sum(weights: Iterable[int], names: Iterable[str]) -> str:
    """Return a linear combination as text, for example ``A + 2 B - C``."""
    text = ""
    for weight, name in zip(weights, names, strict=True):
        if weight:
            sign = "-" if weight < 0 else "+"
            size = "" if abs(weight) == 1 else f"{abs(weight)} "
            text += f" {sign} {size}{name}"
    return text.removeprefix(" + ").strip()

"""Heading of generated files, without comment characters."""

from __future__ import annotations

from neuralcrn.chemistry.network import RATE_LAW, Network
from neuralcrn.version import __version__


def heading(network: Network) -> tuple[str, ...]:
    """Return the heading of generated files: origin, size and rate law.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> for line in heading(parse_network("A -> B")):
    ...     print(line)  # doctest: +ELLIPSIS
    2 species, 1 reactions, written by neuralcrn ...
    rate law: flux of a1 X1 + a2 X2 + ... -> ... with constant k: k * x1^a1 * x2^a2 * ..., the product of concentrations, no factorials
    """  # noqa: E501
    species, reactions = network.counts
    return (
        f"{species:,} species, {reactions:,} reactions, written by neuralcrn {__version__}",
        f"rate law: {RATE_LAW}",
    )

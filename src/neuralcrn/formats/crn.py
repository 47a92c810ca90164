"""Reaction text, the format of this library."""

from __future__ import annotations

from neuralcrn.chemistry import Network, format_network
from neuralcrn.formats.heading import heading


def write_crn(network: Network) -> str:
    """Return a network as a file of reaction text.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> network = parse_network("A -> B [k = 0.5]  # decay")
    >>> parse_network(write_crn(network)) == network
    True
    """
    return "\n".join([*(f"# {line}" for line in heading(network)), format_network(network)]) + "\n"

"""Mermaid: graph of species and reactions for Markdown pages."""

from __future__ import annotations

from neuralcrn.chemistry import Network, format_number
from neuralcrn.chemistry.graph import SpeciesRole, graph_edges
from neuralcrn.display import pretty
from neuralcrn.formats.heading import heading


def write_mermaid(network: Network) -> str:
    """Return a network as a flowchart: species rounded, reactions as boxes with k, catalysts dotted.

    Nodes are numbered; their labels are quoted and contain only letters, digits and commas, so that no name
    can be mistaken for a keyword of Mermaid.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> for line in write_mermaid(parse_network("E + S -> E + 2P")).splitlines()[-5:]:
    ...     print(line)
      s2(["P"])
      r0["1"]
      s0 -.- r0
      s1 --> r0
      r0 -->|2| s2
    """
    lines = [
        *(f"%% {line}" for line in heading(network)),
        "flowchart LR",
        *(f'  s{i}(["{pretty(name)}"])' for i, name in enumerate(network.species)),
        *(f'  r{i}["{format_number(reaction.rate)}"]' for i, reaction in enumerate(network.reactions)),
    ]
    for reaction, species, role, count in graph_edges(network):
        start, end = f"s{species}", f"r{reaction}"
        if role is SpeciesRole.PRODUCT:
            start, end = end, start
        arrow = "-.-" if role is SpeciesRole.CATALYST else "-->"
        lines.append(f"  {start} {arrow}{f'|{count}|' if count > 1 else ''} {end}")
    return "\n".join([*lines, ""])

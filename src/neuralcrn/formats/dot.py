"""Graphviz DOT: graph of species and reactions."""

from __future__ import annotations

from neuralcrn.chemistry import Network, format_number
from neuralcrn.chemistry.graph import SpeciesRole, graph_edges
from neuralcrn.display import pretty
from neuralcrn.formats.heading import heading


def write_dot(network: Network) -> str:
    """Return a network as a directed graph: species as ellipses, reactions as boxes, catalysts dashed.

    Nodes are numbered, and names occur only in labels. A box shows the rate constant, with the reaction as a
    tooltip.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> for line in write_dot(parse_network("E + S -> E + 2P")).splitlines()[-5:]:
    ...     print(line)
      r0 [label="1", shape=box, height=0.2, tooltip="E + S -> E + 2 P [k = 1]"];
      s0 -> r0 [style=dashed, dir=none];
      s1 -> r0;
      r0 -> s2 [label="2"];
    }
    """
    lines = [
        *(f"// {line}" for line in heading(network)),
        "digraph network {",
        "  rankdir=LR;",
        '  node [fontname="sans-serif", fontsize=11];',
        *(f"  s{i} [label={_quoted(pretty(name))}];" for i, name in enumerate(network.species)),
    ]
    for i, reaction in enumerate(network.reactions):
        rate = _quoted(format_number(reaction.rate))
        lines.append(f"  r{i} [label={rate}, shape=box, height=0.2, tooltip={_quoted(str(reaction))}];")
    for reaction, species, role, count in graph_edges(network):
        ends = f"r{reaction} -> s{species}" if role is SpeciesRole.PRODUCT else f"s{species} -> r{reaction}"
        attributes = [f'label="{count}"'] if count > 1 else []
        attributes += ["style=dashed", "dir=none"] if role is SpeciesRole.CATALYST else []
        lines.append(f"  {ends} [{', '.join(attributes)}];" if attributes else f"  {ends};")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    r"""Return a DOT string for `text`, with the escape sequences of Graphviz (``\N``, ``&lt;``) escaped."""
    for mark, written in (("&", "&amp;"), ("\\", "\\\\"), ('"', '\\"')):
        text = text.replace(mark, written)
    return f'"{text}"'

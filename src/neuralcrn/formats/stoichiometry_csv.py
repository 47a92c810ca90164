"""CSV: the stoichiometry of a network as a table, one row per reaction."""

from __future__ import annotations

import csv
import io

from neuralcrn.chemistry import Network, net_stoichiometry
from neuralcrn.formats.heading import heading

_FORMULA = ("=", "+", "-", "@")


def write_stoichiometry_csv(network: Network) -> str:
    """Return the net stoichiometry of each reaction, as a table for spreadsheets and scripts.

    The table begins with two lines that start with ``#``, followed by the header ``reaction,k,label,`` and
    one column per species. The last row contains the initial concentrations. Texts that a spreadsheet would
    interpret as formulas are prefixed with an apostrophe.

    Raises
    ------
    InvalidValueError
        If the table would have more than 250 million entries.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(write_stoichiometry_csv(parse_network("E + 2S -> E + P  # =1+1")).partition("reaction,")[2])
    k,label,E,S,P
    E + 2 S -> E + P,1.0,'=1+1,0,-2,1
    initial,,,0.0,0.0,0.0
    <BLANKLINE>
    """
    stream = io.StringIO()
    stream.writelines(f"# {line}\n" for line in heading(network))
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["reaction", "k", "label", *network.species])
    for reaction, changes in zip(network.reactions, net_stoichiometry(network).T.tolist(), strict=True):
        text = f"{reaction.reactants} -> {reaction.products}"
        table.writerow([text, reaction.rate, _harmless(reaction.label), *changes])
    table.writerow(["initial", "", "", *network.initial])
    return stream.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text

"""LaTeX: a network as a table."""

from __future__ import annotations

from neuralcrn.chemistry import Network, format_number, reaction_latex
from neuralcrn.display import Document, Formula, Name, Paragraph, Table, Text, to_latex
from neuralcrn.formats.heading import heading


def write_latex(network: Network) -> str:
    r"""Return a network as a ``longtable`` of numbered reactions, with the initial concentrations below.

    The document that takes it in with ``\input`` loads the packages amsmath, amssymb and longtable.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> for line in write_latex(parse_network("x_p -> 0 [k = 1e-3]  # 5%\nx_p @initial 2")).splitlines()[5:]:
    ...     print(line)
    1 & $x^{+} \xrightarrow{0.001} \varnothing$ & 5\% \\
    \hline
    \end{longtable}
    <BLANKLINE>
    initially $x^{+}$ = 2
    """
    rows = tuple(
        (str(number), Formula(reaction_latex(reaction.labelled("")), str(reaction)), reaction.label)
        for number, reaction in enumerate(network.reactions, start=1)
    )
    started: list[Text] = []
    for name, value in zip(network.species, network.initial, strict=True):
        if value:
            started += [", " if started else "initially ", Name(name), f" = {format_number(value)}"]
    initial = [Paragraph(tuple(started))] if started else []
    document = Document.of(Table(("", "reaction and rate constant", ""), rows), *initial)
    comment = (*heading(network), "needs the packages amsmath, amssymb and longtable")
    return "\n".join([*(f"% {line}" for line in comment), to_latex(document), ""])

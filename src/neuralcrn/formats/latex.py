"""LaTeX: a network as a table."""

from __future__ import annotations

from neuralcrn.chemistry import Network, format_number, reaction_latex
from neuralcrn.display import name_latex, number_latex, text_latex
from neuralcrn.formats.heading import heading


def write_latex(network: Network) -> str:
    r"""Return a network as a ``longtable`` of numbered reactions, with the initial concentrations below.

    Documents that include it with ``\input`` must load the packages amsmath, amssymb and longtable.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> for line in write_latex(parse_network("x_p -> 0 [k = 1e-3]  # 5%\nx_p @initial 2")).splitlines()[5:]:
    ...     print(line)
    1 & $x^{+} \xrightarrow{0.001} \varnothing$ & 5\% \\
    \hline
    \multicolumn{3}{l}{initially $x^{+} = 2$} \\
    \end{longtable}
    """
    rows = [
        rf"{number} & ${reaction_latex(reaction.labelled(''))}$ & {text_latex(reaction.label)} \\"
        for number, reaction in enumerate(network.reactions, start=1)
    ]
    started = [
        rf"\multicolumn{{3}}{{l}}{{initially ${name_latex(name)} = {number_latex(format_number(value))}$}} \\"
        for name, value in zip(network.species, network.initial, strict=True)
        if value
    ]
    lines = [
        *(f"% {line}" for line in (*heading(network), "needs the packages amsmath, amssymb and longtable")),
        r"\begin{longtable}{rll}",
        r" & reaction and rate constant & \\ \hline \endhead",
        *rows,
        r"\hline",
        *started,
        r"\end{longtable}",
        "",
    ]
    return "\n".join(lines)

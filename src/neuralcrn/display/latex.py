"""Documents as LaTeX."""

from __future__ import annotations

from neuralcrn.display.document import (
    Document,
    Fold,
    Formula,
    Heading,
    Listing,
    Name,
    Paragraph,
    Part,
    Steps,
    Table,
    Text,
    clean,
)
from neuralcrn.display.names import name_latex, text_latex


def to_latex(document: Document) -> str:
    r"""Return a document as LaTeX, which needs the packages amsmath, amssymb and longtable.

    Pictures are omitted.

    Examples
    --------
    >>> print(to_latex(Document.of(Table(("gate", "peak"), ((Name("C1_p"), "90%"),)))))
    \begin{longtable}{lr}
    gate & peak \\ \hline \endhead
    $C_{1}^{+}$ & 90\% \\
    \hline
    \end{longtable}
    """
    return "\n\n".join(filter(None, map(_part, document.parts)))


def _part(part: Part) -> str:
    match part:
        case Heading(text):
            return rf"\section*{{{_inline(text)}}}"
        case Paragraph(text):
            return _inline(text)
        case Steps(items):
            steps = (rf"\item {_inline(item)}" for item in items)
            return "\n".join([r"\begin{enumerate}", *steps, r"\end{enumerate}"])
        case Listing(lines):
            return " \\\\\n".join(rf"\texttt{{{_inline(line)}}}" for line in lines)
        case Table():
            return _table(part)
        case Fold(summary, parts):
            return "\n\n".join([rf"\subsection*{{{_inline(summary)}}}", to_latex(Document(parts))])
        case _:
            return ""


def _inline(text: Text) -> str:
    match text:
        case tuple():
            return "".join(map(_inline, text))
        case Name(name):
            return f"${name_latex(name)}$"
        case Formula():
            return f"${text.latex}$"
        case _:
            return text_latex(clean(text))


def _table(table: Table) -> str:
    columns = "".join("r" if number else "l" for number in table.numeric)
    head, *rows = (" & ".join(map(_inline, row)) for row in (table.head, *table.rows))
    above = [_inline(table.title), ""] if table.title else []
    lines = [
        *above,
        rf"\begin{{longtable}}{{{columns}}}",
        rf"{head} \\ \hline \endhead",
        *(rf"{row} \\" for row in rows),
        r"\hline",
        r"\end{longtable}",
        *([_inline(table.more)] if table.omitted else []),
    ]
    return "\n".join(lines)

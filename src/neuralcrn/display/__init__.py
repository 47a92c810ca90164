"""Display: a value describes itself as a document, which is rendered in several formats.

>>> from neuralcrn.chemistry import parse_network
>>> print(to_text(parse_network("A -> 2 B [k = 3]").document()))
2 species, 1 reactions
reactants     products  k  label
A          →  2 B       3
"""

from neuralcrn.display.displayed import Displayed
from neuralcrn.display.document import (
    SHOWN_POINTS,
    SHOWN_ROWS,
    Document,
    Fold,
    Formula,
    Heading,
    Listing,
    Mark,
    Name,
    Paragraph,
    Part,
    Picture,
    Steps,
    Table,
    Text,
    thinned,
)
from neuralcrn.display.html import to_html, to_page
from neuralcrn.display.latex import to_latex
from neuralcrn.display.markdown import to_markdown
from neuralcrn.display.names import name_html, name_latex, number_latex, pretty, text_latex
from neuralcrn.display.text import to_text

__all__ = [
    "SHOWN_POINTS",
    "SHOWN_ROWS",
    "Displayed",
    "Document",
    "Fold",
    "Formula",
    "Heading",
    "Listing",
    "Mark",
    "Name",
    "Paragraph",
    "Part",
    "Picture",
    "Steps",
    "Table",
    "Text",
    "name_html",
    "name_latex",
    "number_latex",
    "pretty",
    "text_latex",
    "thinned",
    "to_html",
    "to_latex",
    "to_markdown",
    "to_page",
    "to_text",
]

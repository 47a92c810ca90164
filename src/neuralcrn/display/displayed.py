"""Base class of values that are displayed as text and in notebooks by one document."""

from __future__ import annotations

from abc import ABC, abstractmethod

from neuralcrn.display.document import Document
from neuralcrn.display.html import to_html
from neuralcrn.display.text import to_text


class Displayed(ABC):
    """A value with a `document` for display.

    Examples
    --------
    >>> from neuralcrn.display import Paragraph
    >>> class Yield(Displayed):
    ...     def document(self):
    ...         return Document.of(Paragraph("yield > 0.5"))
    >>> print(Yield(), Yield()._repr_html_())
    yield > 0.5 <div><p>yield &gt; 0.5</p></div>
    """

    __slots__ = ()

    @abstractmethod
    def document(self) -> Document:
        """Return the document to display."""

    def __str__(self) -> str:
        return to_text(self.document())

    def _repr_html_(self) -> str:
        return to_html(self.document())

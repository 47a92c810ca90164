"""All exceptions of neuralcrn. Messages give what is wrong, where, the value, and how to correct it.

Each class also derives from the built-in exception that a caller would normally catch. The command line
prints errors as one message with exit status 2, and warnings as one line.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence

_LISTED, _PATH = 8, 400
"""Numbers of rows and of characters of a path that are shown."""


class NeuralCRNError(Exception):
    """Base class of all errors raised by neuralcrn."""


class NeuralCRNWarning(UserWarning):
    """The result is valid, but the user should know something about it."""


class AssumedRateWarning(NeuralCRNWarning):
    """A rate constant was not given and was assumed to be 1."""


class PlugInWarning(NeuralCRNWarning):
    """What another package declares cannot be used, and is left out."""


class InvalidValueError(NeuralCRNError, ValueError):
    """A value is outside the accepted range."""


class ParseError(NeuralCRNError, ValueError):
    """A text does not follow its grammar.

    Parameters
    ----------
    what : str
        Error and expected input.
    line, column : int
        Position of the error, both counted from 1.
    excerpt : str
        The line of the text that contains the error.
    source : str
        File name or another description of the source.

    Examples
    --------
    >>> print(ParseError("expected '->'", line=1, column=3, excerpt="A B", source="net.crn"))
    net.crn:1:3: expected '->'
      A B
        ^
    """

    def __init__(self, what: str, *, line: int, column: int, excerpt: str, source: str = "text"):
        self.what, self.line, self.column, self.source = what, line, column, source
        shown, caret = _window(excerpt, column)
        super().__init__(f"{source}:{line}:{column}: {what}\n  {shown}\n  {' ' * caret}^")

    @classmethod
    def at(cls, what: str, text: str, position: int, source: str = "text") -> ParseError:
        r"""Return the error that points to one character of a text, counted from 0.

        Examples
        --------
        >>> print(ParseError.at("expected a number", "A = 1\nB = x", 10, "net.ant"))
        net.ant:2:5: expected a number
          B = x
              ^
        """
        start = text.rfind("\n", 0, position) + 1
        return cls(
            what,
            line=text.count("\n", 0, position) + 1,
            column=position - start + 1,
            excerpt=text[start:].split("\n", 1)[0],
            source=shown_path(source),
        )


class UnknownNameError(NeuralCRNError, LookupError):
    """A name is not in the registry; the message suggests the nearest known name.

    Examples
    --------
    >>> print(UnknownNameError("circuit", "quadratc", ["linear", "quadratic"]))
    unknown circuit 'quadratc': did you mean 'quadratic'? Known: linear, quadratic
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]):
        names = sorted(known)
        nearest = near(name, names)
        hint = f"did you mean '{nearest}'? " if nearest else ""
        super().__init__(f"unknown {kind} {printable(name)!r}: {hint}Known: {', '.join(names)}")


class NetworkError(NeuralCRNError, ValueError):
    """A reaction or a network is inconsistent."""


class DataError(NeuralCRNError, ValueError):
    """A data set cannot be used for training."""


class CompileError(NeuralCRNError, ValueError):
    """A circuit cannot be compiled to reactions."""


class SimulationError(NeuralCRNError, RuntimeError):
    """A simulation stopped early."""


class DivergenceError(SimulationError):
    """Training diverged: the chemistry left its valid range."""


class CancelledError(NeuralCRNError):
    """The caller cancelled an operation."""


class CheckError(NeuralCRNError, AssertionError):
    """An extension violates its interface."""


class StoppedClockError(DivergenceError):
    """A clock did not reach its next turn, at any learning rate."""


class RunError(NeuralCRNError, RuntimeError):
    """A run folder is missing, already exists, is damaged or of another program, or a file cannot be
    written.
    """


def near(name: str, known: Iterable[str]) -> str:
    """Return the known name that is nearest to `name`, ignoring case; empty if none is near."""
    names = {candidate.casefold(): candidate for candidate in sorted(known)}
    return next((names[found] for found in difflib.get_close_matches(name.casefold(), names, n=1)), "")


def printable(text: str, limit: int = 80) -> str:
    """Return `text` without control characters, shortened to `limit`, safe to print in a terminal."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def shown_path(source: str | os.PathLike[str]) -> str:
    """Return a path or another name of a source, safe to print; only the end of a long one, with its file.

    Examples
    --------
    >>> len(shown_path("folder/" * 100 + "model.xml")), shown_path("folder/" * 100 + "model.xml")[-16:]
    (400, 'folder/model.xml')
    """
    shown = os.fspath(source)
    return printable(shown if len(shown) <= _PATH else "…" + shown[1 - _PATH :], _PATH)


def listed_rows(numbers: Sequence[int]) -> str:
    """Return the first few row numbers as text.

    Examples
    --------
    >>> listed_rows([4]), listed_rows(range(2, 40))
    ('row 4', 'rows 2, 3, 4, 5, 6, 7, 8, 9 and 30 more')
    """
    more = f" and {len(numbers) - _LISTED} more" if len(numbers) > _LISTED else ""
    return f"row{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:_LISTED]))}{more}"


def _window(excerpt: str, column: int, width: int = 100) -> tuple[str, int]:
    """Return the part of a line around `column`, and the offset of the caret in it."""
    start = max(0, column - 1 - width // 2)
    return printable(excerpt[start : start + width], width), column - 1 - start

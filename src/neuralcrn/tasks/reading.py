"""How a file is read as a task: what is chosen once, and kept with a run for later rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self, get_args

from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.tasks.cells import Numerals
from neuralcrn.tasks.task import Kind

MISSING = ("drop", "mean")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "space": " ", "bar": "|"}
"""Names of separators that are hard to type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    r"""Options of reading a file; what is left empty is found in the file.

    Attributes
    ----------
    separator : str
        One character between cells, or its name: comma, semicolon, tab, space, bar.
    decimal, thousands : str
        How numbers are written, see `Numerals`.
    features : tuple of str
        Columns to predict from; all but the target if empty.
    drop : tuple of str
        Columns to leave out.
    categorical : tuple of str
        Columns of texts that become one feature for each category, 1 in its rows and 0 elsewhere.
    missing : {"", "drop", "mean"}
        What blank cells mean: a refusal, a row to be left out, or the mean of their column over the training
        rows. A row without a target is left out by both.
    kind : {"", "regression", "classification"}
        What to make of the target.

    Raises
    ------
    InvalidValueError
        When an option is out of range or two contradict each other.
    UnknownNameError
        When `missing` or `kind` is no such word.

    Examples
    --------
    >>> Reading(separator="tab", drop=("id",)).separator
    '\t'
    """

    separator: str = ""
    decimal: str = "."
    thousands: str = ""
    features: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    missing: str = ""
    kind: str = ""

    def __post_init__(self) -> None:
        separator = SEPARATORS.get(self.separator, self.separator)
        object.__setattr__(self, "separator", separator)
        if len(separator) > 1 or separator.isalnum() or separator in ('"', "\r", "\n", "\0", "."):
            raise InvalidValueError(
                f"separator = {self.separator!r:.40}: give one character that is no letter, digit, quote or "
                f"point, or one of {', '.join(SEPARATORS)}"
            )
        _ = self.numerals
        for name, known in (("missing", MISSING), ("kind", get_args(Kind))):
            if getattr(self, name) not in ("", *known):
                raise UnknownNameError(name, getattr(self, name), known)
        if self.features and self.drop:
            raise InvalidValueError("features names all columns that are wanted: leave drop out")
        self._refuse_repeated()

    @property
    def numerals(self) -> Numerals:
        """How numbers are written."""
        return Numerals(self.decimal, self.thousands)

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain values."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return the options that `to_json` wrote.

        Raises
        ------
        InvalidValueError
            When a key is missing or unknown, or a value is not what `to_json` writes.

        Examples
        --------
        >>> Reading.from_json(Reading(drop=("id",)).to_json()) == Reading(drop=("id",))
        True
        """
        expected = {field.name for field in fields(cls)}
        if not isinstance(data, dict) or {*data} != expected:
            raise InvalidValueError(f"reading: an object with exactly the keys {sorted(expected)} expected")
        values: dict[str, Any] = dict(data)
        for name in ("features", "drop", "categorical"):
            values[name] = tuple(values[name]) if isinstance(values[name], list) else None
        for name, value in values.items():
            texts: Sequence[object] = value if isinstance(value, tuple) else (value,)
            if not all(isinstance(text, str) for text in texts):
                raise InvalidValueError(f"reading: {name} is no text, or no list of texts")
        return cls(**values)

    def _refuse_repeated(self) -> None:
        for option in ("features", "drop", "categorical"):
            names = getattr(self, option)
            for name in names:
                if names.count(name) > 1:
                    raise InvalidValueError(f"{option} names {name!r:.80} twice")
        for name in self.categorical:
            if name in self.drop or (self.features and name not in self.features):
                raise InvalidValueError(f"categorical names {name!r:.80}, which is no feature")

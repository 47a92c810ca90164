"""Options for reading a table as a task, saved with a run for reading later rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self, get_args

from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.tasks.cells import Numerals
from neuralcrn.tasks.task import Kind

MISSING = ("drop", "mean")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "space": " ", "bar": "|"}
"""Names of delimiters that are hard to type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    r"""Options for reading a file; empty options are detected.

    Attributes
    ----------
    separator : str
        Delimiter: one character, or its name: comma, semicolon, tab, space, bar.
    decimal, thousands : str
        Notation of numbers, see `Numerals`.
    features : tuple of str
        Feature columns; all columns except the target if empty.
    drop : tuple of str
        Columns to ignore.
    categorical : tuple of str
        Columns of texts, which are one-hot encoded.
    missing : {"", "drop", "mean"}
        Treatment of missing values: an error, ignore the row, or impute the mean of the column over the
        training rows. Rows without a target are ignored in the last two cases.
    kind : {"", "regression", "classification"}
        Kind of the task.

    Raises
    ------
    InvalidValueError
        If an option is out of range, or two options are incompatible.
    UnknownNameError
        If `missing` or `kind` is unknown.

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
        self._check_unique()

    @property
    def numerals(self) -> Numerals:
        """Notation of numbers."""
        return Numerals(self.decimal, self.thousands)

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain values."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return the options from the output of `to_json`.

        Raises
        ------
        InvalidValueError
            If a key is missing or unknown, or a value has the wrong type.

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

    def _check_unique(self) -> None:
        for option in ("features", "drop", "categorical"):
            names = getattr(self, option)
            for name in names:
                if names.count(name) > 1:
                    raise InvalidValueError(f"{option} names {name!r:.80} twice")
        for name in self.categorical:
            if name in self.drop or (self.features and name not in self.features):
                raise InvalidValueError(f"categorical names {name!r:.80}, which is no feature")

"""Conversion of the cells of a column to features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import DataError, printable


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file and the features that are computed from it.

    Attributes
    ----------
    name : str
        Name in the header.
    categories : tuple of str
        Categories; each is a feature that is 1 if the cell contains it and 0 otherwise. Empty for a column of
        numbers, which is one feature.
    blank : tuple of float, raw units
        Features of a missing cell, NaN until the mean is known; empty if missing cells are errors or their
        rows are ignored.

    Examples
    --------
    >>> colour = Column("colour", ("blue", "red"))
    >>> colour.feature_names, colour.indicators("red")
    (('colour=blue', 'colour=red'), [0.0, 1.0])
    """

    name: str
    categories: tuple[str, ...] = ()
    blank: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Number of features."""
        return len(self.categories) or 1

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features."""
        if not self.categories:
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories)

    def indicators(self, category: str) -> list[float]:
        """Return the features of a category."""
        return [float(category == known) for known in self.categories]

    def to_json(self) -> dict[str, Any]:
        """Return the column as plain values."""
        return {"name": self.name, "categories": list(self.categories), "blank": list(self.blank)}


def with_blanks(
    columns: Sequence[Column], features: NDArray[np.float64], training: NDArray[np.int64]
) -> tuple[tuple[Column, ...], NDArray[np.float64]]:
    """Return columns with the means of their training rows, and features without missing values.

    Parameters
    ----------
    columns : sequence of Column
        Columns of the features.
    features : array (n, d), raw units
        NaN for missing cells.
    training : array of int
        Rows from which the means are computed.

    Raises
    ------
    DataError
        If a column is missing in all of these rows.

    Examples
    --------
    >>> table = np.array([[1.0], [3.0], [np.nan]])
    >>> columns, filled = with_blanks([Column("a", blank=(np.nan,))], table, np.array([0, 1, 2]))
    >>> columns[0].blank, filled[:, 0].tolist()
    ((2.0,), [1.0, 3.0, 2.0])
    """
    if not any(column.blank for column in columns):
        return tuple(columns), features
    means = np.ma.masked_invalid(features[training]).mean(axis=0).filled(np.nan)
    parts = np.split(means, np.cumsum([column.width for column in columns])[:-1])
    for column, part in zip(columns, parts, strict=True):
        if np.isnan(part).any():
            raise DataError(f"column {printable(column.name)!r} is blank in every training row: drop it")
    filled = tuple(replace(c, blank=tuple(part.tolist())) for c, part in zip(columns, parts, strict=True))
    return filled, np.where(np.isnan(features), means, features)

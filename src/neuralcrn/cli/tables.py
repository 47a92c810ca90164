"""Options for reading a table, shared by training and prediction."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from neuralcrn.tasks import Reading

_PANEL = "File"


def _option(text: str, metavar: str | None = None) -> Any:
    return typer.Option(help=text, metavar=metavar, rich_help_panel=_PANEL)


TargetOption = Annotated[str | None, _option("Target column.")]
SeparatorOption = Annotated[
    str | None,
    _option("Delimiter: a character, or comma, semicolon, tab, space, bar. [default: detected]"),
]
DecimalOption = Annotated[
    str | None, _option("Decimal mark: . or , [default: ., for predictions as in the run]")
]
ThousandsOption = Annotated[str | None, _option("Thousands separator: , . ' or a space, such as , in 3,750.")]
FeaturesOption = Annotated[str | None, _option("Feature columns. [default: all except the target]", "A,B")]
DropOption = Annotated[str | None, _option("Columns to ignore, instead of --features.", "A,B")]
CategoricalOption = Annotated[str | None, _option("Categorical columns, which are one-hot encoded.", "A,B")]
MissingOption = Annotated[
    str | None,
    _option("Missing values: drop the rows, or impute the mean of the training rows. [default: an error]"),
]
KindOption = Annotated[
    str | None, _option("regression or classification. [default: by the values of the target]")
]

_LISTS = ("features", "drop", "categorical")


def reading_of(**given: str | None) -> Reading:
    """Return the reading options of a command line as one value; lists of columns are separated by commas.

    Examples
    --------
    >>> reading_of(drop='id,"a, b"', missing="mean", kind=None).drop
    ('id', 'a, b')
    """
    from neuralcrn.tasks import Reading

    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for name in _LISTS:
        if name in options:
            options[name] = _columns(options[name])
    return Reading(**options)


def _columns(text: str) -> tuple[str, ...]:
    """Return the names in a list separated by commas; names that contain commas are quoted."""
    names = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in names if name.strip())

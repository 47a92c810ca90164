"""How a file of the user is read: the options of training, and those that predicting shares with it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from neuralcrn.tasks import Reading

_PANEL = "File"


def _option(text: str, metavar: str | None = None) -> Any:
    return typer.Option(help=text, metavar=metavar, rich_help_panel=_PANEL)


TargetOption = Annotated[str | None, _option("The column to predict.")]
SeparatorOption = Annotated[
    str | None,
    _option("Between cells: a character, or comma, semicolon, tab, space, bar. [default: found in the file]"),
]
DecimalOption = Annotated[
    str | None, _option("What begins the decimals of a number: . or , [default: ., to predict as in the run]")
]
ThousandsOption = Annotated[
    str | None, _option("What groups the digits of a number by three: , . ' or a space, such as , in 3,750.")
]
FeaturesOption = Annotated[
    str | None, _option("The columns to predict from. [default: all but the target]", "A,B")
]
DropOption = Annotated[str | None, _option("Columns to leave out, in place of naming the features.", "A,B")]
CategoricalOption = Annotated[
    str | None, _option("Columns of texts: each text becomes a feature that is 0 or 1.", "A,B")
]
MissingOption = Annotated[
    str | None,
    _option("What blank cells mean: drop their rows, or the mean of the training rows. [default: refused]"),
]
KindOption = Annotated[
    str | None, _option("Learn the target by regression or classification. [default: by its values]")
]

_LISTS = ("features", "drop", "categorical")


def reading_of(**given: str | None) -> Reading:
    """Return the options of a command line as one value; lists of columns are given with commas.

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
    """Return the names in a list with commas; a name with a comma in it is quoted."""
    names = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in names if name.strip())

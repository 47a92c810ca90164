"""How a file of the user is read: the options of training, and those that predicting shares with it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from neuralcrn.tasks import Reading

SeparatorOption = Annotated[
    str | None,
    typer.Option(
        help="Between cells: one character, or comma, semicolon, tab, space, bar. [default: as in the file]"
    ),
]
DecimalOption = Annotated[
    str | None, typer.Option(help="What begins the decimals of a number: '.' or ','. [default: .]")
]
ThousandsOption = Annotated[
    str | None, typer.Option(help="What groups the digits of a number by three, such as ',' in 3,750.")
]
FeaturesOption = Annotated[
    str | None, typer.Option(metavar="A,B", help="The columns to predict from. [default: all others]")
]
DropOption = Annotated[str | None, typer.Option(metavar="A,B", help="Columns to leave out.")]
CategoricalOption = Annotated[
    str | None,
    typer.Option(metavar="A,B", help="Columns of texts: each text becomes a feature that is 0 or 1."),
]
MissingOption = Annotated[
    str | None,
    typer.Option(
        help="What blank cells mean: drop their rows, or the mean of the training rows. [default: refused]"
    ),
]
KindOption = Annotated[
    str | None,
    typer.Option(help="Learn the target by regression or classification. [default: by its values]"),
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

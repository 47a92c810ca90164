"""Limits for networks, and checks of their values.

With the limits, malicious or erroneous input is rejected with a message before it exhausts the memory. They
are far above the size of published networks.
"""

from __future__ import annotations

import math
import operator
import re
from numbers import Real
from typing import SupportsIndex

from neuralcrn.errors import InvalidValueError, printable

NAME_LIMIT = 200
LABEL_LIMIT = 1_000
ORDER_LIMIT = 10
COEFFICIENT_LIMIT = 1_000_000
TERM_LIMIT = 1_000
SPECIES_LIMIT = 100_000
REACTION_LIMIT = 1_000_000
FILE_SPECIES_LIMIT = 20_000
FILE_REACTION_LIMIT = 200_000
"""Limits for texts; networks created in code may be larger."""
TEXT_LIMIT = 50_000_000

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def checked_name(name: str) -> str:
    """Return `name` if it can name a species, else raise InvalidValueError.

    Examples
    --------
    >>> checked_name("theta1_p")
    'theta1_p'
    >>> checked_name("2x")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.InvalidValueError: species name '2x' is not an identifier: use letters A-Z a-z, digits and _, and begin with a letter or _
    """  # noqa: E501
    if not isinstance(name, str):
        raise InvalidValueError(f"species name is {shown(name)}: give a str such as 'theta1_p'")
    if len(name) > NAME_LIMIT:
        raise InvalidValueError(
            f"species name {printable(name)!r} has {len(name):,} characters: use at most {NAME_LIMIT}"
        )
    if not _IDENTIFIER.fullmatch(name):
        raise InvalidValueError(
            f"species name {printable(name)!r} is not an identifier: "
            "use letters A-Z a-z, digits and _, and begin with a letter or _"
        )
    return name


def checked_coefficient(value: SupportsIndex, name: str) -> int:
    """Return the stoichiometric coefficient `value` of species `name` as an int from 1 to 1,000,000."""
    whole = None if isinstance(value, bool) or not hasattr(value, "__index__") else operator.index(value)
    if whole is None or not 0 < whole <= COEFFICIENT_LIMIT:
        raise InvalidValueError(
            f"coefficient of {printable(name)} is {shown(value)}: "
            f"give a whole number from 1 to {COEFFICIENT_LIMIT:,}"
        )
    return whole


def checked_label(label: str) -> str:
    """Return `label` without surrounding spaces if it is one printable line, else raise InvalidValueError."""
    if not isinstance(label, str) or not label.isprintable() or len(label) > LABEL_LIMIT:
        raise InvalidValueError(
            f"label {shown(label)} cannot be written after a reaction: "
            f"give one line of at most {LABEL_LIMIT:,} printable characters"
        )
    return label.strip()


def checked_quantity(value: float, kind: str, where: str) -> float:
    """Return `value` as a float if it is finite and non-negative, else raise InvalidValueError.

    Examples
    --------
    >>> checked_quantity(-1, "initial value", "A")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.InvalidValueError: initial value of A is -1: give a finite number >= 0
    """
    try:
        number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    except OverflowError:
        number = math.inf
    if not 0.0 <= number < math.inf:
        raise InvalidValueError(f"{kind} of {printable(where)} is {shown(value)}: give a finite number >= 0")
    return number + 0.0  # converts -0.0 to 0.0, so that equal values print equally


def format_number(value: float) -> str:
    """Return the shortest text that reads back as exactly `value`.

    Examples
    --------
    >>> format_number(1.0), format_number(0.1), format_number(1e-09), format_number(1e22)
    ('1', '0.1', '1e-09', '1e+22')
    """
    return repr(value).removesuffix(".0")


def shown(value: object) -> str:
    """Return a short printable form of any value, including integers that are too long to print."""
    try:
        return printable(repr(value))
    except ValueError:
        return f"a {type(value).__name__} of too many digits to show"

"""Goals in text: ``A, B, C oscillate period 10 amplitude 0.12``, ``C = 0.8 at 5``, ``A high in 0:5``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from neuralcrn.algebra import parse_expression
from neuralcrn.errors import InvalidValueError, printable
from neuralcrn.in_silico.design.goals import Bound, Goal, Oscillation, Rest, Value

HIGH, LOW = 0.6, 0.1
"""Levels of ``high`` and ``low``, relative to the total concentration in a chamber."""
FORMS = (
    "A, B, C oscillate period P amplitude X",
    "A = FORMULA at T",
    "A = FORMULA in FROM:TO",
    "A > X in FROM:TO",
    "A high in FROM:TO",
    "A low in FROM:TO",
    "A, B rest in FROM:TO",
)
"""Forms of goals."""
_ALONE = "alone"
_GOAL = re.compile(
    r"(?P<names>\w+(?:\s*,\s*\w+)*)\s*"
    r"(?:(?P<kind>\boscillates?\b|\bhigh\b|\blow\b|\brests?\b|[=<>]))\s*"
    r"(?P<rest>.*?)\s*"
    r"(?:\bat\s+(?P<time>\S+)|\bin\s+(?P<begin>[^\s:]+)\s*:\s*(?P<end>[^\s:]+))?"
)
_NAMED = re.compile(r"(period|amplitude|mean)\s+(\S+)\s*")


@final
@dataclass(frozen=True, slots=True)
class Wish:
    """A goal as it was written.

    Attributes
    ----------
    goal : Goal
        The goal.
    alone : bool
        Whether it is a goal for chambers without transfer between them.
    """

    goal: Goal
    alone: bool = False

    def __str__(self) -> str:
        return f"{self.goal} {_ALONE}" if self.alone else str(self.goal)


def parse_goal(text: str, total: float = 1.0) -> Wish:
    """Return the goal that a text describes.

    Parameters
    ----------
    text : str
        One of `FORMS`; at the end ``alone`` for a goal without transfer between chambers.
    total : float, concentration
        Total concentration in a chamber: the default mean of an oscillation is its equal share, and levels of
        ``high`` and ``low`` are `HIGH` and `LOW` of it.

    Raises
    ------
    InvalidValueError, ParseError
        If the text has none of the forms, or a number is out of range.

    Examples
    --------
    >>> print(parse_goal("A, B, C oscillate period 10 amplitude 0.12 mean 0.3"))
    A, B, C oscillate period 10 amplitude 0.12 mean 0.3 in 0:20
    >>> print(parse_goal("C = exp(-t) at 5"), "|", parse_goal("A high in 0:5", 2.0))
    C = exp(-t) at 5 | A > 1.2 in 0:5
    >>> print(parse_goal("A, B rest in 20:40 alone"))
    A, B rest in 20:40 alone
    """
    words = text.strip()
    alone = words.endswith(f" {_ALONE}")
    found = _GOAL.fullmatch(words.removesuffix(_ALONE).strip())
    if found is None:
        raise _refused(text, "")
    names = tuple(re.split(r"\s*,\s*", found["names"]))
    if len(set(names)) < len(names):
        raise _refused(text, "a species is named twice")
    kind, rest = found["kind"].removesuffix("s"), found["rest"]
    if kind == "oscillate":
        return Wish(_oscillation(text, names, rest, found, total), alone)
    begin, end = _window(text, found)
    if kind == "rest" and not rest:
        return Wish(Rest(names, begin, end), alone)
    if len(names) > 1:
        raise _refused(text, "give one goal for each species")
    if kind == "=" and rest:
        return Wish(Value(names, parse_expression(rest, "formula of a goal"), begin, end), alone)
    if kind in ("high", "low") and not rest:
        level = total * (HIGH if kind == "high" else LOW)
        return Wish(Bound(names, kind == "high", level, begin, end), alone)
    if kind in ("<", ">"):
        return Wish(Bound(names, kind == ">", _number(text, rest), begin, end), alone)
    raise _refused(text, "")


def _oscillation(
    text: str, names: tuple[str, ...], rest: str, found: re.Match[str], total: float
) -> Oscillation:
    """Return an oscillation from its named numbers."""
    given = dict(_NAMED.findall(rest))
    if _NAMED.sub("", rest) or not {"period", "amplitude"} <= given.keys():
        raise _refused(text, "an oscillation has a period and an amplitude")
    numbers: Mapping[str, float] = {name: _number(text, value) for name, value in given.items()}
    mean = numbers.get("mean", total / len(names))
    window = () if found["begin"] is None else _window(text, found)
    return Oscillation(names, numbers["period"], numbers["amplitude"], mean, *window)


def _window(text: str, found: re.Match[str]) -> tuple[float, float]:
    if found["time"] is not None:
        time = _number(text, found["time"])
        return time, time
    if found["begin"] is None:
        raise _refused(text, "it has no time")
    return _number(text, found["begin"]), _number(text, found["end"])


def _number(text: str, word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise _refused(text, f"{printable(word)!r} is not a number") from None


def _refused(text: str, why: str) -> InvalidValueError:
    reason = f"{why}: " if why else ""
    return InvalidValueError(f"goal {printable(text)!r}: {reason}write one of: {'; '.join(FORMS)}")

"""Contents of the tables of a PEtab problem, the same for both versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from neuralcrn.algebra import Expression
from neuralcrn.fitting.parameters import FitParameter
from neuralcrn.fitting.petab.tables import Row
from neuralcrn.fitting.problem import Measurement, Observable


@final
@dataclass(frozen=True, slots=True)
class Change:
    """What a condition changes.

    Attributes
    ----------
    target : str
        A parameter, species or compartment of the model.
    value : Expression
        Its new value.
    row : Row
        Where it is written.
    column : str
        Column of the value.
    """

    target: str
    value: Expression
    row: Row
    column: str


@final
@dataclass(frozen=True, slots=True)
class Course:
    """The conditions of an experiment: the changes at each time, in ascending order."""

    name: str
    changes: Mapping[float, tuple[Change, ...]]


@final
@dataclass(frozen=True, slots=True)
class Contents:
    """The tables of a problem.

    Attributes
    ----------
    parameters : tuple of FitParameter
    courses : tuple of Course
        The conditions of the experiments.
    observables : tuple of Observable
        Their formulas contain names of the model and of `placeholders`.
    observable_rows : mapping from str to Row
        Where each observable is written.
    placeholders : frozenset of str
        Names in formulas of observables to which measurements give values.
    measurements : tuple of Measurement
    """

    parameters: tuple[FitParameter, ...]
    courses: tuple[Course, ...]
    observables: tuple[Observable, ...]
    observable_rows: Mapping[str, Row]
    placeholders: frozenset[str]
    measurements: tuple[Measurement, ...]

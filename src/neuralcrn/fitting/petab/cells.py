"""Parts of a problem as cells of PEtab tables."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from neuralcrn.algebra import Expression
from neuralcrn.errors import DataError, printable
from neuralcrn.fitting.petab.tables import SEPARATOR
from neuralcrn.fitting.problem import TIME, FitProblem, Measurement, Observable

Table = Sequence[Sequence[str]]
"""Header and rows of a table."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def identifier(name: str, kind: str) -> str:
    """Return a name that PEtab can have, or raise an error.

    Examples
    --------
    >>> identifier("dose 1", "experiment")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.DataError: experiment 'dose 1': names in PEtab have letters, digits and _, no digit at the start
    """  # noqa: E501
    if not _IDENTIFIER.fullmatch(name):
        raise DataError(
            f"{kind} {printable(name)!r}: names in PEtab have letters, digits and _, no digit at the start"
        )
    return name


def simple(formula: Expression, place: str) -> str:
    """Return a number or a name as text, or raise an error for another formula."""
    if formula.kind not in ("number", "name"):
        shown = printable(str(formula))
        raise DataError(f"{place}: {shown}: PEtab has a number or the name of a parameter here")
    return str(formula)


def number(value: float) -> str:
    """Return a number as text.

    Examples
    --------
    >>> number(2.0), number(0.1), number(float("inf"))
    ('2', '0.1', 'inf')
    """
    return repr(float(value)).removesuffix(".0")


def bound(value: float) -> str:
    """Return a bound as text; blank if there is none."""
    return number(value) if math.isfinite(value) else ""


def placeholders(problem: FitProblem, observable: Observable) -> tuple[list[str], list[str]]:
    """Return the names in the formulas of an observable to which its measurements give values.

    The first are those in the formula of the observable, the others are of the noise alone. Without
    measurements they are the names that have no value otherwise.
    """
    given = (m.overrides for m in problem.measurements if m.observable == observable.name)
    names = dict.fromkeys(name for overrides in given for name in overrides)
    known = {*problem.nominal, *problem.network.network.species, observable.name, TIME}
    names |= dict.fromkeys(sorted((observable.formula.names | observable.noise.names) - known - {*names}))
    of_formula = [name for name in names if name in observable.formula.names]
    return of_formula, [name for name in names if name not in of_formula]


def check_targets(problem: FitProblem, targets: Iterable[str]) -> None:
    """Reject parameters that experiments change and that also have a value for all experiments."""
    for parameter in problem.parameters:
        if parameter.name in targets:
            raise DataError(
                f"parameter {parameter.name}: an experiment changes it, and it has a value for all others: "
                "PEtab has no such parameter"
            )


def placed(names: Iterable[str], measurement: Measurement) -> str:
    """Return the values of placeholders in a measurement as one cell."""
    given: Mapping[str, Expression] = measurement.overrides
    place = f"measurement of {printable(measurement.observable)} at {measurement.time:g}"
    return SEPARATOR.join(simple(given.get(name, Expression.name(name)), place) for name in names)

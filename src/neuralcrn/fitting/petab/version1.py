"""Tables of PEtab version 1."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping, Sequence

from neuralcrn.algebra import Expression
from neuralcrn.errors import NeuralCRNWarning, UnknownNameError
from neuralcrn.fitting.parameters import FitParameter, Prior, Scale
from neuralcrn.fitting.petab.contents import Change, Contents, Course
from neuralcrn.fitting.petab.files import Files
from neuralcrn.fitting.petab.priors import FIRST_VERSION, informative, prior_of
from neuralcrn.fitting.petab.tables import Row, read_rows, unique
from neuralcrn.fitting.problem import Measurement, Observable

_SCALES: tuple[Scale, ...] = ("lin", "log", "log10")


def read_first_version(files: Files) -> Contents:
    """Return the tables of a problem.

    Raises
    ------
    DataError
        If a table or a cell is invalid or not supported, with file, row and column.
    """
    parameters = unique(read_rows(files.parameters, ("parameterId", "estimate")), "parameterId")
    conditions = unique(read_rows(files.conditions, ("conditionId",)), "conditionId")
    observables = unique(
        read_rows(files.observables, ("observableId", "observableFormula", "noiseFormula")), "observableId"
    )
    rows = read_rows(files.measurements, ("observableId", "simulationConditionId", "measurement", "time"))
    for row in rows:
        _check_conditions(row, conditions)
    pairs = _names_of_pairs(rows)
    return Contents(
        tuple(_parameter(name, row) for name, row in parameters.items()),
        tuple(_course(name, *pair, conditions) for pair, name in pairs.items()),
        tuple(_observable(name, row) for name, row in observables.items()),
        observables,
        frozenset[str]().union(*(_placeholders(row) for row in observables.values())),
        tuple(_measurement(row, pairs, observables) for row in rows),
    )


def _parameter(name: str, row: Row) -> FitParameter:
    estimated = row.choice("estimate", ("0", "1", "0.0", "1.0")).startswith("1")
    scale: Scale = row.choice("parameterScale", _SCALES, "lin")  # pyright: ignore[reportAssignmentType]
    lower = row.number_in("lowerBound", None if estimated else -math.inf)
    upper = row.number_in("upperBound", None if estimated else math.inf)
    prior = _prior(row, "objective", scale) if estimated else None
    with row.at("parameterId"):
        return FitParameter(
            name,
            row.number_in("nominalValue", middle(lower, upper, scale) if estimated else None),
            lower,
            upper,
            scale,
            estimated,
            None if prior is None else informative(prior, lower, upper),
            _starts(row, scale) if estimated else None,
        )


def middle(lower: float, upper: float, scale: Scale) -> float:
    """Return the middle of bounds on a scale."""
    return 0.5 * (lower + upper) if scale == "lin" else math.sqrt(max(lower, 0.0) * max(upper, 0.0))


def _prior(row: Row, kind: str, scale: Scale) -> Prior | None:
    """Return a prior; the default of the format is uniform between the bounds, a constant."""
    column = f"{kind}PriorType"
    if not row.text(column, ""):
        return None
    name = row.choice(column, FIRST_VERSION)
    if name in ("uniform", "parameterScaleUniform") and not row.text(f"{kind}PriorParameters", ""):
        return None
    first, second = row.numbers(f"{kind}PriorParameters", 2)
    with row.at(column):
        return prior_of(name, first, second, scale)


def _starts(row: Row, scale: Scale) -> tuple[float, float] | None:
    """Return the range of random starts."""
    prior = _prior(row, "initialization", scale)
    if prior is None:
        return None
    if prior.kind != "uniform":
        warnings.warn(
            f"{row.place}: initializationPriorType is not uniform: starts are drawn between the bounds",
            NeuralCRNWarning,
            stacklevel=2,
        )
        return None
    back = {"lin": float, "log": math.exp, "log10": lambda x: 10.0**x}[prior.scale]
    return back(prior.location), back(prior.width)


def _observable(name: str, row: Row) -> Observable:
    with row.at("observableId"):
        return Observable(
            name,
            row.formula("observableFormula"),
            row.formula("noiseFormula"),
            row.choice("observableTransformation", _SCALES, "lin"),  # pyright: ignore[reportArgumentType]
            row.choice("noiseDistribution", ("normal", "laplace"), "normal"),  # pyright: ignore[reportArgumentType]
        )


def _names_of_pairs(rows: Sequence[Row]) -> dict[tuple[str, str], str]:
    """Return the name of the experiment of each pair of preequilibration and condition."""
    pairs = dict.fromkeys(map(_pair, rows))
    conditions = [condition for _, condition in pairs]
    names: dict[tuple[str, str], str] = {}
    for before, condition in pairs:
        shared = before and conditions.count(condition) > 1
        names[before, condition] = f"{before}__{condition}" if shared else condition
    return names


def _pair(row: Row) -> tuple[str, str]:
    return row.text("preequilibrationConditionId", ""), row.text("simulationConditionId")


def _check_conditions(row: Row, conditions: Mapping[str, Row]) -> None:
    for column, name in zip(
        ("preequilibrationConditionId", "simulationConditionId"), _pair(row), strict=True
    ):
        if name and name not in conditions:
            raise row.fault(column, str(UnknownNameError("condition", name, conditions)))


def _course(name: str, before: str, condition: str, conditions: Mapping[str, Row]) -> Course:
    """Return an experiment."""
    changes = {0.0: _changes(conditions[condition])}
    if before:
        changes = {-math.inf: _changes(conditions[before]), **changes}
    return Course(name, changes)


def _changes(row: Row) -> tuple[Change, ...]:
    targets = [name for name in row.table.header if name not in ("conditionId", "conditionName")]
    filled = [(target, row.text(target, "")) for target in targets]
    return tuple(Change(target, row.parsed(target, text), row, target) for target, text in filled if text)


def _measurement(
    row: Row, pairs: Mapping[tuple[str, str], str], observables: Mapping[str, Row]
) -> Measurement:
    name = row.text("observableId")
    overrides: dict[str, Expression] = {}
    for column, kind in (("observableParameters", "observable"), ("noiseParameters", "noise")):
        for i, part in enumerate(row.parts(column), start=1):
            overrides[f"{kind}Parameter{i}_{name}"] = row.parsed(column, part)
    if name in observables:
        _check_placeholders(row, observables[name], overrides)
    return Measurement(
        name, pairs[_pair(row)], row.number_in("time"), row.number_in("measurement"), overrides, row.place
    )


def _placeholders(observable: Row) -> set[str]:
    """Return the names in the formulas of an observable to which its measurements give values."""
    name = re.escape(observable.text("observableId"))
    texts = (observable.text("observableFormula"), observable.text("noiseFormula"))
    pattern = rf"\b(?:observable|noise)Parameter\d+_{name}\b"
    return {found for text in texts for found in re.findall(pattern, text)}


def _check_placeholders(row: Row, observable: Row, overrides: Mapping[str, Expression]) -> None:
    """Require exactly the values that the formulas of an observable need."""
    needed = _placeholders(observable)
    for kind in ("observable", "noise"):
        wanted = sorted(found for found in needed if found.startswith(kind))
        given = sorted(found for found in overrides if found.startswith(kind))
        if wanted != given:
            column = f"{kind}Parameters"
            raise row.fault(
                column if column in row.table.header else "observableId",
                f"{len(given)} values for {len(wanted)} placeholders ({', '.join(wanted) or 'none'})",
            )

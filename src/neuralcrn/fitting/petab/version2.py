"""Tables of PEtab version 2."""

from __future__ import annotations

import math
from collections.abc import Mapping

from neuralcrn.algebra import Expression
from neuralcrn.errors import UnknownNameError
from neuralcrn.fitting.parameters import FitParameter, Prior, Scale
from neuralcrn.fitting.petab.contents import Change, Contents, Course
from neuralcrn.fitting.petab.files import Files
from neuralcrn.fitting.petab.priors import SECOND_VERSION, informative, prior_of
from neuralcrn.fitting.petab.tables import Row, read_rows, unique
from neuralcrn.fitting.petab.version1 import middle
from neuralcrn.fitting.problem import Distribution, Measurement, Observable

NO_EXPERIMENT = "default"
"""Name of the experiment of measurements without one."""
_NOISE: Mapping[str, tuple[Scale, Distribution]] = {
    "normal": ("lin", "normal"),
    "laplace": ("lin", "laplace"),
    "log-normal": ("log", "normal"),
    "log-laplace": ("log", "laplace"),
}


def read_second_version(files: Files) -> Contents:
    """Return the tables of a problem.

    Raises
    ------
    DataError
        If a table or a cell is invalid or not supported, with file, row and column.
    """
    for row in read_rows(files.mappings, ("petabEntityId", "modelEntityId")):
        if row.text("modelEntityId", "") not in ("", row.text("petabEntityId")):
            raise row.fault("modelEntityId", "names other than those of the model are not supported")
    parameters = unique(read_rows(files.parameters, ("parameterId", "estimate")), "parameterId")
    observables = unique(
        read_rows(files.observables, ("observableId", "observableFormula", "noiseFormula")), "observableId"
    )
    rows = read_rows(files.measurements, ("observableId", "experimentId", "measurement", "time"))
    courses = _courses(files)
    if any(not row.text("experimentId", "") for row in rows):
        courses.append(Course(NO_EXPERIMENT, {}))
    return Contents(
        tuple(_parameter(name, row) for name, row in parameters.items()),
        tuple(courses),
        tuple(_observable(name, row) for name, row in observables.items()),
        observables,
        frozenset(
            name
            for row in observables.values()
            for kind in ("observable", "noise")
            for name in row.parts(f"{kind}Placeholders")
        ),
        tuple(_measurement(row, observables) for row in rows),
    )


def _parameter(name: str, row: Row) -> FitParameter:
    estimated = row.choice("estimate", ("true", "false", "True", "False", "TRUE", "FALSE")).lower() == "true"
    lower = row.number_in("lowerBound", -math.inf)
    upper = row.number_in("upperBound", math.inf)
    scale: Scale = "log10" if lower > 0.0 else "lin"
    prior: Prior | None = None
    if estimated and row.text("priorDistribution", ""):
        kind = row.choice("priorDistribution", SECOND_VERSION)
        first, second = row.numbers("priorParameters", 2)
        with row.at("priorParameters"):
            prior = informative(prior_of(kind, first, second, scale), lower, upper)
    with row.at("parameterId"):
        nominal = row.number_in("nominalValue", middle(lower, upper, scale) if estimated else None)
        return FitParameter(name, nominal, lower, upper, scale, estimated, prior)


def _observable(name: str, row: Row) -> Observable:
    transformation, distribution = _NOISE[row.choice("noiseDistribution", tuple(_NOISE), "normal")]
    with row.at("observableId"):
        return Observable(
            name, row.formula("observableFormula"), row.formula("noiseFormula"), transformation, distribution
        )


def _courses(files: Files) -> list[Course]:
    """Return the experiments with the changes at each time."""
    conditions: dict[str, list[Change]] = {}
    for row in read_rows(files.conditions, ("conditionId", "targetId", "targetValue")):
        change = Change(row.text("targetId"), row.formula("targetValue"), row, "targetValue")
        conditions.setdefault(row.text("conditionId"), []).append(change)
    periods: dict[str, dict[float, list[Change]]] = {}
    for row in read_rows(files.experiments, ("experimentId", "time", "conditionId")):
        changes = periods.setdefault(row.text("experimentId"), {}).setdefault(row.number_in("time"), [])
        condition = row.text("conditionId", "")
        if condition and condition not in conditions:
            raise row.fault("conditionId", str(UnknownNameError("condition", condition, conditions)))
        for change in conditions.get(condition, ()):
            if any(change.target == other.target for other in changes):
                raise row.fault("conditionId", f"a second condition changes {change.target} at this time")
            changes.append(change)
    return [
        Course(name, {time: tuple(changes) for time, changes in sorted(at.items())})
        for name, at in periods.items()
    ]


def _measurement(row: Row, observables: Mapping[str, Row]) -> Measurement:
    name = row.text("observableId")
    overrides: dict[str, Expression] = {}
    for kind in ("observable", "noise"):
        column = f"{kind}Parameters"
        names = observables[name].parts(f"{kind}Placeholders") if name in observables else ()
        values = row.parts(column)
        if len(names) != len(values):
            what = (
                f"{len(values)} values for {len(names)} placeholders ({', '.join(names) or 'none'}) of {name}"
            )
            raise row.fault(column if column in row.table.header else "observableId", what)
        overrides |= {
            placeholder: row.parsed(column, value) for placeholder, value in zip(names, values, strict=True)
        }
    return Measurement(
        name,
        row.text("experimentId", NO_EXPERIMENT),
        row.number_in("time"),
        row.number_in("measurement"),
        overrides,
        row.place,
    )

"""Tables of PEtab version 1 of the problem of a fit."""

from __future__ import annotations

import math
from collections.abc import Mapping

from neuralcrn.algebra import Expression
from neuralcrn.errors import DataError, printable
from neuralcrn.fitting.parameters import FitParameter
from neuralcrn.fitting.petab.cells import (
    Table,
    bound,
    check_targets,
    identifier,
    number,
    placed,
    placeholders,
    simple,
)
from neuralcrn.fitting.petab.priors import first_name
from neuralcrn.fitting.petab.tables import SEPARATOR
from neuralcrn.fitting.problem import Experiment, FitProblem, Observable

_BEFORE = "_before"
"""End of the name of a condition of preequilibration."""
_PARAMETERS = (
    "parameterId", "parameterScale", "lowerBound", "upperBound", "nominalValue", "estimate",
    "objectivePriorType", "objectivePriorParameters", "initializationPriorType",
    "initializationPriorParameters",
)  # fmt: skip
_OBSERVABLES = (
    "observableId", "observableFormula", "noiseFormula", "observableTransformation", "noiseDistribution",
)  # fmt: skip
_MEASUREMENTS = (
    "observableId", "preequilibrationConditionId", "simulationConditionId", "measurement", "time",
    "observableParameters", "noiseParameters",
)  # fmt: skip


def first_version_tables(problem: FitProblem) -> dict[str, Table]:
    """Return the tables of a problem by the names of their files.

    Raises
    ------
    DataError
        If version 1 cannot express a part of the problem.
    """
    names = {o.name: placeholders(problem, o) for o in problem.observables}
    experiments = {e.name: e for e in problem.experiments}
    measurements = [
        (
            m.observable,
            f"{m.experiment}{_BEFORE}" if len(experiments[m.experiment].periods) > 1 else "",
            m.experiment,
            number(m.value),
            number(m.time),
            *(placed(of, m) for of in names[m.observable]),
        )
        for m in problem.measurements
    ]
    return {
        "parameters": [_PARAMETERS, *map(_parameter, problem.parameters)],
        "conditions": _conditions(problem),
        "observables": [_OBSERVABLES, *(_observable(o, *names[o.name]) for o in problem.observables)],
        "measurements": [_MEASUREMENTS, *measurements],
    }


def _parameter(parameter: FitParameter) -> tuple[str, ...]:
    prior, kind, ends = parameter.prior, "", ""
    if prior is not None:
        name = first_name(prior, parameter.scale)
        if name is None:
            raise DataError(f"parameter {parameter.name}: PEtab has no prior {prior}")
        kind, ends = name, SEPARATOR.join(map(number, (prior.location, prior.width)))
    start = () if parameter.start is None else parameter.start
    return (
        identifier(parameter.name, "parameter"),
        parameter.scale,
        bound(parameter.lower),
        bound(parameter.upper),
        number(parameter.nominal),
        str(int(parameter.estimated)),
        kind,
        ends,
        "uniform" if start else "",
        SEPARATOR.join(map(number, start)),
    )


def _observable(observable: Observable, of_formula: list[str], of_noise: list[str]) -> tuple[str, ...]:
    name = identifier(observable.name, "observable")
    renamed = {
        old: Expression.name(f"{kind}Parameter{i}_{name}")
        for kind, olds in (("observable", of_formula), ("noise", of_noise))
        for i, old in enumerate(olds, start=1)
    }
    return (
        name,
        str(observable.formula.substitute(renamed)),
        # observables are not allowed in formulas of noise
        str(observable.noise.substitute({name: observable.formula}).substitute(renamed)),
        observable.transformation,
        observable.distribution,
    )


def _conditions(problem: FitProblem) -> Table:
    """Return the table of conditions, with a column for each changed parameter or species."""
    rows: dict[str, Mapping[str, str]] = {}
    for experiment in problem.experiments:
        name = identifier(experiment.name, "experiment")
        _check_periods(experiment)
        for period, end in zip(
            experiment.periods, ("", _BEFORE)[: len(experiment.periods)][::-1], strict=True
        ):
            place = f"experiment {name}"
            changes = {**period.parameters, **period.state}
            rows[name + end] = {target: simple(value, place) for target, value in changes.items()}
    targets = list(dict.fromkeys(target for row in rows.values() for target in row))
    check_targets(problem, targets)
    defaults = {name: number(value) for name, value in problem.nominal.items()}
    return [
        ("conditionId", *targets),
        *((name, *(row.get(t, defaults.get(t, "")) for t in targets)) for name, row in rows.items()),
    ]


def _check_periods(experiment: Experiment) -> None:
    starts = [period.start for period in experiment.periods]
    if starts not in ([0.0], [-math.inf, 0.0]):
        raise DataError(
            f"experiment {printable(experiment.name)}: starts at {', '.join(map(number, starts))}: "
            "version 1 of PEtab has only a preequilibration and a start at 0; choose version 2"
        )

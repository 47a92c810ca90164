"""Tables of PEtab version 2 of the problem of a fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from neuralcrn.algebra import Expression
from neuralcrn.errors import DataError
from neuralcrn.fitting.parameters import FitParameter
from neuralcrn.fitting.petab.cells import (
    Table,
    bound,
    check_targets,
    identifier,
    number,
    placed,
    placeholders,
)
from neuralcrn.fitting.petab.priors import second_name
from neuralcrn.fitting.petab.tables import SEPARATOR
from neuralcrn.fitting.problem import FitProblem, Observable

_PARAMETERS = (
    "parameterId", "lowerBound", "upperBound", "nominalValue", "estimate", "priorDistribution",
    "priorParameters",
)  # fmt: skip
_OBSERVABLES = (
    "observableId", "observableFormula", "noiseFormula", "noiseDistribution", "observablePlaceholders",
    "noisePlaceholders",
)  # fmt: skip
_MEASUREMENTS = (
    "observableId", "experimentId", "measurement", "time", "observableParameters", "noiseParameters",
)  # fmt: skip
_NOISE: Mapping[tuple[bool, str], str] = MappingProxyType(
    {
        (False, "normal"): "normal",
        (False, "laplace"): "laplace",
        (True, "normal"): "log-normal",
        (True, "laplace"): "log-laplace",
    }
)


def second_version_tables(problem: FitProblem) -> dict[str, Table]:
    """Return the tables of a problem by the names of their files.

    Raises
    ------
    DataError
        If version 2 cannot express a part of the problem.
    """
    names = {o.name: placeholders(problem, o) for o in problem.observables}
    conditions: list[tuple[str, ...]] = []
    experiments: list[tuple[str, ...]] = []
    for experiment in problem.experiments:
        name = identifier(experiment.name, "experiment")
        for i, period in enumerate(experiment.periods, start=1):
            changes = {**period.parameters, **period.state}
            condition = f"{name}_{i}" if changes else ""
            experiments.append((name, number(period.start), condition))
            conditions += [(condition, target, str(value)) for target, value in changes.items()]
    check_targets(problem, {target for _, target, _ in conditions})
    return {
        "parameters": [_PARAMETERS, *map(_parameter, problem.parameters)],
        "conditions": [("conditionId", "targetId", "targetValue"), *conditions],
        "experiments": [("experimentId", "time", "conditionId"), *experiments],
        "observables": [_OBSERVABLES, *(_observable(o, *names[o.name]) for o in problem.observables)],
        "measurements": [
            _MEASUREMENTS,
            *(
                (
                    m.observable,
                    m.experiment,
                    number(m.value),
                    number(m.time),
                    *(placed(of, m) for of in names[m.observable]),
                )
                for m in problem.measurements
            ),
        ],
    }


def _parameter(parameter: FitParameter) -> tuple[str, ...]:
    prior, kind, ends = parameter.prior, "", ""
    if prior is not None:
        name = second_name(prior)
        if name is None:
            raise DataError(f"parameter {parameter.name}: version 2 of PEtab has no prior {prior}")
        kind, ends = name, SEPARATOR.join(map(number, (prior.location, prior.width)))
    return (
        identifier(parameter.name, "parameter"),
        bound(parameter.lower),
        bound(parameter.upper),
        number(parameter.nominal),
        str(parameter.estimated).lower(),
        kind,
        ends,
    )


def _observable(observable: Observable, of_formula: list[str], of_noise: list[str]) -> tuple[str, ...]:
    logarithmic = observable.transformation != "lin"
    noise: Expression = observable.noise
    if observable.transformation == "log10":  # version 2 has natural logarithms, in which errors are larger
        noise = math.log(10.0) * noise
    return (
        identifier(observable.name, "observable"),
        str(observable.formula),
        str(noise),
        _NOISE[logarithmic, observable.distribution],
        SEPARATOR.join(of_formula),
        SEPARATOR.join(of_noise),
    )

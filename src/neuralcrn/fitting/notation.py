"""Notation of the options of a fit: observables, bounds, experiments."""

from __future__ import annotations

import math

from neuralcrn.algebra import Expression, parse_expression
from neuralcrn.chemistry import ParametricNetwork
from neuralcrn.errors import InvalidValueError, printable
from neuralcrn.fitting.problem import Experiment, Period, check_known

Bounds = tuple[float, float]


def parse_observable(text: str) -> tuple[str, Expression]:
    """Return name and formula of an observable.

    Examples
    --------
    >>> name, formula = parse_observable("y = scale*B + offset")
    >>> print(name, ":", formula)
    y : scale*B + offset
    """
    name, sign, formula = text.partition("=")
    if not sign or not name.strip() or not formula.strip():
        raise InvalidValueError(f"observable {printable(text)}: write NAME=FORMULA, such as y=scale*B")
    return name.strip(), parse_expression(formula.strip())


def parse_bounds(text: str) -> tuple[str, Bounds]:
    """Return the name of a parameter and its bounds.

    Examples
    --------
    >>> parse_bounds("k1=0.001:10")
    ('k1', (0.001, 10.0))
    """
    name, sign, numbers = text.partition("=")
    lower, colon, upper = numbers.partition(":")
    try:
        ends = float(lower), float(upper)
    except ValueError:
        ends = math.nan, math.nan
    if not (sign and colon and name.strip() and math.isfinite(ends[0]) and ends[0] < ends[1] < math.inf):
        raise InvalidValueError(f"bounds {printable(text)}: write NAME=LOWER:UPPER, such as k1=0.001:10")
    return name.strip(), ends


def parse_experiment(text: str, network: ParametricNetwork) -> tuple[str, Experiment]:
    r"""Return name and conditions of an experiment.

    After the name and a colon follow, joined by commas: ``A=2`` for an initial concentration, ``k1=0.5`` or
    ``k1=k1_low`` for a parameter, and ``A+=0.5@10`` for a dose of 0.5 at time 10; ``A=2@10`` and ``k1=2@10``
    set a concentration or a parameter at a time. A space may stand anywhere.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_parametric
    >>> network = parse_parametric("parameter k1 = 1" + chr(10) + "A -> B [k = k1]")
    >>> name, experiment = parse_experiment("low: A=0.5, k1=k1_low, A+=0.5@10", network)
    >>> [(period.start, list(period.parameters), list(period.state)) for period in experiment.periods]
    [(0.0, ['k1'], ['A']), (10.0, [], ['A'])]
    """
    name, colon, changes = text.partition(":")
    if not colon or not name.strip():
        raise InvalidValueError(f"experiment {printable(text)}: write NAME: A=2, k1=0.5, A+=0.5@10")
    species = network.network.species
    parameters: dict[float, dict[str, Expression]] = {0.0: {}}
    state: dict[float, dict[str, Expression]] = {0.0: {}}
    for change in filter(None, map(str.strip, changes.split(","))):
        target, formula, time = _change(change, text)
        check_known("species or parameter", target, (*species, *network.parameters))
        if target not in species and _is_dose(change):
            raise InvalidValueError(f"experiment {printable(text)}: {printable(target)} is no species")
        parameters.setdefault(time, {})
        state.setdefault(time, {})
        (state if target in species else parameters)[time][target] = formula
    periods = tuple(Period(time, parameters[time], state[time]) for time in sorted(state))
    return name.strip(), Experiment(name.strip(), periods)


def _change(change: str, text: str) -> tuple[str, Expression, float]:
    """Return the target of a change, its new value and its time."""
    target, sign, rest = change.partition("=")
    formula, at, time = rest.partition("@")
    dosed = _is_dose(change)
    target = target.strip().removesuffix("+").strip()
    try:
        start = float(time) if at else 0.0
    except ValueError:
        start = math.nan
    if not sign or not target or not formula.strip() or not 0.0 <= start < math.inf:
        raise InvalidValueError(
            f"experiment {printable(text)}: {printable(change)}: write A=2, k1=0.5 or A+=0.5@10"
        )
    value = parse_expression(formula.strip())
    return target, Expression.name(target) + value if dosed else value, start


def _is_dose(change: str) -> bool:
    return change.partition("=")[0].rstrip().endswith("+")

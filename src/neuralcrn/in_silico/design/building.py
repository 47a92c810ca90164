"""From the description of a design to candidates, runs and goals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from neuralcrn.chemistry import ParametricNetwork, Reaction, parse_network
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.in_silico.design.chambers import candidate_network, in_chamber
from neuralcrn.in_silico.design.checks import check_names, check_problem
from neuralcrn.in_silico.design.families import FAMILIES
from neuralcrn.in_silico.design.goals import Oscillation
from neuralcrn.in_silico.design.notation import Wish, parse_goal
from neuralcrn.in_silico.design.problem import Condition, DesignProblem, input_runs
from neuralcrn.in_silico.design.spec import DesignSpec

MAX_CANDIDATES, MAX_RUNS = 2_000, 1_000
_CHAMBER = re.compile(r"_\d+$")


def make_problem(spec: DesignSpec) -> DesignProblem:
    """Return candidates, runs and goals of a description.

    Raises
    ------
    InvalidValueError, UnknownNameError, ParseError
        If a name is unknown, a number is out of range, or the goals are impossible or contradictory.

    Examples
    --------
    >>> problem = make_problem(DesignSpec(goals=("A, B, C oscillate period 10 amplitude 0.12",)))
    >>> len(problem.candidates.parameters), round(problem.total, 6)
    (30, 1.0)
    """
    given = _spread(dict(spec.initial), spec.chambers)
    wishes = [parse_goal(goal, sum(given.values()) / spec.chambers or 1.0) for goal in spec.goals]
    candidates = _candidates(spec, wishes)
    runs = input_runs(dict(spec.inputs))
    if len(runs) > MAX_RUNS:
        raise InvalidValueError(f"{len(runs):,} combinations of inputs: at most {MAX_RUNS:,} are run")
    names = candidates.network.species
    for wish in wishes:
        check_names(wish.goal, names)
    start = _in_phase(wishes, spec.chambers) | given
    starts = [start | _spread(run, spec.chambers) for run in runs]
    for name in starts[0]:
        if name not in names:
            raise UnknownNameError("species with an initial concentration", name, names)
    for values in starts:
        candidates.network.with_initial(values)  # reject negative concentrations
    total = max(sum(values.values()) for values in starts) / spec.chambers
    if total <= 0.0:
        raise InvalidValueError("nothing is present initially: give an initial concentration, such as A=1")
    candidates = _starting(candidates, starts[0])
    problem = DesignProblem(candidates, tuple(_conditions(wishes, names, starts, runs)), total)
    check_problem(problem)
    return problem


def _candidates(spec: DesignSpec, wishes: Sequence[Wish]) -> ParametricNetwork:
    listed: tuple[Reaction, ...] = ()
    if spec.candidates:
        listed = parse_network(spec.candidates, source="candidates").reactions
    if spec.family not in FAMILIES:
        raise UnknownNameError("family of reactions", spec.family, FAMILIES)
    species = spec.species or tuple(dict.fromkeys(name for reaction in listed for name in reaction.species))
    if not species:
        named = [name for wish in wishes for name in wish.goal.species]
        named += [name for name, _ in (*spec.initial, *spec.inputs)]
        species = tuple(dict.fromkeys(_base(name, spec.chambers) for name in named))
    candidates = candidate_network(species, listed or FAMILIES[spec.family](species), spec.chambers)
    if len(candidates.parameters) > MAX_CANDIDATES:
        raise InvalidValueError(
            f"{len(candidates.parameters):,} candidates: at most {MAX_CANDIDATES:,} are trained: give fewer "
            "species or chambers, or list the candidates in a file"
        )
    return candidates


def _starting(candidates: ParametricNetwork, start: Mapping[str, float]) -> ParametricNetwork:
    """Return the candidates with initial concentrations."""
    from neuralcrn.algebra import Expression

    network = candidates.network.with_initial(start)
    return replace(candidates, network=network, initial=tuple(map(Expression.number, network.initial)))


def _conditions(
    wishes: Sequence[Wish],
    names: Sequence[str],
    starts: Sequence[Mapping[str, float]],
    runs: Sequence[Mapping[str, float]],
) -> list[Condition]:
    """Return one run for each combination of inputs, and another one without transfer if it has goals."""
    return [
        Condition(tuple(values.get(name, 0.0) for name in names), goals, run, alone)
        for values, run in zip(starts, runs, strict=True)
        for alone in (False, True)
        if (goals := tuple(wish.goal for wish in wishes if wish.alone == alone))
    ]


def _base(name: str, chambers: int) -> str:
    """Return the name of a species without the number of its chamber."""
    return _CHAMBER.sub("", name) if chambers > 1 else name


def _spread(values: Mapping[str, float], chambers: int) -> dict[str, float]:
    """Return concentrations in all chambers; those given for one chamber have precedence."""
    if chambers == 1:
        return dict(values)
    own = {name: value for name, value in values.items() if _CHAMBER.search(name)}
    shared = {
        in_chamber(name, chamber, chambers): value
        for name, value in values.items()
        if name not in own
        for chamber in range(1, chambers + 1)
    }
    return shared | own


def _in_phase(wishes: Sequence[Wish], chambers: int) -> dict[str, float]:
    """Return the concentrations of oscillating species at the time 0, in all chambers."""
    start: dict[str, float] = {}
    for wish in wishes:
        if isinstance(wish.goal, Oscillation):
            values = dict(zip(wish.goal.species, wish.goal.at(np.zeros(1))[0].tolist(), strict=True))
            shared = {_base(name, chambers): value for name, value in values.items()}
            start |= _spread(shared, chambers) | values
    return start

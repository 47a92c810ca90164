"""What a simulated network reaches, goal by goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.engines import Solver
from neuralcrn.in_silico.cycles import measure_cycles
from neuralcrn.in_silico.design.chambers import MEMBRANE_LABEL
from neuralcrn.in_silico.design.goals import Goal, Oscillation
from neuralcrn.in_silico.design.problem import Condition, DesignProblem

Array = NDArray[np.float64]

CYCLES = 20
"""Number of periods in which an oscillation is measured."""
STARTS = 10
"""Number of random initial concentrations with which chambers are simulated alone."""
_SAMPLES = 200
"""Samples per period."""
_CLOSE = 0.05
"""Deviation of a goal that is reached, relative to the period, to the amplitude, or to the total."""
_STEADY = 0.002
"""Change of an amplitude per cycle with which an oscillation is called sustained."""
_RTOL = 1e-8


@final
@dataclass(frozen=True, slots=True)
class Measured:
    """Measurement of one goal on the simulated network.

    Attributes
    ----------
    goal : str
        The goal, with values of inputs.
    result : str
        What was measured.
    reached : bool
        Whether the goal is reached within 5% of the period, the amplitude, or the total concentration.
    values : dict of str to float
        The measured numbers.
    """

    goal: str
    result: str
    reached: bool
    values: dict[str, float]


def measure(problem: DesignProblem, network: Network) -> tuple[Measured, ...]:
    """Simulate a network, and measure how far every goal is reached.

    Parameters
    ----------
    problem : DesignProblem
        The goals.
    network : Network
        A network of some of the candidates.
    """
    results: list[Measured] = []
    for condition in problem.conditions:
        start = dict(zip(problem.candidates.network.species, condition.start, strict=True))
        present = network.with_initial({name: start[name] for name in network.species})
        solver = Solver.of(isolated(present) if condition.alone else present, rtol=_RTOL)
        for goal in condition.goals:
            if isinstance(goal, Oscillation):
                results.append(_oscillation(goal, condition, solver))
            else:
                results.append(_deviation(goal, condition, solver, problem.total))
    return tuple(results)


def isolated(network: Network) -> Network:
    """Return a network without the transfer through membranes."""
    kept = tuple(reaction for reaction in network.reactions if reaction.label != MEMBRANE_LABEL)
    return Network(network.species, kept, network.initial)


def variation_alone(problem: DesignProblem, network: Network, seed: int = 0) -> float:
    """Return the largest late variation of a species in chambers without transfer.

    The chambers are simulated from `STARTS` random initial concentrations with the same total, for 40 times
    the duration of the problem; the variation is the difference of extremes in the second half, relative to
    the total. It is 0 for chambers that come to rest.
    """
    rng = np.random.default_rng(seed)
    solver, end = Solver.of(isolated(network), rtol=_RTOL), 40.0 * max(c.t_end for c in problem.conditions)
    late = np.linspace(0.5 * end, end, 2001)
    worst = 0.0
    for _ in range(STARTS):
        start = sum(network.initial) * rng.dirichlet(np.ones(len(network.species)))
        run = solver.run(end, late, start=start)
        worst = max(worst, float(np.ptp(run.values, axis=0).max(initial=0.0)) / problem.total)
    return worst


def _oscillation(goal: Oscillation, condition: Condition, solver: Solver) -> Measured:
    """Measure the cycles of the first species."""
    duration = CYCLES * goal.period
    times = goal.begin + np.linspace(0.0, duration, CYCLES * _SAMPLES + 1)
    run = solver.run(float(times[-1]), times)
    cycles = measure_cycles(run.times, run[goal.species[0]]) if len(run.times) == len(times) else None
    if cycles is None or not len(cycles.periods):
        return Measured(
            _named(goal, condition), "no oscillation", False, {"period": np.nan, "amplitude": 0.0}
        )
    first = max(1, round((goal.end - goal.begin) / goal.period) - 1)
    period, amplitude = (float(values[:first].mean()) for values in (cycles.periods, cycles.amplitudes))
    sustained = len(cycles.periods) >= CYCLES - 2 and abs(cycles.growth) < _STEADY
    change = "sustained" if sustained else f"amplitude changes by {cycles.growth:+.1%} per cycle"
    close = abs(period / goal.period - 1.0) < _CLOSE and abs(amplitude / goal.amplitude - 1.0) < _CLOSE
    return Measured(
        _named(goal, condition),
        f"period {period:.4g}, amplitude {amplitude:.3g}, {change}",
        close and sustained,
        {"period": period, "amplitude": amplitude, "growth": cycles.growth},
    )


def _deviation(goal: Goal, condition: Condition, solver: Solver, total: float) -> Measured:
    """Measure the largest deviation from the limits of a goal; from the mean for one without limits."""
    run = solver.run(goal.end, goal.times)
    values = np.column_stack([run[name] for name in goal.species])
    low, high = goal.limits(run.times, condition.inputs)
    if np.isinf(low).all() and np.isinf(high).all():
        low = high = values.mean(axis=0)
    off = np.maximum(np.maximum(low - values, values - high), 0.0)
    worst, place = float(off.max()), np.unravel_index(int(off.argmax()), off.shape)
    at = f"{float(values[place]):.4g} at {float(run.times[place[0]]):.3g}"
    return Measured(
        _named(goal, condition),
        at if worst else "fulfilled",
        worst < _CLOSE * total,
        {"deviation": worst, "value": float(values[place])},
    )


def _named(goal: Goal, condition: Condition) -> str:
    """Return a goal with its inputs."""
    inputs = ", ".join(f"{name} = {value:g}" for name, value in condition.inputs.items())
    return f"{goal}{' alone' if condition.alone else ''}{f' with {inputs}' if inputs else ''}"

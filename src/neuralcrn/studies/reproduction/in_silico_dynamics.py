"""Studies of reactions with given dynamics: attractors, an oscillator, chaos (arXiv 2406.03456)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines import simulate
from neuralcrn.in_silico.cycles import measure_cycles
from neuralcrn.in_silico.dynamics import (
    Approximation,
    Equations,
    approximate_dynamics,
    largest_exponent,
    return_map,
    roughness,
)
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.report import Study

RNCRN_BISTABLE, RNCRN_OSCILLATOR, RNCRN_CHAOS = "rncrn-bistable", "rncrn-oscillator", "rncrn-chaos"
_ATTRACTORS = {2.0: math.pi, 8.0: 3.0 * math.pi}
"""Stable fixed points of sin(x) by a start in their basins."""
_NODES = (3, 4)
_OSCILLATOR = "dx = 6 + 4*j0(1.5*x) - y; dy = x - 4"
_CHAOS = (
    "dx = 2.5*x*(1 - 1.5*x) - 4*x*y/(1 + 3*x); dy = -0.4*y + 4*x*y/(1 + 3*x) - 4*y*z/(1 + 3*y); "
    "dz = -0.6*z + 4*y*z/(1 + 3*y)"
)
_CHAOTIC_START = {"x": 0.25, "y": 0.25, "z": 0.25}
_SETTLED, _OBSERVED, _SAMPLES = 100.0, 200.0, 20
_TRANSIENT, _INTERVAL, _INTERVALS, _QUICK_INTERVALS = 500.0, 10.0, 400, 100
Matrix = NDArray[Any]


@final
@dataclass(frozen=True, slots=True)
class DynamicsRow:
    """A quantity of a network, and of the given equations.

    Attributes
    ----------
    network : str
        Size and time scale.
    quantity : str
        What is compared.
    simulated, exact : float
        Value in the simulated reactions, and of the equations.
    """

    network: str
    quantity: str
    simulated: float
    exact: float


def bistable_rows(nodes: int) -> list[DynamicsRow]:
    """Return the attractors of the reactions for dx = sin(x)."""
    found, rows = approximate_dynamics("dx = sin(x)", ["x=1:12"], nodes=nodes), list[DynamicsRow]()
    for mu in (found.recurrent.mu, found.recurrent.mu / 2.0):
        recurrent = replace(found.recurrent, mu=mu)
        for start, exact in _ATTRACTORS.items():
            end = simulate(recurrent.network([start]), 100.0, [100.0], rtol=1e-8).final[0]
            rows.append(DynamicsRow(f"{nodes} nodes, mu {mu:g}", "attractor", float(end), exact))
    return rows


def oscillator_rows() -> list[DynamicsRow]:
    """Return period and amplitudes of the reactions and of the equations."""
    found = approximate_dynamics(
        _OSCILLATOR, ["x=1:8", "y=2:10"], nodes=6, beta=1.0, start={"x": 2.0, "y": 4.0}
    )
    times = np.linspace(0.0, _SETTLED + _OBSERVED, int(_SAMPLES * (_SETTLED + _OBSERVED)) + 1)
    settled = times >= _SETTLED
    simulated = simulate(found.network, times[-1], times).values[settled]
    exact = _solved(found.equations, np.array([2.0, 4.0]), times)[settled]
    label, rows = _label(found), list[DynamicsRow]()
    for column, name in enumerate(found.equations.names):
        here, there = (measure_cycles(times[settled], part[:, column]) for part in (simulated, exact))
        if column == 0:
            rows.append(DynamicsRow(label, "period", here.period, there.period))
        rows.append(DynamicsRow(label, f"amplitude of {name}", here.amplitude, there.amplitude))
    return rows


def chaos_rows(seed: int, intervals: int) -> list[DynamicsRow]:
    """Return the largest exponent and the return map of the reactions and of the equations."""
    found = approximate_dynamics(
        _CHAOS, [f"{name}=0.01:1" for name in "xyz"], nodes=5, mu=0.1, start=_CHAOTIC_START, seed=seed
    )
    times = np.arange(0.0, _TRANSIENT + _INTERVAL * intervals, 0.1)
    settled, label = times >= _TRANSIENT, f"{_label(found)}, seed {seed}"
    start = np.array(list(_CHAOTIC_START.values()))
    simulated = simulate(found.network, times[-1], times, rtol=1e-7)["z"][settled]
    exact = _solved(found.equations, start, times)[settled, 2]
    maps = [return_map(series) for series in (simulated, exact)]
    return [
        DynamicsRow(
            label,
            "largest Lyapunov exponent",
            largest_exponent(found.network, _TRANSIENT, _INTERVAL, intervals),
            _exact_exponent(found.equations, start, intervals),
        ),
        DynamicsRow(label, "roughness of the return map of z", *map(roughness, maps)),
        DynamicsRow(label, "mean maximum of z", *(float(pairs.mean()) for pairs in maps)),
        DynamicsRow(label, "deviation of the maxima of z", *(float(pairs.std()) for pairs in maps)),
    ]


def bistable_jobs(_quick: bool) -> tuple[Job, ...]:
    """Return a job for every number of nodes."""
    return tuple(Job(f"{RNCRN_BISTABLE}-{nodes}", bistable_rows, (nodes,)) for nodes in _NODES)


def rncrn_oscillator_jobs(_quick: bool) -> tuple[Job, ...]:
    """Return the job of the oscillator."""
    return (Job(RNCRN_OSCILLATOR, oscillator_rows, ()),)


def chaos_jobs(quick: bool) -> tuple[Job, ...]:
    """Return a job for every seed of the training."""
    intervals = _QUICK_INTERVALS if quick else _INTERVALS
    seeds = 1 if quick else 3
    return tuple(Job(f"{RNCRN_CHAOS}-{seed}", chaos_rows, (seed, intervals)) for seed in range(seeds))


def show_bistable(results: Sequence[list[dict[str, Any]]]) -> Study:
    """Return the table of attractors."""
    return _study("Reactions with two attractors", "dx/dt = sin(x), trained in silico in [1, 12].", results)


def show_rncrn_oscillator(results: Sequence[list[dict[str, Any]]]) -> Study:
    """Return the table of the oscillator."""
    return _study("Reactions with a given limit cycle", f"{_OSCILLATOR}, trained in silico.", results)


def show_chaos(results: Sequence[list[dict[str, Any]]]) -> Study:
    """Return the table of chaos."""
    text = (
        "The food chain of Hastings and Powell, trained in silico. Chaos has a positive exponent; the return "
        "map of maxima is near a curve if its roughness is far below 1."
    )
    return _study("Reactions with given chaos", text, results)


def _study(title: str, text: str, results: Sequence[list[dict[str, Any]]]) -> Study:
    rows = [DynamicsRow(**row) for part in results for row in part]
    return Study(
        title=title,
        text=text,
        columns=("network", "quantity", "simulated", "equations", "difference", "relative"),
        cells=tuple(
            (
                row.network,
                row.quantity,
                f"{row.simulated:.5g}",
                f"{row.exact:.5g}",
                f"{row.simulated - row.exact:.2g}",
                f"{100.0 * (row.simulated / row.exact - 1.0):.2g} %",
            )
            for row in rows
        ),
    )


def _label(found: Approximation) -> str:
    return f"{len(found.recurrent.bias)} nodes, mu {found.recurrent.mu:g}"


def _solved(equations: Equations, start: Matrix, times: Matrix) -> Matrix:
    """Return the solution of the equations in real arithmetic, shape (n_times, n_variables)."""
    from scipy.integrate import solve_ivp

    def slopes(_time: float, state: Matrix) -> Matrix:
        return equations.field(state[np.newaxis])[0]

    run: Any = solve_ivp(slopes, (0.0, times[-1]), start, t_eval=times, rtol=1e-8, atol=1e-10)
    return run.y.T


def _exact_exponent(equations: Equations, start: Matrix, intervals: int) -> float:
    """Return the largest exponent of the equations, from a second solution that is nearby."""
    distance, growth = 1e-7, 0.0
    state = _solved(equations, start, np.array([0.0, _TRANSIENT]))[-1]
    other = state + distance * np.full(len(state), len(state) ** -0.5)
    for _ in range(intervals):
        ends = np.array([0.0, _INTERVAL])
        state, other = (_solved(equations, point, ends)[-1] for point in (state, other))
        apart = float(np.linalg.norm(other - state))
        growth += math.log(apart / distance)
        other = state + (other - state) * distance / apart
    return growth / (intervals * _INTERVAL)

"""Stochastic simulation of networks: many runs, with mean and standard deviation."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.interventions import Crossing, Dosing
from neuralcrn.chemistry.network import Network
from neuralcrn.engines.kinetics import METHODS
from neuralcrn.engines.moments import Ensemble
from neuralcrn.engines.native.jumps import PackedJumps, pack_jumps
from neuralcrn.engines.native.recording_times import checked_times
from neuralcrn.engines.native.reduction import initial_state
from neuralcrn.engines.outcome import Outcome
from neuralcrn.errors import InvalidValueError, NeuralCRNWarning, SimulationError, UnknownNameError

EPSILON = 0.03
"""Default relative change of propensities in a leap."""
RUNS_LIMIT = 10_000_000
KEPT_LIMIT = 200_000_000
"""Maximum number of values in the kept runs."""
_LARGEST_COUNT = 2.0**53
_ROUNDED = 0.01  # relative change by rounding without a warning
_NAMED = 3  # number of species in a warning
_LARGEST_BLOCK = 64
_BLOCKS = 16
"""Number of blocks for small ensembles, so that threads can share them."""


def simulate_stochastic(
    network: Network,
    t_end: float,
    times: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    doses: Sequence[Dosing] = (),
    method: str = "ssa",
    volume: float,
    runs: int = 1,
    seed: int = 0,
    threads: int = 2,
    keep_runs: bool = False,
    epsilon: float = EPSILON,
    max_steps: int = 10_000_000_000,
    progress: Callable[[int], None] | None = None,
) -> Ensemble:
    r"""Simulate a network stochastically, with finite numbers of molecules.

    The propensity of ``a1 X1 + a2 X2 + ... -> ...`` with constant k is
    ``k V^(1-order) prod_i n_i (n_i - 1) ... (n_i - a_i + 1)``, without factorials.

    Parameters
    ----------
    network : Network
        Reactions and initial concentrations.
    t_end : float, time units of the rate constants
        End time of every run, > 0.
    times : array-like, shape (n_times,), optional
        Ascending times in [0, t_end] at which to record; by default 101 equally spaced ones. Exact runs do
        not depend on them; the steps of the other methods end at each time.
    doses : sequence of Dosing
        Species that are added or removed at given times, the same in every run. A record at the time of a
        dose contains it.
    method : {"ssa", "tau", "langevin", "hybrid"}
        Exact simulation (Gillespie 1977, doi:10.1021/j100540a008), tau-leaping (Cao, Gillespie and Petzold
        2006, doi:10.1063/1.2159468), or the chemical Langevin equation (Gillespie 2000, doi:10.1063/1.481811)
        with Euler-Maruyama steps, in which reactions that change a species of fewer than 10, or
        ``1 / epsilon``, molecules are simulated one event at a time. Steps that would make a count negative
        are halved, so counts are never negative, and conservation laws hold. "hybrid" combines jumps of
        scarce species, leaps, and conditional distributions of species that are consumed fast (Haseltine and
        Rawlings 2002, doi:10.1063/1.1505860; Cao, Gillespie and Petzold 2005, doi:10.1063/1.1824902; Jahnke
        and Huisinga 2007, doi:10.1007/s00285-006-0034-x), with whole molecules.
    volume : float, molecules per unit concentration
        Initial counts and doses are concentrations times the volume, rounded to whole molecules (a half to
        the even number), but not for the Langevin equation.
    runs : int
        Number of runs, 1 to 10,000,000.
    seed : int
        Run i uses a random stream determined by seed and i, independent of the number of threads and runs.
    threads : int
        Number of threads, 1 to 256.
    keep_runs : bool
        Whether the result contains every run in addition to mean and standard deviation.
    epsilon : float
        Accuracy of "tau", "langevin" and "hybrid": maximum relative change of propensities in a step, about
        the same as the largest relative error of means ("hybrid": of standard deviations), in (0, 0.5].
    max_steps : int
        Maximum number of jumps or leaps of a run.
    progress : callable, optional
        Called with the number of completed runs, from the calling thread.

    Warns
    -----
    NeuralCRNWarning
        If rounding changes an initial count by more than 1 %, or the Langevin equation starts with less than
        one molecule of a species: then the mean is correct, but the variance too small.

    Returns
    -------
    Ensemble
        Mean and standard deviation over the runs, in molecules.

    Raises
    ------
    InvalidValueError
        If an option is out of range, a dose is not at a given time or of an unknown species, all initial
        counts are rounded to 0 for this volume, a count exceeds 2^53 molecules, or the kept runs would have
        more than 200 million values.
    UnknownNameError
        If there is no such method.
    SimulationError
        If a run stopped early: its step limit was reached, or a population grows without bound.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> decay = parse_network("A -> 0 [k = 1]\nA @initial 1")
    >>> ensemble = simulate_stochastic(decay, 1.0, [0.0, 1.0], volume=1000, runs=400, seed=1)
    >>> bool(abs(ensemble["A"][-1] - 1000 * np.exp(-1)) < 4 * np.sqrt(1000 * 0.368 * 0.632 / 400))
    True
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    grid = checked_times(t_end, times, len(network.species))
    _check("volume", volume, 0.0 < volume < math.inf, "it must be positive and finite")
    _check("runs", runs, 1 <= runs <= RUNS_LIMIT, f"it must be from 1 to {RUNS_LIMIT:,}")
    _check("seed", seed, 0 <= seed < 2**63, "it must be from 0 to 2^63 - 1")
    _check("threads", threads, 1 <= threads <= 256, "it must be from 1 to 256")
    _check("epsilon", epsilon, 0.0 < epsilon <= 0.5, "it must be in (0, 0.5]")
    _check("max_steps", max_steps, 1 <= max_steps < 2**63, "it must be from 1 to 2^63 - 1")
    numbers = runs * len(grid) * len(network.species)
    if keep_runs and numbers > KEPT_LIMIT:
        raise InvalidValueError(
            f"keep_runs: {runs:,} runs have {numbers:,} numbers, at most {KEPT_LIMIT:,} are kept: ask for "
            "fewer runs or times"
        )
    plan = _Plan(
        pack_jumps(network),
        _initial_counts(network, volume, method),
        (METHODS.index(method), float(volume), float(epsilon), np.array([max_steps])),
        float(t_end),
        _packed_doses(network, doses, volume, method),
        grid,
        int(seed),
        keep_runs,
    )
    mean, squares = np.zeros((2, len(grid), len(network.species)))
    values = np.empty((runs, *mean.shape)) if keep_runs else None
    steps = 0
    with closing(_played(plan, runs, threads)) as blocks:
        for block in blocks:
            if block.outcome != Outcome.SUCCESS:
                raise SimulationError(_failure(block, network, volume))
            size, done = block.last - block.first, block.last
            difference = block.mean - mean
            mean += difference * (size / done)
            squares += block.squares + difference**2 * (block.first * size / done)
            steps += block.steps
            if values is not None:
                values[block.first : block.last] = block.kept
            if progress is not None:
                progress(done)
    deviation = np.sqrt(squares / max(1, runs - 1))
    return Ensemble(
        network.species, grid, mean, deviation, values, runs, method, float(volume), int(seed), steps
    )


class _Plan(NamedTuple):
    system: PackedJumps
    start: NDArray[np.float64]
    noise: tuple[int, float, float, NDArray[np.int64]]
    duration: float
    doses: tuple[NDArray[Any], ...]
    times: NDArray[np.float64]
    seed: int
    keep_runs: bool


class _Block(NamedTuple):
    first: int
    last: int
    outcome: int
    run: int
    time: float
    largest: int
    steps: int
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]
    kept: NDArray[np.float64]


def _played(plan: _Plan, runs: int, threads: int) -> Generator[_Block]:
    """Yield blocks of runs in order, independently of threads; their sizes depend on `runs`."""
    size = min(_LARGEST_BLOCK, -(-runs // _BLOCKS))
    executor = ThreadPoolExecutor(threads)
    try:
        yield from executor.map(
            lambda first: _play(plan, first, min(runs, first + size)), range(0, runs, size)
        )
    finally:
        plan.noise[-1][:] = 0  # after a failure or an interruption, running blocks end soon
        executor.shutdown(cancel_futures=True)


def _play(plan: _Plan, first: int, last: int) -> _Block:
    """Simulate one block of runs."""
    from neuralcrn.engines.native.integrate import NO_WATCH
    from neuralcrn.engines.native.stochastic import Noise
    from neuralcrn.engines.native.stochastic_runs import Doses, play_runs

    kept = np.empty((last - first if plan.keep_runs else 1, len(plan.times), len(plan.start)))
    outcome, run, time, largest, steps, mean, squares = play_runs(
        Noise(*plan.noise),
        plan.system.integers,
        plan.system.floats,
        0,
        plan.start,
        plan.duration,
        NO_WATCH,
        Doses(*plan.doses),
        plan.seed,
        first,
        last,
        np.zeros(plan.system.scratch_size),
        plan.times,
        kept,
    )
    return _Block(first, last, outcome, run, time, largest, steps, mean, squares, kept)


def _packed_doses(
    network: Network, doses: Sequence[Dosing], volume: float, method: str
) -> tuple[NDArray[Any], ...]:
    """Return the doses as arrays; see `stochastic_runs.Doses`."""
    rows: list[tuple[float, int, float, float]] = []
    for dose in sorted(doses, key=_time_of):
        for name in (*dose.withdrawn, *(name for name, _ in dose.added)):
            if name not in network.index:
                raise InvalidValueError(f"dose at {_time_of(dose):g}: the network has no species {name}")
        rows += [(_time_of(dose), network.index[name], 0.0, 0.0) for name in dose.withdrawn]
        for name, amount in dose.added:
            molecules = amount * volume if method == "langevin" else float(np.rint(amount * volume))
            rows.append((_time_of(dose), network.index[name], 1.0, molecules))
    times, species, kept, added = np.array(rows, dtype=np.float64).reshape(-1, 4).T.copy()
    return times, species.astype(np.int64), kept, added


def _time_of(dose: Dosing) -> float:
    if isinstance(dose.when, Crossing):
        raise InvalidValueError(
            f"dose at a crossing of {dose.when.species}: stochastic runs are dosed at given times only"
        )
    return float(dose.when)


def _initial_counts(network: Network, volume: float, method: str) -> NDArray[np.float64]:
    """Return the initial numbers of molecules; reject unsuitable volumes."""
    exact = initial_state(network) * volume
    if not exact.max(initial=0.0) < _LARGEST_COUNT:
        raise InvalidValueError(
            f"volume = {volume:g}: {exact.max():.3g} molecules of a species are too many: use a smaller one"
        )
    counts = exact if method == "langevin" else np.rint(exact)
    if exact.any() and not counts.any():
        raise InvalidValueError(
            f"volume = {volume:g}: the largest initial concentration, {max(network.initial):g}, is less than "
            "one molecule, use a larger volume"
        )
    rounded = np.abs(counts - exact) > _ROUNDED * exact
    _warn(network, exact, rounded, "rounding to whole molecules changes them, a larger volume by less")
    parts = (counts > 0.0) & (counts < 1.0)
    _warn(network, exact, parts, "with less than one the variance is too small, take a larger volume")
    return counts


def _warn(network: Network, exact: NDArray[np.float64], which: NDArray[np.bool_], what: str) -> None:
    """Warn about some initial counts."""
    named = [f"{network.species[i]} = {exact[i]:.4g}" for i in np.flatnonzero(which)]
    if named:
        more = f" and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
        message = f"molecules at the start, {', '.join(named[:_NAMED])}{more}: {what}"
        warnings.warn(message, NeuralCRNWarning, stacklevel=4)


def _failure(block: _Block, network: Network, volume: float) -> str:
    """Return the error for a run that stopped early."""
    place = f"run {block.run} stopped at time {block.time:.6g}"
    if block.outcome == Outcome.MAX_STEPS:
        return f"{place}: the step limit was reached; raise max_steps, or lower t_end or volume = {volume:g}"
    return (
        f"{place}: {network.species[block.largest]} grows without bound, beyond 2^53 molecules: lower its "
        f"rates, t_end or volume = {volume:g}"
    )


def _check(name: str, value: float, right: bool, rule: str) -> None:
    if not right:
        raise InvalidValueError(f"{name} = {value}: {rule}")

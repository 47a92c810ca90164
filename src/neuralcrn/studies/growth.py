"""Growth of circuits with the number of inputs: species, reactions, seconds and bytes.

With first-order gradients the element-wise circuit needs a fixed number of reactions per input, so the size
of the chemistry, the compilation time, the time of a training step and the memory should be linear.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from neuralcrn.circuits import FAMILIES
from neuralcrn.errors import InvalidValueError
from neuralcrn.studies.gradients import smooth_task, study_circuit

if TYPE_CHECKING:
    from neuralcrn.compiler import Program
    from neuralcrn.engines.native.lowering import LoweredProgram

INPUTS = (1, 3, 10, 30, 100, 300, 1000)
SMALLEST_FITTED = 100
"""Smallest number of inputs for fitting slopes; for fewer, constant contributions dominate."""
HORIZON = 0.5
STEPS, FEWEST_STEPS = 4_000, 120
"""Number of training steps over which the time is averaged: the first divided by N, but at least the
second.
"""


@final
@dataclass(frozen=True, slots=True)
class GrowthRow:
    """Size and costs of one circuit.

    Attributes
    ----------
    circuit, rule, level : str
        Family, learning rule, level.
    inputs : int
        N.
    species, reactions : int
        Numbers in all phases.
    compile_seconds : float, second
        Processor time from the equation to index arrays, without garbage collection; median of the repeats.
    peak_bytes : int, byte
        Peak memory during compilation, as reported by tracemalloc.
    packed_bytes : int, byte
        Size of the index arrays of all phases, which are read by the kernels.
    step_seconds : float or None, second
        Processor time of one training step, with every phase simulated by the data-driven kernels after
        warm-up; median of the repeats. None if not measured.
    """

    circuit: str
    rule: str
    level: str
    inputs: int
    species: int
    reactions: int
    compile_seconds: float
    peak_bytes: int
    packed_bytes: int
    step_seconds: float | None


class GrowthSlopes(NamedTuple):
    """Slopes of the logarithms of the columns of `GrowthRow` as functions of that of N; NaN if not fitted."""

    species: float
    reactions: float
    compile_seconds: float
    peak_bytes: float
    packed_bytes: float
    step_seconds: float


def study_growth(
    circuit: str = "quadratic",
    *,
    rule: str = "first-order",
    level: str = "staged",
    inputs: Sequence[int] = INPUTS,
    repeats: int = 5,
) -> Iterator[GrowthRow]:
    """Yield one row per number of inputs; all values except seconds and bytes are reproducible.

    Training steps are only measured for staged programs: those of a pot take a hundred times as long.

    Parameters
    ----------
    circuit, rule, level : str
        Family, learning rule and level.
    inputs : sequence of int
        N.
    repeats : int
        Number of repetitions of each measurement, at least 1.

    Raises
    ------
    InvalidValueError
        If `repeats` is less than 1.

    Examples
    --------
    >>> rows = list(study_growth(inputs=[1, 2], repeats=1))
    >>> [(row.inputs, row.species, row.reactions) for row in rows]
    [(1, 16, 29), (2, 23, 43)]
    """
    if repeats < 1:
        raise InvalidValueError(f"repeats = {repeats}: give at least 1")
    if level == "staged":
        _seconds_of_step(_compiled(circuit, 1, rule, level).program, 1)  # kernels are compiled or loaded
    for count in inputs:
        build = partial(_compiled, circuit, count, rule, level)
        lowered = build()
        yield GrowthRow(
            circuit=circuit,
            rule=rule,
            level=level,
            inputs=count,
            species=len(lowered.positions),
            reactions=lowered.program.reaction_count,
            compile_seconds=statistics.median(_seconds_of(build) for _ in range(repeats)),
            peak_bytes=_peak_bytes_of(build),
            packed_bytes=lowered.systems.integers.nbytes + lowered.systems.floats.nbytes,
            step_seconds=_seconds_of_step(lowered.program, repeats) if level == "staged" else None,
        )


def growth_slopes(rows: Sequence[GrowthRow], smallest: int = SMALLEST_FITTED) -> GrowthSlopes:
    """Fit the slopes of rows of one circuit with at least `smallest` inputs.

    Examples
    --------
    >>> rows = list(study_growth(inputs=[50, 100], repeats=1))
    >>> round(growth_slopes(rows, smallest=50).reactions, 2)
    0.98
    """
    kept = [row for row in rows if row.inputs >= smallest]
    logarithms = np.log([row.inputs for row in kept])

    def slope(column: str) -> float:
        values = [getattr(row, column) for row in kept]
        if len(set(logarithms.tolist())) < 2 or None in values:
            return math.nan
        return float(np.polyfit(logarithms, np.log(values), 1)[0])

    return GrowthSlopes(*map(slope, GrowthSlopes._fields))


def _compiled(circuit: str, inputs: int, rule: str, level: str) -> LoweredProgram:
    from neuralcrn.engines.native.lowering import lower

    return lower(study_circuit(circuit, inputs, HORIZON, rule).compile(level))


def _seconds_of(build: Callable[[], LoweredProgram]) -> float:
    """Return the processor time of one compilation.

    As in `timeit`, garbage is collected before the measurement and not during it.
    """
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        begin = time.process_time()
        build()
        return time.process_time() - begin
    finally:
        if enabled:
            gc.enable()


def _peak_bytes_of(build: Callable[[], LoweredProgram]) -> int:
    """Return the peak memory of one compilation; tracing is slow, so it is not timed."""
    gc.collect()
    tracemalloc.start()
    try:
        build()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _seconds_of_step(program: Program, repeats: int) -> float:
    """Return the median over repeats of the mean time of a training step."""
    from neuralcrn.learning import Trainer

    circuit = program.circuit
    task = smooth_task(circuit.features, seed=0, samples=max(STEPS // circuit.features, FEWEST_STEPS))
    trainer = Trainer(program, task, seed=0)
    start = trainer.fresh_state(FAMILIES.find(circuit.name).initial)
    taken: list[float] = []
    for _ in range(repeats + 1):
        begin = time.process_time()
        for _ in trainer.advance(start):
            pass
        taken.append((time.process_time() - begin) / len(task.train))
    return statistics.median(taken[1:])  # the first one is warm-up

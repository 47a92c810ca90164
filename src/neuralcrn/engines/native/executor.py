"""The native executor: protocols as instructions of compiled loops, with machine code for long trainings."""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Phase, Run, Step
from neuralcrn.engines.base import Executable, Executor, Stop, Tolerances, Vector, default_tolerances
from neuralcrn.engines.kinetics import Kinetics
from neuralcrn.engines.native.compilation import kernels_are_compiled
from neuralcrn.engines.native.counting import EVENT_LIMIT, Counting
from neuralcrn.engines.native.lane_code import LaneCode, code_of
from neuralcrn.engines.native.lane_groups import (
    Ending,
    Own,
    learn_together,
    predict_together,
    structure_of,
)
from neuralcrn.engines.native.lowering import LoweredProgram, instructions_of, lower, specialised
from neuralcrn.engines.native.object_code import OtherProcess, Stopped
from neuralcrn.engines.native.simulate import Solver
from neuralcrn.engines.native.specialise import Translate, code_structure, compilation_seconds
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.engines.work import Learning, Predicting, Work
from neuralcrn.errors import SimulationError

_CHUNK = 64
"""Number of samples of a staged program per call of compiled code."""
_POT_CHUNK = 2_000
"""The same for a pot, times its number of species: a cycle costs a hundred times as much as a staged
sample.
"""
_TRACE_RTOL, _TRACE_ATOL = 1e-6, 1e-10


@final
class NativeExecutor(Executor):
    """Integration in compiled code; exact and approximate stochastic simulation."""

    name = "native"
    summary = "compiled with numba and LLVM, for all kinetics; fastest"

    def prepare(
        self,
        program: Program,
        tolerances: Tolerances | None = None,
        *,
        kinetics: Kinetics | None = None,
        seed: int = 0,
        threads: int = 1,
    ) -> NativeExecutable:
        """Lower a program to arrays; see `Executor.prepare`."""
        limits = tolerances or default_tolerances(program.level)
        lowered = lower(program)
        return NativeExecutable(lowered, limits, Counting(lowered, kinetics, seed), threads)


@final
class NativeExecutable(Executable):
    """A lowered program with its accuracy and its random numbers; see `Executable`."""

    def __init__(self, lowered: LoweredProgram, tolerances: Tolerances, counting: Counting, threads: int):
        super().__init__(lowered.program)
        self.lowered, self.counting = lowered, counting
        self.controls = lowered.controls(tolerances.rtol, tolerances.atol, tolerances.max_steps)
        self._threads = max(1, threads)
        self._scratch = np.zeros(lowered.scratch_size)
        self._structure: str | None = None
        self._solvers: dict[str, Solver] = {}
        self._specialising: threading.Thread | None = None
        self._give_up: weakref.finalize[..., NativeExecutable] | None = None
        pot = max(1, min(_CHUNK, _POT_CHUNK // len(self.species)))
        self.samples_at_once = pot if self.program.is_pot else _CHUNK
        if counting.kinetics.is_stochastic:
            self.samples_at_once = 1  # one sample may take seconds

    def execute(
        self, steps: Sequence[Step], state: Vector, features: Vector, targets: Vector, measured: Vector
    ) -> None:
        """Execute steps of a protocol for one sample; see `Executable.execute`."""
        from neuralcrn.engines.native.execute import execute

        outcome, phase, time, _, _ = execute(
            instructions_of(steps, self.program, self.positions),
            self.lowered.arrays(),
            state,
            _read_only(features),
            _read_only(targets),
            measured,
            self.controls,
            self._scratch,
            self.counting.for_training(),
        )
        if outcome != Outcome.SUCCESS:
            raise self.error_of(self._stop(outcome, 0, phase, time, int(np.argmax(state))))

    def learn(
        self,
        pot: Vector,
        features: Vector,
        targets: Vector,
        order: NDArray[np.int64],
        errors: Vector,
        times: Vector,
        *,
        begun: int,
        part: float,
        limit: float,
    ) -> Stop | None:
        """Execute the training protocol for some samples; see `Executable.learn`."""
        from neuralcrn.engines.native.execute import Data, learn

        outcome, done, phase, time, largest, _ = self.counting.call(
            learn,
            self.lowered.protocols(begun, part),
            self.lowered.arrays(),
            pot,
            order,
            Data(_read_only(features), _read_only(targets)),
            errors,
            times,
            limit,
            self.controls,
            self._scratch,
            self.counting.for_training(),
        )
        return None if outcome == Outcome.SUCCESS else self._stop(outcome, done, phase, time, largest)

    def predict(
        self, pot: Vector, features: Vector, outputs: Vector, *, epoch: int, series: int = 1
    ) -> Stop | None:
        """Execute the prediction protocol for every row, many rows in threads and, where the kernels for them
        have been compiled before, in lanes; see `Executable.predict`.
        """
        from neuralcrn.engines.native.execute import predict_rows

        whole = len(features) // series  # threads have whole series
        count = min(whole, max(self._threads, math.ceil(len(features) / (8 * self.samples_at_once))))
        # Starting threads would take longer; stochastic simulations are always stopped from another thread.
        short = len(features) <= self.samples_at_once and not self.counting.kinetics.is_stochastic
        count = 1 if short else count
        edges = series * np.linspace(0, whole, count + 1).astype(np.int64)
        arrays = self.lowered.arrays()

        def run(k: int) -> Ending:
            first, last = int(edges[k]), int(edges[k + 1])
            outcome, row, phase, time, largest, _ = predict_rows(
                self.lowered.prediction,
                arrays,
                pot,
                first,
                last,
                series,
                _read_only(features),
                outputs,
                self.controls,
                np.zeros(self.lowered.scratch_size),
                self.counting.for_predictions(epoch),
            )
            return Ending(outcome, row, phase, time, largest)

        def run_in_lanes(k: int) -> Ending:
            rows = slice(int(edges[k]), int(edges[k + 1]))
            work = Predicting(self, pot, features[rows], outputs[rows], epoch, series)
            own = Own(self.lowered, self.counting.seed, Counting.stream_of_predictions(epoch) + rows.start)
            (end,) = predict_together([work], [own], self.controls, self._lane_code)
            return end._replace(done=rows.start + end.done)

        def first_stop(ends: Iterable[Ending]) -> Stop | None:
            for end in ends:
                if end.outcome != Outcome.SUCCESS:
                    return self._stop(*end)
            return None

        if short:
            return first_stop([run(0)])
        with self.counting.interruptible(self._threads) as pool:
            return first_stop(pool.map(run_in_lanes if self._predicts_in_lanes else run, range(count)))

    @property
    def works_together(self) -> int:
        """Number of lanes of a vector register of this machine."""
        from neuralcrn.engines.native.lanes import LANE_COUNT

        return LANE_COUNT

    @property
    def structure(self) -> str | None:
        """Hash of what programs have in common that are executed in lanes; see `Executable.structure`."""
        if self._structure is None and not self.counting.kinetics.is_stochastic:
            self._structure = structure_of(self.lowered, self.controls)
        return self._structure

    @cached_property
    def _predicts_in_lanes(self) -> bool:
        """Whether lanes can be used, and their kernels need not be compiled for the predictions alone."""
        return self.structure is not None and kernels_are_compiled("predict_lanes")

    @cached_property
    def _code_structure(self) -> str:
        return code_structure(self.lowered.reductions)

    @property
    def _lane_code(self) -> LaneCode:
        return code_of(self._code_structure, self.lowered.reductions)

    def run_together(self, works: Sequence[Work]) -> list[Stop | None]:
        """Execute works in the lanes of vector registers; the results are identical to the last bit."""
        executables = [work.executable for work in works if isinstance(work.executable, NativeExecutable)]
        learning = [work for work in works if isinstance(work, Learning)]
        predicting = [work for work in works if isinstance(work, Predicting)]
        first = [work.begun for work in learning]
        first += [Counting.stream_of_predictions(work.epoch) for work in predicting]
        own = [
            Own(executable.lowered, executable.counting.seed, stream)
            for executable, stream in zip(executables, first, strict=True)
        ]
        if learning:
            ends = learn_together(learning, own, self.controls, self._lane_code)
        else:
            ends = predict_together(predicting, own, self.controls, self._lane_code)
        return [
            None if end.outcome == Outcome.SUCCESS else executable._stop(*end)
            for executable, end in zip(executables, ends, strict=True)
        ]

    def trace(self, run: Run, state: Vector, points: int) -> tuple[Vector, Vector]:
        """Simulate one phase at equally spaced times."""
        phase = self.program.phase(run.phase)
        solver, start = self._solver_of(phase), state.clip(min=0.0)
        duration = phase.duration if run.duration is None else run.duration
        if run.until is not None:
            crossing = (run.until.species, run.until.threshold)
            waited = solver.run(duration, [duration], start=start, until=crossing)
            duration = _reached(phase.name, waited).end
        course = solver.run(duration, np.linspace(0.0, duration, points), start=start)
        return course.times, _reached(phase.name, course).values

    def _solver_of(self, phase: Phase) -> Solver:
        """Return the solver of a phase for recordings, which is prepared once."""
        if phase.name not in self._solvers:
            own = self.program.tolerances
            atol = {name: min(_TRACE_ATOL, own.get(name, _TRACE_ATOL)) for name in self.species}
            network = Network.of(phase.network.reactions, {}, self.species)
            self._solvers[phase.name] = Solver.of(network, rtol=_TRACE_RTOL, atol=atol)
        return self._solvers[phase.name]

    def optimise_for(self, seconds_left: float) -> None:
        """Start the generation of machine code, once, if the training will last longer than that takes."""
        if self.counting.kinetics.is_stochastic or self._specialising is not None:
            return
        if seconds_left > compilation_seconds(self.lowered.reductions):
            self._specialising = self.specialise_meanwhile()

    def specialise_meanwhile(self) -> threading.Thread:
        """Generate machine code in a separate process, and use it when it is ready.

        Loops and machine code give identical results, so the time of the change does not affect any result.
        The process ends with the executable and with this process.
        """
        elsewhere = OtherProcess()
        self._give_up = weakref.finalize(self, elsewhere.stop)
        work = (weakref.ref(self), self.lowered, elsewhere.object_code)
        thread = threading.Thread(target=_specialise, args=work, daemon=True)  # the thread only waits
        thread.start()
        return thread

    def close(self) -> None:
        """Stop a generation of machine code that is not complete."""
        if self._give_up is not None:
            self._give_up()

    def _stop(self, outcome: int, done: int, phase: int, time: float, largest: int) -> Stop:
        known = Outcome(outcome)
        if self.counting.kinetics.is_stochastic and known is Outcome.MAX_STEPS:
            what = f"more than {EVENT_LIMIT:,} events in one phase: choose method hybrid, or fewer molecules"
        else:  # for rates, suggestions are found by retrying
            what = known.advice if known in (Outcome.NO_EVENT, Outcome.NO_RAIL) else known.what
        name = self.program.phases[phase].name if phase >= 0 else ""
        return Stop(known, what, done, name, time, self.species[largest])


def _read_only(samples: Vector) -> Vector:
    """Return a protected view, as tasks have: for both kinds of arrays kernels would be compiled twice."""
    view = samples.view()
    view.flags.writeable = False
    return view


def _specialise(
    executable: weakref.ref[NativeExecutable], lowered: LoweredProgram, translate: Translate
) -> None:
    """Install machine code in an executable that is still in use."""
    try:
        made = specialised(lowered, translate)
    except Stopped:
        return
    in_use = executable()
    if in_use is not None:
        in_use.lowered = made


def _reached(phase: str, run: Trajectory) -> Trajectory:
    """Return a successful run; raise an error otherwise."""
    if run.outcome != Outcome.SUCCESS:
        raise SimulationError(f"{phase} stopped at {run.end:g}: {run.outcome.advice}")
    return run

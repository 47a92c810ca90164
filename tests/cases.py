"""What several test files share: cases written by others, random networks, kernels, runs, commands."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import chdir, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray
from typer.testing import CliRunner

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.chemistry.network import Counts
from neuralcrn.circuits import FAMILIES, Circuit, make_circuit, supported_rules
from neuralcrn.cli.main import app
from neuralcrn.compiler.rules import needs_classes
from neuralcrn.engines import Kinetics, Tolerances
from neuralcrn.engines.native.algebra_kernels import right_hand_side
from neuralcrn.engines.native.exact_steps import exact_step
from neuralcrn.engines.native.integrate import NO_WATCH, Controls, integrate
from neuralcrn.engines.native.packing import (
    AT_INCREMENTS,
    AT_INTEGRALS,
    AT_SLOPES,
    AT_STATES,
    AT_VECTOR,
    WIDTH,
    pack,
)
from neuralcrn.engines.native.reduction import Reduction, initial_state, reduce_network
from neuralcrn.engines.native.steps import (
    EXPLICIT,
    FUNCTION_COUNT,
    accumulate,
    begin,
    explicit_step,
    interpolate,
    rosenbrock_step,
)
from neuralcrn.errors import CompileError
from neuralcrn.learning import Callback, DataFile, Progress, Trainer, TrainingSpec, plan
from neuralcrn.tasks import Samples, Task

CASES = Path(__file__).parents[2] / "shared" / "cases"
"""Public reference data beside the repository; not part of it."""


def case_folder(*parts: str) -> Path:
    """Return a folder of cases, or skip the test where there is none."""
    folder = CASES.joinpath(*parts)
    if not folder.is_dir():
        pytest.skip(f"no reference cases at ../shared/cases/{'/'.join(parts)}")
    return folder


def case_json(path: Path) -> Any:
    """Read a JSON file of the cases."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_reference(path: Path) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Return the times and the columns of a reference trajectory."""
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    values = np.array(rows, dtype=np.float64)
    return values[:, 0], dict(zip(header[1:], values[:, 1:].T, strict=True))


def parse_neutral(text: str, fixed: frozenset[str] = frozenset()) -> Network:
    """Read the neutral text ``A + 2 B -> C ; k`` and ``init A = 1``; `fixed` species never change."""
    reactions: list[Reaction] = []
    initial: dict[str, float] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("init "):
            name, value = line.removeprefix("init ").split("=")
            initial[name.strip()] = float(value)
            continue
        sides, rate = line.split(";")
        left, right = map(_neutral_side, sides.split("->"))
        kept = {name: count for name, count in left.items() if name in fixed}
        right = {**{name: count for name, count in right.items() if name not in fixed}, **kept}
        if left or right:
            reactions.append(Reaction.of(left, right, rate=float(rate)))
    return Network.of(reactions, initial)


def _neutral_side(text: str) -> dict[str, int]:
    side: dict[str, int] = {}
    for term in filter(lambda part: part not in ("", "0"), map(str.strip, text.split("+"))):
        match = re.fullmatch(r"(?:(\d+)\s+)?(\w+)", term)
        assert match is not None, term
        side[match[2]] = side.get(match[2], 0) + int(match[1] or 1)
    return side


@st.composite
def bounded_networks(draw: st.DrawFn, low: float = 0.01, high: float = 10.0) -> Network:
    """Networks whose reactions never make more molecules than they take, but for constant inflow.

    Concentrations then grow at most linearly, whatever is drawn; rates lie in [low, high].
    """
    names = "ABCDE"[: draw(st.integers(2, 5))]
    reactions: list[Reaction] = []
    for _ in range(draw(st.integers(1, 7))):
        left = draw(st.lists(st.sampled_from(names), max_size=3))
        right = draw(st.lists(st.sampled_from(names), min_size=0 if left else 1, max_size=len(left) or 1))
        # the logarithm is drawn, so that fast and slow reactions are equally likely
        rate = float(np.exp(draw(st.floats(float(np.log(low)), float(np.log(high))))))
        sides = ({name: side.count(name) for name in sorted(set(side))} for side in (left, right))
        reactions.append(Reaction.of(*sides, rate=rate))
    amounts = st.just(0.0) | st.floats(1e-3, 3.0)
    return Network.of(reactions, {name: draw(amounts) for name in names}, tuple(names))


def rates_of_change(network: Network, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return dy/dt by mass action, written down anew so that it shares nothing with the engine."""
    place = {name: i for i, name in enumerate(network.species)}
    change = np.zeros(len(y))
    for reaction in network.reactions:
        flux = reaction.rate
        for name, power in reaction.reactants.terms:
            flux *= y[place[name]] ** power
        for name, count in reaction.reactants.terms:
            change[place[name]] -= count * flux
        for name, count in reaction.products.terms:
            change[place[name]] += count * flux
    return change


def jacobian_of(network: Network, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return d(dy/dt)/dy by mass action, term by term."""
    place = {name: i for i, name in enumerate(network.species)}
    matrix = np.zeros((len(y), len(y)))
    for reaction in network.reactions:
        for with_respect_to, _ in reaction.reactants.terms:
            slope = reaction.rate
            for name, power in reaction.reactants.terms:
                value = y[place[name]]
                slope *= power * value ** (power - 1) if name == with_respect_to else value**power
            for name, count in reaction.reactants.terms:
                matrix[place[name], place[with_respect_to]] -= count * slope
            for name, count in reaction.products.terms:
                matrix[place[name], place[with_respect_to]] += count * slope
    return matrix


def solve_reduced(
    network: Network,
    duration: float,
    *,
    separate: bool,
    rtol: float = 1e-10,
    atol: float = 1e-13,
    functions: Any = None,
    reduction: Reduction | None = None,
) -> NDArray[np.float64]:
    """Return the end state of the adaptive driver, with what need not be integrated taken out or not; or that
    of one of the systems to which the network is reduced.
    """
    system = pack(reduction or reduce_network(network, separate=separate))
    state = initial_state(network)
    outcome, end, _ = integrate(
        system.integers,
        system.floats,
        0,
        np.zeros(FUNCTION_COUNT, dtype=np.int64) if functions is None else functions,
        state,
        duration,
        NO_WATCH,
        Controls(rtol, np.full(len(state), atol), 1_000_000),
        np.zeros(system.scratch_size),
        np.empty(0),
        np.empty((0, 0)),
        None,
    )
    assert (outcome, end) == (0, duration)
    return state


class FixedSteps:
    """The kernels of one method, stepped by hand with a constant step."""

    def __init__(self, network: Network, method: int, *, separate: bool = False, functions: Any = None):
        self.reduction: Reduction = reduce_network(network, separate=separate)
        self.system, self.method = pack(self.reduction), method
        self.functions = np.zeros(FUNCTION_COUNT, dtype=np.int64) if functions is None else functions
        self.initial = initial_state(network)
        header = self.system.integers
        self.size = len(self.reduction.core)
        self.width = int(header[WIDTH])
        self.states, self.slopes = int(header[AT_STATES]), int(header[AT_SLOPES])
        self.increments, self.vector = int(header[AT_INCREMENTS]), int(header[AT_VECTOR])
        self.integrals = int(header[AT_INTEGRALS])
        self.scratch = np.zeros(self.system.scratch_size)

    def run(self, duration: float, count: int) -> NDArray[np.float64]:
        """Return the state after `count` equal steps."""
        integers, floats, scratch = self.system.integers, self.system.floats, self.scratch
        state, h = self.initial.copy(), duration / count
        begin(integers, floats, 0, self.functions, state, scratch)
        scratch[self.integrals : self.integrals + len(self.reduction.integrated)] = 0.0
        scratch[self.states + self.size : self.states + 8 * self.width : self.width] = 1.0
        scratch[self.vector + self.size] = 1.0
        scratch[self.states : self.states + self.size] = state[list(self.reduction.core)]
        right_hand_side(integers, 0, scratch, self.states, self.slopes)
        for step in range(count):
            if step:
                self._accept()
            if self.method == EXPLICIT:
                explicit_step(integers, 0, self.functions, scratch, h)
            else:
                rosenbrock_step(integers, floats, 0, self.functions, scratch, h)
            accumulate(integers, floats, 0, self.functions, scratch, self.method, h)
        new = self._new()
        state[list(self.reduction.core)] = scratch[new : new + self.size]
        exact_step(integers, 0, scratch, state, duration)
        return state

    def within_last_step(self, h: float, theta: float) -> NDArray[np.float64]:
        """Return the core at a fraction of the last step, by the interpolant of the method."""
        record = np.zeros(self.size)
        interpolate(self.system.integers, 0, self.scratch, self.method, h, theta, record)
        return record

    def _new(self) -> int:
        return self.states + 6 * self.width if self.method == EXPLICIT else self.vector

    def _accept(self) -> None:
        new = self._new()
        self.scratch[self.states : self.states + self.width] = self.scratch[new : new + self.width]
        if self.method == EXPLICIT:
            last = self.slopes + 6 * self.width
            self.scratch[self.slopes : self.slopes + self.size] = self.scratch[last : last + self.size]


FAMILY_RULES = [(name, rule) for name in sorted(FAMILIES) for rule in supported_rules(name)]
"""Every family with every learning rule that supports it."""
_BANKS = ("switches", "parallel-switches", "chemical-synapse", "electrical-synapse")
_COMPETING = ("multiplicative-weights", "winner-take-all")
"""Families with an output for each of at least two classes."""
POSITIVE = (*_BANKS, *_COMPETING)
"""Families whose inputs cannot be negative."""


def _is_one_pot(family: str, rule: str, level: str) -> bool:
    if family == "multiplicative-weights":
        return False  # it is tested by itself, since it needs several outputs and no negative inputs
    try:
        make_circuit(family, rule=rule, **small_size(family)).compile(level)
    except CompileError:
        return False
    return True


_LARGE = (
    "fixed-point-network",
    "goodness-layer",
    "mixing",
    "perceptron",
    "random-features",
    "symmetric-network",
    "sigmoid",
    "tanh",
    "linear-attention",
    *_BANKS,
)


def counted(circuit: Circuit) -> dict[str, Counts]:
    """Return species and reactions of every phase and of the whole program, for closed formulas."""
    program = circuit.compile()
    counts = {phase.name: phase.network.counts for phase in program.phases}
    return {**counts, "program": Counts(len(program.species), program.reaction_count)}


def small_size(family: str) -> dict[str, int]:
    """Return the number of states for families whose default is large."""
    return {"hidden": 2} if family in _LARGE else {}


POT_RULES = [
    (name, rule, level)
    for name, rule in FAMILY_RULES
    for level in ("gated", "autonomous")
    if _is_one_pot(name, rule, level)
]
"""Families, learning rules and levels at which they can be compiled to one pot."""


def small_task(
    inputs: int = 2, outputs: int = 1, *, samples: int = 20, low: float = 0.0, high: float = 1.0
) -> Task:
    """Return a regression of random numbers, for tests that only need something to learn from."""
    rng = np.random.default_rng(11)
    features, targets = rng.uniform(low, high, (samples, inputs)), rng.uniform(0.2, 1.0, (samples, outputs))
    part = Samples(features, targets)
    return Task(
        name="random",
        kind="regression",
        train=part,
        validation=part,
        test=None,
        threshold=None,
        classes=(),
        feature_names=tuple(f"x{i + 1}" for i in range(inputs)),
        target_names=tuple(f"y{i + 1}" for i in range(outputs)),
        scaling=None,
        bounds=np.array([[low, high]] * inputs),
    )


def small_trainer(family: str, task: Task, *, seed: int = 3, **options: Any) -> Trainer:
    """Return a trainer of a family on a task, driven by the data-driven loops; the targets are rounded to two
    classes for circuits that need them.
    """
    if family in _COMPETING and task.outputs == 1:
        task = _two_classes(task)
    chosen = {**small_size(family), "non_negative": task.non_negative_inputs, **options}
    program = make_circuit(family, task.inputs, outputs=task.outputs, **chosen).compile()
    if needs_classes(program.circuit):
        classes = Samples(task.train.features, np.round(task.train.targets))
        task = dataclasses.replace(task, train=classes, validation=classes)
    return Trainer(program, dataclasses.replace(task, ordered=program.remembers), seed=seed)


def _two_classes(task: Task) -> Task:
    """Return a classification with an output for large and one for small targets."""
    large = np.round(task.train.targets)
    part = Samples(task.train.features, np.hstack([large, 1.0 - large]))
    names = ("large", "small")
    return dataclasses.replace(
        task, kind="classification", train=part, validation=part, classes=names, target_names=names
    )


def small_spec(
    task: str = "linear-regression",
    *,
    target: str = "",
    seed: int = 5,
    kinetics: Kinetics | None = None,
    level: str = "staged",
    task_options: Mapping[str, int] | None = None,
    **options: Any,
) -> TrainingSpec:
    """Return what a short run is asked to do: three epochs of the linear circuit."""
    sizes = task_options or {"train": 150, "validation": 10}
    return dataclasses.replace(
        plan(task, **{"circuit": "linear", "epochs": 3, **options}),
        task_options={} if target else sizes,
        data=DataFile(target) if target else None,
        level=level,
        seed=seed,
        kinetics=kinetics or Kinetics(),
        tolerances=Tolerances(),
    )


def no_progress(_progress: Progress) -> None:
    """Show no progress."""


def run_results(folder: Path) -> dict[str, bytes]:
    """Return every result of a run, name by name."""
    names = ("metrics.csv", "network.json", "program.txt", "config.json")
    networks = sorted(folder.joinpath("networks").glob("*.crn"))
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in (*(folder / name for name in names), *networks)
    }


def stop_after(calls: int) -> Callback:
    """Return a progress callback that interrupts at its last call."""
    left = calls

    def progress(_progress: Progress) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt

    return progress


def calls_made(work: Callable[[], object]) -> int:
    """Count the calls of functions, those in C too: a measure of work that no load of the machine changes."""
    count = 0

    def see(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


PATIENCE = 900.0
"""Seconds after which a process hangs, however loaded the machine is."""


@contextmanager
def listening_to_interruptions() -> Generator[None]:
    """Let processes that are started in the block listen to SIGINT, also where these tests do not.

    In the background of a shell it is ignored, which would be inherited.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def started(*arguments: str | Path, cwd: Path) -> Generator[subprocess.Popen[str]]:
    """Start the command line; neither it nor a process that it starts outlives the block."""
    with listening_to_interruptions():
        process = subprocess.Popen(
            [sys.executable, "-m", "neuralcrn", *map(str, arguments)],
            cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


class Done(NamedTuple):
    """What a command has returned and written."""

    returncode: int
    stdout: str
    stderr: str


def command_line(*arguments: str | Path, cwd: Path, status: int | None = 0, **environment: str) -> Done:
    """Run the command line, in another process for another environment; no stream may show a traceback."""
    words = [*map(str, arguments)]
    done = _in_other_process(words, cwd, environment) if environment else _in_this_process(words, cwd)
    for stream in (done.stdout, done.stderr):
        assert "Traceback" not in stream, stream
    if status is not None:
        assert done.returncode == status, done
    return done


def _in_this_process(arguments: list[str], cwd: Path) -> Done:
    with chdir(cwd):
        done = CliRunner().invoke(app, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


def _in_other_process(arguments: list[str], cwd: Path, environment: dict[str, str]) -> Done:
    done = subprocess.run(
        [sys.executable, "-m", "neuralcrn", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        env={**os.environ, **environment},
    )
    return Done(done.returncode, done.stdout, done.stderr)


def refused(*arguments: str | Path, cwd: Path) -> str:
    """Run what must be refused: status 2, a short message, nothing written and nothing on stdout."""
    before = sorted(cwd.rglob("*"))
    done = command_line(*arguments, cwd=cwd, status=2)
    assert done.stdout == ""
    assert 0 < len(done.stderr) <= 2000
    assert sorted(cwd.rglob("*")) == before
    return done.stderr

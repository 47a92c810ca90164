"""Checks of an executor, for authors of executors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import SignedSystem
from neuralcrn.chemistry import Crossing, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import Circuit, Dose, Flush, Phase, Program, Read, Run
from neuralcrn.compiler.protocol import Withdraw
from neuralcrn.engines import EXECUTORS, Executable, Executor, Kinetics, Outcome, Stop, Tolerances
from neuralcrn.errors import CheckError, DataError, SimulationError, UnknownNameError

Vector = NDArray[np.float64]

_TOLERANCES = Tolerances(1e-8, 1e-11, 1_000_000)
_CLOSE = 1e-5
"""Relative and absolute tolerance for comparison with closed forms and with the reference executor."""
_LIMIT = 1e6
_FEATURES = np.array([[0.5, -0.25], [-1.0, 0.75], [0.25, 1.0]])
_TARGETS = np.array([[0.5], [0.25], [1.0]])
_ROWS = np.arange(len(_FEATURES))


def check_executor(executor: str | Executor) -> None:
    """Check that an executor implements its interface and simulates protocols correctly.

    The checks compare single steps with closed forms, whole samples with their single steps, and the training
    of circuits at two levels with the ``reference`` executor.

    Parameters
    ----------
    executor : str or Executor
        An executor, or the name of one in `neuralcrn.engines.EXECUTORS`.

    Raises
    ------
    CheckError
        If a check fails, with the requirement and the result.

    Examples
    --------
    >>> check_executor("native")
    """
    found = EXECUTORS.find(executor) if isinstance(executor, str) else executor
    for check in _CHECKS:
        try:
            check(found)
        except AssertionError as error:
            raise CheckError(f"executor {found.name}: {check.__doc__} But: {str(error).strip()}") from error


def _prepared(executor: Executor, program: Program | None = None, **options: object) -> Executable:
    """Return a program, or else a circuit of two states, prepared accurately."""
    return executor.prepare(program or _circuit().compile(), _TOLERANCES, **options)  # type: ignore[arg-type]


def _circuit(**options: object) -> Circuit:
    return make_circuit("quadratic", inputs=2, non_negative=False, positive_targets=False, **options)


def _pot(executable: Executable) -> Vector:
    """Return a new pot with parameters of both signs."""
    circuit = executable.program.circuit
    values = {p: 0.3 * (-1.0) ** i for i, p in enumerate(circuit.trained_parameters)}
    return executable.new_pot({**values, **{p: circuit.fixed[p.name] for p in circuit.fixed_parameters}})


def _learned(
    executable: Executable, rows: NDArray[np.int64] = _ROWS, begun: int = 0, part: float = 1.0
) -> Vector:
    """Return the pot that has learned some samples, followed by the errors that were measured."""
    pot = _pot(executable)
    errors, times = np.zeros((len(rows), 1)), np.zeros(len(rows))
    stop = executable.learn(
        pot, _FEATURES, _TARGETS, rows, errors, times, begun=begun, part=part, limit=_LIMIT
    )
    assert stop is None, f"stopped: {stop}"
    assert (times > 0.0).all(), f"got times {times}"
    return np.concatenate([pot, errors.ravel()])


def _decay(executor: Executor, *steps: Run) -> tuple[Executable, Vector, NDArray[np.int64]]:
    """Return a program of one phase in which A becomes B at the rate 1, a pot of A = 1, and their places."""
    phase = Phase("decay", parse_network("A -> B [k = 1]"), 1.5)
    program = replace(_circuit().compile(), phases=(phase,), training=steps, prediction=())
    executable = _prepared(executor, program)
    places = np.array([executable.positions[name] for name in ("A", "B")])
    state = executable.initial.copy()
    state[places[0]] = 1.0
    return executable, state, places


def _stepped(executable: Executable, state: Vector, *steps: Dose | Run | Read | Withdraw | Flush) -> Vector:
    """Execute steps for the first sample and return what they measured."""
    measured = np.zeros(1)
    executable.execute(steps, state, _FEATURES[0], _TARGETS[0], measured)
    return measured


def _names_itself(executor: Executor) -> None:
    """Name and summary must be texts."""
    for attribute in ("name", "summary"):
        text = getattr(executor, attribute, None)
        assert isinstance(text, str), f"{attribute} is {text!r}"
        assert text.strip(), f"{attribute} is empty"


def _doses_and_reads(executor: Executor) -> None:
    """A dose must go to the rail of its sign, and a reading must be rail minus rail plus its reference."""
    executable = _prepared(executor)
    (error,) = executable.program.circuit.errors
    state = executable.initial.copy()
    doses = (
        Dose(error, "feature", 0, -3.0),
        Dose(error, "target", 0, 0.5),
        Dose(error, "constant", factor=2.0),
    )
    measured = _stepped(executable, state, *doses, Read((error,)))
    added = _stepped(executable, state, Read((error,), 0.5))
    positive, negative = state[executable.places([error])[0]]
    _close([positive, negative, *measured, *added], [0.25 + 2.0, 1.5, 0.75, 1.25])


def _takes_out(executor: Executor) -> None:
    """Withdraw must take species out, and Flush all that are not kept."""
    executable = _prepared(executor)
    first, second = executable.program.circuit.trained_parameters[:2]
    state = np.arange(1.0, 1.0 + len(executable.species))
    before = state.copy()
    _stepped(executable, state, Withdraw((first,)))
    _close(state[executable.places([first])].ravel(), [0.0, 0.0])
    flushed = next(step for step in executable.program.training if isinstance(step, Flush))
    _stepped(executable, state, flushed)
    places = executable.places(executable.program.circuit.system.states).ravel()
    _close(state[places[places >= 0]], 0.0)
    _close(state[executable.places([second])], before[executable.places([second])])


def _runs(executor: Executor) -> None:
    """A run must follow the rate equations for its duration."""
    for run, duration in ((Run("decay"), 1.5), (Run("decay", 0.5), 0.5)):
        executable, state, places = _decay(executor, run)
        _stepped(executable, state, run)
        _close(state[places], [np.exp(-duration), 1.0 - np.exp(-duration)])


def _waits(executor: Executor) -> None:
    """A run must end when a species rises over its threshold, and fail if it does not."""
    reached = Run("decay", 10.0, Crossing("B", 0.25))
    executable, state, places = _decay(executor, reached)
    _stepped(executable, state, reached)
    _close(state[places], [0.75, 0.25])
    missed = Run("decay", 10.0, Crossing("B", 5.0))
    executable, state, _ = _decay(executor, missed)
    try:
        _stepped(executable, state, missed)
    except SimulationError:
        return
    raise AssertionError("B never rises over 5, and no SimulationError was raised")


def _learns_step_by_step(executor: Executor) -> None:
    """Learning from a sample must be its protocol, and a batch must end where the number of samples says."""
    for circuit in (_circuit(), _circuit(batch=2)):
        executable = _prepared(executor, circuit.compile())
        state, measured = _pot(executable), np.zeros((len(_ROWS), 1))
        for row in _ROWS:
            steps = executable.program.protocol(int(row) + 1)
            executable.execute(steps, state, _FEATURES[row], _TARGETS[row], measured[row])
        _close(_learned(executable, begun=1), np.concatenate([state, measured.ravel()]))


def _teaches_parts(executor: Executor) -> None:
    """A part of an update must be that part of the change of every parameter."""
    executable = _prepared(executor)
    trained, size = executable.program.circuit.trained_parameters, len(executable.species)
    start = executable.signed(_pot(executable), trained)
    whole, quarter = (
        executable.signed(_learned(executable, _ROWS[:1], part=part)[:size], trained) - start
        for part in (1.0, 0.25)
    )
    _close(quarter, 0.25 * whole)


def _predicts(executor: Executor) -> None:
    """Predictions must leave the pot as it is, be the prediction protocol, and not depend on threads."""
    executable, other = _prepared(executor), _prepared(executor, threads=2)
    pot, outputs, again = _pot(executable), np.zeros((3, 1)), np.zeros((3, 1))
    before = pot.copy()
    assert executable.predict(pot, _FEATURES, outputs, epoch=0) is None, "a prediction stopped"
    assert np.array_equal(pot, before), "the pot was changed"
    other.predict(pot, _FEATURES, again, epoch=0)
    assert np.array_equal(outputs, again), "two threads predict other bits than one"
    measured = np.zeros(1)
    executable.execute(executable.program.prediction, pot, _FEATURES[2], np.zeros(1), measured)
    _close(outputs[2], measured)


def _continues(executor: Executor) -> None:
    """Predictions of a series must be executed one after the other, with one copy of the pot."""
    program = _circuit().compile()
    kept = program.with_protocols(lambda steps: tuple(s for s in steps if not isinstance(s, Flush)))
    executable = _prepared(executor, kept, threads=2)
    rows, series = [0, 1, 2, 0], 2
    outputs, wanted = np.zeros((len(rows), 1)), np.zeros((len(rows), 1))
    executable.predict(_pot(executable), _FEATURES[rows], outputs, epoch=0, series=series)
    for begin in range(0, len(rows), series):
        state = _pot(executable)
        for place in range(begin, begin + series):
            executable.execute(kept.prediction, state, _FEATURES[rows[place]], np.zeros(1), wanted[place])
    _close(outputs, wanted)
    assert abs(outputs[0] - outputs[3]) > _CLOSE, "a row does not continue the row before it"


def _repeats(executor: Executor) -> None:
    """The same must give the same bits."""
    first, second = (_learned(_prepared(executor)) for _ in range(2))
    assert np.array_equal(first, second), "two executions differ"


def _stops(executor: Executor) -> None:
    """A pot beyond its limit must stop learning, and be what it was before the sample."""
    executable = _prepared(executor)
    pot = _pot(executable)
    before = pot.copy()
    stop = executable.learn(
        pot, _FEATURES, _TARGETS, _ROWS, np.zeros((3, 1)), np.zeros(3), begun=0, part=1.0, limit=0.1
    )
    assert isinstance(stop, Stop), f"got {stop!r} in place of a Stop"
    assert (stop.outcome, stop.done) == (Outcome.OUT_OF_RANGE, 0), f"got {stop}"
    assert np.array_equal(pot, before), "the pot was changed"


def _absent_rails(executor: Executor) -> None:
    """A negative dose of what has one rail must be refused, and nothing changed."""
    shapes = {"states": {"z": 1}, "inputs": {"u": 1}, "parameters": {"k": 1}}
    system = SignedSystem.parse("dz = k*u", **shapes, non_negative={"u"})
    circuit = Circuit(name="one-rail", system=system, features=1)
    executable = _prepared(executor, circuit.compile())
    pot = executable.new_pot(dict.fromkeys(circuit.trained_parameters, 0.5))
    before = pot.copy()
    stop = executable.learn(
        pot, -np.ones((1, 1)), np.ones((1, 1)), _ROWS[:1], np.zeros((1, 1)), np.zeros(1),
        begun=0, part=1.0, limit=_LIMIT,
    )  # fmt: skip
    assert stop is not None, "nothing was refused"
    assert stop.outcome is Outcome.NO_RAIL, f"got {stop}"
    assert np.array_equal(pot, before), "the pot was changed"
    try:
        executable.execute(executable.program.training, pot, -np.ones(1), np.ones(1), np.zeros(1))
    except DataError:
        return
    raise AssertionError("execute raised no DataError")


def _records(executor: Executor) -> None:
    """A recording must end each phase where its steps lead."""
    executable = _prepared(executor)
    recording = executable.record(_pot(executable), _FEATURES[1], _TARGETS[1], points=5)
    state, ends = _pot(executable), []
    for step in executable.program.training:
        executable.execute((step,), state, _FEATURES[1], _TARGETS[1], np.zeros(1))
        if isinstance(step, Run):
            ends.append(state.copy())
    assert recording.values.shape == (5 * len(ends), len(state)), f"got shape {recording.values.shape}"
    _close(recording.values[4::5], np.array(ends), bound=1e-3)


def _agrees(executor: Executor) -> None:
    """Learning must agree with the reference executor."""
    reference = EXECUTORS["reference"]
    for program in (
        _circuit(momentum=0.5).compile(),
        make_circuit("linear", inputs=2, non_negative=False).compile("gated"),
    ):
        ours, theirs = (_learned(_prepared(who, program), _ROWS[:2]) for who in (executor, reference))
        _close(ours, theirs, bound=1e-4)


def _counts_molecules(executor: Executor) -> None:
    """A method of stochastic simulation must count molecules by its seed, or be refused by name."""
    volume = 20.0
    try:
        first, same, other = (
            _learned(_prepared(executor, kinetics=Kinetics("ssa", volume), seed=seed)) for seed in (0, 0, 1)
        )
    except UnknownNameError:
        return
    counts = first[: -len(_ROWS)] * volume
    _close(counts, np.rint(counts), bound=1e-9)
    assert np.array_equal(first, same), "the same seed gives other events"
    assert not np.array_equal(first, other), "another seed gives the same events"


def _errs_in_doses(executor: Executor) -> None:
    """Errors of doses must be drawn by the seed and the number of the sample, whatever a call begins with."""
    exact = _circuit().compile()
    noisy = exact.with_protocols(
        lambda steps: tuple(replace(s, error=0.3) if isinstance(s, Dose) else s for s in steps)
    )
    first, same, other = (_learned(_prepared(executor, noisy, seed=seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, same), "the same seed gives other errors"
    for different in (other, _learned(_prepared(executor)), _learned(_prepared(executor, noisy), begun=1)):
        assert not np.array_equal(first, different), "another seed, sample or exact doses give the same"
    executable, outputs = _prepared(executor, noisy), np.zeros((2, 1))
    executable.predict(_pot(executable), _FEATURES[[0, 0]], outputs, epoch=0)
    assert outputs[0] != outputs[1], "two predictions have the same errors"


def _close(found: object, expected: object, bound: float = _CLOSE) -> None:
    np.testing.assert_allclose(found, expected, rtol=bound, atol=bound)  # type: ignore[arg-type]


_CHECKS: tuple[Callable[[Executor], None], ...] = (
    _names_itself,
    _doses_and_reads,
    _takes_out,
    _runs,
    _waits,
    _learns_step_by_step,
    _teaches_parts,
    _predicts,
    _continues,
    _repeats,
    _stops,
    _absent_rails,
    _records,
    _agrees,
    _counts_molecules,
    _errs_in_doses,
)

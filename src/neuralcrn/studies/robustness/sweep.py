"""Training and scoring of circuits over disturbances, strengths and seeds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from types import MappingProxyType
from typing import final

from neuralcrn.errors import InvalidValueError
from neuralcrn.learning import TrainingSpec
from neuralcrn.studies.robustness.cases import Case, disturbed, strengths_of
from neuralcrn.studies.robustness.disturbances import DISTURBANCES, check_part
from neuralcrn.studies.robustness.parts import WHOLE
from neuralcrn.studies.robustness.scoring import begin_trial
from neuralcrn.studies.robustness.settings import read_setting

DEFAULT_EPOCHS, DEFAULT_SEEDS = 30, 3
QUICK_EPOCHS, QUICK_SEEDS = 3, 2
MAX_SEEDS = 1_000
_LONGEST_NAME = 160
"""Maximum length of the name of a file before it is shortened."""


@final
@dataclass(frozen=True, slots=True)
class Trial:
    """One training: circuit with its options, disturbance, and seed."""

    circuit: str
    case: Case
    seed: int

    @property
    def name(self) -> str:
        """Name of its file."""
        words = "-".join(map(str, (self.circuit, *astuple(self.case), self.seed)))
        name = re.sub(r"[^\w.=,+-]", "-", words)
        if len(name) <= _LONGEST_NAME:
            return name
        return f"{name[:_LONGEST_NAME]}-{hashlib.sha256(words.encode()).hexdigest()[:16]}"


@final
@dataclass(frozen=True, slots=True)
class Sweep:
    """Definition of a sweep.

    Attributes
    ----------
    specs : mapping of str to TrainingSpec
        The training of each circuit, except its seed; the names are those of `read_setting`.
    strengths : mapping of str to tuple of float
        For each disturbance, from mild to severe.
    seeds : int
        Number of trainings per strength; seed k has the same data, parameters and order for all strengths.
    measure : str
        Type of score: ``accuracy`` or ``R²``, see `Score`.
    part : str
        Part of the circuits that is disturbed.
    always : tuple of Case
        Disturbances that are present in every trial.
    readings : int
        Number of readings for a prediction in trials in which they differ.
    """

    specs: Mapping[str, TrainingSpec]
    strengths: Mapping[str, tuple[float, ...]]
    seeds: int
    measure: str
    part: str = WHOLE
    always: tuple[Case, ...] = ()
    readings: int = 1

    @property
    def task(self) -> str:
        """Name of the task."""
        return next(iter(self.specs.values())).task

    @property
    def cases(self) -> tuple[Case, ...]:
        """All disturbances with all strengths, after the unperturbed case."""
        return (Case(), *(Case(name, s, self.part) for name, row in self.strengths.items() for s in row))

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trainings, unperturbed ones first for each circuit."""
        return tuple(trial for circuit in self.specs for trial in self.trials_of(circuit, self.cases))

    def trials_of(self, circuit: str, cases: Iterable[Case]) -> tuple[Trial, ...]:
        """Return the trainings of a circuit with some disturbances."""
        return tuple(Trial(circuit, case, seed) for case in cases for seed in range(self.seeds))


def make_sweep(
    task: str,
    circuits: str | Sequence[str],
    *,
    rule: str | None = None,
    level: str = "staged",
    clock: str = "",
    strengths: Mapping[str, tuple[float, ...]] | None = None,
    part: str = WHOLE,
    always: Mapping[str, float] | None = None,
    readings: int = 1,
    seeds: int | None = None,
    epochs: int | None = None,
    quick: bool = False,
) -> Sweep:
    """Return the plan of a sweep, after checking that the programs for its task compile.

    Parameters
    ----------
    task : str
        Name of a task.
    circuits : str or sequence of str
        Circuits as ``NAME`` or ``NAME:OPTION=VALUE,...``, see `read_setting`.
    rule : str, optional
        Learning rule; by default that of task and circuit.
    level, clock : str
        Level, and the clock for the autonomous level; see `Circuit.compile`.
    strengths : mapping of str to tuple of float, optional
        Disturbances and their strengths: fractions, or molecules per unit concentration for a stochastic
        method (``ssa``, ``tau``, ``langevin``, ``hybrid``). By default all disturbances but no method; an
        empty tuple means the default strengths.
    part : str
        Part of the circuits that is disturbed, see `PARTS`; then the default disturbances are those of
        reactions.
    always : mapping of str to float, optional
        Disturbances or methods that are present in every trial, with their strengths.
    readings : int
        Number of readings for a prediction, with a stochastic method or errors of pipetting.
    seeds, epochs : int, optional
        Trainings per strength, and passes over the data; by default `DEFAULT_SEEDS` (3), and the minimum of
        the recorded number and `DEFAULT_EPOCHS` (30).
    quick : bool
        Two seeds, three epochs, and the mildest and the most severe strength of each disturbance, unless
        given.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError
        If a number is out of range, a circuit is given twice, or options do not match.
    DataError, CompileError
        If task, circuit and level do not match.

    Examples
    --------
    >>> sweep = make_sweep("bilinear", "quadratic", strengths={"rates": (0.5, 0.1), "leaks": ()}, seeds=2)
    >>> dict(sweep.strengths), len(sweep.trials)
    ({'rates': (0.1, 0.5), 'leaks': (0.0001, 0.001, 0.01, 0.1)}, 14)
    """
    count = seeds if seeds is not None else QUICK_SEEDS if quick else DEFAULT_SEEDS
    if not 1 <= count <= MAX_SEEDS:
        raise InvalidValueError(f"seeds = {count}: give a number from 1 to {MAX_SEEDS:,}")
    named = (circuits,) if isinstance(circuits, str) else tuple(circuits)
    if repeated := [text for text in named if named.count(text) > 1]:
        raise InvalidValueError(f"circuit {repeated[0]!r:.80} is given twice: each is compared once")
    chosen = _strengths(strengths, part, quick=quick)
    present = tuple(
        Case(name, strength)
        for name, given in (always or {}).items()
        for strength in strengths_of(name, (given,), quick=quick)
    )
    specs = {
        text: _limited(
            read_setting(text, task, rule=rule, level=level, clock=clock, epochs=epochs), epochs, quick=quick
        )
        for text in named
    }
    sweep = Sweep(MappingProxyType(specs), MappingProxyType(chosen), count, "", part, present, readings)
    kinds = [_check_circuit(sweep, text) for text in named]
    return replace(sweep, measure="accuracy" if kinds[0] == "classification" else "R²")


def _strengths(
    given: Mapping[str, tuple[float, ...]] | None, part: str, *, quick: bool
) -> dict[str, tuple[float, ...]]:
    """Return the strengths of the chosen disturbances; by default of all that act on the part."""
    possible = [name for name, known in DISTURBANCES.items() if part == WHOLE or known.of_reactions]
    wanted = given or dict.fromkeys(possible, ())
    for name in wanted:
        check_part(name, part)
    return {name: strengths_of(name, row, quick=quick) for name, row in wanted.items()}


def _limited(spec: TrainingSpec, epochs: int | None, *, quick: bool) -> TrainingSpec:
    """Return the training with at most the default number of epochs, unless the number was given."""
    if epochs is not None:
        return spec
    return replace(spec, epochs=min(spec.epochs, QUICK_EPOCHS if quick else DEFAULT_EPOCHS))


def _check_circuit(sweep: Sweep, circuit: str) -> str:
    """Begin a trial without and one with random readings, and return the kind of task."""
    spec = sweep.specs[circuit]
    data = spec.make_task()
    program = spec.make_program(data)
    firsts = (Case(), *(Case(name, row[0], sweep.part) for name, row in sweep.strengths.items()))
    tried = [disturbed(spec, program, (*sweep.always, case), sweep.readings) for case in firsts]
    begin_trial(tried[0][0], data, tried[0][1])
    random = next((trial for trial in tried if trial[0].readings == sweep.readings), None)
    if random is None:
        raise InvalidValueError(
            f"readings = {sweep.readings}: all readings are equal in these trials: add a stochastic method "
            "(ssa=1000) or pipetting, or choose 1 reading"
        )
    begin_trial(random[0], data, random[1])
    return data.kind

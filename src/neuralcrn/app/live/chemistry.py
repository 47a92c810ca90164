"""From a scene to its samples, its circuit and the reactions that are simulated.

The program of the circuit is changed in this order: errors (disturbances of `neuralcrn.studies.robustness`),
factors of single rate constants, removed species, a stopped clock, factors of reactions that lost products.

An equation for f, such as ``theta*x + phi*z + beta - z*|z|``, makes a neural ODE that starts at z = 0 with a
trained readout. Its names are the states z, the inputs x, and trained parameters: matrices where they can
multiply x or z as matrices, else vectors.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import tempfile
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import msgspec
import numpy as np

from neuralcrn.algebra import SignedSystem, parse_expression
from neuralcrn.algebra.expression import FUNCTIONS
from neuralcrn.app.live.scene import Function, Points, RegistryTask, Scene, Table
from neuralcrn.app.train import TrainingOptions, training_spec
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.circuits import FAMILIES, Circuit, EquationFamily, Options
from neuralcrn.compiler import Program
from neuralcrn.errors import DataError, InvalidValueError, ParseError, UnknownNameError, printable
from neuralcrn.files import write_text
from neuralcrn.learning import Progress, TrainingSpec, begin_training
from neuralcrn.learning.recipes import own_initializers
from neuralcrn.runs.session import with_task
from neuralcrn.studies.robustness import DISTURBANCES, disturb
from neuralcrn.tasks import Reading, Task

_OF_DATA = ("outputs", "non_negative", "positive_targets", "reference", "target_low", "target_high")
"""Options of a circuit that its samples determine."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LEFT = re.compile(r"\s*(dz(/dt)?|z')\s*=\s*")
_SHAPES = (("hidden", "inputs"), ("hidden", "hidden"), ("hidden",))
_MAX_NAMES = 5
"""Largest number of trained parameters of an equation."""
_TRIED = {"hidden": 3, "inputs": 2}
"""Lengths with which the shapes of an equation are found; they differ, so that only one is possible."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Chemistry:
    """What a scene describes.

    Attributes
    ----------
    spec : TrainingSpec
        The training without changes of its reactions.
    task : Task
        The samples.
    program : Program
        The reactions that are simulated.
    data : str or None
        The samples as CSV text, unless the task is in the registry.
    removed : tuple of str
        Species that no pot contains.
    """

    spec: TrainingSpec
    task: Task
    program: Program
    data: str | None
    removed: tuple[str, ...] = ()

    def begin(self, threads: int = 1) -> Progress:
        """Return a new pot with drawn parameters."""
        progress = begin_training(self.spec, self.task, program=self.program, threads=threads)
        positions = progress.trainer.executable.positions
        progress.state.pot[[positions[name] for name in self.removed]] = 0.0
        return progress


def chemistry_of(scene: Scene) -> Chemistry:
    """Return samples and reactions of a scene.

    Raises
    ------
    UnknownNameError
        If a name of the scene is not in its registry, or its program has no such reaction or species.
    InvalidValueError, DataError, CompileError, ParseError
        If values do not match.

    Examples
    --------
    >>> scene = Scene(task=RegistryTask("linear-regression"), circuit="linear")
    >>> chemistry_of(scene).program.reaction_count
    25
    """
    options = _options(scene)
    if isinstance(scene.task, RegistryTask):
        spec = training_spec(scene.task.name, None, options)
        spec = replace(spec, task_options={**spec.task_options, **scene.task.options})
        task, data = spec.make_task(), None
    else:
        data, target, reading = csv_of(scene)
        options = replace(options, target=target, reading=reading)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file_name(scene)
            write_text(path, data)
            try:
                spec, task, _ = with_task(training_spec(str(path), path, options), path)
            except DataError as error:
                raise DataError(str(error).replace(f"{folder}/", "")) from None
    circuit = spec.make_circuit(task) if scene.equation is None else _own_circuit(scene, spec, task)
    if scene.equation is not None:
        spec = replace(spec, initializers=own_initializers(circuit))
    program = _changed(circuit.compile(spec.level, spec.clock), scene)
    return Chemistry(spec, task, program, data, scene.removed)


def file_name(scene: Scene) -> str:
    """Return the name of the file of samples of a scene whose task is not in the registry."""
    return f"{type(scene.task).__name__.lower()}.csv"


def is_plain(scene: Scene) -> bool:
    """Return whether the reactions of a scene are those of a circuit of the registry, without changes."""
    changed = (any(scene.errors.values()), scene.factors, scene.removed, scene.clock_stopped)
    return scene.equation is None and not any(changed)


def key_of(phase: str, reaction: Reaction) -> str:
    """Return the key of a rate constant: the phase and the reaction without its constant.

    Examples
    --------
    >>> key_of("feedback", Reaction.of({"a": 1}, {"b": 2}, rate=3.0))
    'feedback: a -> 2 b'
    """
    return f"{phase}: {reaction.reactants} -> {reaction.products}"


def _options(scene: Scene) -> TrainingOptions:
    """Return the options of the training of a scene, with values of the right types."""
    kinds = typing.get_type_hints(Options)
    chosen: dict[str, Any] = {}
    for name, value in scene.options.items():
        if name not in kinds:
            raise UnknownNameError("option", name, kinds)
        if name in (*_OF_DATA, "rule"):
            where = (
                "give it beside the options" if name == "rule" else "the samples determine it: leave it out"
            )
            raise InvalidValueError(f"option {name} = {str(value)!r:.40}: {where}")
        try:
            chosen[name] = msgspec.convert(value, kinds[name])
        except msgspec.ValidationError as error:
            raise InvalidValueError(f"option {name} = {str(value)!r:.40}: {error}") from None
        if isinstance(chosen[name], list):
            chosen[name] = tuple(chosen[name])
    return TrainingOptions(
        circuit="mixing" if scene.equation is not None else scene.circuit,
        rule=scene.rule,
        circuit_options=chosen,
        level=scene.level,
        clock=scene.clock,
        method=scene.method,
        volume=scene.volume,
        seed=scene.seed,
        epochs=scene.epochs,
    )


def keys_of(program: Program) -> set[str]:
    """Return the keys of all rate constants of a program."""
    return {key_of(phase.name, r) for phase in program.phases for r in phase.network.reactions}


def csv_of(scene: Scene) -> tuple[str, str, Reading]:
    """Return the samples of a scene as CSV text, with the target column and the options for reading it."""
    match scene.task:
        case Table(text, target):
            return text, target, Reading()
        case Points(points):
            return _text_of(("x1", "x2", "class"), points), "class", Reading(kind="classification")
        case Function() as function:
            return _sampled(function, scene.seed), "output", Reading(kind="regression")
        case RegistryTask():
            raise AssertionError("a task of the registry has no file")


def _text_of(header: typing.Sequence[str], rows: typing.Iterable[typing.Sequence[float]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([repr(value) for value in row] for row in rows)
    return stream.getvalue()


def _sampled(function: Function, seed: int) -> str:
    """Return uniform samples of a function as CSV text."""
    formula = parse_expression(function.formula)
    if unknown := sorted(formula.names - {*function.inputs}):
        raise UnknownNameError("input of the formula", unknown[0], function.inputs)
    rng = np.random.default_rng([seed, 3])
    rows = rng.uniform(function.low, function.high, (function.samples, len(function.inputs)))
    values = np.broadcast_to(
        formula.evaluate(dict(zip(function.inputs, rows.T, strict=True))), len(rows)
    ).astype(float)
    if not np.isfinite(values).all():
        place = zip(function.inputs, rows[~np.isfinite(values)][0], strict=True)
        bad = ", ".join(f"{name} = {value:g}" for name, value in place)
        raise InvalidValueError(
            f"formula {printable(function.formula)}: has no finite value at {bad}: change the range"
        )
    table = np.column_stack([rows, values]).tolist()
    return _text_of((*function.inputs, "output"), table)


def _own_circuit(scene: Scene, spec: TrainingSpec, task: Task) -> Circuit:
    """Return the neural ODE with the equation of a scene."""
    mixing = FAMILIES.find("mixing")
    assert isinstance(mixing, EquationFamily)
    assert scene.equation is not None
    equation = _LEFT.sub("", scene.equation, count=1)
    family = replace(mixing, name="own", equation=equation, shapes=_shapes(equation), initial={})
    known = {**spec.fitting(task), **spec.circuit_options}
    inputs = known.pop("inputs")
    return family.build(inputs, replace(family.defaults, rule=scene.rule or spec.rule, **known))


def _shapes(equation: str) -> dict[str, tuple[str, ...]]:
    """Return the first shapes of the parameters with which an equation has a meaning."""
    names = [name for name in dict.fromkeys(_NAME.findall(equation)) if name not in ("z", "x", "abs")]
    if len(names) > _MAX_NAMES:
        raise InvalidValueError(
            f"equation: {len(names)} trained parameters, {', '.join(names)!s:.80}: at most {_MAX_NAMES} are "
            "supported"
        )
    for name in names:
        if name in FUNCTIONS:
            raise InvalidValueError(
                f"equation: {name} is a function, but f must be a polynomial, which mass action can follow: "
                "use sums and products of z, |z|, x and trained parameters"
            )
    fault: ParseError | None = None
    for shapes in itertools.product(_SHAPES, repeat=len(names)):
        lengths = [tuple(_TRIED[word] for word in shape) for shape in shapes]
        try:
            SignedSystem.parse(
                f"dz = {equation}",
                states={"z": _TRIED["hidden"]},
                inputs={"x": _TRIED["inputs"]},
                parameters=dict(zip(names, lengths, strict=True)),
            )
        except ParseError as error:
            fault = error
            continue
        return dict(zip(names, shapes, strict=True))
    assert fault is not None
    raise fault


def _changed(program: Program, scene: Scene) -> Program:
    """Return the program with the changes of a scene."""
    for name in DISTURBANCES:
        if strength := scene.errors.get(name, 0.0):
            # The parts of one error are drawn from the same numbers.
            drawn = "rates" if name in ("common", "mismatch") else name
            rng = np.random.default_rng([scene.error_seed, *drawn.encode()])
            program = disturb(program, name, strength, rng)
    for species in scene.removed:
        if species not in program.pot_species:
            raise UnknownNameError("species", species, program.pot_species)
    own = keys_of(program)
    program = _with_factors(program, {key: f for key, f in scene.factors.items() if key in own})
    if scene.removed:
        program = _with_networks(program, lambda _, network: _without(network, frozenset(scene.removed)))
    if scene.clock_stopped:
        program = _with_stopped_clock(program)
    others = {key: f for key, f in scene.factors.items() if key not in own}
    for key in sorted(others.keys() - keys_of(program)):
        raise UnknownNameError("reaction", key, own)
    return _with_factors(program, others)


def _without(network: Network, removed: frozenset[str]) -> Network:
    """Return a network in which some species react with nothing and are not produced."""

    def reactions() -> typing.Iterator[Reaction]:
        for reaction in network.reactions:
            if not removed.isdisjoint(reaction.reactants.coefficients):
                continue
            products = {name: n for name, n in reaction.products.terms if name not in removed}
            kept = Reaction.trusted(
                reaction.reactants.coefficients, products, rate=reaction.rate, label=reaction.label
            ) if products or reaction.reactants.terms else None  # fmt: skip
            if kept is not None and kept.net_change:
                yield kept

    return replace(network, reactions=tuple(reactions()))


def _with_stopped_clock(program: Program) -> Program:
    clock = set(program.tolerances)
    if not clock:
        raise InvalidValueError(
            f"circuit {program.circuit.name} ({program.level}) has no clock to stop: choose level autonomous"
        )

    def stopped(_: str, network: Network) -> Network:
        return replace(network, reactions=tuple(r for r in network.reactions if not set(r.species) <= clock))

    return _with_networks(program, stopped)


def _with_factors(program: Program, factors: Mapping[str, float]) -> Program:
    """Return the program with some rate constants multiplied; a reaction with the factor 0 is removed."""
    if not factors:
        return program

    def multiplied(phase: str, network: Network) -> Network:
        pairs = [(r, factors.get(key_of(phase, r), 1.0)) for r in network.reactions]
        return replace(network, reactions=tuple(r.k(r.rate * f) if f != 1.0 else r for r, f in pairs if f))

    return _with_networks(program, multiplied)


def _with_networks(program: Program, change: Callable[[str, Network], Network]) -> Program:
    phases = (replace(phase, network=change(phase.name, phase.network)) for phase in program.phases)
    return replace(program, phases=tuple(phases))

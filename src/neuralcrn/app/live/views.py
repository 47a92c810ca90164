"""What the lab shows of a training, as plain values that can be written as JSON.

Arrays are objects with the keys ``shape`` and ``float32``, which is base64 of little-endian numbers in the
order of C. All predictions and time courses are results of simulated reactions.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.algebra import Variable
from neuralcrn.app.live.chemistry import key_of
from neuralcrn.app.live.training import LiveTraining
from neuralcrn.chemistry import Reaction, reaction_latex
from neuralcrn.compiler import Circuit, Program, adjoint_of, gradient_of
from neuralcrn.compiler.rails import without_rails
from neuralcrn.display import name_latex
from neuralcrn.studies.baselines import baselines
from neuralcrn.studies.robustness.parts import parts_by_reaction
from neuralcrn.tasks import Samples, Task

View = dict[str, Any]
"""An object of JSON."""
RESOLUTION = 48
"""Points per side of a map by default."""
_CURVE = 96
"""Points of a curve over one input."""
_COARSER = 4
"""Factor by which fewer points per side are predicted in a pot, where each takes a cycle."""
_STEP_POINTS = 24
"""Recorded times per phase of a training step by default."""


def encoded(values: ArrayLike) -> View:
    """Return an array as a view.

    Examples
    --------
    >>> encoded([[1.0, 2.0]])
    {'shape': [1, 2], 'float32': 'AACAPwAAAEA='}
    """
    array = np.ascontiguousarray(values, dtype="<f4")
    return {"shape": list(array.shape), "float32": base64.b64encode(array.tobytes()).decode()}


def progress_view(training: LiveTraining, since: int = 0) -> View:
    """Return the numbers of samples and epochs, and the losses of the epochs after the first `since`."""
    moment, progress = training.moment, training.progress
    last = progress.metrics[-1] if progress.metrics else None
    new = moment.losses[since:]
    return {
        "samples": moment.samples,
        "epoch": training.epoch,
        "epochs": progress.epochs,
        "position": progress.state.position,
        "size": progress.samples,
        "loss": [[loss.samples, loss.train, loss.validation] for loss in new],
        "accuracy": [[loss.samples, loss.accuracy] for loss in new if loss.accuracy is not None],
        "known": len(moment.losses),
        "classification": training.task.kind == "classification",
        "period": last.period if last else None,
        "finished": training.finished,
        "undo": training.undo_label,
        "redo": training.redo_label,
        "stopped": training.stopped,
    }


def baselines_view(training: LiveTraining) -> View:
    """Return the scores of baseline models, see `neuralcrn.studies.baselines.baselines`."""
    return dict(baselines(training.task))


def map_view(training: LiveTraining, resolution: int = RESOLUTION) -> View:
    """Return what has been learned: predictions by simulated reactions, with the samples.

    A classification of two inputs is shown as a map, a regression of one input as a curve, any other
    regression as predictions against targets, and any other classification as a confusion matrix. Coordinates
    and targets are in the units of the data. In a pot, where a prediction takes a cycle, there are only a
    quarter of the points per side.

    Raises
    ------
    SimulationError
        If a simulation fails.
    """
    task = training.task
    if task.kind == "classification":
        return _decision(training, resolution) if task.inputs == 2 else _confusion(training)
    return _fit(training) if task.inputs == 1 and not task.ordered else _parity(training)


def step_view(
    training: LiveTraining,
    sample: int = 0,
    *,
    points: int = _STEP_POINTS,
    species: Iterable[str] | None = None,
) -> View:
    """Return the time courses of one training step from the present pot, which is not changed.

    Parameters
    ----------
    training : LiveTraining
        The training.
    sample : int
        Row of the training samples.
    points : int
        Number of times per phase.
    species : iterable of str, optional
        Species that are returned; by default all.

    Raises
    ------
    SimulationError
        If a phase fails.
    """
    train, trainer = training.task.train, training.progress.trainer
    row = sample % len(train)
    features, targets = train.features[row], train.targets[row]
    recording = trainer.executable.record(training.progress.state.pot, features, targets, points=points)
    wanted = set(recording.species if species is None else species)
    chosen = [place for place, name in enumerate(recording.species) if name in wanted]
    return {
        "times": encoded(recording.times),
        "species": [recording.species[place] for place in chosen],
        "values": encoded(recording.values[:, chosen]),
        "boundaries": [list(boundary) for boundary in recording.boundaries],
        "row": row,
        "sample": features.tolist(),
        "targets": targets.tolist(),
        "quantities": [
            {"name": str(variable), "species": list(names), "role": role}
            for variable, role, names in _quantities(training.program)
        ],
    }


def circuit_view(training: LiveTraining) -> View:
    """Return species, reactions and weights of the program; they change only with the scene."""
    program = training.program
    circuit, species = program.circuit, training.progress.trainer.executable.species
    described = {
        name: (role, str(variable)) for variable, role, names in _quantities(program) for name in names
    }
    part_of = parts_by_reaction(program)
    return {
        "name": circuit.name,
        "rule": circuit.rule,
        "level": program.level,
        "clock": program.clock,
        "options": _options(training),
        "species": [
            {
                "name": name,
                "latex": name_latex(name),
                "role": described.get(name, ("other", None))[0],
                "variable": described.get(name, ("other", None))[1],
            }
            for name in species
        ],
        "phases": [
            {
                "name": phase.name,
                "duration": phase.duration,
                "reactions": [_reaction(phase.name, r, part_of(phase, r)) for r in phase.network.reactions],
            }
            for phase in program.phases
        ],
        "nodes": _nodes(circuit),
        "weights": _weights(program),
        "counts": {
            "species": len(program.species),
            "reactions": program.reaction_count,
            "phases": len(program.phases),
            "max_order": program.max_order,
        },
    }


def amounts_view(training: LiveTraining) -> View:
    """Return the contents of the pot, in the order of the species of the circuit view, with the samples."""
    return {"samples": training.samples, "values": encoded(training.progress.state.pot)}


def _raw(task: Task, features: NDArray[np.float64]) -> NDArray[np.float64]:
    return features if task.scaling is None else task.scaling.unscale_features(features)


def _doses(task: Task, raw: NDArray[np.float64]) -> NDArray[np.float64]:
    return raw if task.scaling is None else task.scaling.scale_features(raw)


def _targets(task: Task, values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = task.scaling
    return values if known is None or not known.target_low else known.unscale_targets(values)


def _predict(training: LiveTraining, features: NDArray[np.float64]) -> NDArray[np.float64]:
    return training.progress.trainer.predict(training.progress.state, features)


def _errors(training: LiveTraining) -> list[float | None]:
    """Return the last measured error of every training sample; None before it was learned in this epoch."""
    state, trainer = training.progress.state, training.progress.trainer
    sizes: list[float | None] = [None] * training.progress.samples
    order = trainer.order(state.epoch)
    for row, errors in zip(order[: state.position].tolist(), state.errors, strict=False):
        sizes[row] = float(np.abs(errors).max())
    return sizes


def _samples(task: Task, samples: Samples) -> View:
    return {
        "points": encoded(_raw(task, samples.features)),
        "classes": task.labels(samples.targets).tolist(),
    }


def _points(training: LiveTraining, wanted: int) -> int:
    """Return how many points per side are predicted."""
    return max(2, wanted // _COARSER if training.program.is_pot else wanted)


def _decision(training: LiveTraining, resolution: int) -> View:
    task = training.task
    low, high = _raw(task, task.bounds.T)
    resolution = _points(training, resolution)
    sides = [np.linspace(low[k], high[k], resolution) for k in (0, 1)]
    plane = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    outputs = _predict(training, _doses(task, plane))
    shape = (resolution, resolution, task.outputs)[: 2 if task.outputs == 1 else 3]
    return {
        "kind": "map",
        "low": low.tolist(),
        "high": high.tolist(),
        "grid": encoded(outputs.reshape(shape)),
        "threshold": task.threshold,
        "names": list(task.feature_names),
        "labels": list(task.classes),
        **_samples(task, task.train),
        "errors": _errors(training),
        "validation": _samples(task, task.validation),
    }


def _fit(training: LiveTraining) -> View:
    task = training.task
    low, high = _raw(task, task.bounds.T)
    x = np.linspace(low, high, _points(training, _CURVE))
    outputs = _predict(training, _doses(task, x))
    return {
        "kind": "fit",
        "x": encoded(x[:, 0]),
        "output": encoded(_targets(task, outputs)),
        "names": [*task.feature_names, *task.target_names],
        "points": encoded(_raw(task, task.train.features)[:, 0]),
        "target": encoded(_targets(task, task.train.targets)),
        "errors": _errors(training),
    }


def _parity(training: LiveTraining) -> View:
    task = training.task
    outputs = _predict(training, task.validation.features)
    return {
        "kind": "parity",
        "names": list(task.target_names),
        "target": encoded(_targets(task, task.validation.targets)),
        "output": encoded(_targets(task, outputs)),
    }


def _confusion(training: LiveTraining) -> View:
    task = training.task
    got = task.labels(_predict(training, task.validation.features))
    counts = np.zeros((len(task.classes), len(task.classes)), dtype=int)
    np.add.at(counts, (task.labels(task.validation.targets), got), 1)
    return {"kind": "confusion", "labels": list(task.classes), "counts": counts.tolist()}


def _options(training: LiveTraining) -> View:
    """Return the options that can be changed, with their values."""
    circuit, chosen = training.program.circuit, training.moment.chemistry.spec.circuit_options
    hidden = chosen.get("hidden") or _units(circuit)
    return {
        "learning_rate": circuit.learning_rate,
        "hidden": list(hidden) if isinstance(hidden, tuple) else hidden,
        "horizon": circuit.horizon,
        "annihilation": circuit.annihilation,
        "optimiser": circuit.optimiser,
        "update": circuit.update,
        "momentum": circuit.momentum,
        "decay": circuit.decay,
        "batch": circuit.batch,
    }


def _units(circuit: Circuit) -> int | tuple[int, ...]:
    """Return the numbers of states of each array, one number if there is one."""
    sizes: dict[str, int] = {}
    for state in circuit.system.states:
        sizes[state.name] = sizes.get(state.name, 0) + 1
    return next(iter(sizes.values())) if len(sizes) == 1 else tuple(sizes.values())


def _reaction(phase: str, reaction: Reaction, part: str) -> View:
    return {
        "text": str(reaction),
        "latex": reaction_latex(reaction.labelled("")),
        "label": reaction.label,
        "rate": reaction.rate,
        "key": key_of(phase, reaction),
        "reactants": list(map(list, reaction.reactants.terms)),
        "products": list(map(list, reaction.products.terms)),
        "catalysts": list(reaction.catalysts),
        "part": part,
    }


def _quantities(program: Program) -> list[tuple[Variable | str, str, tuple[str, ...]]]:
    """Return the quantities of a program with their roles and species."""
    circuit, known = program.circuit, set(program.pot_species)
    roles: Mapping[str, Iterable[Variable]] = {
        "input": circuit.system.inputs,
        "state": circuit.system.states,
        "error": circuit.errors,
        "adjoint": map(adjoint_of, circuit.system.states),
        "gradient": map(gradient_of, circuit.trained_parameters),
        "parameter": circuit.trained_parameters,
        "constant": circuit.fixed_parameters,
    }
    found: list[tuple[Variable | str, str, tuple[str, ...]]] = []
    for role, variables in roles.items():
        for variable in variables:
            names = tuple(name for name, _ in program.rails.of(variable) if name in known)
            if names:
                found.append((variable, role, names))
    used = {name for _, _, names in found for name in names}
    rest = [name for name in program.pot_species if name not in used]
    clock = {*program.tolerances, *program.gates.values()}
    for variable, names in itertools.groupby(rest, without_rails):
        group = tuple(names)
        found.append((variable, "clock" if set(group) <= clock else "other", group))
    return found


def _nodes(circuit: Circuit) -> list[View]:
    """Return inputs, states and outputs, with the layers in which a graph shows them."""
    layers: dict[str, int] = {"x": 0}
    for state in circuit.system.states:
        layers.setdefault(state.name, len(layers))
    nodes = [(*map(str, (v, v.name)),) for v in (*circuit.system.inputs, *circuit.system.states)]
    shown = [{"name": name, "latex": name, "layer": layers.get(array, 0)} for name, array in nodes]
    for node, variable in zip(shown, (*circuit.system.inputs, *circuit.system.states), strict=True):
        node["latex"] = name_latex(variable.species)
    outputs = [
        {"name": str(e), "latex": name_latex(f"y{e.index[0] + 1}"), "layer": len(layers)}
        for e in circuit.errors
    ]
    return [*shown, *outputs]


def _weights(program: Program) -> list[View]:
    """Return the trained parameters, each with the node that it multiplies and the node that it acts on."""
    circuit = program.circuit
    ends: dict[Variable, tuple[str | None, str]] = {}
    nodes = {*circuit.system.inputs, *circuit.system.states}
    trained = {*circuit.inner_parameters}
    for state, f in circuit.system.equations:
        for monomial, _ in f.terms:
            sources = [v for v in monomial.variables if v in nodes]
            for parameter in trained.intersection(monomial.variables):
                first = next((v for v in sources if v != state), None)
                ends.setdefault(parameter, (str(first) if first else None, str(state)))
    for weight in circuit.weights:
        output, place = weight.index
        ends[weight] = (str(circuit.read[place]), str(circuit.errors[output]))
    for bias in circuit.biases:
        ends[bias] = (None, str(circuit.errors[bias.index[0]]))
    return [
        {
            "name": str(parameter),
            "latex": name_latex(parameter.species),
            "species": [name for name, _ in program.rails.of(parameter)],
            "from": ends.get(parameter, (None, None))[0],
            "to": ends.get(parameter, (None, None))[1],
        }
        for parameter in circuit.trained_parameters
    ]

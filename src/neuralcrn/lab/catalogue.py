"""What can be chosen in the lab: the registries, and for one circuit its learning rules and options."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from neuralcrn.app import catalogue
from neuralcrn.app.live import GALLERY, listing
from neuralcrn.circuits import FAMILIES, Family, Options, supported_rules
from neuralcrn.errors import NeuralCRNError
from neuralcrn.lab.channel import answer
from neuralcrn.lab.limits import Limits
from neuralcrn.studies.robustness import Disturbance
from neuralcrn.tasks import TaskDefinition

_UNITS = 2
"""Number of inputs and states of the circuits with which it is tried what applies."""


def _number(name: str, title: str, sentence: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "title": title, "sentence": sentence, "kind": "number", "low": low, "high": high,
            "logarithmic": low > 0.0, **more}  # fmt: skip


def _choice(name: str, title: str, sentence: str, *choices: str) -> dict[str, Any]:
    return {"name": name, "title": title, "sentence": sentence, "kind": "choice", "choices": choices}


_OPTIONS = (
    _number("learning_rate", "Learning rate", "Fraction of a gradient that is applied.", 1e-3, 1.0),
    {
        **_number("hidden", "Width", "Number of states, or of the units of each layer.", 1, 128),
        "kind": "integers",
    },
    _number("horizon", "Horizon", "Duration of the feedforward phase.", 0.05, 10.0),
    _number("annihilation", "Annihilation", "Rate constant with which both rails annihilate.", 1.0, 1e4),
    _choice("optimiser", "Optimiser", "chop compensates different rates of both rails.", "plain", "chop"),
    _choice("update", "Update", "How a gradient changes its parameter.", "accumulate", "transfer", "direct"),
    _number("momentum", "Momentum", "Fraction of a gradient that is kept for the next.", 0.0, 0.95),
    _number("decay", "Decay", "Slow degradation of the parameters.", 0.0, 0.1),
    {**_number("batch", "Batch", "Number of samples whose gradients are added.", 1, 64), "kind": "integer"},
    _choice("activation", "Activation", "Activation of layers.", "relu", "leaky-relu", "squared-relu"),
    _choice("loss", "Loss", "squared-hinge: no error beyond the target.", "squared", "squared-hinge"),
    _number("hold", "Hold", "Rate constant of track-and-hold in one pot.", 1.0, 1e4),
    _number("shadow", "Shadow", "Rate constant of copies in one pot.", 1.0, 1e4),
)
_OF_SOME = ("hidden", "horizon", "activation")
"""Options that some families do not have."""
_METHODS = {
    "ode": "concentrations: deterministic rate equations",
    "ssa": "single molecules: exact stochastic simulation",
    "tau": "molecules: tau-leaping, an approximation",
    "langevin": "molecules: chemical Langevin equation, an approximation",
    "hybrid": "molecules: single ones of scarce species, the rest as concentrations, an approximation",
}
_OPTIMISERS = {
    "plain": "the fraction of a gradient given by the learning rate is applied",
    "chop": "chopper: every second gradient is applied with exchanged rails, so that errors of rates cancel",
}


def run(connection: socket.socket, limits: Limits) -> None:
    """Send everything that can be chosen."""
    answer(connection, choices, limits)


def choices() -> dict[str, Any]:
    """Return everything that can be chosen, as plain values.

    Examples
    --------
    >>> sorted(choices())[:4]
    ['circuits', 'clocks', 'disturbances', 'files']
    """
    found = catalogue()
    return {
        "tasks": [_task(definition) for definition in found.tasks.values()],
        "circuits": [
            {"name": family.name, "formula": family.formula, "summary": family.summary}
            for family in found.circuits.values()
        ],
        "rules": _summaries(found.rules.values()),
        "clocks": _summaries(found.clocks.values()),
        "methods": [{"name": name, "summary": text} for name, text in _METHODS.items()],
        "optimisers": [{"name": name, "summary": text} for name, text in _OPTIMISERS.items()],
        "disturbances": [_disturbance(item) for item in found.disturbances.values()],
        "formats": [
            {
                "name": entry.name,
                "summary": entry.title,
                "extension": entry.endings[0] if entry.endings else "",
                "reads": entry.read is not None,
                "writes": entry.write is not None,
            }
            for entry in found.formats.values()
        ],
        "gallery": [
            {
                "name": item.name,
                "title": item.title,
                "sentence": item.sentence,
                "address": item.scene.to_address(),
                "others": [scene.to_address() for scene in item.others],
            }
            for item in GALLERY.values()
        ],
        "files": listing(),
    }


def _task(definition: TaskDefinition) -> dict[str, Any]:
    task = definition.draw(0)
    return {
        "name": definition.name,
        "summary": definition.summary,
        "inputs": task.inputs,
        "outputs": task.outputs,
        "classification": task.kind == "classification",
        "circuit": definition.circuit,
    }


@cache
def circuit_choices(name: str) -> dict[str, Any]:
    """Return the learning rules that support a family of circuits, and its options with their ranges.

    What applies is tried, which takes some hundredths of a second.

    Examples
    --------
    >>> made = circuit_choices("multiplicative-weights")
    >>> made["rules"], "hidden" in {choice["name"] for choice in made["choices"]}
    (('multiplicative-weights', 'expert-gains'), False)
    """
    family = FAMILIES.find(name)
    return {
        "rules": supported_rules(name),
        "choices": [
            {**option, "default": getattr(family.defaults, option["name"])}
            for option in _OPTIONS
            if option["name"] not in _OF_SOME or _can_be_changed(family, option)
        ],
    }


def _can_be_changed(family: Family, option: Mapping[str, Any]) -> bool:
    """Return whether a small circuit takes another value of an option than its own."""
    name = option["name"]
    options = dataclasses.replace(family.defaults, hidden=_UNITS)
    if not _is_compiled(family, options):  # a family without units
        options = family.defaults
    own = getattr(options, name)
    if name == "hidden":
        return own == _UNITS
    others = [choice for choice in option["choices"] if choice != own] if "choices" in option else [2.0 * own]
    return any(_is_compiled(family, dataclasses.replace(options, **{name: other})) for other in others)


def _is_compiled(family: Family, options: Options) -> bool:
    """Return whether a family has a circuit with some options, and it is compiled."""
    try:
        family.build(_UNITS, options).compile()
    except NeuralCRNError:
        return False
    return True


def _disturbance(item: Disturbance) -> dict[str, Any]:
    title = item.name.replace("-", " ").capitalize()
    return {"name": item.name, "title": title, "summary": item.summary, "high": max(item.strengths)}


def _summaries(items: Iterable[Any]) -> list[dict[str, str]]:
    return [{"name": item.name, "summary": item.summary} for item in items]

"""The trainings of the report: the experiments of the publication, and ours.

Published results are those of arXiv 2409.00034 and its public code (losses and accuracies read from its plots
and logs, each of a single run).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from neuralcrn.errors import UnknownNameError
from neuralcrn.studies.reproduction.experiments import (
    CIRCUITS,
    GRID,
    HELD,
    LAYERED,
    LOSS,
    ONE_POT,
    OPTIMISERS,
    PUBLICATION,
    VARIATIONS,
    Experiment,
    make_experiment,
)
from neuralcrn.studies.reproduction.learners import LEARNER_EXPERIMENTS

_EXACT, _FIRST, _LINEAR = "exact", "first-order", "linear-reversal"
_RELU, _REDUCED = "smooth-relu", "cubic-quadratic"

_SINGLE = "The published result is one run on one data set; ours uses new data for each seed. "
_SPREAD = f"{_SINGLE}Compare it with the range over seeds, not with the median alone."
_SAME_GRID = (
    "Accuracy is measured on the authors' grid, but at the horizon at which the circuit was trained (0.8); "
    "their script evaluates at 1.0."
)
_OFFSET = (
    "The supply h = 0.1 cannot represent the offset 1 of the data, so the loss is at least 0.08 (noise) "
    "+ 0.03, plus the misadjustment for steps of this size. With supply 1 it reaches the published result."
)
_FRAGILE = (
    "At this rate the accuracy fluctuates between epochs, and an independent computation without "
    "chemistry fails for 3 of 6 seeds (0.36 to 0.86). A lower rate or momentum stabilises it."
)
_UNEVEN = (
    f"{_SINGLE}An independent computation without chemistry on other data gives 0.085 to 0.109. Rate 0.6 "
    "is too large for these inputs: rate 0.1 is better, mixing circuits much better."
)


def _published(
    name: str, title: str, what: tuple[str, str, str, str], published: float | None, **rest: Any
) -> Experiment:
    """Return an experiment of the publication, by its own settings."""
    return make_experiment(PUBLICATION, name, title, what, published=published, **rest)


def _pot(name: str, title: str, what: tuple[str, str, str, str], beside: str, **rest: Any) -> Experiment:
    """Return an experiment in one pot with a clock, to be compared with its staged form."""
    return make_experiment(ONE_POT, name, title, what, beside=beside, level="autonomous", **rest)


def _layered(
    task: str,
    title: str,
    measure: str,
    published: float | None,
    *,
    circuit: str = "perceptron",
    variant: str = "",
    options: tuple[tuple[str, Any], ...] = (),
) -> Experiment:
    """Return an experiment with a layered circuit, to be compared with the best published circuit."""
    name = "-".join(
        word for word in ("layered", task, circuit if circuit != "perceptron" else "", variant) if word
    )
    shown = title if circuit == "perceptron" else f"{title}, random features"
    return make_experiment(
        LAYERED,
        name,
        shown,
        (task, circuit, "backpropagation", measure),
        published=published,
        options=options,
    )


_LAYERED = (
    ("xor", "XOR", GRID, 0.847),
    ("rings", "rings", HELD, 0.935),
    ("and", "AND", GRID, 0.914),
    ("or", "OR", GRID, 0.874),
    ("iris", "iris", HELD, 0.867),
    ("linear-classification", "linear classification", GRID, 0.944),
    ("linear-regression", "linear regression", LOSS, 0.1188),
    ("bilinear", "bilinear", LOSS, 0.0703),
    ("sin-square", "sin-square", LOSS, 0.0750),
    ("digits", "digits", HELD, None),
)
"""Task, title, measure and best published result of every experiment with a layered circuit."""
_CHOPPED = (("optimiser", "chop"),)
_LINE = ("linear-regression", "linear", _EXACT, LOSS)
_SMALLEST = ("linear-regression", "minimal", _EXACT, LOSS)
_SIDES = ("linear-classification", "linear", _EXACT, GRID)
_PRODUCT = ("bilinear", "quadratic", _EXACT, LOSS)
_PRODUCT_FIRST = ("bilinear", "quadratic", _FIRST, LOSS)
_XOR_REDUCED = ("xor", _REDUCED, _LINEAR, GRID)
_RINGS_REDUCED = ("rings", _REDUCED, _LINEAR, HELD)
_IRIS_QUADRATIC = ("iris", "quadratic", _EXACT, HELD)
_UNIT = (("supply", 1.0),)
_SLOWER = (("learning_rate", 0.15),)
_IRIS_RATE = (("learning_rate", 0.1),)
_OPTIMISERS: tuple[tuple[str, str, tuple[tuple[str, Any], ...]], ...] = (
    ("direct", "direct update", (("update", "direct"),)),
    ("momentum", "momentum 0.9", (("momentum", 0.9),)),
    ("momentum-slow", "momentum 0.9, rate 0.15", (("momentum", 0.9), ("learning_rate", 0.15))),
    ("decay", "decay 1e-4", (("decay", 1e-4),)),
    ("batch", "batch 4, rate 1", (("batch", 4), ("learning_rate", 1.0))),
)

EXPERIMENTS = (
    _published("linear-regression", "linear regression", _LINE, 0.1188, note=_OFFSET),
    _published(
        "minimal",
        "smallest linear regression",
        _SMALLEST,
        None,
        published_counts=(15, 13),
        options=_UNIT,
        epochs=10,
        note="Only the size of the published circuit is known. In ours the output accumulates in the error.",
    ),
    _published("linear-classification", "linear classification", _SIDES, 0.944, note=_SINGLE + _SAME_GRID),
    _published("bilinear-exact", "bilinear, exact gradient", _PRODUCT, 0.119),
    _published("bilinear-first-order", "bilinear, first-order", _PRODUCT_FIRST, 0.0703, note=_UNEVEN),
    _published("sin-square", "sin-square, first-order", ("sin-square", "quadratic", _FIRST, LOSS), 0.0750),
    _published("xor-cubic", "XOR, cubic", ("xor", "cubic", _EXACT, GRID), 0.847),
    _published("xor-cubic-quadratic", "XOR, cubic-quadratic", _XOR_REDUCED, 0.788),
    _published("rings-cubic", "rings, cubic", ("rings", "cubic", _EXACT, HELD), 0.726),
    _published("rings-cubic-quadratic", "rings, cubic-quadratic", _RINGS_REDUCED, 0.822, note=_FRAGILE),
    _published("rings-smooth-relu", "rings, smooth ReLU", ("rings", _RELU, _EXACT, HELD), 0.935),
    _published("xor-smooth-relu", "XOR, smooth ReLU", ("xor", _RELU, _EXACT, GRID), 0.832, note=_SPREAD),
    _published("and-smooth-relu", "AND, smooth ReLU", ("and", _RELU, _EXACT, GRID), 0.914, note=_SPREAD),
    _published("or-smooth-relu", "OR, smooth ReLU", ("or", _RELU, _EXACT, GRID), 0.874),
    _published(
        "iris-smooth-relu",
        "iris, smooth ReLU",
        ("iris", _RELU, _EXACT, HELD),
        0.867,
        note="30 samples are held out, so one is 3.3 points. At the published rate 0.01 the circuit is still "
        "improving after 40 epochs; three times the rate is sufficient.",
    ),
    make_experiment(
        VARIATIONS,
        "linear-regression-supply",
        "linear regression, supply 1",
        _LINE,
        options=_UNIT,
        beside="linear-regression",
    ),
    make_experiment(
        VARIATIONS,
        "bilinear-first-order-slow",
        "bilinear, first-order, rate 0.1, 100 epochs",
        _PRODUCT_FIRST,
        options=(("learning_rate", 0.1),),
        epochs=100,
        beside="bilinear-first-order",
    ),
    make_experiment(
        VARIATIONS,
        "rings-cubic-quadratic-slow",
        "rings, cubic-quadratic, rate 0.15",
        _RINGS_REDUCED,
        options=_SLOWER,
        beside="rings-cubic-quadratic",
    ),
    make_experiment(
        VARIATIONS,
        "iris-smooth-relu-rate",
        "iris, smooth ReLU, rate 0.03",
        ("iris", _RELU, _EXACT, HELD),
        options=(("learning_rate", 0.03),),
        beside="iris-smooth-relu",
    ),
    *(_layered(task, title, measure, published) for task, title, measure, published in _LAYERED),
    *(
        _layered(task, title, measure, None, circuit="random-features")
        for task, title, measure, _ in _LAYERED[:4]
    ),
    _layered("xor", "XOR, chopped", GRID, 0.847, variant="chopped", options=_CHOPPED),
    _layered("rings", "rings, chopped", HELD, 0.935, variant="chopped", options=_CHOPPED),
    _pot(
        "pot-linear-regression",
        "linear regression, supply 1",
        _LINE,
        "linear-regression-supply",
        options=_UNIT,
    ),
    _pot("pot-minimal", "smallest linear regression", _SMALLEST, "minimal", options=_UNIT, epochs=10),
    _pot("pot-linear-classification", "linear classification", _SIDES, "linear-classification", share=3),
    _pot("pot-bilinear-exact", "bilinear, exact", _PRODUCT, "bilinear-exact", share=4),
    _pot(
        "pot-bilinear-first-order", "bilinear, first-order", _PRODUCT_FIRST, "bilinear-first-order", share=3
    ),
    _pot("pot-xor", "XOR, cubic-quadratic", _XOR_REDUCED, "xor-cubic-quadratic", share=3),
    _pot(
        "pot-rings",
        "rings, cubic-quadratic, rate 0.15",
        _RINGS_REDUCED,
        "rings-cubic-quadratic-slow",
        options=_SLOWER,
        share=5,
    ),
    _pot(
        "pot-iris",
        "iris, quadratic",
        _IRIS_QUADRATIC,
        "iris-quadratic",
        options=_IRIS_RATE,
        epochs=40,
        share=10,
    ),
    make_experiment(
        CIRCUITS,
        "bilinear-dense",
        "bilinear, dense quadratic",
        ("bilinear", "quadratic-dense", _EXACT, LOSS),
        beside="bilinear-exact",
        epochs=80,
    ),
    make_experiment(
        CIRCUITS,
        "bilinear-mixing",
        "bilinear, mixing of 8",
        ("bilinear", "mixing", _EXACT, LOSS),
        beside="bilinear-exact",
        epochs=60,
        share=4,
    ),
    make_experiment(
        CIRCUITS,
        "xor-mixing",
        "XOR, mixing of 8",
        ("xor", "mixing", _EXACT, GRID),
        beside="xor-cubic-quadratic",
        share=5,
    ),
    make_experiment(
        CIRCUITS,
        "rings-mixing",
        "rings, mixing of 8",
        ("rings", "mixing", _EXACT, HELD),
        beside="rings-cubic-quadratic",
        share=5,
    ),
    make_experiment(
        CIRCUITS,
        "iris-quadratic",
        "iris, quadratic",
        _IRIS_QUADRATIC,
        options=_IRIS_RATE,
        epochs=40,
        beside="iris-smooth-relu",
    ),
    make_experiment(
        CIRCUITS,
        "iris-mixing",
        "iris, mixing of 4",
        ("iris", "mixing", _EXACT, HELD),
        beside="iris-smooth-relu",
        options=(("hidden", 4),),
        epochs=40,
        share=3,
    ),
    *(
        make_experiment(
            OPTIMISERS, f"{task}-{name}", f"{title}, {way}", what, options=options, beside=beside, share=2
        )
        for task, title, what, beside in (
            ("xor", "XOR", _XOR_REDUCED, "xor-cubic-quadratic"),
            ("rings", "rings", _RINGS_REDUCED, "rings-cubic-quadratic"),
        )
        for name, way, options in _OPTIMISERS
    ),
    *LEARNER_EXPERIMENTS,
)
"""All trainings, in the order of the report."""


def find_experiment(name: str) -> Experiment:
    """Return the experiment with this name.

    Raises
    ------
    UnknownNameError
        If there is none; the message suggests the nearest name.

    Examples
    --------
    >>> find_experiment("xor-cubic").published
    0.847
    """
    for experiment in EXPERIMENTS:
        if experiment.name == name:
            return experiment
    raise UnknownNameError("experiment", name, (e.name for e in EXPERIMENTS))


def with_companions(chosen: Iterable[Experiment]) -> tuple[Experiment, ...]:
    """Return experiments and those to compare with, in the order of the report.

    Examples
    --------
    >>> [experiment.name for experiment in with_companions([find_experiment("pot-xor")])]
    ['xor-cubic-quadratic', 'pot-xor']
    """
    names = {name for e in chosen for name in (e.name, e.beside)}
    return tuple(e for e in EXPERIMENTS if e.name in names)

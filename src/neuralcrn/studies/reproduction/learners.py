"""Experiments of other published learners, on the tasks of their publications.

Most of these publications count the starts that learn a task, so experiments state which value counts as
solved.
"""

from __future__ import annotations

from typing import Any

from neuralcrn.studies.reproduction.experiments import HELD, LEARNERS, LOSS, Experiment, make_experiment
from neuralcrn.studies.reproduction.series import SERIES_EXPERIMENTS

_ALL_RIGHT = 1.0 / 32.0
"""Half the mean squared error of four samples below which all of them are on the right side of 0.5."""
_OR = (("function", 14),)


def _logic(name: str, title: str, circuit: str, rule: str, units: int, **rest: Any) -> Experiment:
    """Return an experiment on a Boolean function, with the recorded training."""
    options = (("hidden", units), *rest.pop("options", ()))
    measure = rest.pop("measure", HELD)
    rest.setdefault("solved", 1.0)
    what = ("logic", circuit, rule, measure)
    return make_experiment(LEARNERS, name, title, what, options=options, **rest)


_MODULES = ("sigmoid", "modules")
_LEAKY = ("perceptron", "backpropagation")

LEARNER_EXPERIMENTS: tuple[Experiment, ...] = (
    make_experiment(
        LEARNERS,
        "fixed-point-xor",
        "XOR at a fixed point",
        ("logic", "fixed-point-network", "fixed-point", HELD),
        solved=1.0,
    ),
    make_experiment(
        LEARNERS,
        "fixed-point-iris",
        "iris at a fixed point, 4-5-3",
        ("iris", "fixed-point-network", "fixed-point", HELD),
        share=4,
    ),
    make_experiment(
        LEARNERS,
        "equilibrium-propagation-xor",
        "XOR by equilibrium propagation",
        ("logic", "symmetric-network", "equilibrium-propagation", HELD),
        solved=1.0,
    ),
    _logic(
        "modules-or",
        "OR, modules at equilibrium, 2-2-1",
        *_MODULES,
        2,
        measure=LOSS,
        solved=_ALL_RIGHT,
        published=0.00125,
        epochs=300,
        task_options=_OR,
        note="The result to compare with is that of real arithmetic; all of 50 starts are to solve it.",
    ),
    _logic(
        "modules-or-clock",
        "OR, modules at equilibrium in one pot with an oscillator, 2-2-1",
        *_MODULES,
        2,
        measure=LOSS,
        solved=_ALL_RIGHT,
        epochs=300,
        task_options=_OR,
        level="autonomous",
        beside="modules-or",
        share=2,
    ),
    _logic("modules-xor-4", "XOR, modules at equilibrium, 2-4-1", *_MODULES, 4),
    _logic("modules-xor-2", "XOR, modules at equilibrium, 2-2-1", *_MODULES, 2),
    _logic(
        "modules-xor-2-batch-2",
        "XOR, modules at equilibrium, 2-2-1, batches of 2",
        *_MODULES,
        2,
        options=(("batch", 2),),
        epochs=1500,
    ),
    *(
        _logic(f"leaky-xor-{units}", f"XOR, leaky rectifiers, 2-{units}-1", *_LEAKY, units)
        for units in (2, 3, 4)
    ),
    _logic("perturbation-xor", "XOR, weight perturbation, 2-3-1", "tanh", "weight-perturbation", 3),
    make_experiment(
        LEARNERS,
        "forward-forward-xor",
        "XOR by forward-forward",
        ("logic", "goodness-layer", "forward-forward", HELD),
        solved=1.0,
    ),
    *SERIES_EXPERIMENTS,
    make_experiment(
        LEARNERS,
        "multiplicative-digits",
        "digits by multiplicative weights",
        ("digits", "multiplicative-weights", "multiplicative-weights", HELD),
        solved=0.95,
    ),
    *(
        make_experiment(
            LEARNERS,
            f"winner-take-all-{first}-{second}",
            f"digits {first} and {second} by winner-take-all, 10 patterns each",
            ("digit-pair", "winner-take-all", "winner-take-all", HELD),
            task_options=(("first", first), ("second", second)),
            solved=0.96,
        )
        for first, second in ((0, 1), (3, 4), (6, 7))
    ),
)
"""Experiments of the group ``learners``."""

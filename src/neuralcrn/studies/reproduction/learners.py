"""Experiments of other published learners, on the tasks of their publications.

Most of these publications count the starts that learn a task, so experiments state which value counts as
solved.
"""

from __future__ import annotations

from neuralcrn.studies.reproduction.experiments import HELD, LEARNERS, Experiment, make_experiment

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
        "equilibrium-propagation-xor",
        "XOR by equilibrium propagation",
        ("logic", "symmetric-network", "equilibrium-propagation", HELD),
        solved=1.0,
    ),
)
"""Experiments of the group ``learners``."""

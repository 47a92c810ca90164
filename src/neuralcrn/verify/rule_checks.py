"""Checks of a learning rule, for authors of rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuralcrn.compiler import RULES, Circuit, Dose, LearningRule, Read, Schedule, gradient_of
from neuralcrn.compiler.oracle import Oracle
from neuralcrn.compiler.stages import Compare, React, Update
from neuralcrn.errors import CheckError
from neuralcrn.verify.certification import certify
from neuralcrn.verify.measurement import draw_samples


def check_rule(name: str, circuit: Circuit, *, levels: Sequence[str] = ("staged", "gated")) -> None:
    """Check that a learning rule implements its interface, and that its chemistry agrees with its exact
    result.

    Parameters
    ----------
    name : str
        Name of a rule in `neuralcrn.RULES`.
    circuit : Circuit
        Circuit for the checks.
    levels : sequence of str
        Levels at which the chemistry is certified: ``staged``, ``gated``, ``autonomous``.

    Raises
    ------
    CheckError
        If a check fails, with the reason; a failed certificate is included.
    CompileError
        If the rule does not support the circuit or a level.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> check_rule("first-order", make_circuit("linear", inputs=1), levels=["staged"])
    """
    rule = RULES.find(name)
    taught = circuit.with_(rule=name)
    _check_texts(rule)
    _check_schedule(rule, taught)
    _check_mathematics(taught)
    for level in levels:
        certificate = certify(taught, level=level, samples=2 if level == "staged" else 1)
        if not certificate.passed:
            raise CheckError(f"rule {name}, {level}: the certificate fails\n{certificate}")


def _check_texts(rule: LearningRule) -> None:
    for attribute in ("name", "summary", "reference"):
        text = getattr(rule, attribute, None)
        if not isinstance(text, str) or not text.strip():
            raise CheckError(f"{type(rule).__name__}.{attribute} is {text!r}: a text is needed")


def _check_schedule(rule: LearningRule, circuit: Circuit) -> None:
    """Check that the schedule depends only on the circuit, changes parameters, and predicts without
    targets.
    """
    schedule: Schedule = rule.schedule(circuit)
    trained = circuit.trained_parameters
    if rule.schedule(circuit) != schedule:
        raise CheckError(
            f"rule {rule.name}: two schedules of one circuit differ: it must depend on nothing else"
        )
    changed = {variable for stage in schedule.flows for variable in stage.equations}
    direct = map(gradient_of, trained) if circuit.update == "direct" else ()
    reacting = {name for s in schedule.training if isinstance(s, React) for name in s.network.species}
    given = reacting.isdisjoint(parameter.species for parameter in trained)
    if not schedule.updated and changed.isdisjoint((*trained, *direct)) and given:
        raise CheckError(f"rule {rule.name}: nothing is updated: add an Update to the training")
    for what, stages in (("training", schedule.training), ("prediction", schedule.prediction)):
        if Read(circuit.errors) not in stages:
            raise CheckError(
                f"rule {rule.name}: {what} does not measure the errors: add Read(circuit.errors)"
            )
    for stage in schedule.prediction:
        if isinstance(stage, Compare | Update) or (isinstance(stage, Dose) and stage.source == "target"):
            raise CheckError(
                f"rule {rule.name}: prediction has {stage}: nothing is known of targets, or learned, there"
            )


def _check_mathematics(circuit: Circuit) -> None:
    (point,) = draw_samples(circuit, 1, np.random.default_rng(0))
    gradient = Oracle.of(circuit).solve(point.parameters, point.features, point.targets).gradient
    if gradient.shape != (len(circuit.trained_parameters),) or not np.isfinite(gradient).all():
        raise CheckError(
            f"rule {circuit.rule}: exact gives a gradient of shape {gradient.shape}: a finite number for "
            f"each of the {len(circuit.trained_parameters)} trained parameters is needed"
        )

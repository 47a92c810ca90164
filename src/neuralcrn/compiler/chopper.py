"""The chopper: in every second sample the rails of the error are exchanged, and those of the gradient back.

Reactions of the two rails of a quantity have different rate constants. In the backward path this mismatch
adds an error to every gradient whose sign does not depend on that of the gradient, and weights drift. With
the rails of the error exchanged, the gradient changes its sign but the error due to the mismatch does not, so
it cancels over two samples to first order when the gradient is changed back in the update, as in a chopper
amplifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.compiler.protocol import Read
from neuralcrn.compiler.schedule import Compare, Evaluate, Exchange, Integrate, Schedule, Stage
from neuralcrn.errors import CompileError

EXCHANGE = "exchange"
"""Name of the stage that the chopper adds."""

_Flow = TypeVar("_Flow", Integrate, Evaluate)


def exchanged_of(error: Variable) -> Variable:
    """Return the variable that receives an error, with exchanged rails in every second sample."""
    return Variable("e_x", error.index)


def chopped(schedule: Schedule) -> Schedule:
    """Return a schedule whose backward path starts from exchanged errors.

    Raises
    ------
    CompileError
        If the schedule has no error.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> from neuralcrn.compiler.rules import RULES
    >>> schedule = RULES.find("exact").schedule(make_circuit("linear", inputs=1))
    >>> for stage in chopped(schedule).training:
    ...     if isinstance(stage, Exchange | Evaluate | Integrate):
    ...         print(stage.name)
    feedforward
    readout
    exchange
    feedback
    """
    if not schedule.errors:
        raise CompileError(
            "the chopper exchanges the rails of errors, but this rule compares none: choose optimiser = plain"
        )
    successors = {error: exchanged_of(error) for error in schedule.errors}
    last = max(i for i, stage in enumerate(schedule.training) if isinstance(stage, Compare | Read))
    before, after = schedule.training[: last + 1], schedule.training[last + 1 :]
    renamed = {error: Polynomial.of(new) for error, new in successors.items()}
    backward = (_reading(stage, renamed) for stage in after)
    return replace(schedule, training=(*before, Exchange(EXCHANGE, successors), *backward))


def _reading(stage: Stage, renamed: Mapping[Variable, Polynomial]) -> Stage:
    """Return a stage of the backward path that reads the exchanged errors."""
    match stage:
        case Integrate():
            return _with_equations(stage, renamed)
        case Evaluate():
            return _with_equations(stage, renamed)
        case _:
            return stage


def _with_equations(stage: _Flow, renamed: Mapping[Variable, Polynomial]) -> _Flow:
    return replace(stage, equations={v: f.substitute(renamed) for v, f in stage.equations.items()})

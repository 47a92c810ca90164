"""How a solve ended, and what to do if it ended badly."""

from __future__ import annotations

from enum import IntEnum

SUCCESS, BLOW_UP, NEGATIVE, MAX_STEPS, STEP_TOO_SMALL, NO_EVENT, NO_RAIL, OUT_OF_RANGE = range(8)
"""Codes as plain integers, for compiled code."""


class Outcome(IntEnum):
    """How a solve ended.

    Examples
    --------
    >>> Outcome.BLOW_UP.advice
    'a concentration grows without bound in finite time; lower rates, inputs or the duration'
    """

    SUCCESS = SUCCESS
    BLOW_UP = BLOW_UP
    NEGATIVE = NEGATIVE
    MAX_STEPS = MAX_STEPS
    STEP_TOO_SMALL = STEP_TOO_SMALL
    NO_EVENT = NO_EVENT
    NO_RAIL = NO_RAIL
    OUT_OF_RANGE = OUT_OF_RANGE

    @property
    def advice(self) -> str:
        """What happened and what to change."""
        return _ADVICE[self]

    @property
    def what(self) -> str:
        """What happened.

        Examples
        --------
        >>> Outcome.MAX_STEPS.what
        'the step limit was reached'
        """
        return self.advice.partition(";")[0]


_ADVICE = {
    Outcome.SUCCESS: "the end was reached",
    Outcome.BLOW_UP: (
        "a concentration grows without bound in finite time; lower rates, inputs or the duration"
    ),
    Outcome.NEGATIVE: "a concentration could not be kept from becoming negative; lower atol",
    Outcome.MAX_STEPS: "the step limit was reached; raise max_steps or rtol, or shorten the run",
    Outcome.STEP_TOO_SMALL: "the step size vanished; raise atol or rtol, or lower the largest rates",
    Outcome.NO_EVENT: (
        "the species that was waited for did not rise over its threshold; the clock has stopped, or its "
        "threshold lies above its peak"
    ),
    Outcome.NO_RAIL: "a dose is negative, but what is dosed has one rail; declare it signed",
    Outcome.OUT_OF_RANGE: "a concentration left its range; lower the learning rate",
}

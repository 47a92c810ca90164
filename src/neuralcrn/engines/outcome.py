"""Outcome of an integration, with advice in case of failure."""

from __future__ import annotations

from enum import IntEnum

SUCCESS, BLOW_UP, NEGATIVE, MAX_STEPS, STEP_TOO_SMALL, NO_EVENT, NO_RAIL, OUT_OF_RANGE = range(8)
"""Codes as plain integers, for compiled code."""


class Outcome(IntEnum):
    """Outcome of an integration.

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
        """Description, and advice."""
        return _ADVICE[self]

    @property
    def what(self) -> str:
        """Description.

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
        "the watched species did not rise above its threshold; the clock has stopped, or its "
        "threshold is above its peak"
    ),
    Outcome.NO_RAIL: "a dose is negative, but its variable has only one rail; declare it signed",
    Outcome.OUT_OF_RANGE: "a concentration left its range; lower the learning rate",
}

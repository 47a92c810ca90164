"""What changes a network at one moment from outside, as a model may say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray


@final
@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """A sudden change of a state, whenever a condition turns from false to true.

    It happens after its delay. States are those of a network, shape (..., n_species), concentration.

    Attributes
    ----------
    name : str
        For messages.
    holds : callable
        Tells of times, shape (n,), and states, shape (n, n_species), where the condition holds: bool, (n,).
    values : callable
        Returns, of a time and a state, which species get which concentration.
    delay : callable
        Returns, of a time and a state, the time >= 0 from the condition to the change.
    moments : tuple of float, time
        Times at which the condition may turn by itself.
    timed : bool
        Whether it turns at no other times, whatever the state.
    begun : bool
        Whether the condition counts as true before the start.
    persistent : bool
        Whether the change is made even if the condition has turned false during the delay.
    early : bool
        Whether the values are those of the moment of the condition, not of the end of the delay.
    """

    name: str
    holds: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
    values: Callable[[float, NDArray[np.float64]], Mapping[str, float]]
    delay: Callable[[float, NDArray[np.float64]], float]
    moments: tuple[float, ...] = ()
    timed: bool = False
    begun: bool = True
    persistent: bool = True
    early: bool = True

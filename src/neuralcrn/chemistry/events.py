"""Discrete events of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray


@final
@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """A discontinuous change of the state, triggered when a condition changes from false to true.

    The change takes place after a delay. States are those of a network, shape (..., n_species),
    concentration.

    Attributes
    ----------
    name : str
        Name for messages.
    holds : callable
        Function of times, shape (n,), and states, shape (n, n_species), that returns whether the condition
        holds: bool, (n,).
    values : callable
        Function of a time and a state that returns the new concentrations of the changed species.
    delay : callable
        Function of a time and a state that returns the delay >= 0 from the trigger to the change.
    moments : tuple of float, time
        Times at which the condition may change because of its dependence on time.
    timed : bool
        Whether the condition does not depend on the state.
    begun : bool
        Whether the condition is considered true before the initial time.
    persistent : bool
        Whether the change takes place even if the condition becomes false during the delay.
    early : bool
        Whether the new values are computed at the time of the trigger rather than at the end of the delay.
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

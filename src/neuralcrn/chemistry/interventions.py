"""External changes of concentrations during a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neuralcrn.chemistry.values import checked_coefficient, checked_name, checked_quantity
from neuralcrn.errors import InvalidValueError


@final
@dataclass(frozen=True, slots=True)
class Crossing:
    """The time at which a species rises above a threshold (concentration)."""

    species: str
    threshold: float


@final
@dataclass(frozen=True, slots=True)
class Dosing:
    """An external change at one time: remove some species and add others.

    Parameters
    ----------
    when : float or Crossing
        A time >= 0, in time units of the rate constants, or the crossing of a threshold by a species. A
        species that is above the threshold at the start must first fall below it.
    added : tuple of (str, float), concentration
        Species and amounts added to their concentrations.
    withdrawn : tuple of str
        Species whose concentrations are set to 0.
    count : int
        Number of the crossing, counted from 1.

    Raises
    ------
    InvalidValueError
        If a name, a time, a threshold, an amount or the count is invalid, or a species is named twice.

    Examples
    --------
    >>> Dosing(Crossing("C1", 0.5), (("x1_p", 0.3),), count=2).added
    (('x1_p', 0.3),)
    >>> Dosing(-1.0, (("x1_p", 0.3),))
    Traceback (most recent call last):
    ...
    neuralcrn.errors.InvalidValueError: time of a dosing is -1.0: give a finite number >= 0
    """

    when: float | Crossing
    added: tuple[tuple[str, float], ...] = ()
    withdrawn: tuple[str, ...] = ()
    count: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.when, Crossing):
            checked_quantity(self.when.threshold, "threshold", checked_name(self.when.species))
        else:
            checked_quantity(self.when, "time", "a dosing")
        for name, amount in self.added:
            checked_quantity(amount, "dose", checked_name(name))
        names = [*map(checked_name, self.withdrawn), *(name for name, _ in self.added)]
        if len({*names}) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidValueError(f"dosing: species {twice} is named twice: name it once")
        checked_coefficient(self.count, "a rise")

"""What is put into a pot from outside while its reactions go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neuralcrn.chemistry.values import checked_coefficient, checked_name, checked_quantity
from neuralcrn.errors import InvalidValueError


@final
@dataclass(frozen=True, slots=True)
class Crossing:
    """The moment at which a species rises over a threshold (concentration)."""

    species: str
    threshold: float


@final
@dataclass(frozen=True, slots=True)
class Dosing:
    """What an experimenter does at one moment: takes species out, and adds others.

    Parameters
    ----------
    when : float or Crossing
        A time >= 0, in time units of the rate constants; or the rise of a species over a threshold. One that
        is over it at the start has yet to fall and rise again.
    added : tuple of (str, float), concentration
        Species, and by how much the concentration of each grows.
    withdrawn : tuple of str
        Species of which nothing is left.
    count : int
        Which rise it is, counted from 1.

    Raises
    ------
    InvalidValueError
        If a name, a time, a threshold, an amount or the count cannot be used, or a species is named twice.

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

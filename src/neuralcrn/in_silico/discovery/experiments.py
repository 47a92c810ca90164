"""Measured time courses from which reactions are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import DataError, printable

FEWEST_TIMES = 6
"""Fewest measurements of an experiment."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """Concentrations of all species over time, measured under one condition.

    Parameters
    ----------
    name : str
        Name of the condition.
    species : tuple of str, length n_species
        Names of the species.
    times : ndarray, shape (n_times,)
        Ascending times; the first is that of the initial concentrations.
    values : ndarray, shape (n_times, n_species), concentration
        Measurements.
    temperature : float or None, K
        Temperature, if it is known; rate constants then follow the law of Arrhenius.

    Raises
    ------
    DataError
        If times are out of order, a measurement is negative or not finite, or there are too few.
    """

    name: str
    species: tuple[str, ...]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    temperature: float | None = None

    def __post_init__(self) -> None:
        shown = printable(self.name)
        if self.values.shape != (len(self.times), len(self.species)):
            raise DataError(
                f"condition {shown}: values have shape {self.values.shape}: give one row for each of "
                f"{len(self.times)} times and one column for each of {len(self.species)} species"
            )
        if len(self.times) < FEWEST_TIMES:
            raise DataError(
                f"condition {shown}: {len(self.times)} times: curves need at least {FEWEST_TIMES} in each "
                "condition"
            )
        late = np.flatnonzero(~(np.diff(self.times) > 0.0))
        if len(late):
            place = int(late[0]) + 1
            raise DataError(
                f"condition {shown}: time {self.times[place]:g} at place {place + 1} follows "
                f"{self.times[place - 1]:g}: sort the times in ascending order"
            )
        wrong = np.argwhere(~(np.isfinite(self.values) & (self.values >= 0.0)))
        if len(wrong):
            time, species = wrong[0]
            raise DataError(
                f"condition {shown}: {self.species[species]} is {self.values[time, species]:g} at time "
                f"{self.times[time]:g}: concentrations are finite and not negative"
            )
        if self.temperature is not None and not 0.0 < self.temperature < np.inf:
            raise DataError(f"condition {shown}: temperature {self.temperature:g} K: it must be positive")


def checked_experiments(experiments: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """Return experiments of the same species, with a temperature in all of them or in none.

    Raises
    ------
    DataError
        If there are none, or they do not belong together.
    """
    if not experiments:
        raise DataError("no experiments: give at least one time course")
    first = experiments[0]
    for experiment in experiments[1:]:
        if experiment.species != first.species:
            raise DataError(
                f"conditions {printable(first.name)} and {printable(experiment.name)} measure different "
                f"species: {', '.join(first.species)} and {', '.join(experiment.species)}"
            )
        if (experiment.temperature is None) != (first.temperature is None):
            raise DataError(
                f"only one of the conditions {printable(first.name)} and {printable(experiment.name)} has a "
                "temperature: give it for all or for none"
            )
    return tuple(experiments)

"""Experiments from tables of measurements, and tables of experiments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import numpy as np

from neuralcrn.errors import DataError, printable
from neuralcrn.fitting.data import DataRow, read_data
from neuralcrn.in_silico.discovery.experiments import Experiment


def read_experiments(path: str | os.PathLike[str]) -> tuple[Experiment, ...]:
    r"""Return the experiments in a file, one for each condition.

    See `neuralcrn.fitting.read_data` for the columns. Every species is measured at every time of a condition.

    Raises
    ------
    DataError
        With row and column: a cell is not a number or negative, times descend, a species is missing at a
        time or measured twice, or the temperature changes within a condition.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> rows = "".join(f"{t},{10 - t},{t}\n" for t in range(8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "data.csv")
    ...     _ = path.write_text("time,A,B\n" + rows)
    ...     [(one.species, one.values.shape) for one in read_experiments(path)]
    [(('A', 'B'), (8, 2))]
    """
    groups: dict[str, list[DataRow]] = {}
    rows = read_data(path)
    for row in rows:
        groups.setdefault(row.condition, []).append(row)
    species = tuple(dict.fromkeys(row.name for row in rows))
    return tuple(_experiment(name, species, group) for name, group in groups.items())


def experiments_csv(experiments: Iterable[Experiment]) -> str:
    """Return a table that `read_experiments` reads."""
    return "\n".join(_lines(experiments)) + "\n"


def _experiment(name: str, species: tuple[str, ...], rows: list[DataRow]) -> Experiment:
    times = sorted({row.time for row in rows})
    places = {time: i for i, time in enumerate(times)}
    values = np.full((len(times), len(species)), np.nan)
    for row in rows:
        place = places[row.time], species.index(row.name)
        if row.value < 0.0:
            raise DataError(
                f"{row.place}, column {row.name!r}: {row.value:g}: concentrations are not negative"
            )
        if not np.isnan(values[place]):
            raise DataError(
                f"{row.place}: {row.name} is measured twice at time {row.time:g}: name repeated experiments "
                "in a column 'condition'"
            )
        values[place] = row.value
    missing = np.argwhere(np.isnan(values))
    if len(missing):
        time, column = missing[0]
        row = next(row for row in rows if row.time == times[time])
        raise DataError(
            f"{row.place}: {species[column]} is not measured at time {times[time]:g}: all species are needed "
            "at every time"
        )
    return Experiment(name or "1", species, np.array(times), values, _temperature(name, rows))


def _temperature(name: str, rows: list[DataRow]) -> float | None:
    first = rows[0]
    for row in rows[1:]:
        if row.temperature != first.temperature:
            raise DataError(
                f"{row.place}, column 'temperature': it differs from that of {first.place} in condition "
                f"{printable(name)!r}: give one temperature for each condition"
            )
    return first.temperature


def _lines(experiments: Iterable[Experiment]) -> Iterator[str]:
    for number, experiment in enumerate(experiments):
        heated = experiment.temperature is not None
        if number == 0:
            yield ",".join(["condition", "time", *["temperature"] * heated, *experiment.species])
        for time, row in zip(experiment.times.tolist(), experiment.values.tolist(), strict=True):
            cells = [experiment.name, repr(time), *[repr(experiment.temperature)] * heated, *map(repr, row)]
            yield ",".join(cells)

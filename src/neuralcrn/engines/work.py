"""Simulations that a training asks for, so that those of several trainings can be executed together.

A training is written as a generator that yields its `Work` and receives the result, see `executed`.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.base import Executable, Stop, Vector

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """A call of `Executable.learn`, with its arguments."""

    executable: Executable
    pot: Vector
    features: Vector
    targets: Vector
    order: NDArray[np.int64]
    errors: Vector
    times: Vector
    begun: int
    part: float
    limit: float

    @property
    def alike(self) -> Hashable:
        """Works with the same value can be executed together; None if it must be executed alone."""
        cycle = self.begun % max(1, len(self.executable.program.cycle))
        own = self.executable.structure
        return None if own is None else (own, cycle, self.part < 1.0, self.limit)

    def run(self) -> Stop | None:
        """Execute it alone."""
        return self.executable.learn(
            self.pot, self.features, self.targets, self.order, self.errors, self.times,
            begun=self.begun, part=self.part, limit=self.limit,
        )  # fmt: skip


@final
@dataclass(frozen=True, slots=True, eq=False)
class Predicting:
    """A call of `Executable.predict`, with its arguments."""

    executable: Executable
    pot: Vector
    features: Vector
    outputs: Vector
    epoch: int
    series: int

    @property
    def alike(self) -> Hashable:
        """Works with the same value can be executed together; None if it must be executed alone."""
        own = self.executable.structure
        return None if own is None else (own, self.series)

    def run(self) -> Stop | None:
        """Execute it alone."""
        return self.executable.predict(
            self.pot, self.features, self.outputs, epoch=self.epoch, series=self.series
        )


Work: TypeAlias = "Learning | Predicting"
Working: TypeAlias = "Generator[Work, Stop | None, T]"
"""A computation that yields the simulations that it needs, and receives the failure of each, if any."""


def executed(working: Working[T]) -> T:
    """Return the result of a computation whose simulations are executed one by one."""
    stop: Stop | None = None
    while True:
        try:
            work = working.send(stop)
        except StopIteration as end:
            return end.value
        stop = work.run()


def together(workings: Iterable[Working[T]], *, threads: int = 1) -> Iterator[tuple[int, T]]:
    """Execute several computations, the simulations of programs of the same structure together.

    The results are those of `executed`, to the last bit. Only twice as many computations are in progress as
    are executed together; the next one takes the place of one that is done.

    Parameters
    ----------
    workings : iterable of generator
        The computations; each is created when it begins.
    threads : int
        Number of threads for simulations.

    Yields
    ------
    int, object
        Position and result of every computation, in order of completion. An exception of one ends all.
    """
    waiting: dict[int, tuple[Working[T], Work]] = {}
    coming = enumerate(workings)
    with ThreadPoolExecutor(threads) as pool:
        while True:
            for place, working in coming:
                yield from _continued(place, working, None, waiting)
                if len(waiting) >= 2 * threads * max(_width(work) for _, work in waiting.values()):
                    break
            if not waiting:
                return
            groups = _groups({place: work for place, (_, work) in waiting.items()})[:threads]
            stops = pool.map(_run_group, [[waiting[place][1] for place in group] for group in groups])
            for group, of_group in zip(groups, list(stops), strict=True):
                for place, stop in zip(group, of_group, strict=True):
                    working, _ = waiting.pop(place)
                    yield from _continued(place, working, stop, waiting)


def _continued(
    place: int, working: Working[T], stop: Stop | None, waiting: dict[int, tuple[Working[T], Work]]
) -> Iterator[tuple[int, T]]:
    """Continue a computation up to its next simulation, or yield its result."""
    try:
        waiting[place] = working, working.send(stop)
    except StopIteration as end:
        yield place, end.value


def _width(work: Work) -> int:
    return work.executable.works_together


def _groups(works: Mapping[int, Work]) -> list[list[int]]:
    """Return works that can be executed together, largest groups first."""
    alike: dict[Hashable, list[int]] = {}
    for place, work in works.items():
        alike.setdefault(place if work.alike is None else work.alike, []).append(place)
    groups: list[list[int]] = []
    for places in alike.values():
        width = _width(works[places[0]])
        groups += [places[k : k + width] for k in range(0, len(places), width)]
    return sorted(groups, key=len, reverse=True)


def _run_group(works: Sequence[Work]) -> list[Stop | None]:
    first = works[0]
    return [first.run()] if len(works) == 1 else first.executable.run_together(works)

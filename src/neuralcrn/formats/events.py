"""Dosing as events, for formats that have them.

An event happens whenever its trigger turns from false to true. The n-th rise of a species over a threshold
takes two: each rise adds 1 to a counter, and the n-th dosing waits until the counter has reached n.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from neuralcrn.chemistry import Crossing, Dosing, Network
from neuralcrn.errors import NetworkError, printable
from neuralcrn.formats.identifiers import free_identifier


@final
@dataclass(frozen=True, slots=True)
class Event:
    """What happens once something has reached a bound.

    Attributes
    ----------
    identifier : str
        Its own name.
    watched : str or None
        A species or a counter; None for the time.
    bound : float
        The trigger is that what is watched is not less than this.
    begun : bool
        Whether the trigger counts as true before the start, so that it must turn false first.
    added : tuple of (str, float)
        By how much a species or a counter grows.
    withdrawn : tuple of str
        Species that are set to 0.
    """

    identifier: str
    watched: str | None
    bound: float
    begun: bool
    added: tuple[tuple[str, float], ...]
    withdrawn: tuple[str, ...] = ()


def events_of(
    network: Network, doses: Iterable[Dosing], taken: set[str]
) -> tuple[tuple[str, ...], tuple[Event, ...]]:
    """Return the counters, which start at 0, and the events of a list of doses.

    Parameters
    ----------
    network : Network
        What is dosed.
    doses : iterable of Dosing
        In any order.
    taken : set of str
        Identifiers that are in use; the new ones are added.

    Raises
    ------
    NetworkError
        If the network lacks a species that a dosing names.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> dose = Dosing(Crossing("B", 0.5), (("A", 1.0),))
    >>> counters, events = events_of(parse_network("A -> B"), [dose], {"A", "B"})
    >>> counters, [(event.watched, event.bound, event.added) for event in events]
    (('rises_1',), [('B', 0.5, (('rises_1', 1.0),)), ('rises_1', 1, (('A', 1.0),))])
    """
    counters: dict[Crossing, str] = {}
    events: list[Event] = []
    for number, dose in enumerate(doses, start=1):
        _check_species(network, dose, number)
        match dose.when:
            case Crossing() as crossing:
                if crossing not in counters:
                    counter = free_identifier(f"rises_{len(counters) + 1}", taken)
                    name = free_identifier(f"rise_{len(counters) + 1}", taken)
                    events.append(Event(name, crossing.species, crossing.threshold, True, ((counter, 1.0),)))
                    counters[crossing] = counter
                watched, bound = counters[crossing], dose.count
            case time:
                watched, bound = None, time
        name = free_identifier(f"dose_{number}", taken)
        events.append(Event(name, watched, bound, False, dose.added, dose.withdrawn))
    return tuple(counters.values()), tuple(events)


def _check_species(network: Network, dose: Dosing, number: int) -> None:
    """Refuse a dosing of what is not there."""
    watched = (dose.when.species,) if isinstance(dose.when, Crossing) else ()
    for name in (*watched, *dose.withdrawn, *(name for name, _ in dose.added)):
        if name not in network.index:
            raise NetworkError(
                f"dosing {number}: the network has no species {printable(name)}: dose one that it has"
            )

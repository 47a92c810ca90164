"""Doses as events, for formats that support events.

An event takes place when its trigger changes from false to true. The n-th crossing of a threshold by a
species needs two events: each crossing increases a counter, and the dose takes place when the counter has
reached n.
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
class DoseEvent:
    """An event that is triggered when a quantity reaches a bound.

    Attributes
    ----------
    identifier : str
        Identifier of the event.
    watched : str or None
        A species or a counter; None for the time.
    bound : float
        The event is triggered when the watched quantity is at least this value.
    begun : bool
        Whether the trigger is considered true before the start, so that it must become false first.
    added : tuple of (str, float)
        Species or counters and the amounts added to them.
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
) -> tuple[tuple[str, ...], tuple[DoseEvent, ...]]:
    """Return the counters, which start at 0, and the events for some doses.

    Parameters
    ----------
    network : Network
        The network.
    doses : iterable of Dosing
        In any order.
    taken : set of str
        Identifiers in use; new ones are added.

    Raises
    ------
    NetworkError
        If the network lacks a species of a dose.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> dose = Dosing(Crossing("B", 0.5), (("A", 1.0),))
    >>> counters, events = events_of(parse_network("A -> B"), [dose], {"A", "B"})
    >>> counters, [(event.watched, event.bound, event.added) for event in events]
    (('rises_1',), [('B', 0.5, (('rises_1', 1.0),)), ('rises_1', 1, (('A', 1.0),))])
    """
    counters: dict[Crossing, str] = {}
    events: list[DoseEvent] = []
    for number, dose in enumerate(doses, start=1):
        _check_species(network, dose, number)
        match dose.when:
            case Crossing() as crossing:
                if crossing not in counters:
                    counter = free_identifier(f"rises_{len(counters) + 1}", taken)
                    name = free_identifier(f"rise_{len(counters) + 1}", taken)
                    events.append(
                        DoseEvent(name, crossing.species, crossing.threshold, True, ((counter, 1.0),))
                    )
                    counters[crossing] = counter
                watched, bound = counters[crossing], dose.count
            case time:
                watched, bound = None, time
        name = free_identifier(f"dose_{number}", taken)
        events.append(DoseEvent(name, watched, bound, False, dose.added, dose.withdrawn))
    return tuple(counters.values()), tuple(events)


def _check_species(network: Network, dose: Dosing, number: int) -> None:
    """Reject doses of unknown species."""
    watched = (dose.when.species,) if isinstance(dose.when, Crossing) else ()
    for name in (*watched, *dose.withdrawn, *(name for name, _ in dose.added)):
        if name not in network.index:
            raise NetworkError(
                f"dosing {number}: the network has no species {printable(name)}: dose one of its species"
            )

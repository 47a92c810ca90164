"""Simulation of networks with events.

Between events the network is integrated as usual. Conditions are evaluated four times per integration step,
and at least 400 times, half of them equally spaced and half dense after the last event. If a condition
changes, the interval is bisected down to rounding error. A condition that holds only between two evaluations
may be missed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Event, Network
from neuralcrn.engines.native.recording_times import checked_times
from neuralcrn.engines.native.reduction import initial_state
from neuralcrn.engines.native.simulate import Solver, simulate
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.errors import SimulationError, printable

_LOOKS = 200
"""Minimum number of equally spaced evaluations of conditions between two events, and of dense ones."""
_MOST_LOOKS = 20_000
_LOOKS_A_STEP = 4
_WIDTH = 1e-13
"""Relative width of the interval to which a change of a condition is located."""
_CASCADE_LIMIT = 1_000
_EVENT_LIMIT = 10_000


def simulate_events(
    network: Network,
    events: Sequence[Event],
    t_end: float,
    times: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] | None = None,
    max_steps: int = 1_000_000,
) -> Trajectory:
    r"""Integrate a network with events.

    Parameters
    ----------
    network : Network
        Reactions and initial concentrations.
    events : sequence of Event
        In any order: simultaneous events that do not commute are rejected.
    t_end, times, rtol, atol, max_steps
        See `simulate`; `max_steps` is the limit between two events.

    Returns
    -------
    Trajectory
        A row at the time of an event contains the state after it.

    Raises
    ------
    InvalidValueError
        If a time or a tolerance is out of range.
    SimulationError
        If an event makes a concentration negative or infinite, its delay is negative, the result depends on
        the order of simultaneous events, or events trigger each other endlessly.

    Examples
    --------
    >>> from neuralcrn.chemistry import Event, parse_network
    >>> def dosed(time, state):
    ...     return {"A": state[0] + 1.0}
    >>> dose = Event("dose", lambda t, x: t >= 1.0, dosed, lambda t, x: 0.0, (1.0,), timed=True)
    >>> run = simulate_events(parse_network("A -> 0\nA @initial 1"), [dose], 2.0, [1.0, 2.0])
    >>> bool(abs(run["A"][0] - 1.0 - np.exp(-1.0)) < 1e-6)
    True
    """
    if not events:
        return simulate(network, t_end, times, rtol=rtol, atol=atol, max_steps=max_steps)
    grid = checked_times(t_end, times, len(network.species))
    solver = Solver.of(network, rtol=rtol, atol=atol, max_steps=max_steps)
    return _Player(network, tuple(events), solver, float(t_end), grid).play()


@final
@dataclass(slots=True)
class _Pending:
    """An event that is waiting for its delay."""

    event: int
    time: float
    values: Mapping[str, float] | None


@final
@dataclass(slots=True)
class _Player:
    """One run."""

    network: Network
    events: tuple[Event, ...]
    solver: Solver
    t_end: float
    grid: NDArray[np.float64]
    time: float = 0.0
    state: NDArray[np.float64] = field(init=False)
    held: NDArray[np.bool_] = field(init=False)
    pending: list[_Pending] = field(default_factory=list)
    rows: list[NDArray[np.float64]] = field(default_factory=list)
    steps: int = 0

    def __post_init__(self) -> None:
        self.state = initial_state(self.network)
        self.held = np.array([event.begun for event in self.events])

    def play(self) -> Trajectory:
        outcome = Outcome.SUCCESS
        moments = sorted({moment for event in self.events for moment in event.moments})
        for _ in range(_EVENT_LIMIT):
            self._settle(self.time)
            self._record(np.array([self.time]), self.state[None, :])
            if self.time >= self.t_end:
                break
            self._settle(
                math.nextafter(self.time, math.inf)
            )  # conditions that hold immediately after a time, but not at it
            coming = [moment for moment in moments if moment > self.time]
            waiting = [entry.time for entry in self.pending]
            outcome = self._advance(min([*coming[:1], *waiting, self.t_end]))
            if outcome != Outcome.SUCCESS:
                break
        else:
            raise SimulationError(f"more than {_EVENT_LIMIT:,} events up to time {self.time:g}")
        values = np.array(self.rows).reshape(-1, len(self.network.species))
        return Trajectory(
            self.network.species,
            self.grid[: len(self.rows)],
            values,
            outcome,
            self.time,
            self.steps,
            self.state,
        )

    def _record(self, times: NDArray[np.float64], states: NDArray[np.float64]) -> None:
        """Store the rows of the requested times among ascending times."""
        for time, state in zip(times, states, strict=True):
            if len(self.rows) < len(self.grid) and self.grid[len(self.rows)] == time:
                self.rows.append(state.copy())

    def _advance(self, goal: float) -> Outcome:
        """Integrate until `goal`, or until immediately after a change of a condition."""
        while True:
            begin = self.time
            asked = self.grid[(self.grid > begin) & (self.grid < goal)]
            if all(event.timed for event in self.events):
                times = np.append(asked, goal)
                run, states = self._run(times)
                turned = None
            else:
                times, run, states = self._look(asked, goal)
                turned = self._first_turn(times[: len(states)], states, goal)
            if turned is None:
                self._record(times[: len(states)][:-1], states[:-1])
                self.time = goal if run.outcome == Outcome.SUCCESS else begin + run.end
                self.state = run.final
                return run.outcome
            before = np.concatenate([[begin], times])[turned]
            after = times[turned]
            self._record(times[:turned], states[:turned])
            if turned:
                self.time, self.state = float(before), states[turned - 1].copy()
            if after - before <= _WIDTH * max(after, np.finfo(float).tiny):
                self.time, self.state = float(after), states[turned].copy()
                return Outcome.SUCCESS
            goal = float(after)

    def _look(
        self, asked: NDArray[np.float64], goal: float
    ) -> tuple[NDArray[np.float64], Trajectory, NDArray[np.float64]]:
        """Integrate with sufficient evaluations of the conditions for the number of steps."""
        looks = _LOOKS
        while True:
            length = goal - self.time
            fractions = np.concatenate([np.arange(1, looks) / looks, np.geomspace(1e-9, 1.0, looks)[:-1]])
            inner = self.time + length * fractions
            inner = inner[(inner > self.time) & (inner < goal)]
            times = np.append(np.unique(np.concatenate([asked, inner])), goal)
            run, states = self._run(times)
            if looks >= min(_LOOKS_A_STEP * run.steps, _MOST_LOOKS):
                return times, run, states
            looks = min(_LOOKS_A_STEP * run.steps, _MOST_LOOKS)

    def _run(self, times: NDArray[np.float64]) -> tuple[Trajectory, NDArray[np.float64]]:
        length = float(times[-1]) - self.time
        offsets = np.minimum(times - self.time, length)
        keep = np.append(np.diff(offsets) > 0.0, True)
        run = self.solver.run(length, offsets[keep], start=self.state)
        self.steps += run.steps
        places = np.searchsorted(offsets[keep], offsets)
        return run, run.values[places[places < len(run.values)]]

    def _first_turn(self, times: NDArray[np.float64], states: NDArray[np.float64], goal: float) -> int | None:
        """Return the first time at which a condition has changed; `goal` counts as immediately before it."""
        looked = np.where(times == goal, math.nextafter(goal, -math.inf), times)
        differs = np.zeros(len(times), dtype=bool)
        for event, held in zip(self.events, self.held, strict=True):
            differs |= event.holds(looked, states) != held
        return int(np.argmax(differs)) if differs.any() else None

    def _settle(self, time: float) -> None:
        """Execute all events at a time, including those that they trigger."""
        for _ in range(_CASCADE_LIMIT):
            self._note_triggers(time)
            due = [entry for entry in self.pending if entry.time <= time]
            if not due:
                return
            self.pending = [entry for entry in self.pending if entry.time > time]
            self.state = self._made(due, time)
        raise SimulationError(f"events trigger each other endlessly at time {time:g}")

    def _note_triggers(self, time: float) -> None:
        """Detect changes of conditions, and schedule the triggered events."""
        now = self._holding(time, self.state)
        for i in np.flatnonzero(now & ~self.held):
            event = self.events[i]
            delay = event.delay(time, self.state)
            if not 0.0 <= delay < math.inf:
                raise SimulationError(f"event {printable(event.name)}: a delay of {delay:g} at time {time:g}")
            values = event.values(time, self.state) if event.early else None
            self.pending.append(_Pending(int(i), time + delay, values))
        self.pending = [
            entry for entry in self.pending if now[entry.event] or self.events[entry.event].persistent
        ]
        self.held = now

    def _holding(self, time: float, state: NDArray[np.float64]) -> NDArray[np.bool_]:
        times, states = np.array([time]), state[None, :]
        return np.array([bool(event.holds(times, states)[0]) for event in self.events], dtype=bool)

    def _made(self, due: list[_Pending], time: float) -> NDArray[np.float64]:
        """Return the state after simultaneous events, whose order must not affect it."""
        for pair in combinations(due, 2):
            first, second = (self._in_order(order, time) for order in (pair, pair[::-1]))
            if not np.array_equal(first, second):
                names = " and ".join(printable(self.events[entry.event].name) for entry in pair)
                raise SimulationError(
                    f"events {names} are simultaneous at time {time:g}, and their order affects the result"
                )
        return self._in_order(due, time)

    def _in_order(self, due: Sequence[_Pending], time: float) -> NDArray[np.float64]:
        state = self.state.copy()
        for done, entry in enumerate(due):
            event = self.events[entry.event]
            if done and not event.persistent and not self._holding(time, state)[entry.event]:
                continue
            values = event.values(time, state) if entry.values is None else entry.values
            for name, value in values.items():
                if not 0.0 <= value < math.inf:
                    raise SimulationError(
                        f"event {printable(event.name)}: {name} would become {value:g} at time {time:g}: "
                        "concentrations are finite numbers >= 0"
                    )
                state[self.network.index[name]] = value
        return state

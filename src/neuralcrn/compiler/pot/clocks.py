"""Chemical clocks: networks whose species take turns, and the use of these turns.

A ring is ``C_i + C_(i+1) -> 2 C_(i+1)`` around n species (Lachmann and Sella 1995). These reactions alone are
conservative, since the sum and the product of all concentrations are constant: amplitude and period depend on
the initial state and on every perturbation. A leak ``C_i -> C_(i+1)`` restores depleted species, but with it
the product can only grow (by the inequality of arithmetic and geometric means, d log(C_1 ... C_n)/dt = leak *
sum(C_(i-1) / C_i - 1) >= 0), so the period of a leaky ring decreases without bound until it comes to rest.

A *restored* ring also has ``C_i + C_j -> C_(i+1) + C_(j-1)`` for species that are not neighbours. The species
in the majority removes the residues of all species that are not its neighbours, so that each turn starts from
the leak alone. The result is a limit cycle that is reached within one turn, also for even n, with n (n - 3) /
2 additional reactions and no additional species.

A *squared* ring is a restored ring whose gates are squares, ``C_i^2``, of its species. A closed gate is then
of the order of the square of the leak, so a leak of 1e-3 is as good as one of 1e-8 without squares. With V
molecules per unit concentration, each turn grows from leak * V molecules per unit of time. Its duration
varies by sqrt(trigamma(leak * V)) / TOTAL, so squared rings need a hundred thousand times fewer molecules.

The other kind of clock is the red-green-blue oscillator (`self_timed`). All properties of clocks stated here,
and their tolerance to errors of rate constants and loads, are measured by
`neuralcrn.studies.clock.report_clock`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from neuralcrn.chemistry import Crossing, Network, Reaction
from neuralcrn.compiler.pot.self_timed import COLOURS, self_timed_reactions
from neuralcrn.registry import Registry

TOTAL = 2.0
"""Sum of the species of a ring, concentration; its rate constant is 1, which sets the unit of time."""
LEAK = 1e-8
DOSE_THRESHOLD = 1e-4 * TOTAL
RESTORED_DOSE_THRESHOLD = 1e-3 * TOTAL
"""For restored rings. With larger thresholds clearing removes less of a dose, with smaller ones the forward
phase misses more of it.
"""
READ_THRESHOLD = 1e-3 * TOTAL
"""Threshold if another species is between forward and feedback phase; neighbours are read during the
hand-over.
"""
PRECISION = 1e-4
"""Absolute tolerance of a clock species relative to its lowest relevant concentration."""


@dataclass(frozen=True, slots=True)
class ClockGate:
    """Catalyst of a phase.

    Attributes
    ----------
    species : tuple of str
        One clock species, or two species whose product is the gate, which is open during the hand-over
        between them.
    integral : float, concentration x time
        Integral over one cycle.
    """

    species: tuple[str, ...]
    integral: float


@dataclass(frozen=True, slots=True)
class Clock:
    """An oscillator and its turns.

    Attributes
    ----------
    name, summary : str
        Name in the registry, and a summary in one line.
    network : Network
        Reactions, and concentrations at the time of a dose. The total is conserved.
    turns : tuple of ClockGate
        Gates that open one after the other, and overlap only at hand-overs.
    clearing : ClockGate
        The last gate of a cycle, which opens after all turns.
    dose, read : Crossing
        Events at which a sample is dosed and the error can be measured.
    period : float, time
        Duration of the first cycle.
    floor : float, concentration
        Lowest relevant concentration, from which a turn grows.
    counting : tuple of str
        Two species whose turns overlap neither each other nor that of the update, so that they can drive a
        counter of cycles. Empty if there are none.
    """

    name: str
    summary: str
    network: Network
    turns: tuple[ClockGate, ...]
    clearing: ClockGate
    dose: Crossing
    read: Crossing
    period: float
    floor: float
    counting: tuple[str, ...] = ()

    @property
    def gates(self) -> dict[str, ClockGate]:
        """All gates by name, in order: ``turn 1``, ``turn 2``, ..., ``clearing``."""
        return {**{f"turn {i}": gate for i, gate in enumerate(self.turns, 1)}, "clearing": self.clearing}


def ring_reactions(n: int, leak: float, restoring: bool) -> tuple[Reaction, ...]:
    """Return the reactions of a ring of n species.

    Examples
    --------
    >>> for reaction in ring_reactions(4, 0.0, True):
    ...     print(reaction)
    C1 + C2 -> 2 C2 [k = 1]  # ring
    C2 + C3 -> 2 C3 [k = 1]  # ring
    C3 + C4 -> 2 C4 [k = 1]  # ring
    C4 + C1 -> 2 C1 [k = 1]  # ring
    C1 + C3 -> 2 C2 [k = 1]  # restoring
    C2 + C4 -> 2 C3 [k = 1]  # restoring
    """

    def species(i: int) -> str:
        return f"C{i % n + 1}"

    def pair(a: str, b: str) -> dict[str, int]:
        return {a: 2} if a == b else {a: 1, b: 1}

    reactions = [
        Reaction.of({species(i): 1, species(i + 1): 1}, {species(i + 1): 2}, rate=1.0, label="ring")
        for i in range(n)
    ]
    if leak:
        reactions += [
            Reaction.of({species(i): 1}, {species(i + 1): 1}, rate=leak, label="leak") for i in range(n)
        ]
    if restoring:
        reactions += [
            Reaction.of(
                pair(species(i), species(i + distance)),
                pair(species(i + 1), species(i + distance - 1)),
                rate=1.0,
                label="restoring",
            )
            for distance in range(2, n // 2 + 1)
            for i in range(n if 2 * distance < n else n // 2)
        ]
    return tuple(reactions)


def _ring(
    name: str,
    n: int,
    turn: float,
    *,
    leak: float = LEAK,
    restoring: bool = False,
    rest: Mapping[str, float] | None = None,
    floor: float = LEAK,
    dose: float = DOSE_THRESHOLD,
    summary: str,
) -> Clock:
    """Return a ring with a turn on every species except the second, which separates the first turn from the
    others.

    In a ring of three all species have turns, and neighbours overlap.

    A turn lasts while the next species grows from the leak, or the floor, to the total at the rate 2, and
    while it decreases in the same way: about log(TOTAL / LEAK) / TOTAL. Initially the last species hands over
    to the first; all others are at `rest`, by default 0.
    """
    first, last = f"C{1}", f"C{n}"
    others = ("C2", "C3") if n == 3 else tuple(f"C{i}" for i in range(3, n))
    start = {first: dose * (1.0 + 1e-6), **(rest or {})}
    start[last] = TOTAL - math.fsum(start.values())
    return Clock(
        name=name,
        summary=summary,
        network=Network.of(
            ring_reactions(n, leak, restoring), start, species=[f"C{i + 1}" for i in range(n)]
        ),
        turns=tuple(ClockGate((species,), TOTAL * turn) for species in (first, *others)),
        clearing=ClockGate((f"C{n - 1}", last), TOTAL),
        dose=Crossing(first, dose),
        read=Crossing(others[0], 0.5 * TOTAL if n == 3 else READ_THRESHOLD),
        period=n * turn,
        floor=floor,
        counting=("C2", last) if n >= 5 else (),
    )


def restored_ring(n: int, leak: float = LEAK, summary: str = "") -> Clock:
    """Return a restored ring of n species.

    A turn begins with the concentration of the next species that is produced by the leak, and ends when this
    has grown, at the rate TOTAL, to half the total. It lasts log(TOTAL^2 / leak) / TOTAL, so that a gate has
    the integral log(TOTAL^2 / leak). While one species decreases and the one after the next increases, their
    product is the leak.

    Examples
    --------
    >>> clock = restored_ring(5)
    >>> round(clock.period, 4), round(clock.turns[0].integral, 4)
    (49.5174, 19.807)
    """
    turn = math.log(TOTAL**2 / leak) / TOTAL
    falling = {f"C{n - 1}": leak / RESTORED_DOSE_THRESHOLD}
    return _ring(
        f"restored-{n}",
        n,
        turn,
        leak=leak,
        restoring=True,
        rest=falling,
        floor=leak,
        dose=RESTORED_DOSE_THRESHOLD,
        summary=summary,
    )


def squared_ring(n: int, leak: float, name: str, summary: str = "") -> Clock:
    """Return a restored ring of n species whose gates are the squares of the first, the third to the last but
    two, and, for the clearing, the last but one.

    A gate has the integral TOTAL (log(TOTAL^2 / leak) - 2), up to the order of the leak: that of a logistic
    rise and fall. A sample is dosed when the first species has the concentration 2 sqrt(leak TOTAL), at which
    the clearing has ended and the square is still small.

    Examples
    --------
    >>> clock = squared_ring(6, 1e-3, "example")
    >>> round(clock.period, 3), round(clock.turns[0].integral, 3)
    (24.882, 12.588)
    """
    turn = math.log(TOTAL**2 / leak) / TOTAL
    threshold = 2.0 * math.sqrt(leak * TOTAL)
    ring = _ring(
        name,
        n,
        turn,
        leak=leak,
        restoring=True,
        rest={f"C{n - 1}": leak * TOTAL / threshold},
        floor=leak,
        dose=threshold,
        summary=summary,
    )

    def square(i: int) -> ClockGate:
        return ClockGate((f"C{i}", f"C{i}"), TOTAL * (TOTAL * turn - 2.0))

    return replace(
        ring,
        turns=tuple(square(i) for i in (1, *range(3, n - 1))),
        clearing=square(n - 1),
        read=Crossing("C3", threshold),
        counting=(),
    )


def _leaky(name: str, n: int, turn: float, *, floor: float, summary: str) -> Clock:
    """Return a ring without restoring reactions; the turn and the floor are those of its first cycles."""
    rest = {f"C{i}": LEAK for i in range(2, n)}
    return _ring(name, n, turn, rest=rest, floor=floor, summary=summary)


def _red_green_blue(name: str, *, total: float, slow: float, fast: float, summary: str) -> Clock:
    """Return the self-timed clock; it starts on its limit cycle, which was determined by simulation."""
    red, green, blue = (f"C_{colour}" for colour in COLOURS)
    dose = 1e-3 * total
    rest = {green: _GREEN_AT_DOSE, "A_R": 0.115061474, "A_G": 0.033012771, "A_B": 5.19759e-5}
    dimers = {"D_R": 1.970127e-8, "D_B": 0.370185770}
    start = {red: dose * (1.0 + 1e-6), **rest, **dimers}
    start[blue] = total - start[red] - start[green] - 2.0 * math.fsum(dimers.values())
    return Clock(
        name=name,
        summary=summary,
        network=Network.of(self_timed_reactions(slow, fast), start, species=(red, green, blue)),
        turns=tuple(ClockGate((species,), 316.471121) for species in (red, green, blue)),
        clearing=ClockGate((green, blue), 429.329382),
        dose=Crossing(red, dose),
        read=Crossing(green, 0.5 * total),
        period=48.99738827,
        floor=3.1e-9,
    )


_GREEN_AT_DOSE = 3.463321e-9

_CRNPP_AT_DOSE = MappingProxyType({"C2": 1e-10, "C3": 1e-10, "C4": 5e-11, "C5": 5e-7})
"""State of CRN++ (arXiv 1809.07430), started with C1 = C2 = 1 and 1e-10, at the time of a dose."""

DEFAULT_CLOCK = "restored-5"
_CLOCKS = (
    restored_ring(5, summary="five species, restored: a limit cycle"),
    restored_ring(7, summary="seven species, restored: wider pauses between the phases"),
    restored_ring(9, summary="nine species, restored"),
    _leaky(
        "ring-3", 3, 9.35, floor=1e-10, summary="three species, leaky: all phases are neighbours and overlap"
    ),
    _leaky("ring-5", 5, 9.2, floor=1e-12, summary="five species, leaky: period decreases without bound"),
    _leaky("ring-9", 9, 9.2, floor=1e-12, summary="nine species, leaky: period decreases without bound"),
    _ring(
        "crn++",
        6,
        12.03,
        leak=0.0,
        rest=_CRNPP_AT_DOSE,
        floor=5e-11,
        summary="six species, as in CRN++: conservative, sensitive because the number is even",
    ),
    _red_green_blue(
        "red-green-blue",
        total=20.0,
        slow=0.1,
        fast=100.0,
        summary="three self-timed colours with absence indicators: phases overlap",
    ),
    squared_ring(
        6, 1e-3, "squared-6", "six species, restored, gates are squares: for 1e4 molecules and more"
    ),
    squared_ring(6, 1e-2, "squared-6-few", "the same with a leak of 1e-2: for 1e3 molecules and more"),
    squared_ring(
        8, 1e-3, "squared-8", "eight species, restored, gates are squares: for 1e4 molecules and more"
    ),
)
CLOCKS: Registry[Clock] = Registry("clock", "clocks", _CLOCKS, Clock)
"""All clocks by name."""

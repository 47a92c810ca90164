"""Response of a clock to disturbances: a changed rate constant, or a load on a species."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.pot.clocks import Clock
from neuralcrn.studies.clock.cycles import Cycles, follow, total_of

FACTORS = (0.5, 0.9, 2.0)
"""Factors of rate constants."""
LOADS = (0.05, 0.2, 0.5)
"""Load of a species, as a fraction of the total."""
RESPONSE_CYCLES = 50
"""Number of cycles that a disturbed clock must complete."""
_ENOUGH = 0.5
"""Fraction of its nominal peak that every gate must reach in every cycle."""
_SETTLING = RESPONSE_CYCLES // 2
"""Number of first cycles that are excluded from the means."""
_RTOL = 1e-6
"""Relative tolerance for disturbed clocks, whose changes are of the order of percents."""


@final
@dataclass(frozen=True, slots=True)
class Response:
    """Effect of one disturbance on a clock.

    Attributes
    ----------
    what : str
        The reaction with a changed rate constant, or the species with a load.
    size : float
        Factor of the constant; the load relative to the total.
    cycles : int
        Number of completed cycles, at most `RESPONSE_CYCLES`.
    runs : bool
        Whether all cycles were completed, and every gate reached half its nominal peak in each.
    period : float or None
        Relative change of the mean period; None if there were too few cycles.
    gates : tuple of float, or None
        Relative change of the mean integral of each gate.
    jitter : float or None
        Largest standard deviation of the integral of a gate, relative to its mean.
    """

    what: str
    size: float
    cycles: int
    runs: bool
    period: float | None
    gates: tuple[float, ...] | None
    jitter: float | None


def rate_responses(clock: Clock, nominal: Cycles) -> Iterator[Response]:
    """Yield the response to every wrong rate constant, but those of leaks."""
    network = clock.network
    for place, reaction in enumerate(network.reactions):
        if reaction.label == "leak":
            continue
        for factor in FACTORS:
            wrong = list(network.reactions)
            wrong[place] = dataclasses.replace(reaction, rate=factor * reaction.rate)
            disturbed = dataclasses.replace(network, reactions=tuple(wrong))
            what = f"{reaction.reactants} -> {reaction.products}"
            yield _response(clock, disturbed, nominal, what, factor)


def load_responses(clock: Clock, nominal: Cycles) -> Iterator[Response]:
    """Yield the response to every load: ``C + load <-> bound``, both constants 1."""
    names = dict.fromkeys(name for gate in clock.gates.values() for name in gate.species)
    for name in names:
        binding = (
            Reaction.of({name: 1, "load": 1}, {"bound": 1}, label="load"),
            Reaction.of({"bound": 1}, {name: 1, "load": 1}, label="load"),
        )
        for fraction in LOADS:
            load = Network.of(binding, {"load": fraction * total_of(clock)})
            yield _response(clock, clock.network | load, nominal, name, fraction)


def _response(clock: Clock, network: Network, nominal: Cycles, what: str, size: float) -> Response:
    """Simulate a disturbed clock and compare its settled cycles with the nominal ones."""
    found = follow(clock, RESPONSE_CYCLES, network, rtol=_RTOL)
    if found.count < RESPONSE_CYCLES:
        return Response(what, size, found.count, False, None, None, None)
    settled = slice(_SETTLING, RESPONSE_CYCLES)
    integrals = found.integrals[settled]
    means = integrals.mean(axis=0)
    period = found.periods[settled].mean() / nominal.periods[settled].mean() - 1.0
    return Response(
        what=what,
        size=size,
        cycles=found.count,
        runs=bool((found.peaks >= _ENOUGH * nominal.peaks[0]).all()),
        period=float(period),
        gates=tuple((means / nominal.integrals[settled].mean(axis=0) - 1.0).tolist()),
        jitter=float((integrals.std(axis=0) / means).max()),
    )

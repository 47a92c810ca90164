"""Six checks that the final amounts of a network do not depend on rates.

Besides the structure, which is a proof, final amounts are compared over orders of reactions, maxima of
linear programmes, rate constants, rate laws, and random events. Two different ends from the same initial
amounts are a witness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle, islice
from typing import final

import numpy as np

from neuralcrn.chemistry import Network
from neuralcrn.engines import simulate_stochastic
from neuralcrn.errors import InvalidValueError, SimulationError
from neuralcrn.in_silico.rate_independent.network import Table
from neuralcrn.in_silico.rate_independent.rest import RestSolver
from neuralcrn.in_silico.rate_independent.structure import (
    competition,
    dependence_cycle,
    endless_reaction,
    shown,
)
from neuralcrn.in_silico.rate_independent.verification.check import Check, RateIndependence
from neuralcrn.in_silico.rate_independent.verification.completion import complete
from neuralcrn.in_silico.rate_independent.verification.laws import SaturatingLaw
from neuralcrn.in_silico.rate_independent.verification.programme import maximise_extents
from neuralcrn.in_silico.rate_independent.verification.starts import Start, draw_starts, varied_species
from neuralcrn.status import OnStatus, Status, ignore_status

TRIALS = 5
"""Default number of initial amounts."""
_ORDERS, _CONSTANTS, _RUNS = 10, 3, 10
"""Orders, sets of rate constants and stochastic runs for each of them."""
_FAVOUR, _FAVOURED, _OBJECTIVES = 1e4, 2, 100
"""Weight of a reaction that an objective favours, number of times that each is favoured, and largest number
of objectives for one start.
"""
_RESIDUAL, _TOLERANCE, _SOLVED = 1e-4, 1e-3, 1e-6
"""Residual of simulations, and largest differences of their ends and of those of linear programmes, relative
to the largest amount.
"""
_DECADES = 1.0
"""Random constants are within a factor of 10 of 1, log-uniform."""
_STEEPEST = 1.5
_MOLECULES, _LONG, _JUMPS = 10.0, 1e9, 1_000_000
"""Molecules of the largest initial amount, duration, and limit of the events of a stochastic run."""

End = tuple[str, Sequence[float] | Sequence[Fraction]]
"""How final amounts were obtained, and the amounts."""


def verify_rate_independence(
    network: Network,
    *,
    source: str = "network",
    inputs: Sequence[str] = (),
    trials: int = TRIALS,
    seed: int = 0,
    on_status: OnStatus = ignore_status,
) -> RateIndependence:
    r"""Check that the final amounts of a network depend on its initial amounts only.

    Parameters
    ----------
    network : Network
        Any network.
    source : str
        Its name in the verdict.
    inputs : sequence of str
        Species whose initial amounts are varied; by default those that no reaction releases.
    trials : int
        Number of initial amounts, from 1 to 1,000; the first are those of the network.
    seed : int
        Seed of amounts, orders, objectives, rate constants and events.
    on_status : callable
        Called before every check; see `neuralcrn.app`.

    Raises
    ------
    InvalidValueError
        If the network has no reactions, an input is unknown, or the number of trials is out of range.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> relu = parse_network("I_p -> M + H_p [k = 1]\nM + I_n -> H_n [k = 1]")
    >>> verify_rate_independence(relu).passed
    True
    >>> spoiled = parse_network("I_p -> M + H_p [k = 1]\nM + I_n -> H_n [k = 1]\nM -> W [k = 1]")
    >>> print(verify_rate_independence(spoiled).checks[0].found)
    M is consumed by M + I_n -> H_n and by M -> W
    """
    network = replace(network, reactions=tuple(r for r in network.reactions if r.rate > 0.0))
    if not network.reactions:
        raise InvalidValueError(f"{source}: it has no reactions, so there is nothing to check")
    if not 1 <= trials <= 1_000:
        raise InvalidValueError(f"trials = {trials}: give a number from 1 to 1,000")
    rng = np.random.default_rng(seed)
    varied = varied_species(network, inputs)
    checker = _Checker(network, draw_starts(network, varied, trials, rng), rng)
    parts: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("structure", checker.structure),
        ("completion", checker.completion),
        ("linear programme", checker.programme),
        ("rate constants", checker.constants),
        ("rate laws", checker.laws),
        ("molecules", checker.molecules),
    )
    checks: list[Check] = []
    for name, part in parts:
        on_status(Status("check", len(checks), len(parts), name))
        checks.append(part())
    on_status(Status("check", len(parts), len(parts), "done"))
    return RateIndependence(source, *network.counts, varied, tuple(checks))


@final
@dataclass(frozen=True, slots=True)
class _Checker:
    """A network, initial amounts and random numbers."""

    network: Network
    starts: tuple[Start, ...]
    rng: np.random.Generator

    def structure(self) -> Check:
        """Check that no reactions compete, and that there is no cycle."""
        found = competition(self.network) or endless_reaction(self.network) or dependence_cycle(self.network)
        passed = "no species is consumed by two reactions, no catalyst is consumed, and there are no cycles"
        return Check("structure", not found, found or passed)

    def completion(self) -> Check:
        """Complete the network exactly in several orders of the reactions."""
        count = len(self.network.reactions)

        def ends(start: Start) -> Iterator[End]:
            yield "in the order of the file", complete(self.network, start.amounts)
            for _ in range(_ORDERS - 1):
                order, first = self.rng.permutation(count).tolist(), Fraction(int(self.rng.integers(1, 9)), 8)
                how = f"in the order {_listed(order)}, at first by {first}"
                yield how, complete(self.network, start.amounts, order, first)

        return self._compared("completion", ends, 0.0, f"{_ORDERS} orders of the reactions, exactly equal")

    def programme(self) -> Check:
        """Maximise extents with objectives that favour one reaction after the other."""
        count = len(self.network.reactions)
        each = min(_OBJECTIVES, -(-_FAVOURED * count // len(self.starts)))
        turns = cycle(self.rng.permutation(count).tolist())

        def ends(start: Start) -> Iterator[End]:
            yield from self._exact(start)
            yield (
                "largest sum of extents",
                maximise_extents(self.network, start.table, np.ones(count)).tolist(),
            )
            for place in islice(turns, each):
                weights = self.rng.uniform(0.1, 1.0, count)
                weights[place] = _FAVOUR
                found = maximise_extents(self.network, start.table, weights)
                yield f"largest extent of {shown(self.network, place)}", found.tolist()

        return self._compared("linear programme", ends, _SOLVED, f"{each + 1} objectives")

    def constants(self) -> Check:
        """Simulate mass action with random rate constants."""

        def ends(start: Start) -> Iterator[End]:
            yield from self._exact(start)
            for _ in range(_CONSTANTS):
                changed, k = self._other_constants()
                yield f"with k = {k}", RestSolver.of(changed).run(start.table, _RESIDUAL).tolist()

        what = f"mass action, {_CONSTANTS} sets of rate constants in [0.1, 10]"
        return self._compared("rate constants", ends, _TOLERANCE, what)

    def laws(self) -> Check:
        """Simulate Michaelis-Menten and Hill laws with random constants."""
        count = len(self.network.reactions)

        def ends(start: Start) -> Iterator[End]:
            yield from self._exact(start)
            for name, n in (
                ("Michaelis-Menten", np.ones(count)),
                ("Hill", self.rng.uniform(1.0, _STEEPEST, count)),
            ):
                v = self._random()
                law = SaturatingLaw(v, self._random(), n)
                yield f"{name}, V = {_listed(v)}", law.run(self.network, start.table, _RESIDUAL).tolist()

        return self._compared("rate laws", ends, _TOLERANCE, "Michaelis-Menten and Hill laws")

    def molecules(self) -> Check:
        """Simulate single molecules."""
        own = max((start.table.max() for start in self.starts), default=0.0)
        per_unit = _MOLECULES / (max(self.network.initial) or own or 1.0)

        def ends(start: Start) -> Iterator[End]:
            amounts = dict(zip(self.network.species, start.whole(per_unit).tolist(), strict=True))
            if not any(amounts.values()):
                return
            seed = int(self.rng.integers(2**31))
            counted = self._other_constants()[0].with_initial(amounts)
            try:
                runs = simulate_stochastic(
                    counted, _LONG, [_LONG], volume=1.0, runs=_RUNS, seed=seed, keep_runs=True,
                    max_steps=_JUMPS,
                ).values  # fmt: skip
            except SimulationError as error:
                raise SimulationError(f"{_JUMPS:,} events are not the end") from error
            for k, run in enumerate([] if runs is None else runs[:, -1].tolist(), 1):
                yield f"run {k}", run

        return self._compared("molecules", ends, 0.5, f"{_RUNS} exact stochastic runs with whole amounts")

    def _random(self) -> Table:
        """Return a random constant of every reaction, log-uniform."""
        return 10.0 ** (self.rng.uniform(-_DECADES, _DECADES, len(self.network.reactions)))

    def _other_constants(self) -> tuple[Network, str]:
        """Return the network with random rate constants, and these as text."""
        k = self._random()
        changed = tuple(r.k(float(rate)) for r, rate in zip(self.network.reactions, k, strict=True))
        return replace(self.network, reactions=changed), _listed(k)

    def _exact(self, start: Start) -> Iterator[End]:
        """Yield the exact end, where there is one."""
        try:
            yield "completed exactly", complete(self.network, start.amounts)
        except SimulationError:
            return

    def _compared(
        self, name: str, ends: Callable[[Start], Iterable[End]], tolerance: float, what: str
    ) -> Check:
        """Return whether all ends of every start are equal; the witness gives two that are not."""
        for start in self.starts:
            first: End | None = None
            try:
                for end in ends(start):
                    first = first or end
                    scale = 1.0 if name == "molecules" else max(map(float, (*start.amounts, *first[1])))
                    if witness := self._difference(start, first, end, tolerance * scale):
                        return Check(name, False, witness)
            except SimulationError as error:
                return Check(name, False, f"{self._from(start)}: {error}")
        return Check(name, True, f"{what}, from {len(self.starts)} initial amounts")

    def _difference(self, start: Start, first: End, second: End, allowed: float) -> str:
        """Return the species whose final amounts differ most, as text; empty if they are equal."""
        differences = [abs(float(a - b)) for a, b in zip(first[1], second[1], strict=True)]  # pyright: ignore
        place = int(np.argmax(differences))
        if differences[place] <= allowed:
            return ""
        shown = " and ".join(f"{float(values[place]):.6g} ({how})" for how, values in (first, second))
        return f"{self._from(start)}: {self.network.species[place]} ends at {shown}"

    def _from(self, start: Start) -> str:
        pairs = zip(self.network.species, start.amounts, strict=True)
        given = [f"{name} = {float(amount):.4g}" for name, amount in pairs if amount]
        return f"from {', '.join(given[:6])}{', ...' if len(given) > 6 else ''}" if given else "from nothing"


def _listed(values: Iterable[float]) -> str:
    found = [f"{value:.3g}" for value in values]
    return ", ".join(found[:6]) + (", ..." if len(found) > 6 else "")

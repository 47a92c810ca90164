"""Pass: gate the reactions of every phase and reduce them to at most two reactants.

A gate is a species that is present while its phase runs. A reaction ``R -> P`` of the phase must then have
the flux ``k C r1 r2 ...`` with at most two reactants. Longer products are represented by *shadows*: with
``u + v -> u + v + s`` and ``s -> 0``, both with the large constant k_s, s follows u v. No species is
sequestered, and the integral of a shadow equals that of its product; the only error is the delay 1 / k_s. A
shadow of the gate and a reactant gates every reaction with this reactant, and a shadow of a shadow reduces
the order of reactions with three or more reactants, so gating and order reduction are one pass. The pair that
occurs in most reactions is replaced first, as in the grammar compression of Larsson and Moffat
(doi:10.1109/5.892708).

If a phase has shadows and consumes a species by its gate alone, as tracking does, this gate has a shadow as
well, so that production and consumption are switched simultaneously.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from neuralcrn.chemistry import Reaction
from neuralcrn.errors import CompileError


@dataclass(frozen=True, slots=True)
class GatedPhase:
    """The reactions of one phase, and their gate.

    Attributes
    ----------
    name : str
        Name of the phase, which is the suffix of its shadows.
    gate : str
        Species that is present while the phase runs.
    scale : float
        Factor of every rate constant: the duration of the phase divided by the integral of its gate.
    reactions : tuple of Reaction
        Reactions without the gate.
    """

    name: str
    gate: str
    scale: float
    reactions: tuple[Reaction, ...]


def gated(phase: GatedPhase, shadow_rate: float) -> tuple[Reaction, ...]:
    """Return the gated reactions of a phase, shadows first.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> alone = parse_network("p + x -> p + x + z" + chr(10) + "2z -> z" + chr(10) + "h -> h + z")
    >>> for reaction in gated(GatedPhase("forward", "C1", 0.1, alone.reactions), 100.0):
    ...     print(reaction)
    C1 + p -> C1 + p + p_forward [k = 100]  # shadow of C1 p
    p_forward -> 0 [k = 100]  # shadow of C1 p
    C1 + z -> C1 + z + z_forward [k = 100]  # shadow of C1 z
    z_forward -> 0 [k = 100]  # shadow of C1 z
    x + p_forward -> x + p_forward + z [k = 0.1]
    z_forward + z -> z_forward [k = 0.1]
    h + C1 -> h + C1 + z [k = 0.1]
    """
    terms = [_Term.of(reaction, phase.gate) for reaction in phase.reactions]
    shadows = _shorten(terms, phase)
    made = [r for shadow in shadows for r in shadow_reactions(shadow.name, shadow.factors, shadow_rate)]
    return (*made, *(term.reaction(phase.scale) for term in terms))


def shadow_reactions(name: str, factors: tuple[str, ...], rate: float) -> tuple[Reaction, Reaction]:
    """Return the reactions by which a species follows the product of at most two others."""
    label = f"shadow of {' '.join(factors)}"
    reactants = _counted(factors)
    return (
        Reaction.trusted(reactants, {**reactants, name: 1}, rate=rate, label=label),
        Reaction.trusted({name: 1}, {}, rate=rate, label=label),
    )


@dataclass(frozen=True, slots=True)
class _Shadow:
    """A species that follows the product of two others, or a gate."""

    name: str
    factors: tuple[str, ...]


class _Term:
    """Factors of the rate of a reaction: those that can be replaced by shadows, and those that are
    consumed.
    """

    def __init__(self, original: Reaction, change: Mapping[str, int], free: list[str], used: list[str]):
        self._original, self._change = original, change
        self.free, self._used = free, used

    @classmethod
    def of(cls, reaction: Reaction, gate: str) -> _Term:
        change = reaction.net_change
        used = [name for name, count in change.items() for _ in range(-count)]
        factors = [name for name, count in reaction.reactants.terms for _ in range(count)]
        for name in used:
            factors.remove(name)
        if len(used) > 1:
            raise CompileError(
                f"reaction {reaction} uses up {len(used)} molecules: under a gate at most one can be, since "
                "what is used up cannot be a shadow"
            )
        return cls(reaction, change, [*factors, gate], used)

    @property
    def too_long(self) -> bool:
        return len(self.free) + len(self._used) > 2

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs of factors that a shadow can replace."""
        yield from dict.fromkeys(itertools.combinations(sorted(self.free), 2))

    def has(self, pair: tuple[str, str]) -> bool:
        return self.too_long and all(self.free.count(name) >= pair.count(name) for name in pair)

    def uses_up_by(self, gate: str) -> bool:
        return bool(self._used) and gate in self.free

    def replace(self, factors: tuple[str, ...], shadow: str) -> None:
        for name in factors:
            self.free.remove(name)
        self.free.append(shadow)

    def reaction(self, scale: float) -> Reaction:
        reactants = _counted((*self.free, *self._used))
        products = dict(reactants)
        for name, change in self._change.items():
            products[name] = products.get(name, 0) + change
        kept = {name: count for name, count in products.items() if count}
        return Reaction.trusted(reactants, kept, rate=self._original.rate * scale, label=self._original.label)


def _shorten(terms: Sequence[_Term], phase: GatedPhase) -> list[_Shadow]:
    """Replace pairs of factors by shadows until no term has more than two factors; return the shadows."""
    users: dict[tuple[str, str], list[_Term]] = {}
    for term in filter(lambda t: t.too_long, terms):
        for pair in term.pairs():
            users.setdefault(pair, []).append(term)
    queue = [
        _priority(pair, len(found), phase.gate, order) for order, (pair, found) in enumerate(users.items())
    ]
    heapq.heapify(queue)
    order = itertools.count(len(queue))
    products = _Products(phase)
    while queue:
        count, _, _, pair = heapq.heappop(queue)
        found = [term for term in users[pair] if term.has(pair)]
        if not found:
            continue
        if len(found) < -count:  # some of its terms have been replaced by others: queue it again
            heapq.heappush(queue, _priority(pair, len(found), phase.gate, next(order)))
            continue
        shadow = products.shadow_of(pair)
        fresh: dict[tuple[str, str], list[_Term]] = {}
        for term in found:
            term.replace(pair, shadow.name)
            if term.too_long:
                for other in term.pairs():
                    if shadow.name in other:
                        fresh.setdefault(other, []).append(term)
        for other, longer in fresh.items():
            users[other] = longer
            heapq.heappush(queue, _priority(other, len(longer), phase.gate, next(order)))
    if products.shadows and any(term.uses_up_by(phase.gate) for term in terms):
        follower = products.shadow_of((phase.gate,))
        for term in terms:
            if phase.gate in term.free:
                term.replace(follower.factors, follower.name)
    return products.shadows


class _Products:
    """The products that have shadows, and the names of the shadows."""

    def __init__(self, phase: GatedPhase):
        self.shadows: list[_Shadow] = []
        self._phase = phase
        self._factors: dict[str, tuple[str, ...]] = {}
        self._taken = {name for reaction in phase.reactions for name in reaction.species} | {phase.gate}

    def shadow_of(self, pair: tuple[str, ...]) -> _Shadow:
        """Return a new shadow of a product, whose factors may be shadows."""
        factors = tuple(sorted(itertools.chain.from_iterable(self._factors.get(n, (n,)) for n in pair)))
        shadow = _Shadow(self._name(factors), pair)
        self._factors[shadow.name] = factors
        self._taken.add(shadow.name)
        self.shadows.append(shadow)
        return shadow

    def _name(self, factors: tuple[str, ...]) -> str:
        """Return an unused name: the factors and the phase, with `in` if the gate is not among them."""
        gate = self._phase.gate
        others = [name for name in factors if name != gate] or ["gate"]
        name = "_".join((*others, self._phase.name if gate in factors else f"in_{self._phase.name}"))
        while name in self._taken:
            name += "_"
        return name


def _priority(
    pair: tuple[str, str], count: int, gate: str, order: int
) -> tuple[int, bool, int, tuple[str, str]]:
    """Order pairs: most frequent first, then those with the gate (zero while the phase rests), then by
    occurrence.
    """
    return -count, gate not in pair, order, pair


def _counted(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in names}

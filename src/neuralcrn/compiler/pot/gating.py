"""Pass: the reactions of every phase become catalysed by its gate, with two reactants at most.

A gate is a species that is present while its phase runs. A reaction ``R -> P`` of the phase must then
have the flux ``k C r1 r2 ...`` without taking more than two reactants. Products that are too long are
carried by *shadows*: ``u + v -> u + v + s`` and ``s -> 0``, both fast with the constant k_s, make s
follow u v. Nothing is sequestered, and the integral of a shadow is that of its product exactly; only
its delay 1 / k_s remains. A shadow of the gate and a reactant gates every reaction that shares this
reactant, and a shadow of a shadow lowers the order of a reaction of three and more, so gating and order
reduction are one pass. The pair that most reactions share is replaced first, as in the grammar
compression of Larsson and Moffat (doi:10.1109/5.892708).

Where a phase has shadows and uses something up by its gate alone, as tracking does, that gate has a
shadow too: what makes and what removes must open and shut together.
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
    """The reactions of one phase, and what switches them.

    Attributes
    ----------
    name : str
        Of the phase; the shadows that its gate makes end in it.
    gate : str
        Species that is present while the phase runs.
    scale : float
        Factor of every rate constant: the duration of the phase over the integral of its gate.
    reactions : tuple of Reaction
        As if the phase were alone in the pot.
    """

    name: str
    gate: str
    scale: float
    reactions: tuple[Reaction, ...]


def gated(phase: GatedPhase, shadow_rate: float) -> tuple[Reaction, ...]:
    """Return the reactions of a phase under its gate, shadows first.

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
    """Return the reactions by which a species follows the product of others, at most two."""
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
    """What a reaction multiplies: factors that may be shadowed, and those that it uses up."""

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
        """Yield the pairs of factors that a shadow may stand for."""
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
    """Replace pairs of factors by shadows until no term has more than two; return the shadows."""
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
        if len(found) < -count:  # others took some of its terms: it waits for its turn
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
    """The products that have shadows, and the names of these."""

    def __init__(self, phase: GatedPhase):
        self.shadows: list[_Shadow] = []
        self._phase = phase
        self._factors: dict[str, tuple[str, ...]] = {}
        self._taken = {name for reaction in phase.reactions for name in reaction.species} | {phase.gate}

    def shadow_of(self, pair: tuple[str, ...]) -> _Shadow:
        """Return a new shadow of a product, which may be one of shadows."""
        factors = tuple(sorted(itertools.chain.from_iterable(self._factors.get(n, (n,)) for n in pair)))
        shadow = _Shadow(self._name(factors), pair)
        self._factors[shadow.name] = factors
        self._taken.add(shadow.name)
        self.shadows.append(shadow)
        return shadow

    def _name(self, factors: tuple[str, ...]) -> str:
        """Return a free name: the factors and the phase, with `in` where the gate is not among them."""
        gate = self._phase.gate
        others = [name for name in factors if name != gate] or ["gate"]
        name = "_".join((*others, self._phase.name if gate in factors else f"in_{self._phase.name}"))
        while name in self._taken:
            name += "_"
        return name


def _priority(
    pair: tuple[str, str], count: int, gate: str, order: int
) -> tuple[int, bool, int, tuple[str, str]]:
    """Order pairs: most shared, then those with the gate (empty while its phase rests), then first found."""
    return -count, gate not in pair, order, pair


def _counted(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in names}

"""Reaction network: species, reactions and initial concentrations as one immutable value."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple, final

from neuralcrn.chemistry.reaction import Reaction, ReversibleReaction, Species
from neuralcrn.chemistry.render import network_latex, reaction_cells
from neuralcrn.chemistry.values import (
    REACTION_LIMIT,
    SPECIES_LIMIT,
    checked_name,
    checked_quantity,
    format_number,
)
from neuralcrn.display import SHOWN_ROWS, Displayed, Document, Name, Paragraph, Table, Text
from neuralcrn.errors import InvalidValueError, NetworkError, printable

RATE_LAW = (
    "flux of a1 X1 + a2 X2 + ... -> ... with constant k: k * x1^a1 * x2^a2 * ..., the product of "
    "concentrations, no factorials"
)


class Counts(NamedTuple):
    """Size of a network."""

    species: int
    reactions: int


@final
@dataclass(frozen=True, slots=True, repr=False)
class Network(Displayed):
    """A chemical reaction network with mass-action kinetics and initial concentrations.

    The flux of ``a1 X1 + a2 X2 + ... -> ...`` with constant k is ``k * prod_i x_i**a_i``, without ``1/a!``.
    Use `Network.of` or `parse_network` to create one.

    Parameters
    ----------
    species : tuple of str
        Unique names. Their order is the order of state vectors.
    reactions : tuple of Reaction
        The reactions, in order. All their species must be in `species`.
    initial : tuple of float, shape (n_species,), concentration
        Initial concentrations, finite and non-negative.

    Raises
    ------
    NetworkError
        If the parts are inconsistent.
    InvalidValueError
        If a name or a value is invalid, or a limit (20,000 species, 200,000 reactions) is exceeded.

    Examples
    --------
    >>> from neuralcrn.chemistry import species
    >>> a, b, c = species("A B C")
    >>> net = Network.of([(a + b >> c).k(2), c >> a + b], {"A": 10})
    >>> print(net)
    A + B -> C [k = 2]
    C -> A + B [k = 1]
    A @initial 10
    >>> net.species, net.initial, net.max_order, net.counts
    (('A', 'B', 'C'), (10.0, 0.0, 0.0), 2, Counts(species=3, reactions=2))
    """

    species: tuple[str, ...]
    reactions: tuple[Reaction, ...]
    initial: tuple[float, ...]
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names, reactions, values = tuple(self.species), tuple(self.reactions), tuple(self.initial)
        _check_size(len(names), "species", SPECIES_LIMIT)
        _check_size(len(reactions), "reactions", REACTION_LIMIT)
        index = {checked_name(name): i for i, name in enumerate(names)}
        if len(index) < len(names):
            twice = next(name for name, count in Counter(names).items() if count > 1)
            raise NetworkError(f"species {twice} is listed twice: list each species once")
        if len(values) != len(names):
            raise NetworkError(
                f"network has {len(names)} species but {len(values)} initial values: give one for each"
            )
        for reaction in reactions:
            for name, _ in reaction.reactants.terms + reaction.products.terms:
                if name not in index:
                    raise NetworkError(
                        f"species {name} of reaction {printable(str(reaction))} is not in the network: add "
                        "it to the species, or build the network with Network.of"
                    )
        checked = (checked_quantity(v, "initial value", name) for name, v in zip(names, values, strict=True))
        object.__setattr__(self, "species", names)
        object.__setattr__(self, "reactions", reactions)
        object.__setattr__(self, "initial", tuple(checked))
        object.__setattr__(self, "_index", index)

    @classmethod
    def of(
        cls,
        reactions: Iterable[Reaction | ReversibleReaction],
        initial: Mapping[str, float] | Mapping[Species, float] | None = None,
        species: Iterable[str | Species] = (),
    ) -> Network:
        """Return the network of `reactions`.

        Parameters
        ----------
        reactions : iterable of Reaction or ReversibleReaction
            A reversible reaction is replaced by its two reactions.
        initial : mapping from species to concentration, optional
            Initial concentrations; the default is 0.
        species : iterable of str or Species
            Species that come first, followed by the species of the reactions in order of occurrence, and then
            by those that occur only in `initial`.

        Returns
        -------
        Network
        """
        flat: list[Reaction] = []
        for item in reactions:
            flat.extend((item,) if isinstance(item, Reaction) else item)
        start = {_name(key): value for key, value in (initial or {}).items()}
        order: dict[str, float] = dict.fromkeys(map(_name, species), 0.0)
        for reaction in flat:  # only the order of the names is used
            order.update(reaction.reactants.terms)
            order.update(reaction.products.terms)
        order.update(start)
        return cls(tuple(order), tuple(flat), tuple(start.get(name, 0.0) for name in order))

    def __or__(self, other: object) -> Network:
        """Return the union of two networks.

        Species are ordered as in `self`, followed by the new species of `other`. Reactions are those of
        `self`, followed by those of `other` that are not identical to one of `self`. Merging is associative,
        and ``net | net == net``. If the initial value of a species is 0 in one network, the value of the
        other is used.

        Raises
        ------
        NetworkError
            If a species has two different non-zero initial values.
        """
        if not isinstance(other, Network):
            return NotImplemented
        start = dict(zip(self.species, self.initial, strict=True))
        for name, value in zip(other.species, other.initial, strict=True):
            mine = start.setdefault(name, value)
            if mine and value and mine != value:
                raise NetworkError(
                    f"species {name} starts at {format_number(mine)} in one network and at "
                    f"{format_number(value)} in the other: make them equal with with_initial before merging"
                )
            start[name] = mine or value
        known = set(self.reactions)
        added = tuple(reaction for reaction in other.reactions if reaction not in known)
        return Network(tuple(start), self.reactions + added, tuple(start.values()))

    @property
    def index(self) -> Mapping[str, int]:
        """Index of each species in `species`, read-only."""
        return MappingProxyType(self._index)

    @property
    def counts(self) -> Counts:
        """Number of species and reactions."""
        return Counts(len(self.species), len(self.reactions))

    @property
    def max_order(self) -> int:
        """Highest order of the reactions, 0 if there are none."""
        return max((reaction.order for reaction in self.reactions), default=0)

    def initial_of(self, name: str | Species) -> float:
        """Return the initial concentration of one species.

        Raises
        ------
        NetworkError
            If the network has no such species.
        """
        return self.initial[self._position(_name(name))]

    def with_initial(self, values: Mapping[str, float] | Mapping[Species, float]) -> Network:
        """Return this network with the initial concentrations of some species replaced.

        Raises
        ------
        NetworkError
            If the network has no such species.
        InvalidValueError
            If a value is not finite or is negative.
        """
        start = list(self.initial)
        for key, value in values.items():
            start[self._position(_name(key))] = value
        return replace(self, initial=tuple(start))

    def _position(self, name: str) -> int:
        if name in self._index:
            return self._index[name]
        near = difflib.get_close_matches(str(name), self.species, n=1)
        hint = f"did you mean {near[0]}?" if near else "see .species for the available ones"
        raise NetworkError(f"network has no species {printable(str(name))!r}: {hint}")

    def __str__(self) -> str:
        """Return the text that `parse_network` reads; see `format_network`."""
        mentioned = tuple(dict.fromkeys(name for reaction in self.reactions for name in reaction.species))
        in_order = self.species[: len(mentioned)] == mentioned
        declared = [
            f"{name} @initial {format_number(value)}"
            for i, (name, value) in enumerate(zip(self.species, self.initial, strict=True))
            if value or i >= len(mentioned) or not in_order
        ]
        written = [str(reaction) for reaction in self.reactions]
        return "\n".join(written + declared if in_order else declared + written)

    def __repr__(self) -> str:
        return f"<Network: {len(self.species):,} species, {len(self.reactions):,} reactions>"

    def document(self) -> Document:
        """Return the reactions as a table, with the initial values below."""
        size = f"{len(self.species):,} species, {len(self.reactions):,} reactions"
        head = ("reactants", "", "products", "k", "label")
        reactions = Table.of(head, self.reactions, reaction_cells, title=size)
        started = [(n, v) for n, v in zip(self.species, self.initial, strict=True) if v]
        if not started:
            return Document.of(reactions)
        initial: list[Text] = []
        for name, value in started[:SHOWN_ROWS]:
            initial += [", " if initial else "initially ", Name(name), f" = {format_number(value)}"]
        if len(started) > SHOWN_ROWS:
            initial.append(f" and {len(started) - SHOWN_ROWS:,} more")
        return Document.of(reactions, Paragraph(tuple(initial)))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {network_latex(self)}$"


def _name(item: str | Species) -> str:
    return item.name if isinstance(item, Species) else item


def _check_size(size: int, kind: str, limit: int) -> None:
    if size > limit:
        raise InvalidValueError(f"network has {size:,} {kind}: at most {limit:,} are supported")

"""Structural properties of a network, independent of rate constants."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.chemistry.description import describe_network
from neuralcrn.chemistry.network import Network
from neuralcrn.chemistry.reaction import Complex
from neuralcrn.chemistry.siphons import minimal_siphons
from neuralcrn.chemistry.stoichiometry import conservation_laws, is_weakly_reversible, linkage_classes

_SPECIES_OF_LAWS, _REACTIONS_OF_CLASSES, _SPECIES_OF_SIPHONS = 2_000, 50_000, 200
"""Properties are not computed for larger networks, so that the analysis takes only seconds."""
_SHOWN_SIPHONS = 20


@final
@dataclass(frozen=True, slots=True)
class NetworkStructure:
    """A network and its structural properties; None for properties that were not computed.

    Attributes
    ----------
    network : Network
        The network.
    classes : tuple of tuple of Complex, optional
        Its linkage classes.
    weakly_reversible : bool, optional
        Whether each reaction is part of a cycle of reactions between complexes.
    laws : tuple of tuple of int, optional
        Its conservation laws.
    siphons : tuple of tuple of str, optional
        Its minimal siphons.
    left_open : tuple of str
        Properties that were not computed, with reasons.
    """

    network: Network
    classes: tuple[tuple[Complex, ...], ...] | None
    weakly_reversible: bool | None
    laws: tuple[tuple[int, ...], ...] | None
    siphons: tuple[tuple[str, ...], ...] | None
    left_open: tuple[str, ...]

    @property
    def complexes(self) -> int | None:
        """Number of distinct complexes."""
        return None if self.classes is None else sum(map(len, self.classes))

    @property
    def rank(self) -> int | None:
        """Rank of the stoichiometric matrix: number of species minus number of conservation laws."""
        return None if self.laws is None else len(self.network.species) - len(self.laws)

    @property
    def deficiency(self) -> int | None:
        """Complexes minus linkage classes minus rank (Feinberg 1987, doi:10.1016/0009-2509(87)80099-4)."""
        if self.classes is None or self.complexes is None or self.rank is None:
            return None
        return self.complexes - len(self.classes) - self.rank

    def to_json(self) -> dict[str, Any]:
        """Return the properties as plain values; null for those that were not computed."""
        network = self.network
        orders = Counter(reaction.order for reaction in network.reactions)
        return {
            "species": len(network.species),
            "reactions": len(network.reactions),
            "orders": {str(order): count for order, count in sorted(orders.items())},
            "complexes": self.complexes,
            "linkage_classes": None if self.classes is None else len(self.classes),
            "weakly_reversible": self.weakly_reversible,
            "conservation_laws": self.laws
            and [{name: n for name, n in zip(network.species, law, strict=True) if n} for law in self.laws],
            "rank": self.rank,
            "deficiency": self.deficiency,
            "siphons": self.siphons,
            "left_open": self.left_open,
        }

    def __str__(self) -> str:
        lines = [describe_network(self.network)]
        if self.classes is not None:
            lines += [
                f"complexes: {self.complexes:,} in {len(self.classes):,} linkage classes",
                f"weakly reversible: {'yes' if self.weakly_reversible else 'no'}",
            ]
        if self.rank is not None:
            lines.append(f"rank: {self.rank:,}")
        if self.deficiency is not None:
            lines.append(f"deficiency: {self.deficiency:,}")
        if self.siphons is not None:
            lines.append(f"minimal siphons: {len(self.siphons):,}")
            lines += [f"  {', '.join(siphon)}" for siphon in self.siphons[:_SHOWN_SIPHONS]]
            if len(self.siphons) > _SHOWN_SIPHONS:
                lines.append(f"  and {len(self.siphons) - _SHOWN_SIPHONS:,} more")
        return "\n".join([*lines, *(f"left open: {what}" for what in self.left_open)])


def network_structure(network: Network) -> NetworkStructure:
    r"""Return the structural properties of a network, except those that would take too long.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> text = str(network_structure(parse_network("E + S <-> ES\nES -> E + P")))
    >>> print(text.partition("no factorials")[2].strip())
    complexes: 3 in 1 linkage classes
    weakly reversible: no
    rank: 2
    deficiency: 0
    minimal siphons: 2
      E, ES
      S, ES
    """
    species, reactions = network.counts
    left_open: list[str] = []

    def small_enough(question: str, size: int, limit: int, kind: str) -> bool:
        if size > limit:
            left_open.append(f"{question}, for there are more than {limit:,} {kind}")
        return size <= limit

    classes = reversible = laws = siphons = None
    if small_enough("linkage classes and deficiency", reactions, _REACTIONS_OF_CLASSES, "reactions"):
        classes, reversible = linkage_classes(network), is_weakly_reversible(network)
    if small_enough("conservation laws, rank and deficiency", species, _SPECIES_OF_LAWS, "species"):
        laws = conservation_laws(network)
    if small_enough("siphons", species, _SPECIES_OF_SIPHONS, "species"):
        siphons = minimal_siphons(network)
        if siphons is None:
            left_open.append("siphons, for there are too many sets of species to look at")
    return NetworkStructure(network, classes, reversible, laws, siphons, tuple(left_open))

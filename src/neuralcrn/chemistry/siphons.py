"""Siphons: sets of species that remain absent once they are absent."""

from __future__ import annotations

from collections.abc import Iterator

from neuralcrn.chemistry.network import Network


def minimal_siphons(network: Network, *, steps: int = 10_000) -> tuple[tuple[str, ...], ...] | None:
    r"""Return the minimal siphons.

    A siphon is a non-empty set of species such that every reaction that produces one of them also consumes or
    needs one of them. If each minimal siphon contains the support of a non-negative conservation law, no
    species of the network can be exhausted (Angeli, De Leenheer and Sontag 2007,
    doi:10.1016/j.mbs.2007.07.003).

    Parameters
    ----------
    network : Network
        Rate constants are not used.
    steps : int
        Maximum number of sets to examine; there can be exponentially many.

    Returns
    -------
    tuple of tuple of str, or None
        Sorted by size, species in the order of the network; None if the limit was reached.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> minimal_siphons(parse_network("E + S <-> ES\nES -> E + P"))
    (('E', 'ES'), ('S', 'ES'))
    """
    needs = _needs(network)
    found: list[int] = []
    for first in range(len(needs)):
        # Sets whose first species is this one; sets with earlier species were found before.
        waiting = [(1 << first, (1 << first) - 1)]
        while waiting:
            steps -= 1
            if steps < 0:
                return None
            chosen, excluded = waiting.pop()
            if any(siphon & chosen == siphon for siphon in found):
                continue
            open_needs = [need for i in _bits(chosen) for need in needs[i] if not need & chosen]
            if not open_needs:
                found.append(chosen)
                continue
            for i in _bits(min((need & ~excluded for need in open_needs), key=int.bit_count)):
                waiting.append((chosen | 1 << i, excluded))
                excluded |= 1 << i  # exclude this species in the following branches
    minimal = [s for s in found if not any(other != s and other & s == other for other in found)]
    members = sorted((tuple(_bits(siphon)) for siphon in minimal), key=lambda siphon: (len(siphon), siphon))
    return tuple(tuple(network.species[i] for i in siphon) for siphon in members)


def _needs(network: Network) -> list[set[int]]:
    """Return, for each species, the reactants (as bits) of the reactions that produce it without needing
    it.
    """
    index = network.index
    needs: list[set[int]] = [set() for _ in network.species]
    for reaction in network.reactions:
        reactants = sum(1 << index[name] for name, _ in reaction.reactants.terms)
        for name, _ in reaction.products.terms:
            if not reactants >> index[name] & 1:
                needs[index[name]].add(reactants)
    return needs


def _bits(mask: int) -> Iterator[int]:
    """Yield the indices of the bits that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest

"""BioCRNPyler source code (Poole et al. 2022, doi:10.1371/journal.pcbi.1009987)."""

from __future__ import annotations

from neuralcrn.chemistry import Complex, Network, Reaction
from neuralcrn.formats.heading import heading
from neuralcrn.formats.renaming import renaming_notes, usable_names


def write_biocrnpyler(network: Network) -> str:
    """Return a network as Python source that defines `network`, a ``ChemicalReactionNetwork``.

    Reactions refer to species by position, so that no name can be mistaken for code. BioCRNPyler does not
    accept names that begin or end with an underscore or contain two in a row; such a species is renamed, with
    a comment. It does not accept a rate constant of 0 either; such a reaction is written as a comment.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(write_biocrnpyler(parse_network("2A -> B [k = 3]")).splitlines()[-3])
        massaction([s[0], s[0]], [s[1]], k_forward=3.0),  # 2 A -> B
    """
    names = usable_names(network.species, _usable)
    position = {name: i for i, name in enumerate(network.species)}
    species = zip(names.values(), network.initial, strict=True)
    lines = [
        *(f"# {line}" for line in (*heading(network), *renaming_notes(names))),
        "from biocrnpyler import ChemicalReactionNetwork, Reaction, Species",
        "",
        "massaction = Reaction.from_massaction",
        "initial = {",
        *(f'    Species("{name}"): {value!r},' for name, value in species),
        "}",
        "s = list(initial)",
        "reactions = [",
        *(f"    {_reaction(reaction, position)}" for reaction in network.reactions),
        "]",
        "network = ChemicalReactionNetwork(s, reactions, initial_concentration_dict=initial)",
        "",
    ]
    return "\n".join(lines)


def _usable(name: str) -> bool:
    return "__" not in name and name.strip("_") == name


def _reaction(reaction: Reaction, position: dict[str, int]) -> str:
    reactants, products = (_side(side, position) for side in (reaction.reactants, reaction.products))
    comment = f"{reaction.reactants} -> {reaction.products}"
    if reaction.label:
        comment += f"  ({reaction.label})"
    call = f"massaction([{reactants}], [{products}], k_forward={reaction.rate!r}),  # {comment}"
    return call if reaction.rate else f"# {call}"


def _side(side: Complex, position: dict[str, int]) -> str:
    return ", ".join(f"s[{position[name]}]" for name, count in side.terms for _ in range(count))

"""Catalyst.jl source code (Loman et al. 2023, doi:10.1371/journal.pcbi.1011530)."""

from __future__ import annotations

from neuralcrn.chemistry import Complex, Network
from neuralcrn.formats.heading import heading
from neuralcrn.formats.renaming import renaming_notes, usable_names

_RESERVED = frozenset(
    {
        "baremodule", "begin", "break", "catch", "const", "continue", "do", "else", "elseif", "end",
        "export", "false", "finally", "for", "function", "global", "if", "import", "in", "isa", "let",
        "local", "macro", "module", "quote", "return", "struct", "true", "try", "using", "where",
        "while",
        "t", "pi", "im", "nothing",
    }
)  # fmt: skip
"""Reserved words of Julia, followed by symbols of Catalyst."""


def write_catalyst(network: Network) -> str:
    r"""Return a network as Julia source that defines `network`, a ``ReactionSystem``.

    By default Catalyst divides the rate of ``2X -> ...`` by 2!. The source disables this, so that rate
    constants are unchanged. Species with names that are reserved in Julia or Catalyst are renamed, with a
    comment.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(write_catalyst(parse_network("2A + B -> B [k = 3]\nA @initial 10")).partition("using")[2])
     Catalyst
    <BLANKLINE>
    network = @reaction_network begin
        @combinatoric_ratelaws false
        @species begin
            A(t) = 10.0
            B(t) = 0.0
        end
        3.0, 2 * A + B --> B
    end
    <BLANKLINE>
    """
    names = usable_names(network.species, _usable)
    species = zip(network.species, network.initial, strict=True)
    lines = [
        *(f"# {line}" for line in (*heading(network), *renaming_notes(names))),
        "using Catalyst",
        "",
        "network = @reaction_network begin",
        "    @combinatoric_ratelaws false",
        "    @species begin",
        *(f"        {names[name]}(t) = {value!r}" for name, value in species),
        "    end",
    ]
    for reaction in network.reactions:
        reactants, products = _side(reaction.reactants, names), _side(reaction.products, names)
        label = f"  # {reaction.label}" if reaction.label else ""
        lines.append(f"    {reaction.rate!r}, {reactants} --> {products}{label}")
    return "\n".join([*lines, "end", ""])


def _usable(name: str) -> bool:
    # In Julia a name that consists of underscores can be assigned but not read.
    return name not in _RESERVED and name.strip("_") != ""


def _side(side: Complex, names: dict[str, str]) -> str:
    # The multiplication sign is needed: 2e1 would be the number 20.
    terms = (names[name] if count == 1 else f"{count} * {names[name]}" for name, count in side.terms)
    return " + ".join(terms) or "0"

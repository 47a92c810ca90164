"""Formal networks in the syntax of Nuskell and crnverifier.

Nuskell (Badelt et al. 2017, doi:10.1007/978-3-319-66799-7_15) compiles them with many strand displacement
schemes; crnverifier compares a compiled network with the formal one.
"""

from __future__ import annotations

from neuralcrn.chemistry import Network
from neuralcrn.chemistry.reaction import Complex
from neuralcrn.errors import InvalidValueError
from neuralcrn.formats.heading import heading


def write_nuskell(network: Network, *, units: str = "") -> str:
    """Return a network as text.

    Parameters
    ----------
    network : Network
        Labels are omitted, because the syntax does not support them.
    units : str
        Units of concentration and time, written as comments.

    Raises
    ------
    InvalidValueError
        If a name begins with an underscore, which the syntax does not support.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> text = "2A + B -> C [k = 3]" + chr(10) + "0 -> A" + chr(10) + "C -> 0" + chr(10) + "B @initial 2"
    >>> print(write_nuskell(parse_network(text), units="nM, s").partition("# units")[2], end="")
    : nM, s
    2A + B -> C [k = 3]
     -> A [k = 1]
    C ->  [k = 1]
    B @initial 2
    """
    for name in network.species:
        if name.startswith("_"):
            raise InvalidValueError(f"species {name}: names in Nuskell must begin with a letter: rename it")
    lines = [f"# {line}" for line in (*heading(network), *([f"units: {units}"] if units else []))]
    for reaction in network.reactions:
        reactants, products = _side(reaction.reactants), _side(reaction.products)
        lines.append(f"{reactants} -> {products} [k = {_number(reaction.rate)}]")
    started = zip(network.species, network.initial, strict=True)
    lines += [f"{name} @initial {_number(value)}" for name, value in started if value]
    return "\n".join(lines) + "\n"


def _side(side: Complex) -> str:
    return " + ".join(name if count == 1 else f"{count}{name}" for name, count in side.terms)


def _number(value: float) -> str:
    """Return the shortest text of a number; crnverifier does not accept integers with an exponent."""
    return str(int(value)) if value.is_integer() else repr(value)

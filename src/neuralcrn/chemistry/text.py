"""Reaction text: parse and format networks.

===============================  ========================================================================
``A + 2B -> C [k = 13.7]``       a reaction; also ``[13.7]``, ``{13.7}``, ``, k = 13.7``; also ``-->``, ``→``
``A <-> B [kf = 1, kr = 2]``     a reaction and its reverse; also ``<=>``, ``⇌``
``A + B -> C``                   without a rate constant k = 1, for both ways: of which is warned
``0 -> A``, ``A -> ∅``, ``A ->`` nothing
``A @initial 10``                an initial concentration; it declares A where no reaction has it
``parameter k1 = 0.3``           a name for a number on the lines below it, as in ``[k = k1]``
``A -> B  # decay``              the comment after a reaction is its label; a line of comment is ignored
===============================  ========================================================================
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Literal

from neuralcrn.chemistry.network import Network
from neuralcrn.chemistry.parametric import ParametricNetwork
from neuralcrn.chemistry.reading import TextReader, converted, factorials
from neuralcrn.chemistry.values import TEXT_LIMIT
from neuralcrn.errors import InvalidValueError, printable, shown_path

RateLaw = Literal["mass-action", "halved"]
"""Conventions for rate constants, see `parse_network`."""

_HALVED_NOTE = "# rate constants in the convention k * prod_i x_i^a_i / a_i!"


def parse_network(text: str, *, source: str = "text", rate_law: RateLaw = "mass-action") -> Network:
    r"""Return the network that `text` describes.

    Parameters
    ----------
    text : str
        Reaction text, at most 50 million characters. A byte order mark and any line endings are accepted.
    source : str
        File name or description of the source, used in errors.
    rate_law : {"mass-action", "halved"}
        Convention of the constants *in the text*. With "mass-action", ``2X -> ...`` has the flux k x^2. With
        "halved", the default of Catalyst.jl, the flux is k x^2 / 2!; each constant is then divided by the
        factorials of the reactant coefficients, so that the network has the same fluxes.

    Returns
    -------
    Network
        ``parse_network(str(net)) == net`` for every network with at least one species.

    Raises
    ------
    ParseError
        With line, column and the expected input.
    InvalidValueError
        If the text is too long or `rate_law` is unknown.

    Warns
    -----
    AssumedRateWarning
        Once, if reactions without a rate constant were given k = 1.
    NeuralCRNWarning
        If a species with an initial value is not in any reaction, or if a species has a name such as null.

    Examples
    --------
    >>> net = parse_network("A + 2B -> C [k = 13.7]  # forward\nA @initial 10")
    >>> net.species, net.initial, net.reactions[0].label
    (('A', 'B', 'C'), (10.0, 0.0, 0.0), 'forward')
    >>> parse_network("2X -> Y [k = 3]", rate_law="halved").reactions[0].rate
    1.5
    >>> parse_network("A + B => C")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.ParseError: text:1:7: unknown arrow '=>': write '->' or '<->'
      A + B => C
            ^
    """
    return _read(text, source, rate_law)[0]


def parse_parametric(
    text: str, *, source: str = "text", rate_law: RateLaw = "mass-action"
) -> ParametricNetwork:
    r"""Return the network that `text` describes, with the ``parameter`` lines as its parameters.

    Parameters
    ----------
    text, source, rate_law
        See `parse_network`.

    Returns
    -------
    ParametricNetwork

    Raises
    ------
    ParseError, InvalidValueError
        See `parse_network`.
    NetworkError
        If a parameter has the name of a species.

    Examples
    --------
    >>> decay = parse_parametric("parameter k1 = 2\nA -> B [k = k1]")
    >>> decay.parameters, decay.at({"k1": 5.0}).reactions[0].rate
    (('k1',), 5.0)
    """
    from neuralcrn.algebra import Expression

    network, reader = _read(text, source, rate_law)
    rates: list[Expression] = []
    for reaction, name in zip(network.reactions, reader.rate_names, strict=True):
        scale = 1.0 / factorials(reaction.reactants) if reader.halved else 1.0
        rates.append(scale * Expression.name(name) if name else Expression.number(reaction.rate))
    initial: list[Expression] = []
    for species, value in zip(network.species, network.initial, strict=True):
        name = reader.initial_names.get(species)
        initial.append(Expression.name(name) if name else Expression.number(value))
    parameters = reader.parameters
    return ParametricNetwork(
        network, tuple(parameters), tuple(parameters.values()), tuple(rates), tuple(initial)
    )


def _read(text: str, source: str, rate_law: RateLaw) -> tuple[Network, TextReader]:
    """Return the network and what was read; warnings point to the caller of the public function."""
    from neuralcrn.chemistry.grammar import Line

    if len(text) > TEXT_LIMIT:
        raise InvalidValueError(
            f"{shown_path(source)} has {len(text):,} characters: at most {TEXT_LIMIT:,} are read"
        )
    reader = TextReader(halved=_checked_rate_law(rate_law) == "halved")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, content in enumerate(lines, start=1):
        reader.read(Line(content, number, source))
    if not reader.species:
        raise Line(lines[0], 1, source).error(
            "no reactions and no species: expected a line such as 'A + B -> C [k = 1]'", 0
        )
    for remark, category in reader.remarks(shown_path(source)):
        warnings.warn(remark, category, stacklevel=3)
    return Network.of(reader.reactions, reader.initial, reader.species), reader


def format_network(network: Network, *, rate_law: RateLaw = "mass-action") -> str:
    """Return the text of `network`; ``str(network)`` is the same with the "mass-action" convention.

    Parameters
    ----------
    network : Network
        The network.
    rate_law : {"mass-action", "halved"}
        Convention of the written constants, see `parse_network`. With "halved" each constant is multiplied by
        the factorials of the reactant coefficients, and the first line is a comment with the convention.
        Reading the text gives the same constants to within rounding.

    Returns
    -------
    str
        One line per reaction, then the initial values that are not 0. If the order of the species is not
        their order of occurrence in the reactions, the text begins with one line per species.

    Raises
    ------
    InvalidValueError
        If a converted constant is too large for a float.

    Examples
    --------
    >>> print(format_network(parse_network("2X -> Y [k = 3]"), rate_law="halved"))
    # rate constants in the convention k * prod_i x_i^a_i / a_i!
    2 X -> Y [k = 6]
    """
    if _checked_rate_law(rate_law) == "mass-action":
        return str(network)
    written = tuple(converted(r, r.rate * factorials(r.reactants)) for r in network.reactions)
    return "\n".join(filter(None, [_HALVED_NOTE, str(replace(network, reactions=written))]))


def _checked_rate_law(rate_law: str) -> RateLaw:
    if rate_law not in ("mass-action", "halved"):
        raise InvalidValueError(f"rate_law is {printable(repr(rate_law))}: give 'mass-action' or 'halved'")
    return rate_law

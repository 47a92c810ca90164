"""Writer for Antimony."""

from __future__ import annotations

from collections.abc import Iterable

from neuralcrn.chemistry import Complex, Dosing, Network, Reaction, format_number
from neuralcrn.chemistry.values import checked_name
from neuralcrn.errors import InvalidValueError, printable
from neuralcrn.formats.events import DoseEvent, events_of
from neuralcrn.formats.heading import heading
from neuralcrn.formats.identifiers import free_identifier

_LISTED = """
DNA FALSE False INF NAN NaN TRUE True __main abs acos acosh acot acoth acsc acsch after and arccos arccosh
arccot arccoth arccsc arccsch arcsec arcsech arcsin arcsinh arctan arctanh area asec asech asin at atan
atanh avogadro bernoulli binomial cauchy ceil ceiling chisquare compartment const constraint cos cosh cot
coth csc csch default_compartment delay delete divide end eq equals event exp exponential exponentiale ext
extent factorial false floor formula function gamma gene geneProduct geq gt has implies import in inf
infinity is laplace length leq ln log log10 lognormal lt max maximize min minimize minus model module nan
neq normal not notanumber operator or pi piecewise plus poisson pow power quotient rateOf rayleigh
reaction rem root sec sech sin sinh species sqr sqrt substance substanceOnly tan tanh time time_unit times
true truncatedGamma truncatedNormal truncatedPoisson uniform unit var volume xor
"""
_WORDS = frozenset(_LISTED.split())
"""Names that libAntimony 3.3 does not accept for species."""
_LEAST, _LARGEST = 1e-290, 1e300
"""Within these bounds, a number is the sum of two numbers with 15 digits that libAntimony can read."""


def write_antimony(
    network: Network, name: str = "network", *, doses: Iterable[Dosing] = (), seed: int | None = None
) -> str:
    """Return a network as an Antimony model.

    libAntimony keeps 15 digits of a number, so numbers with more digits are written as sums that evaluate to
    exactly the same double.

    Parameters
    ----------
    network : Network
        The network.
    name : str
        Name of the model.
    doses : iterable of Dosing
        Doses, written as events.
    seed : int, optional
        Seed of the numbers in the network, for the heading.

    Raises
    ------
    InvalidValueError
        If a species or the model has a reserved name of Antimony, or a non-zero number is outside [1e-290,
        1e300], where libAntimony loses digits.
    NetworkError
        If the network lacks a species of a dose.

    References
    ----------
    Smith, Bergmann, Chandran and Sauro 2009, doi:10.1093/bioinformatics/btp401.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> text = write_antimony(parse_network("2A -> B [k = 3]  # dimer"))
    >>> print(text[text.index("model") :].rstrip())
    model network()
      compartment pot = 1;
      species A in pot; A = 0;
      species B in pot; B = 0;
      reaction_1: 2 A => B; 3*pot*A*A; reaction_1 is "dimer";
    end
    """
    for word in (name, *network.species):
        _check_word(word)
    taken = {*network.species}
    pot = free_identifier("pot", taken)
    counters, events = events_of(network, doses, taken)
    lines = [f"compartment {pot} = 1;"]
    for species, value in zip(network.species, network.initial, strict=True):
        lines.append(f"species {species} in {pot}; {species} = {_number(value)};")
    lines += [f"var {counter} = 0;" for counter in counters]
    for i, reaction in enumerate(network.reactions):
        lines.append(_reaction(free_identifier(f"reaction_{i + 1}", taken), reaction, pot))
    lines += map(_event, events)
    comments = (*heading(network), *(() if seed is None else (f"seed: {seed}",)))
    head = [*(f"// {line}" for line in comments), f"model {free_identifier(name, taken)}()"]
    return "\n".join([*head, *(f"  {line}" for line in lines), "end\n"])


def _check_word(name: str) -> None:
    if checked_name(name) in _WORDS:
        raise InvalidValueError(
            f"'{name}' is a reserved word of Antimony: rename it, or write another format"
        )


def _reaction(identifier: str, reaction: Reaction, pot: str) -> str:
    """Return one reaction with its law and label; catalysts are on both sides."""
    molecules = (species for species, power in reaction.reactants.terms for _ in range(power))
    law = "*".join([_factor(reaction.rate), pot, *molecules])
    text = f"{identifier}: {_side(reaction.reactants)} => {_side(reaction.products)}; {law};"
    if not reaction.label:
        return text
    if "&quot;" in reaction.label:
        raise InvalidValueError(
            f'label {printable(reaction.label)!r}: Antimony reads &quot; as a quotation mark: write one (")'
        )
    escaped = reaction.label.replace("\\", "\\\\").replace('"', '\\"')
    return f'{text} {identifier} is "{escaped}";'


def _side(side: Complex) -> str:
    """Return one side of a reaction; empty for no species."""
    return str(side) if side.terms else ""


def _event(event: DoseEvent) -> str:
    watched = event.watched or "time"
    changes = [f"{name} = 0" for name in event.withdrawn]
    changes += [f"{name} = {name} + {_factor(amount)}" for name, amount in event.added]
    trigger = f"at {watched} >= {_factor(event.bound)}, t0 = {str(event.begun).lower()}, persistent = true"
    return f"{event.identifier}: {trigger}: {', '.join(changes)};"


def _factor(value: float) -> str:
    text = _number(value)
    return f"({text})" if " " in text else text


def _number(value: float) -> str:
    """Return a number as a sum of numbers with 15 digits.

    The remainder is a few units in the last place, so 15 digits of it are sufficient for the sum to round to
    the same double.

    Examples
    --------
    >>> _number(0.5), _number(0.1 + 0.2), 0.3 + 5.55111512312578e-17 == 0.1 + 0.2
    ('0.5', '0.3 + 5.55111512312578e-17', True)
    """
    if value != 0.0 and not _LEAST <= value <= _LARGEST:
        raise InvalidValueError(
            f"{value!r} cannot be written in Antimony: give 0 or a number from {_LEAST} to {_LARGEST}"
        )
    whole = float(f"{value:.15g}")
    rest = value - whole
    text = format_number(whole)
    return f"{text} {'+' if rest > 0.0 else '-'} {abs(rest):.15g}" if rest else text

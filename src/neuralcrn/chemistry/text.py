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

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import factorial, prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from neuralcrn.chemistry.network import Network
from neuralcrn.chemistry.reaction import Complex, Reaction
from neuralcrn.chemistry.values import (
    COEFFICIENT_LIMIT,
    FILE_REACTION_LIMIT,
    FILE_SPECIES_LIMIT,
    NAME_LIMIT,
    TEXT_LIMIT,
    checked_quantity,
    format_number,
)
from neuralcrn.errors import (
    AssumedRateWarning,
    InvalidValueError,
    NeuralCRNError,
    NeuralCRNWarning,
    near,
    printable,
)

if TYPE_CHECKING:
    from lark import Token

    from neuralcrn.chemistry.grammar import InitialLine, Line, ParameterLine, Rates, ReactionLine, Term

RateLaw = Literal["mass-action", "halved"]
"""Conventions for rate constants, see `parse_network`."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBER_LIMIT = 100
_NOTHINGS = frozenset({"null", "none", "nothing", "empty", "emptyset", "void", "nil", "nul"})
"""Names used by other tools for the empty complex."""
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
    return _read(text, source, rate_law, {})[0]


def parse_with_parameters(
    text: str,
    *,
    source: str = "text",
    rate_law: RateLaw = "mass-action",
    given: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Network, dict[str, float]]:
    r"""Return the network that `text` describes, and its parameters.

    Parameters
    ----------
    text, source, rate_law
        See `parse_network`.
    given : mapping from str to float
        Values that replace those of the parameters in the text; other names are ignored.

    Examples
    --------
    >>> network, parameters = parse_with_parameters("parameter k1 = 2\nA -> B [k = k1]", given={"k1": 5.0})
    >>> network.reactions[0].rate, parameters
    (5.0, {'k1': 5.0})
    """
    return _read(text, source, rate_law, given)


def _read(
    text: str, source: str, rate_law: RateLaw, given: Mapping[str, float]
) -> tuple[Network, dict[str, float]]:
    """Return network and parameters; warnings point to the caller of the public function."""
    from neuralcrn.chemistry.grammar import Line

    if len(text) > TEXT_LIMIT:
        raise InvalidValueError(
            f"{printable(source)} has {len(text):,} characters: at most {TEXT_LIMIT:,} are read"
        )
    reader = _Reader(_checked_rate_law(rate_law), given)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, content in enumerate(lines, start=1):
        reader.read(Line(content, number, source))
    if not reader.species:
        raise Line(lines[0], 1, source).error(
            "no reactions and no species: expected a line such as 'A + B -> C [k = 1]'", 0
        )
    for remark, category in reader.remarks(printable(source)):
        warnings.warn(remark, category, stacklevel=3)
    return Network.of(reader.reactions, reader.initial, reader.species), reader.parameters


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
    written = tuple(_converted(r, r.rate * _factorials(r.reactants)) for r in network.reactions)
    return "\n".join(filter(None, [_HALVED_NOTE, str(replace(network, reactions=written))]))


class _Reader:
    """Collect the statements of a text."""

    def __init__(self, rate_law: RateLaw, given: Mapping[str, float]):
        self.given = given
        self.halved = rate_law == "halved"
        self.species: dict[str, int] = {}  # with the line of their first occurrence
        self.unrated: list[int] = []
        self.reactions: list[Reaction] = []
        self.initial: dict[str, float] = {}
        self.parameters: dict[str, float] = {}

    def read(self, line: Line) -> None:
        """Process one line."""
        from neuralcrn.chemistry.grammar import InitialLine, ParameterLine, read_statement

        control = _CONTROL.search(line.text)
        if control:
            raise line.error(
                f"the control character U+{ord(control.group()):04X} cannot stand in a text", control.start()
            )
        body, mark, comment = line.text.partition("#")
        if not body or body.isspace():
            return
        statement = read_statement(line, body)
        if isinstance(statement, InitialLine):
            self._read_initial(line, statement)
        elif isinstance(statement, ParameterLine):
            self._read_parameter(line, statement)
        else:
            self._read_reaction(line, statement, _label(line, comment, len(body) + len(mark)))
        if len(self.species) > FILE_SPECIES_LIMIT or len(self.reactions) > FILE_REACTION_LIMIT:
            raise line.error(
                f"more than {FILE_SPECIES_LIMIT:,} species or {FILE_REACTION_LIMIT:,} reactions "
                "up to this line",
                0,
            )

    def remarks(self, source: str) -> Iterator[tuple[str, type[NeuralCRNWarning]]]:
        """Yield warnings about assumptions and likely mistakes."""
        if self.unrated:
            first, *others = self.unrated
            more = f" (and so in {len(others):,} more)" if others else ""
            what = f"no rate constant in this line{more}: k = 1 is assumed"
            yield f"{source}:{first}: {what}", AssumedRateWarning
        reacting = {name for reaction in self.reactions for name in reaction.species}
        for name, number in self.species.items():
            value = self.initial.get(name)
            if value and reacting and name not in reacting:
                hint = near(name, reacting)
                yield (
                    f"{source}:{number}: {name} is in no reaction and stays at {format_number(value)}"
                    + (f": did you mean {hint}?" if hint else ""),
                    NeuralCRNWarning,
                )
            if value is None and name.lower() in _NOTHINGS:
                yield (
                    f"{source}:{number}: {name} is read as a species, which starts at 0: for nothing write 0",
                    NeuralCRNWarning,
                )

    def _read_reaction(self, line: Line, statement: ReactionLine, label: str) -> None:
        from neuralcrn.chemistry.grammar import FORWARD

        sides = self._side(line, statement.left), self._side(line, statement.right)
        reversible = statement.arrow not in FORWARD
        if not statement.rates:
            self.unrated.append(line.number)
        rates = self._rates(line, statement.rates, ("kf", "kr") if reversible else ("k",))
        for rate, (reactants, products) in zip(rates, (sides, sides[::-1]), strict=False):
            try:
                reaction = Reaction(reactants, products, rate, label)
                if self.halved:
                    reaction = _converted(reaction, rate / _factorials(reactants))
            except NeuralCRNError as refusal:
                raise line.error(str(refusal), _start(line.text)) from None
            self.reactions.append(reaction)
            for name in reaction.species:
                self.species.setdefault(name, line.number)

    def _side(self, line: Line, terms: Iterable[Term]) -> Complex:
        counted: list[tuple[str, int]] = []
        for coefficient, name in terms:
            if not name:
                raise line.error("expected a species after the coefficient", _at(name))
            _check_name(line, name)
            count = 1
            if coefficient is not None:
                digits = coefficient.lstrip("0")
                if "." in coefficient or not digits or len(digits) > len(str(COEFFICIENT_LIMIT)):
                    raise line.error(
                        f"coefficient {printable(coefficient, 20)} of {printable(name)} is not "
                        f"a whole number from 1 to {COEFFICIENT_LIMIT:,}",
                        _at(coefficient),
                    )
                count = int(digits)
            counted.append((str(name), count))
        try:
            return Complex(tuple(counted))
        except NeuralCRNError as refusal:
            raise line.error(str(refusal), _start(line.text)) from None

    def _rates(self, line: Line, rates: Rates, keys: Sequence[str]) -> tuple[float, ...]:
        """Return the rate constants in the order of `keys`."""
        found: dict[str, float] = {}
        form = "[kf = 1, kr = 2]" if len(keys) == 2 else "[k = 1]"
        where = 0
        for key, value in rates:
            where = _at(value if key is None else key)
            if key is None and len(rates) > 1:
                raise line.error(f"name the rate constants of this arrow: write {form}", where)
            name = keys[0] if key is None else str(key)
            if name not in keys or (key is None and len(keys) > 1):
                raise line.error(f"unknown rate constant for this arrow: write {form}", where)
            if name in found:
                raise line.error(f"{name} is given twice: give it once", where)
            found[name] = self._number(line, value, "rate constant")
        if found and len(found) < len(keys):
            missing = next(key for key in keys if key not in found)
            raise line.error(f"{missing} is missing: write {form}", where)
        return tuple(found.get(key, 1.0) for key in keys)

    def _read_initial(self, line: Line, statement: InitialLine) -> None:
        name = str(statement.name)
        _check_name(line, statement.name)
        if name in self.initial:
            raise line.error(f"{name} has an initial value already: give one", _at(statement.name))
        self.initial[name] = self._number(line, statement.value, "initial value")
        self.species.setdefault(name, line.number)

    def _read_parameter(self, line: Line, statement: ParameterLine) -> None:
        name = str(statement.name)
        _check_name(line, statement.name)
        if name in self.parameters:
            raise line.error(f"parameter {name} is declared already", _at(statement.name))
        value = self._number(line, statement.value, "parameter")
        self.parameters[name] = checked_quantity(self.given.get(name, value), "parameter", name)

    def _number(self, line: Line, token: Token, kind: str) -> float:
        """Return the value of a number or parameter."""
        position = _at(token)
        if token in self.parameters:
            return self.parameters[token]
        if token[0].isalpha() or token[0] == "_":
            if token.lower() in ("nan", "inf", "infinity"):
                raise line.error(f"{kind} {token} is not finite: give a finite number >= 0", position)
            raise line.error(
                f"{kind} {printable(token)!r} is neither a number nor a parameter declared above: "
                "write a number, or first a line 'parameter NAME = 0.3'",
                position,
            )
        if len(token) > _NUMBER_LIMIT:
            raise line.error(f"a number of {len(token):,} digits: use at most {_NUMBER_LIMIT}", position)
        value = float(token)
        if not 0.0 <= value < float("inf"):
            raise line.error(f"{kind} {token} is not a finite number >= 0", position)
        if value == 0.0 and re.match(r"[+.0]*[1-9]", token):
            raise line.error(f"{kind} {token} is too small for a float: write 0 or more", position)
        return value


def _checked_rate_law(rate_law: str) -> RateLaw:
    if rate_law not in ("mass-action", "halved"):
        raise InvalidValueError(f"rate_law is {printable(repr(rate_law))}: give 'mass-action' or 'halved'")
    return rate_law


def _factorials(reactants: Complex) -> int:
    return prod(factorial(count) for _, count in reactants.terms)


def _converted(reaction: Reaction, rate: float) -> Reaction:
    """Return `reaction` with the constant `rate` if that is in the range of a float."""
    checked_quantity(rate, "converted rate constant", str(reaction))
    if reaction.rate and not rate:
        raise InvalidValueError(f"converted constant of {printable(str(reaction))} is too small for a float")
    return reaction.k(rate)


def _check_name(line: Line, name: Token) -> None:
    if len(name) > NAME_LIMIT:
        raise line.error(f"a name of {len(name):,} characters: use at most {NAME_LIMIT}", _at(name))


def _at(token: Token) -> int:
    """Return the position of a token in its line; Lark declares it as optional."""
    return token.start_pos or 0


def _label(line: Line, comment: str, position: int) -> str:
    label = re.sub(r"\s", " ", comment)
    for offset, character in enumerate(label):
        if not character.isprintable():
            raise line.error(
                f"the invisible character U+{ord(character):04X} cannot stand in a label", position + offset
            )
    return label.strip()


def _start(text: str) -> int:
    return len(text) - len(text.lstrip())

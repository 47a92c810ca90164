"""Reader of reaction text: collects the statements of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import factorial, prod
from typing import TYPE_CHECKING

from neuralcrn.chemistry.reaction import Complex, Reaction
from neuralcrn.chemistry.values import (
    COEFFICIENT_LIMIT,
    FILE_REACTION_LIMIT,
    FILE_SPECIES_LIMIT,
    NAME_LIMIT,
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

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBER_LIMIT = 100
_NOTHINGS = frozenset({"null", "none", "nothing", "empty", "emptyset", "void", "nil", "nul"})
"""Names used by other tools for the empty complex."""


class TextReader:
    """Collect the statements of a text, line by line.

    Parameters
    ----------
    halved : bool
        Whether each rate constant of the text is to be divided by the factorials of the coefficients.
    """

    def __init__(self, halved: bool):
        self.halved = halved
        self.species: dict[str, int] = {}  # with the line of their first occurrence
        self.unrated: list[int] = []
        self.reactions: list[Reaction] = []
        self.rate_names: list[str] = []  # the parameter of each reaction, or ""
        self.initial: dict[str, float] = {}
        self.initial_names: dict[str, str] = {}
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
        for (rate, parameter), (reactants, products) in zip(rates, (sides, sides[::-1]), strict=False):
            try:
                reaction = Reaction(reactants, products, rate, label)
                if self.halved:
                    reaction = converted(reaction, rate / factorials(reactants))
            except NeuralCRNError as refusal:
                raise line.error(str(refusal), _start(line.text)) from None
            self.reactions.append(reaction)
            self.rate_names.append(parameter)
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

    def _rates(self, line: Line, rates: Rates, keys: Sequence[str]) -> tuple[tuple[float, str], ...]:
        """Return the rate constants in the order of `keys`, each with the name of its parameter or ""."""
        found: dict[str, tuple[float, str]] = {}
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
        return tuple(found.get(key, (1.0, "")) for key in keys)

    def _read_initial(self, line: Line, statement: InitialLine) -> None:
        name = str(statement.name)
        _check_name(line, statement.name)
        if name in self.initial:
            raise line.error(f"{name} has an initial value already: give one", _at(statement.name))
        self.initial[name], self.initial_names[name] = self._number(line, statement.value, "initial value")
        self.species.setdefault(name, line.number)

    def _read_parameter(self, line: Line, statement: ParameterLine) -> None:
        name = str(statement.name)
        _check_name(line, statement.name)
        if name in self.parameters:
            raise line.error(f"parameter {name} is declared already", _at(statement.name))
        self.parameters[name], _ = self._number(line, statement.value, "parameter")

    def _number(self, line: Line, token: Token, kind: str) -> tuple[float, str]:
        """Return the value of a number or parameter, and the name of the parameter or ""."""
        position = _at(token)
        if token in self.parameters:
            return self.parameters[token], str(token)
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
        return value, ""


def factorials(reactants: Complex) -> int:
    """Return the product of the factorials of the coefficients."""
    return prod(factorial(count) for _, count in reactants.terms)


def converted(reaction: Reaction, rate: float) -> Reaction:
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

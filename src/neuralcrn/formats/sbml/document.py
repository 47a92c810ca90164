"""What an SBML document says, copied out of libSBML while it is alive.

Objects of libSBML dangle when their document is gone, so nothing of them leaves this file.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.chemistry.values import FILE_REACTION_LIMIT, FILE_SPECIES_LIMIT, LABEL_LIMIT
from neuralcrn.errors import InvalidValueError, NetworkError, NeuralCRNError, ParseError, printable
from neuralcrn.formats.sbml.formula import Formula, Function

_DETAIL_LIMIT = 300


@final
@dataclass(frozen=True, slots=True)
class SpeciesEntry:
    """A species: where it is, what its symbol means, how much of it there is at the start."""

    name: str
    line: int
    compartment: str
    substance_only: bool
    boundary: bool
    constant: bool
    amount: float | None
    concentration: float | None
    conversion_factor: str

    @property
    def fixed(self) -> bool:
        """Whether no reaction changes it."""
        return self.boundary or self.constant


@final
@dataclass(frozen=True, slots=True)
class Reference:
    """A species on one side of a reaction; `stoichiometry` is a formula, for it may be computed."""

    species: str
    stoichiometry: Formula


@final
@dataclass(frozen=True, slots=True)
class ReactionEntry:
    """A reaction and its law."""

    name: str
    line: int
    label: str
    reactants: tuple[Reference, ...]
    products: tuple[Reference, ...]
    law: Formula
    local: Mapping[str, float | None]


@final
@dataclass(frozen=True, slots=True)
class Document:
    """A model.

    Attributes
    ----------
    numbers : mapping from str to float or None
        Compartments (their size), parameters, and references to species that have an identifier; None
        where no number is given.
    lines : mapping from str to int
        Where each of `numbers` stands.
    compartments : set of str
    assigned, ruled : mapping from str to Formula
        What initial assignments and assignment rules give.
    functions : mapping from str to Function
    species : mapping from str to SpeciesEntry
    reactions : tuple of ReactionEntry
    """

    numbers: Mapping[str, float | None]
    lines: Mapping[str, int]
    compartments: frozenset[str]
    assigned: Mapping[str, Formula]
    ruled: Mapping[str, Formula]
    functions: Mapping[str, Function]
    species: Mapping[str, SpeciesEntry]
    reactions: tuple[ReactionEntry, ...]


@contextmanager
def place(source: str, line: int, element: str) -> Generator[None]:
    """Say in every refusal where in the file it comes from."""
    try:
        yield
    except NeuralCRNError as refusal:
        raise NetworkError(f"{printable(source)}:{line}: {element}: {refusal}") from None


def copy_document(text: str, source: str) -> Document:
    """Read an SBML text that the guard has passed.

    Raises
    ------
    InvalidValueError
        If libSBML is not installed, or the model is too large.
    ParseError
        If it is no valid SBML of Level 2 or 3.
    NetworkError
        Naming the first element that is not supported.
    """
    try:
        import libsbml
    except ImportError as error:
        raise InvalidValueError("SBML is read by libSBML: pip install 'neuralcrn[sbml]'") from error
    document: Any = libsbml.readSBMLFromString(text)
    if document.getLevel() == 1:
        raise ParseError.at("SBML Level 1: Levels 2 and 3 are read", text, max(text.find("<sbml"), 0), source)
    _check_errors(libsbml, document, text, source)
    model: Any = document.getModel()
    if model is None:
        raise ParseError.at("the document holds no model", text, 0, source)
    for count, kind, limit in (
        (model.getNumSpecies(), "species", FILE_SPECIES_LIMIT),
        (model.getNumReactions(), "reactions", FILE_REACTION_LIMIT),
    ):
        if count > limit:
            raise InvalidValueError(f"{printable(source)}: {count:,} {kind}: at most {limit:,} are read")
    _check_consistency(libsbml, document, text, source)
    return _Copier(libsbml, model, source).copied()


def _check_consistency(libsbml: Any, document: Any, text: str, source: str) -> None:
    """Let libSBML look at identifiers.

    Its general checks take time that grows with the square of the reactions, and faster still with functions
    that call functions; its checks of mathematics die of a function that calls itself. What they could find
    that matters is refused where it is met.
    """
    for category in range(libsbml.LIBSBML_CAT_MODELING_PRACTICE + 1):
        document.setConsistencyChecks(category, False)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_IDENTIFIER_CONSISTENCY, True)
    document.checkConsistency()
    _check_errors(libsbml, document, text, source)


def _check_errors(libsbml: Any, document: Any, text: str, source: str) -> None:
    """Refuse the first error that libSBML has noted."""
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        # without a word on its encoding, XML is UTF-8
        harmless = error.getErrorId() == libsbml.MissingXMLEncoding
        if harmless or error.getSeverity() < libsbml.LIBSBML_SEV_ERROR:
            continue
        # the last line of a message is about this document, the others are about SBML
        detail = error.getMessage().strip().split("\n")[-1].strip()
        lines = text.split("\n", error.getLine())
        line = min(max(error.getLine(), 1), len(lines))
        excerpt = lines[line - 1]
        raise ParseError(
            f"{error.getShortMessage()}: {printable(detail, _DETAIL_LIMIT)}",
            line=line,
            column=min(max(error.getColumn(), 1), len(excerpt) + 1),
            excerpt=excerpt,
            source=printable(source),
        )


@final
class _Copier:
    """Copies one model, element by element."""

    def __init__(self, libsbml: Any, model: Any, source: str):
        self.libsbml, self.model, self.source = libsbml, model, source
        self.numbers: dict[str, float | None] = {}
        self.lines: dict[str, int] = {}
        self.assigned: dict[str, Formula] = {}
        self.kinds: dict[int, str] = {
            libsbml.AST_PLUS: "plus",
            libsbml.AST_MINUS: "minus",
            libsbml.AST_TIMES: "times",
            libsbml.AST_DIVIDE: "divide",
            libsbml.AST_POWER: "power",
            libsbml.AST_FUNCTION_POWER: "power",
            libsbml.AST_FUNCTION_ROOT: "root",
            libsbml.AST_FUNCTION_EXP: "exp",
            libsbml.AST_FUNCTION_LN: "ln",
            libsbml.AST_FUNCTION_LOG: "log",
            libsbml.AST_FUNCTION_ABS: "abs",
            libsbml.AST_FUNCTION: "call",
        }
        self.chains = (libsbml.AST_PLUS, libsbml.AST_TIMES)
        # their own names are whatever the author of a file liked
        self.refused: dict[int, str] = {
            libsbml.AST_NAME_TIME: "time",
            libsbml.AST_NAME_AVOGADRO: "avogadro",
            libsbml.AST_FUNCTION_DELAY: "delay",
            libsbml.AST_FUNCTION_RATE_OF: "rateOf",
        }

    def copied(self) -> Document:
        """Return everything that the model says."""
        self._refuse_what_changes_by_itself()
        self._compartments()
        compartments = frozenset(self.numbers)
        for parameter in _items(self.model.getListOfParameters()):
            self._note(parameter, parameter.getValue() if parameter.isSetValue() else None)
        ruled = self._rules(compartments)
        functions = self._functions()
        species = {entry.getId(): self._species(entry) for entry in _items(self.model.getListOfSpecies())}
        reactions = tuple(self._reaction(entry) for entry in _items(self.model.getListOfReactions()))
        for entry in _items(self.model.getListOfInitialAssignments()):
            symbol = entry.getSymbol()
            with self._place(entry, f"initial assignment of {printable(symbol)}"):
                if symbol not in self.numbers and symbol not in species:
                    raise NetworkError("is not declared as a compartment, a species or a parameter")
                if symbol in self.assigned or symbol in ruled:
                    raise NetworkError("has a second assignment: one is needed")
                self.assigned[symbol] = self._math(entry)
        return Document(
            self.numbers, self.lines, compartments, self.assigned, ruled, functions, species, reactions
        )

    def _place(self, element: Any, what: str) -> Any:
        return place(self.source, element.getLine(), what)

    def _refuse_what_changes_by_itself(self) -> None:
        for elements, what in (
            (self.model.getListOfEvents(), "event"),
            (self.model.getListOfConstraints(), "constraint"),
        ):
            for element in _items(elements):
                with self._place(element, f"{what} {printable(element.getId())}".strip()):
                    raise NetworkError(f"a reaction network has no {what}s: only reactions change it")

    def _note(self, entry: Any, value: float | None) -> None:
        """Keep a number that has an identifier."""
        self.numbers[entry.getId()] = value
        self.lines[entry.getId()] = entry.getLine()

    def _compartments(self) -> None:
        for entry in _items(self.model.getListOfCompartments()):
            size = entry.getSize() if entry.isSetSize() else None
            if size is None and entry.isSetSpatialDimensions() and entry.getSpatialDimensions() == 0:
                size = 1.0  # a point: amount and concentration are the same
            self._note(entry, size)

    def _rules(self, compartments: frozenset[str]) -> dict[str, Formula]:
        """Return the assignment rules of parameters; whether they are constant is seen later."""
        ruled: dict[str, Formula] = {}
        for rule in _items(self.model.getListOfRules()):
            name = rule.getVariable()
            kind = "algebraic" if rule.isAlgebraic() else "rate" if rule.isRate() else "assignment"
            with self._place(rule, f"{kind} rule of {printable(name)}" if name else f"{kind} rule"):
                if not rule.isAssignment() or name in compartments or name not in self.numbers:
                    raise NetworkError(
                        "only reactions change a network: of rules, an assignment of a constant to a "
                        "parameter is accepted"
                    )
                if name in ruled:
                    raise NetworkError("has a second rule: one is needed")
                ruled[name] = self._math(rule)
        return ruled

    def _functions(self) -> dict[str, Function]:
        functions: dict[str, Function] = {}
        for entry in _items(self.model.getListOfFunctionDefinitions()):
            with self._place(entry, f"function {printable(entry.getId())}"):
                if entry.getBody() is None:
                    raise NetworkError("has no mathematics")
                names = tuple(entry.getArgument(i).getName() for i in range(entry.getNumArguments()))
                functions[entry.getId()] = Function(names, self._formula(entry.getBody()))
        return functions

    def _species(self, entry: Any) -> SpeciesEntry:
        with self._place(entry, f"species {printable(entry.getId())}"):
            if entry.isSetInitialAmount() and entry.isSetInitialConcentration():
                raise NetworkError("has an initial amount and an initial concentration: one is needed")
        return SpeciesEntry(
            entry.getId(),
            entry.getLine(),
            entry.getCompartment(),
            entry.getHasOnlySubstanceUnits(),
            entry.getBoundaryCondition(),
            entry.getConstant(),
            entry.getInitialAmount() if entry.isSetInitialAmount() else None,
            entry.getInitialConcentration() if entry.isSetInitialConcentration() else None,
            entry.getConversionFactor() or self.model.getConversionFactor(),
        )

    def _reaction(self, entry: Any) -> ReactionEntry:
        with self._place(entry, f"reaction {printable(entry.getId())}"):
            if entry.getFast():
                raise NetworkError("fast reactions are not supported: give it a rate of its own")
            law = entry.getKineticLaw()
            if law is None:
                raise NetworkError("has no kinetic law: give one of mass action")
            parameters = (law.getParameter(i) for i in range(law.getNumParameters()))
            return ReactionEntry(
                entry.getId(),
                entry.getLine(),
                printable(entry.getName(), LABEL_LIMIT).strip(),
                self._side(entry.getListOfReactants()),
                self._side(entry.getListOfProducts()),
                self._math(law),
                {p.getId(): p.getValue() if p.isSetValue() else None for p in parameters},
            )

    def _side(self, references: Any) -> tuple[Reference, ...]:
        side: list[Reference] = []
        for entry in _items(references):
            if entry.isSetStoichiometryMath():
                stoichiometry = self._math(entry.getStoichiometryMath())
            else:
                # in Level 2 a rational formula is held as two numbers
                value = entry.getStoichiometry() / entry.getDenominator()
                stoichiometry = Formula("number", value)
                if entry.getId():  # then an assignment may give it
                    self._note(entry, None if math.isnan(value) else value)
                    stoichiometry = Formula("name", name=entry.getId())
                elif math.isnan(value):
                    raise NetworkError(f"the stoichiometry of {printable(entry.getSpecies())} is not given")
            side.append(Reference(entry.getSpecies(), stoichiometry))
        return tuple(side)

    def _math(self, element: Any) -> Formula:
        if not element.isSetMath():
            raise NetworkError("has no mathematics")
        return self._formula(element.getMath())

    def _formula(self, node: Any) -> Formula:
        """Copy a tree of libSBML; the guard has bounded its depth."""
        libsbml, kind = self.libsbml, node.getType()
        if kind == libsbml.AST_NAME:
            return Formula("name", name=node.getName())
        if kind == libsbml.AST_REAL_E:
            # libSBML multiplies by a power of ten, which rounds; decimal text does not
            return Formula("number", float(f"{node.getMantissa()!r}e{node.getExponent()}"))
        if node.isNumber():
            return Formula("number", node.getValue())
        if kind not in self.kinds:
            operator = self.refused.get(kind) or node.getName() or "an unknown operator"
            raise NetworkError(
                f"'{printable(operator)}' is not supported: a law of mass action has sums, products and "
                "whole powers"
            )
        arguments = tuple(self._formula(operand) for operand in self._operands(node, kind))
        return Formula(self.kinds[kind], name=node.getName() or "", arguments=arguments)

    def _operands(self, node: Any, kind: int) -> list[Any]:
        """Return what a node is applied to; libSBML holds a + b + c + ... as (((a + b) + c) + ...)."""
        operands: list[Any] = []
        while True:
            count = node.getNumChildren()
            operands += [node.getChild(i) for i in range(count - 1, 0, -1)]
            first = node.getChild(0) if count else None
            if first is None or first.getType() != kind or kind not in self.chains:
                return [*([] if first is None else [first]), *reversed(operands)]
            node = first


def _items(elements: Any) -> Iterator[Any]:
    """Go through a list of libSBML without its own iterator, which is slow."""
    return (elements.get(i) for i in range(len(elements)))

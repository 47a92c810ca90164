"""Copy an SBML document from libSBML to plain values.

Objects of libSBML become invalid when their document is deleted, so they are only used in this file.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, final

from neuralcrn.chemistry.values import FILE_REACTION_LIMIT, FILE_SPECIES_LIMIT, LABEL_LIMIT
from neuralcrn.errors import (
    InvalidValueError,
    NetworkError,
    NeuralCRNWarning,
    ParseError,
    printable,
    shown_path,
)
from neuralcrn.formats.sbml.document import (
    Document,
    EventEntry,
    ReactionEntry,
    Reference,
    SpeciesEntry,
    place,
)
from neuralcrn.formats.sbml.formula import Formula, Function
from neuralcrn.formats.sbml.guard import HARMLESS_PACKAGES

_DETAIL_LIMIT = 300
_HARMLESS = (
    "MissingXMLEncoding",  # the default is UTF-8
    "EmptyListElement",
    "EmptyListInReaction",
    "EmptyListInKineticLaw",
    "EmptyListOfUnits",
    "EmptyUnitListElement",
    "DanglingUnitReference",  # units change no number
)
"""Errors of libSBML that do not affect the meaning of a model."""


def copy_document(text: str, source: str) -> Document:
    """Read an SBML text that the guard has accepted.

    Raises
    ------
    InvalidValueError
        If libSBML is not installed, or the model is too large.
    ParseError
        If it is not valid SBML.
    NetworkError
        If an element is not supported; the message names the first one.
    """
    try:
        import libsbml
    except ImportError as error:
        raise InvalidValueError("SBML is read by libSBML: pip install 'neuralcrn[sbml]'") from error
    document: Any = libsbml.readSBMLFromString(text)
    _check_errors(libsbml, document, text, source)
    if document.getLevel() == 1:  # convert to the equivalent Level 2
        document.setLevelAndVersion(2, 4, False)
        _check_errors(libsbml, document, text, source)
        if document.getLevel() == 1:
            raise ParseError.at("libSBML cannot turn this SBML Level 1 into Level 2", text, 0, source)
    model: Any = document.getModel()
    if model is None:
        raise ParseError.at("the document holds no model", text, 0, source)
    for count, kind, limit in (
        (model.getNumSpecies(), "species", FILE_SPECIES_LIMIT),
        (model.getNumReactions(), "reactions", FILE_REACTION_LIMIT),
    ):
        if count > limit:
            raise InvalidValueError(f"{shown_path(source)}: {count:,} {kind}: at most {limit:,} are read")
    _check_consistency(libsbml, document, text, source)
    return _Copier(libsbml, model, source).copied()


def _check_consistency(libsbml: Any, document: Any, text: str, source: str) -> None:
    """Run the identifier checks of libSBML.

    Its general checks take quadratic time in the number of reactions, and more with nested function calls;
    its mathematical checks crash on recursive functions. Relevant errors are detected when the elements are
    read.
    """
    for category in range(libsbml.LIBSBML_CAT_MODELING_PRACTICE + 1):
        document.setConsistencyChecks(category, False)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_IDENTIFIER_CONSISTENCY, True)
    document.checkConsistency()
    _check_errors(libsbml, document, text, source)


def _check_errors(libsbml: Any, document: Any, text: str, source: str) -> None:
    """Raise the first error of libSBML."""
    harmless = {getattr(libsbml, name) for name in _HARMLESS}
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        if error.getPackage() in HARMLESS_PACKAGES or error.getErrorId() in harmless:
            continue
        if error.getSeverity() < libsbml.LIBSBML_SEV_ERROR:
            continue
        # the last line of a message is specific to the document, the others are general
        detail = error.getMessage().strip().split("\n")[-1].strip()
        lines = text.split("\n", error.getLine())
        line = min(max(error.getLine(), 1), len(lines))
        excerpt = lines[line - 1]
        raise ParseError(
            f"{error.getShortMessage()}: {printable(detail, _DETAIL_LIMIT)}",
            line=line,
            column=min(max(error.getColumn(), 1), len(excerpt) + 1),
            excerpt=excerpt,
            source=shown_path(source),
        )


@final
class _Copier:
    """Copy a model, element by element."""

    def __init__(self, libsbml: Any, model: Any, source: str):
        self.libsbml, self.model, self.source = libsbml, model, source
        self.numbers: dict[str, float | None] = {}
        self.lines: dict[str, int] = {}
        self.assigned: dict[str, Formula] = {}
        self.ruled: dict[str, Formula] = {}
        self.rates: dict[str, Formula] = {}
        self.kinds = _kinds(libsbml)
        self.chains = (libsbml.AST_PLUS, libsbml.AST_TIMES)

    def copied(self) -> Document:
        """Return the contents of the model."""
        for entry in _items(self.model.getListOfConstraints()):
            warnings.warn(
                f"{shown_path(self.source)}:{entry.getLine()}: a constraint is not checked",
                NeuralCRNWarning,
                stacklevel=2,
            )
        self._compartments()
        compartments = frozenset(self.numbers)
        for parameter in _items(self.model.getListOfParameters()):
            self._note(parameter, parameter.getValue() if parameter.isSetValue() else None)
        functions = self._functions()
        species = {entry.getId(): self._species(entry) for entry in _items(self.model.getListOfSpecies())}
        reactions = {
            entry.getId(): self._reaction(entry) for entry in _items(self.model.getListOfReactions())
        }
        self._rules(species)
        self._initial_assignments(species)
        events = tuple(self._event(entry, species) for entry in _items(self.model.getListOfEvents()))
        return Document(
            self.numbers,
            self.lines,
            compartments,
            self.assigned,
            self.ruled,
            self.rates,
            functions,
            species,
            reactions,
            events,
        )

    def _place(self, element: Any, what: str) -> Any:
        return place(self.source, element.getLine(), what)

    def _note(self, entry: Any, value: float | None) -> None:
        """Store a number that has an identifier."""
        self.numbers[entry.getId()] = value
        self.lines[entry.getId()] = entry.getLine()

    def _compartments(self) -> None:
        for entry in _items(self.model.getListOfCompartments()):
            size = entry.getSize() if entry.isSetSize() else None
            if size is None and entry.isSetSpatialDimensions() and entry.getSpatialDimensions() == 0:
                size = 1.0  # a point: amount and concentration are equal
            self._note(entry, size)

    def _rules(self, species: Mapping[str, SpeciesEntry]) -> None:
        for rule in _items(self.model.getListOfRules()):
            name = rule.getVariable()
            kind = "algebraic" if rule.isAlgebraic() else "rate" if rule.isRate() else "assignment"
            with self._place(rule, f"{kind} rule of {printable(name)}" if name else f"{kind} rule"):
                if rule.isAlgebraic():
                    raise NetworkError("what it determines is not known: write an assignment or a rate rule")
                if name not in self.numbers and name not in species:
                    raise NetworkError("is not declared as a compartment, a species or a parameter")
                if name in self.ruled or name in self.rates:
                    raise NetworkError("has a second rule: one is needed")
                (self.rates if rule.isRate() else self.ruled)[name] = self._math(rule)

    def _initial_assignments(self, species: Mapping[str, SpeciesEntry]) -> None:
        for entry in _items(self.model.getListOfInitialAssignments()):
            symbol = entry.getSymbol()
            with self._place(entry, f"initial assignment of {printable(symbol)}"):
                if symbol not in self.numbers and symbol not in species:
                    raise NetworkError("is not declared as a compartment, a species or a parameter")
                if symbol in self.assigned or symbol in self.ruled:
                    raise NetworkError("has a second assignment: one is needed")
                self.assigned[symbol] = self._math(entry)

    def _event(self, entry: Any, species: Mapping[str, SpeciesEntry]) -> EventEntry:
        with self._place(entry, f"event {printable(entry.getId())}".strip()):
            trigger, delay = entry.getTrigger(), entry.getDelay()
            if trigger is None:
                raise NetworkError("has no trigger")
            changes: dict[str, Formula] = {}
            for assignment in _items(entry.getListOfEventAssignments()):
                name = assignment.getVariable()
                if name not in self.numbers and name not in species:
                    raise NetworkError(f"{printable(name)} is not a compartment, a species or a parameter")
                if name in changes or name in self.ruled:
                    raise NetworkError(f"{printable(name)} has a second assignment: one is needed")
                changes[name] = self._math(assignment)
            return EventEntry(
                entry.getId(),
                entry.getLine(),
                self._math(trigger),
                None if delay is None else self._math(delay),
                trigger.getInitialValue(),
                trigger.getPersistent(),
                entry.getUseValuesFromTriggerTime(),
                changes,
            )

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
                # in Level 2 a rational number is stored as two numbers
                value = entry.getStoichiometry() / entry.getDenominator()
                stoichiometry = Formula("number", value)
                if entry.getId():  # the value may be given by an assignment
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
        """Copy a tree of libSBML; its depth is limited by the guard."""
        libsbml, kind = self.libsbml, node.getType()
        if kind == libsbml.AST_NAME:
            return Formula("name", name=node.getName())
        if kind == libsbml.AST_REAL_E:
            # libSBML multiplies by a power of ten, which rounds; decimal text is exact
            return Formula("number", float(f"{node.getMantissa()!r}e{node.getExponent()}"))
        if node.isNumber():
            return Formula("number", node.getValue())
        # operators may have arbitrary names
        arguments = tuple(self._formula(operand) for operand in self._operands(node, kind))
        name = (node.getName() or "") if kind == libsbml.AST_FUNCTION else ""
        return Formula(self.kinds.get(kind, "an unknown operator"), name=name, arguments=arguments)

    def _operands(self, node: Any, kind: int) -> list[Any]:
        """Return the operands of a node; libSBML represents a + b + c + ... as (((a + b) + c) + ...)."""
        operands: list[Any] = []
        while True:
            count = node.getNumChildren()
            operands += [node.getChild(i) for i in range(count - 1, 0, -1)]
            first = node.getChild(0) if count else None
            if first is None or first.getType() != kind or kind not in self.chains:
                return [*([] if first is None else [first]), *reversed(operands)]
            node = first


def _items(elements: Any) -> Iterator[Any]:
    """Iterate over a list of libSBML without its own iterator, which is slow."""
    return (elements.get(i) for i in range(len(elements)))


def _kinds(libsbml: Any) -> dict[int, str]:
    """Return our name of each kind of node: that of libSBML without its prefix, with few exceptions."""
    kinds: dict[int, str] = {}
    for constant in dir(libsbml):
        if constant.startswith("AST_"):
            begin = r"AST_(DISTRIB_FUNCTION_|FUNCTION_|RELATIONAL_|LOGICAL_|CONSTANT_|NAME_)?"
            kinds[getattr(libsbml, constant)] = re.sub(begin, "", constant).lower()
    kinds[libsbml.AST_FUNCTION] = "call"
    kinds[libsbml.AST_CONSTANT_E] = "exponentiale"
    kinds[libsbml.AST_FUNCTION_RATE_OF] = "rateOf"
    return kinds

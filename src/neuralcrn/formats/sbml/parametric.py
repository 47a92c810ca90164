"""Read SBML as a network whose rate constants and initial values are formulas of the parameters of the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import Expression
from neuralcrn.chemistry import ParametricNetwork
from neuralcrn.errors import NetworkError, UnknownNameError, printable
from neuralcrn.formats.identifiers import free_identifier
from neuralcrn.formats.sbml.changes import changed
from neuralcrn.formats.sbml.copying import copy_document
from neuralcrn.formats.sbml.document import Document, place
from neuralcrn.formats.sbml.formula import TIME, Formula, Walker
from neuralcrn.formats.sbml.guard import checked_text
from neuralcrn.formats.sbml.model import Unit
from neuralcrn.formats.sbml.reading import WORK, Modelled, modelled
from neuralcrn.formats.sbml.symbols import Symbols
from neuralcrn.formats.sbml.timing import names_in
from neuralcrn.formats.sbml.traced import COMPARING, Traced, formula_of, operation

_CHAIN_LIMIT = 50
_SPREAD = 1e-6
_GOLDEN = 0.6180339887498949


@final
@dataclass(frozen=True, slots=True)
class ParametricModel:
    """A network with parameters read from SBML.

    Attributes
    ----------
    network : ParametricNetwork
        Its parameters are those of the model that vary.
    names : mapping from str to str
        Parameter of the network by its name in the model: ``A_0``, the initial value of species A, by ``A``,
        and ``R_k``, a local parameter, by ``R.k``.
    unit : {"concentration", "amount"}
        Unit of the states of the network.
    deciding : frozenset of str
        Varying names of the model on which conditions depend, of events or of pieces of formulas. The network
        is right only where the same conditions hold as at the nominal values.
    """

    network: ParametricNetwork
    names: Mapping[str, str]
    unit: Unit
    deciding: frozenset[str]
    _read: Modelled

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names that have a formula: species, parameters, compartments, variables of rules, reactions."""
        return self._read.model.columns

    def formula(self, name: str) -> Expression:
        """Return a symbol of the model as a formula of species and parameters of the network, and ``time``.

        Raises
        ------
        UnknownNameError
            If there is no such symbol.
        NetworkError
            If its formula contains an element that is not supported.
        """
        if name not in self.symbols:
            raise UnknownNameError("species or parameter of the model", name, self.symbols)
        return _Meanings(self._read).of(name)


def read_sbml_parametric(
    text: str,
    source: str = "text",
    *,
    varying: Iterable[str] | None = None,
    changes: Mapping[str, float] = MappingProxyType({}),
) -> ParametricModel:
    """Return an SBML document as a network with parameters.

    Parameters
    ----------
    text, source
        See `read_sbml_model`.
    varying : iterable of str, optional
        Parameters, compartments, species (their initial values), and local parameters as ``R.k``, that become
        parameters of the network. The default is all parameters and positive initial values that the document
        gives as numbers, except those in conditions and exponents.
    changes : mapping from str to float
        Values that replace those of the document, see `read_sbml_model`.

    Returns
    -------
    ParametricModel

    Raises
    ------
    ParseError, NetworkError, InvalidValueError
        See `read_sbml_model`; also if an exponent depends on a varying parameter.
    UnknownNameError
        If there is no such parameter.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> from neuralcrn.formats.sbml import write_sbml
    >>> model = read_sbml_parametric(write_sbml(parse_network("2A -> B [k = 3]")))
    >>> model.network.parameters, str(model.formula("A"))
    (('reaction_1_k',), 'A')
    """
    checked = checked_text(text, source)
    document = changed(copy_document(checked, source), changes)
    work = WORK + len(checked)
    chosen = _all(document) if varying is None else tuple(dict.fromkeys(varying))
    nominal = _nominal(document, chosen, work, source)
    names = _parameters(document, chosen)
    read = modelled(_traced(document, names, nominal), source, work, discrete=False)
    with place(source, 1, "model"):
        shape = ParametricNetwork(
            read.model.network,
            tuple(names.values()),
            tuple(nominal.values()),
            tuple(map(formula_of, read.rates)),
            tuple(map(formula_of, read.initial)),
        )
        parametric = replace(shape, network=shape.at(shape.nominal))
    return ParametricModel(parametric, names, read.model.unit, _deciding(document) & set(chosen), read)


def _all(document: Document) -> tuple[str, ...]:
    """Return the names of numbers that can vary continuously."""
    fixed = {*document.compartments, *document.ruled, *document.assigned, *_deciding(document)}
    for part in _parts(document):
        fixed |= names_in(part.arguments[-1]) if part.kind == "power" else set()
        fixed |= names_in(part) if part.kind == "call" and _has(document, part, {"power"}) else set()
    for entry in document.reactions.values():
        for reference in (*entry.reactants, *entry.products):
            fixed |= names_in(reference.stoichiometry)
    variables = set(document.variables)
    numbers = [
        name
        for name, value in document.numbers.items()
        if value is not None and (name not in variables or value > 0.0)
    ]
    species = [
        name for name, entry in document.species.items() if (entry.amount or entry.concentration or 0.0) > 0.0
    ]
    local = [f"{entry.name}.{name}" for entry in document.reactions.values() for name in entry.local]
    return tuple(name for name in (*numbers, *local, *species) if name not in fixed)


def _nominal(document: Document, chosen: Iterable[str], work: int, source: str) -> dict[str, float]:
    """Return the values of names in the document."""
    symbols = Symbols(document, work, source)
    nominal: dict[str, float] = {}
    for name in chosen:
        reaction, _, local = name.rpartition(".")
        if reaction in document.reactions and document.reactions[reaction].local.get(local) is not None:
            nominal[name] = document.reactions[reaction].local[local] or 0.0
        elif name in document.numbers or name in document.species:
            nominal[name] = symbols.start(name)
        else:
            raise UnknownNameError(
                "species or parameter of the model", name, [*document.species, *document.numbers]
            )
    return nominal


def _parameters(document: Document, chosen: Iterable[str]) -> dict[str, str]:
    """Return the parameter of the network for each varying name."""
    taken = {*document.numbers, *document.species, *document.reactions}
    variables = set(document.variables)
    names: dict[str, str] = {}
    for name in chosen:
        if "." in name:
            names[name] = free_identifier(name.replace(".", "_"), taken)
        else:
            names[name] = free_identifier(f"{name}_0", taken) if name in variables else name
    return names


def _traced(document: Document, names: Mapping[str, str], nominal: Mapping[str, float]) -> Document:
    """Return the document with numbers that have formulas.

    Signs of coefficients decide the direction of reactions. A rate constant of 0 can be positive elsewhere, so
    signs are those close to the nominal values, where none of the coefficients vanishes by chance.
    """
    references: dict[str, float] = {}
    for i, (name, value) in enumerate(nominal.items(), start=1):
        part = i * _GOLDEN % 1.0
        near = value * (1.0 - _SPREAD * part) if value else part
        references[name] = Traced(near, Expression.name(names[name]))
    return changed(document, references)


def _deciding(document: Document) -> frozenset[str]:
    """Return the names on which conditions depend."""
    found: set[str] = set()
    events = [event.trigger for event in document.events]
    delays = [event.delay for event in document.events if event.delay is not None]
    conditions = [part for part in _parts(document) if _has(document, part, COMPARING, deep=False)]
    open_ones = [*events, *delays, *conditions]
    while open_ones:
        for name in names_in(open_ones.pop()) - found:
            found.add(name)
            open_ones += [where[name] for where in (document.ruled, document.assigned) if name in where]
    return frozenset(found)


def _parts(document: Document) -> Iterator[Formula]:
    """Iterate over the parts of all formulas."""
    open_ones = [entry.law for entry in document.reactions.values()]
    for formulas in (document.rates, document.ruled, document.assigned):
        open_ones += formulas.values()
    while open_ones:
        part = open_ones.pop()
        yield part
        open_ones += part.arguments


def _has(document: Document, part: Formula, kinds: Iterable[str], *, deep: bool = True) -> bool:
    """Return whether a formula is of one of some kinds, or calls a function that has one in it."""
    if part.kind in kinds:
        return True
    if part.kind == "call" and part.name in document.functions:
        return _has(document, document.functions[part.name].body, kinds)
    return deep and any(_has(document, argument, kinds) for argument in part.arguments)


@final
class _Meanings(Walker[Expression]):
    """Formulas of symbols of a model."""

    def __init__(self, read: Modelled):
        super().__init__(read.document.functions, WORK)
        self._read = read
        self._depth_of_rules = 0

    def of(self, name: str) -> Expression:
        """Return the formula of a symbol."""
        document, factors = self._read.document, self._read.factors
        if name == TIME:
            return Expression.name("time")
        if name in factors:
            return Expression.name(name) * formula_of(factors[name])
        if name in document.ruled:
            return self._expanded(name, document.ruled[name], {})
        if name in document.reactions:
            entry = document.reactions[name]
            return self._expanded(name, entry.law, entry.local)
        return formula_of(self._read.symbols.constant(name))

    def _expanded(self, name: str, formula: Formula, local: Mapping[str, float | None]) -> Expression:
        def lookup(symbol: str) -> Expression:
            value = local.get(symbol)
            return self.of(symbol) if value is None else formula_of(value)

        if self._depth_of_rules == _CHAIN_LIMIT:
            raise NetworkError(f"{printable(name)} depends on itself, or on a chain of too many rules")
        self._depth_of_rules += 1
        try:
            return self.evaluate(formula, lookup)
        finally:
            self._depth_of_rules -= 1

    def _number(self, value: float) -> Expression:
        return formula_of(value)

    def _operate(self, kind: str, values: list[Expression]) -> Expression:
        return operation(kind, values)

"""Read SBML as a network whose rate constants and initial values are formulas of the model's parameters."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Expression
from neuralcrn.chemistry import Complex, Event, Network, ParametricNetwork
from neuralcrn.errors import NetworkError, UnknownNameError, printable, shown_path
from neuralcrn.formats.identifiers import free_identifier
from neuralcrn.formats.sbml.changes import changed
from neuralcrn.formats.sbml.copying import copy_document
from neuralcrn.formats.sbml.dependence import deciding_names, exponent_names
from neuralcrn.formats.sbml.document import Document, place
from neuralcrn.formats.sbml.formula import TIME, Formula, Walker
from neuralcrn.formats.sbml.guard import checked_text
from neuralcrn.formats.sbml.model import Unit
from neuralcrn.formats.sbml.reading import WORK, Modelled, modelled
from neuralcrn.formats.sbml.symbols import Symbols
from neuralcrn.formats.sbml.timing import names_in
from neuralcrn.formats.sbml.traced import Traced, formula_of, operation

_CHAIN_LIMIT = 50
_ROUNDING = 1e-9
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
    _document: Document
    _source: str

    @property
    def timed(self) -> bool:
        """Whether laws depend on the time, or there are events."""
        return bool(self._read.document.events) or self._read.document.numbers.keys() != (
            self._document.numbers.keys()
        )

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

    def timed_changes(
        self, values: Mapping[str, float] = MappingProxyType({})
    ) -> tuple[tuple[float, Mapping[str, Expression]], ...]:
        """Return what events change, and when, in ascending order of time.

        Parameters
        ----------
        values : mapping from str to float
            Values of parameters of the network; the others are nominal.

        Returns
        -------
        tuple of tuples of float and mapping from str to Expression
            Times, and new concentrations as formulas of those before, of parameters, and of ``time``.

        Raises
        ------
        NetworkError
            If an event depends on the state or has a delay, or if other conditions hold than at the nominal
            values, so that the network is another one.
        """
        known = self.network.values(values)
        given = {name: known[parameter] for name, parameter in self.names.items()}
        plain = modelled(changed(self._document, given), self._source, WORK, discrete=False)
        if not _same(plain.model.network, self.network.at(known)):
            raise NetworkError(
                f"{shown_path(self._source)}: conditions on {', '.join(sorted(self.deciding))} do not hold "
                "at these values as they do at the nominal ones: laws that depend on them are not supported"
            )
        meanings, found = _Meanings(self._read), dict[float, dict[str, Expression]]()
        for event, entry in zip(plain.model.events, self._read.document.events, strict=True):
            with place(self._source, entry.line, f"event {printable(event.name)}"):
                if not event.timed:
                    raise NetworkError("depends on the state: an event of a fit has a time of its own")
                for moment in _firings(event, np.array(plain.model.network.initial)):
                    if event.delay(moment, np.array(plain.model.network.initial)):
                        raise NetworkError("has a delay: give its time without one")
                    for name, formula in entry.changes.items():
                        new = meanings.evaluate(formula, meanings.of)
                        found.setdefault(moment, {})[name] = new / formula_of(self._read.factors[name])
        return tuple(sorted(found.items(), key=lambda item: item[0]))


def _same(first: Network, second: Network) -> bool:
    """Return whether networks have the same rate equations and initial values, up to rounding."""
    totals: list[dict[tuple[Complex, Complex], float]] = []
    for network in (first, second):
        total = {(r.reactants, r.products): 0.0 for r in (*first.reactions, *second.reactions)}
        for reaction in network.reactions:
            total[reaction.reactants, reaction.products] += reaction.rate
        totals.append(total)
    one, other = (np.array([*total.values()]) for total in totals)
    return bool(
        np.allclose(one, other, rtol=_ROUNDING, atol=0.0)
        and np.allclose(first.initial, second.initial, rtol=_ROUNDING, atol=0.0)
    )


def _firings(event: Event, state: NDArray[np.float64]) -> Iterator[float]:
    """Iterate over the times at which the condition of an event becomes true."""
    starts = (0.0, *event.moments)
    inside = np.array([0.5 * (a + b) for a, b in itertools.pairwise((*starts, starts[-1] + 2.0))])
    times = np.concatenate(([0.0], inside))
    holds = event.holds(times, np.broadcast_to(state, (len(times), len(state))))
    before = [event.begun, *holds[:-1]]
    for time, held, now in zip((0.0, *starts), before, holds, strict=True):
        if now and not held:
            yield time


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
    deciding = deciding_names(document) & set(chosen)
    return ParametricModel(parametric, names, read.model.unit, deciding, read, document, source)


def _all(document: Document) -> tuple[str, ...]:
    """Return the names of numbers that can vary continuously."""
    fixed = {*document.compartments, *document.ruled, *document.assigned}
    fixed |= deciding_names(document) | exponent_names(document)
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

    Signs of coefficients decide the direction of reactions. A rate constant of 0 can be positive elsewhere,
    so signs are those close to the nominal values, where none of the coefficients vanishes by chance.
    """
    references: dict[str, float] = {}
    for i, (name, value) in enumerate(nominal.items(), start=1):
        part = i * _GOLDEN % 1.0
        near = value * (1.0 - _SPREAD * part) if value else part
        references[name] = Traced(near, Expression.name(names[name]))
    return changed(document, references)


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

"""Read SBML of any level as a mass-action network.

Kinetic laws may be written in any way that expands to constants times products of species: reversible, with
functions of the model, local parameters, divisions by constants, assignment rules, rates of other reactions,
catalysts as reactants or modifiers. The same applies to rate rules whose negative terms contain the variable
that they decrease. A rule that no law uses is an additional column. Events are supported. Algebraic rules,
fast reactions, time in a law and all other laws are rejected by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast, final

from neuralcrn.chemistry import Event, Network
from neuralcrn.chemistry.values import COEFFICIENT_LIMIT, LABEL_LIMIT, checked_quantity
from neuralcrn.errors import NetworkError, printable, shown_path
from neuralcrn.formats.sbml.changes import changed
from neuralcrn.formats.sbml.copying import copy_document
from neuralcrn.formats.sbml.document import Document, ReactionEntry, Reference, place
from neuralcrn.formats.sbml.guard import checked_text
from neuralcrn.formats.sbml.laws import Term, mass_action, split
from neuralcrn.formats.sbml.model import SbmlModel, Unit
from neuralcrn.formats.sbml.symbols import Symbols
from neuralcrn.formats.sbml.timing import without_time
from neuralcrn.formats.sbml.traced import Traced
from neuralcrn.formats.sbml.values import Values

WORK = 200_000
"""Maximum number of processed terms, plus one per character of the file."""


def read_sbml(text: str, source: str = "text", *, discrete: bool = False) -> Network:
    """Return the network of an SBML document.

    Parameters
    ----------
    text : str
        The document in UTF-8, at most 50 million characters.
    source : str
        File name or description of the source, used in errors.
    discrete : bool
        Whether laws are propensities in numbers of molecules, see `read_sbml_model`.

    Returns
    -------
    Network
        In concentrations or in amounts, see `read_sbml_model`.

    Raises
    ------
    ParseError, NetworkError, InvalidValueError
        See `read_sbml_model`; also if the model has events.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> from neuralcrn.formats.sbml import write_sbml
    >>> network = parse_network("2A -> B [k = 3]")
    >>> read_sbml(write_sbml(network)) == network
    True
    """
    return read_sbml_model(text, source, discrete=discrete).reactions_alone(source)


def read_sbml_model(
    text: str,
    source: str = "text",
    *,
    discrete: bool = False,
    changes: Mapping[str, float] = MappingProxyType({}),
) -> SbmlModel:
    """Return an SBML document as a network, with the information needed to report results in its units.

    The network is in concentrations if all compartments that contain species have the same size V. It is in
    amounts if sizes differ or are not given, if every species has only substance units, or for stochastic
    simulation. With W = V in the first case and 1 in the others, the state of species s is x_s = n_s / W, its
    symbol in a law is x_s W / D_s, where D_s is the size of its compartment or 1 if it has only substance
    units, and a law of L substance per time is the flux L / W (SBML Level 3 Version 2 Core, section 4.11;
    doi:10.1515/jib-2017-0081).
    doi:10.1515/jib-2017-0081).

    Parameters
    ----------
    text : str
        The document in UTF-8, at most 50 million characters.
    source : str
        File name or description of the source, used in errors.
    discrete : bool
        Whether laws are propensities in numbers of molecules, as in the stochastic cases of the SBML Test
        Suite: ``k P (P - 1)`` is mass action of 2 P. A law ``k P^2`` of 2 P is considered deterministic and
        is read as ``k P (P - 1)`` as well. The network is in amounts with volume 1.
    changes : mapping from str to float
        Values that replace those of the document, see `neuralcrn.formats.sbml.changes.changed`.

    Returns
    -------
    SbmlModel
        Boundary and constant species are catalysts of their reactions. The name of a reaction is its label.

    Raises
    ------
    ParseError
        If the text is not valid SBML, with line and column.
    NetworkError
        If an element is not supported or inconsistent, with its line.
    InvalidValueError
        If libSBML is not installed or the model is too large.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> from neuralcrn.formats.sbml import write_sbml
    >>> model = read_sbml_model(write_sbml(parse_network("2A -> B [k = 3]")))
    >>> model.unit, model.sizes, model.fixed
    ('concentration', (1.0, 1.0), ())
    """
    checked = checked_text(text, source)
    document = changed(copy_document(checked, source), changes)
    return modelled(document, source, WORK + len(checked), discrete=discrete).model


@final
@dataclass(frozen=True, slots=True)
class Modelled:
    """A document read as a network, with its numbers before they become those of the network.

    Attributes
    ----------
    model : SbmlModel
        The model.
    rates, initial : tuple of float
        Rate constants of its reactions and initial values of its species, with formulas if the document has
        such numbers.
    document : Document
        The document without explicit dependence of laws on the time.
    symbols : Symbols
        Its constants.
    factors : mapping from str to float
        See `neuralcrn.formats.sbml.values.Values`.
    """

    model: SbmlModel
    rates: tuple[float, ...]
    initial: tuple[float, ...]
    document: Document
    symbols: Symbols
    factors: Mapping[str, float]


def modelled(document: Document, source: str, work: int, *, discrete: bool) -> Modelled:
    """Return the network of a document; see `read_sbml_model`.

    Parameters
    ----------
    document : Document
        A model.
    source : str
        File name or description of the source, used in errors.
    work : int
        Maximum number of processed terms.
    discrete : bool
        Whether laws are propensities in numbers of molecules.
    """
    if not document.variables:
        raise NetworkError(
            f"{shown_path(source)}: the model has no species, and no rate rules: there is nothing to simulate"
        )
    if not discrete:  # events and rate rules are deterministic
        document = without_time(document, Symbols(document, work, source), work)
    symbols = Symbols(document, work, source)
    sizes: list[float | None] = []
    for name in document.variables:
        with _placed(document, source, name):
            _check_one_rule(document, name)
            sizes.append(symbols.size(document.species[name]) if name in document.species else 1.0)
    species = [name for name in document.variables if name in document.species]
    unit = _unit(document, sizes[: len(species)], discrete)
    volume = cast("float", sizes[0]) if unit == "concentration" else 1.0
    initial: dict[str, float] = {}
    factors: dict[str, float] = {}
    for name in document.variables:
        with _placed(document, source, name):
            factors[name] = volume / symbols.divisor(name) if name in document.species else 1.0
            initial[name] = symbols.start(name) / factors[name]
            if not isinstance(initial[name], Traced):
                checked_quantity(initial[name], "initial value", name)
    constants: dict[str, float] = {}
    for name, line in document.lines.items():
        with place(source, line, printable(name)):
            if symbols.has_value(name) and name not in document.variables and name not in document.ruled:
                constants[name] = symbols.constant(name)
    values = Values(document, symbols, factors, work)
    terms = _Laws(document, symbols, factors, volume, discrete, source).all()
    events = _events(document, values, discrete, source)
    with place(source, 1, "model"):
        reactions = tuple(term.reaction for term in terms)
        network = Network(tuple(initial), reactions, tuple(max(value, 0.0) for value in initial.values()))
    fixed = tuple(name for name in species if document.species[name].fixed and name not in document.rates)
    model = SbmlModel(
        network,
        unit,
        tuple(sizes),
        fixed,
        MappingProxyType(constants),
        events,
        values.names,
        tuple(_meaning(document, name) for name in network.species),
        values.of,
    )
    rates = tuple(term.rate for term in terms)
    return Modelled(model, rates, tuple(initial.values()), document, symbols, factors)


def _meaning(document: Document, name: str) -> Unit | Literal[""]:
    if name not in document.species:
        return ""
    return "amount" if document.species[name].substance_only else "concentration"


def _placed(document: Document, source: str, name: str) -> AbstractContextManager[None]:
    """Return the position of a variable."""
    if name in document.species:
        return place(source, document.species[name].line, f"species {printable(name)}")
    return place(source, document.lines[name], printable(name))


def _check_one_rule(document: Document, name: str) -> None:
    if name in document.ruled:
        raise NetworkError("has an assignment rule, and a rate rule or an event changes it: one is needed")


def _events(document: Document, values: Values, discrete: bool, source: str) -> tuple[Event, ...]:
    made: list[Event] = []
    for entry in document.events:
        with place(source, entry.line, f"event {printable(entry.name)}".strip()):
            if discrete:
                raise NetworkError("events need a deterministic method: choose --method ode")
            made.append(values.event(entry))
    return tuple(made)


def _unit(document: Document, sizes: Sequence[float | None], discrete: bool) -> Unit:
    """Return the unit of the states; without a common size, only amounts have the same meaning for all
    species.
    """
    amounts_only = all(entry.substance_only for entry in document.species.values())
    return "amount" if discrete or amounts_only or None in sizes or len(set(sizes)) > 1 else "concentration"


@final
@dataclass(frozen=True, slots=True)
class _Laws:
    """Data for reading the reactions and rate rules of a model."""

    document: Document
    symbols: Symbols
    factors: Mapping[str, float]
    volume: float
    discrete: bool
    source: str

    def all(self) -> list[Term]:
        """Return mass-action reactions with the laws of the model."""
        made: list[Term] = []
        for entry in self.document.reactions.values():
            with place(self.source, entry.line, f"reaction {printable(entry.name)}"):
                made += self._reactions(entry)
        for name in self.document.rates:
            with _placed(self.document, self.source, name):
                made += self._rule(name)
        return made

    def _rule(self, name: str) -> list[Term]:
        """Return the reactions of a rate rule."""
        if self.discrete:
            raise NetworkError("a rate rule needs a deterministic method: choose --method ode")
        rate = self.symbols.rate(name, self.factors)
        return split(rate, {name: 1.0 / self.factors[name]}, printable(f"rate rule of {name}", LABEL_LIMIT))

    def _reactions(self, entry: ReactionEntry) -> list[Term]:
        reactants, products = self._side(entry.reactants), self._side(entry.products)
        law = self.symbols.law(entry, self.factors)
        conversions = {
            name: self._conversion(name) for name in {**reactants, **products} if self._changes(name)
        }
        counts = (*reactants.values(), *products.values())
        whole = all(count.is_integer() and 0.0 <= count <= COEFFICIENT_LIMIT for count in counts)
        common = {*conversions.values()} or {1.0}
        if whole and len(common) == 1 and min(common) >= 0.0:
            scale = min(common) / self.volume
            return mass_action(
                {monomial: coefficient * scale for monomial, coefficient in law.items()},
                {name: int(count) for name, count in reactants.items()},
                {name: int(count) for name, count in products.items()},
                fixed={name for name in {**reactants, **products} if name not in conversions},
                label=entry.label,
                discrete=self.discrete,
            )
        if self.discrete:
            raise NetworkError(
                f"stoichiometries are whole numbers from 0 to {COEFFICIENT_LIMIT:,}, conversion factors the "
                "same for all, where molecules are counted: choose --method ode"
            )
        change = {
            name: (products.get(name, 0.0) - reactants.get(name, 0.0)) * factor / self.volume
            for name, factor in conversions.items()
        }
        return split(law, change, entry.label)

    def _changes(self, name: str) -> bool:
        """Return whether reactions change a species."""
        return not self.document.species[name].fixed

    def _side(self, references: tuple[Reference, ...]) -> dict[str, float]:
        """Return the coefficients of one side."""
        side: dict[str, float] = {}
        for reference in references:
            name = reference.species
            if name not in self.document.species:
                raise NetworkError(f"species {printable(name)} is not declared")
            species = self.document.species[name]
            if species.constant and not species.boundary:
                raise NetworkError(
                    f"species {printable(name)} is constant, and no boundary species: it cannot react"
                )
            if not species.boundary and (name in self.document.ruled or name in self.document.rates):
                raise NetworkError(f"species {printable(name)} has a rule, and this reaction changes it")
            count = self.symbols.stoichiometry(reference.stoichiometry)
            side[name] = side.get(name, 0.0) + count
        return {name: count for name, count in side.items() if count}

    def _conversion(self, name: str) -> float:
        factor = self.document.species[name].conversion_factor
        return self.symbols.constant(factor) if factor else 1.0

"""Read SBML Level 2 and 3 as a network under mass action, or refuse it by naming what it is not.

What is accepted is what reactions alone can do. The law of a reaction may be written in any way that expands
to constants times products of species: reversible, with functions of the model, local parameters, divisions
by constants, initial assignments of constants, catalysts as reactants or modifiers. Rules, events, delays,
fast reactions, time in a formula and every other law are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast, final

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.chemistry.values import COEFFICIENT_LIMIT, checked_quantity
from neuralcrn.errors import NetworkError, printable
from neuralcrn.formats.sbml.document import Document, ReactionEntry, Reference, copy_document, place
from neuralcrn.formats.sbml.formula import Calculator
from neuralcrn.formats.sbml.guard import checked_text
from neuralcrn.formats.sbml.laws import mass_action
from neuralcrn.formats.sbml.model import SbmlModel, Unit
from neuralcrn.formats.sbml.symbols import Symbols

_WORK = 200_000
"""Terms that the formulas of a file may touch, plus one a character of it."""


def read_sbml(text: str, source: str = "text", *, discrete: bool = False) -> Network:
    """Return the network of an SBML document.

    Parameters
    ----------
    text : str
        The document, in UTF-8 where it says so; at most 50 million characters.
    source : str
        File name, or a word for where the text comes from, shown in errors.
    discrete : bool
        Whether laws are propensities in counts of molecules, see `read_sbml_model`.

    Returns
    -------
    Network
        In concentrations or in amounts, see `read_sbml_model`.

    Raises
    ------
    ParseError, NetworkError, InvalidValueError
        As `read_sbml_model`.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> from neuralcrn.formats.sbml import write_sbml
    >>> network = parse_network("2A -> B [k = 3]")
    >>> read_sbml(write_sbml(network)) == network
    True
    """
    return read_sbml_model(text, source, discrete=discrete).network


def read_sbml_model(text: str, source: str = "text", *, discrete: bool = False) -> SbmlModel:
    """Return an SBML document as a network, with what a report of it needs.

    The network is in concentrations where all compartments that hold species have one size V, and in amounts
    where sizes differ or are not given, where every species has only substance units, or where molecules are
    counted. With W = V in the first case and 1 in the others, the state of species s is x_s = n_s / W, its
    symbol in a law means x_s W / D_s, with D_s the size of its compartment or 1 where it has only substance
    units, and a law of L substance per time is the flux L / W (SBML Level 3 Version 2 Core, section 4.11;
    doi:10.1515/jib-2017-0081).

    Parameters
    ----------
    text : str
        The document, in UTF-8 where it says so; at most 50 million characters.
    source : str
        File name, or a word for where the text comes from, shown in errors.
    discrete : bool
        Whether laws are propensities in counts of molecules, as in the stochastic cases of the SBML Test
        Suite: ``k P (P - 1)`` is mass action of 2 P. A law ``k P^2`` of 2 P is then taken for a
        deterministic one and means ``k P (P - 1)``, too. The network is in amounts, its volume 1.

    Returns
    -------
    SbmlModel
        Boundary and constant species are catalysts wherever they react. The name of a reaction is its label.

    Raises
    ------
    ParseError
        If the text is no valid SBML of Level 2 or 3, with line and column.
    NetworkError
        If an element is not supported or contradicts another, with its line.
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
    document = copy_document(checked, source)
    if not document.species:
        raise NetworkError(f"{printable(source)}: the model has no species, so there is nothing to simulate")
    calculator = Calculator(document.functions, _WORK + len(checked))
    symbols = Symbols(document, calculator)
    constants: dict[str, float] = {}
    for name, line in document.lines.items():
        with place(source, line, printable(name)):
            if symbols.has_value(name):
                constants[name] = symbols.constant(name)
    sizes: list[float | None] = []
    for entry in document.species.values():
        with place(source, entry.line, f"species {printable(entry.name)}"):
            sizes.append(symbols.size(entry))
    unit = _unit(document, sizes, discrete)
    volume = cast("float", sizes[0]) if unit == "concentration" else 1.0
    initial: dict[str, float] = {}
    factors: dict[str, float] = {}
    for entry in document.species.values():
        with place(source, entry.line, f"species {printable(entry.name)}"):
            divisor = symbols.divisor(entry)
            start = symbols.start(entry) * (divisor / volume)
            initial[entry.name] = checked_quantity(start, "initial value", entry.name)
            factors[entry.name] = volume / divisor
    laws = _Laws(document, symbols, calculator, factors, volume, discrete)
    reactions: list[Reaction] = []
    for entry in document.reactions:
        with place(source, entry.line, f"reaction {printable(entry.name)}"):
            reactions += laws.reactions(entry)
    with place(source, 1, "model"):
        network = Network(tuple(initial), tuple(reactions), tuple(initial.values()))
    return SbmlModel(network, unit, tuple(sizes), tuple(laws.fixed), MappingProxyType(constants))


def _unit(document: Document, sizes: Sequence[float | None], discrete: bool) -> Unit:
    """Return what the states are; without a common size, only amounts mean the same for all species."""
    amounts_only = all(entry.substance_only for entry in document.species.values())
    return "amount" if discrete or amounts_only or None in sizes or len(set(sizes)) > 1 else "concentration"


@final
@dataclass(frozen=True, slots=True)
class _Laws:
    """What is needed to read the reactions of one model."""

    document: Document
    symbols: Symbols
    calculator: Calculator
    factors: Mapping[str, float]
    volume: float
    discrete: bool
    fixed: Mapping[str, None] = field(init=False)

    def __post_init__(self) -> None:
        fixed = {name: None for name, entry in self.document.species.items() if entry.fixed}
        object.__setattr__(self, "fixed", fixed)

    def reactions(self, entry: ReactionEntry) -> list[Reaction]:
        """Return the reactions of mass action that have the law of an entry."""
        law = self.calculator.evaluate(
            entry.law, lambda name: self.symbols.law(name, entry.local, self.factors)
        )
        reactants, products = self._side(entry.reactants), self._side(entry.products)
        conversion = self._conversion({**reactants, **products})
        return mass_action(
            {monomial: coefficient * conversion / self.volume for monomial, coefficient in law.items()},
            reactants,
            products,
            fixed=self.fixed.keys(),
            label=entry.label,
            discrete=self.discrete,
        )

    def _side(self, references: tuple[Reference, ...]) -> dict[str, int]:
        """Return the coefficients of one side."""
        side: dict[str, int] = {}
        for reference in references:
            name = reference.species
            if name not in self.document.species:
                raise NetworkError(f"species {printable(name)} is not declared")
            species = self.document.species[name]
            if species.constant and not species.boundary:
                raise NetworkError(
                    f"species {printable(name)} is constant, and no boundary species: it cannot react"
                )
            count = self.calculator.constant(reference.stoichiometry, self.symbols.constant_polynomial)
            if not (count.is_integer() and 0.0 <= count <= COEFFICIENT_LIMIT):
                raise NetworkError(
                    f"stoichiometry {count:g} of {printable(name)}: whole numbers up to "
                    f"{COEFFICIENT_LIMIT:,} are read"
                )
            side[name] = side.get(name, 0) + int(count)
        return {name: count for name, count in side.items() if count}

    def _conversion(self, names: Iterable[str]) -> float:
        """Return the conversion factor that all species which a reaction changes have in common."""
        changed = [self.document.species[name] for name in names if name not in self.fixed]
        factors = {entry.conversion_factor for entry in changed}
        values = {self.symbols.constant(factor) if factor else 1.0 for factor in factors} or {1.0}
        if len(values) > 1 or min(values) < 0.0:
            raise NetworkError("species with different or negative conversion factors react: not supported")
        return values.pop()

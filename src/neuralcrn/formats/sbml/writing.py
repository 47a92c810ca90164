"""Writer for SBML Level 3 Version 2.

One compartment of volume 1 and an explicit kinetic law per reaction, ``k * pot * A * A * B``, so that the
result does not depend on rate-law conventions of other tools. The constant is a local parameter, because a
number in an attribute is read back as exactly the same double. libSBML would write 15 of the 17 digits, so
the document is generated here; tests validate it with libSBML.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from neuralcrn.algebra import Expression
from neuralcrn.chemistry import Dosing, Network, ParametricNetwork, Reaction
from neuralcrn.chemistry.values import checked_name
from neuralcrn.formats.events import DoseEvent, events_of
from neuralcrn.formats.heading import heading
from neuralcrn.formats.identifiers import free_identifier
from neuralcrn.formats.sbml.mathml import UNITLESS, apply, math, write_formula, write_name, write_number

_CORE = "http://www.sbml.org/sbml/level3/version2/core"
_XHTML = "http://www.w3.org/1999/xhtml"
_TIME = "http://www.sbml.org/sbml/symbols/time"
_SMALLEST_NORMAL = 2.0**-1022
_SMALLEST_EXPONENT = -1074


def write_sbml(
    network: Network | ParametricNetwork,
    name: str = "network",
    *,
    doses: Iterable[Dosing] = (),
    seed: int | None = None,
) -> str:
    """Return a network as an SBML document.

    Parameters
    ----------
    network : Network or ParametricNetwork
        The network. Parameters become parameters of the model.
    name : str
        Identifier of the model.
    doses : iterable of Dosing
        Doses, written as events.
    seed : int, optional
        Seed of the numbers in the network, for the notes.

    Raises
    ------
    NetworkError
        If the network lacks a species of a dose.
    InvalidValueError
        If the name of the model is not an identifier, or a formula has a function that SBML lacks.

    References
    ----------
    Hucka et al. 2019, SBML Level 3 Version 2 Core, doi:10.1515/jib-2019-0021.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> document = write_sbml(parse_network("2A -> B [k = 3]"), doses=[Dosing(5.0, (("A", 1.0),))])
    >>> [document.count(f"<{element} ") for element in ("species", "reaction", "event")]
    [2, 1, 1]
    """
    parametric = network if isinstance(network, ParametricNetwork) else _constant(network)
    network = parametric.network
    taken = {*network.species, *parametric.parameters}
    pot, constant = free_identifier("pot", taken), free_identifier("k", taken)
    counters, events = events_of(network, doses, taken)
    root = Element("sbml", {"xmlns": _CORE, "xmlns:sbml": _CORE, "level": "3", "version": "2"})
    units = dict.fromkeys(("substanceUnits", "timeUnits", "volumeUnits", "extentUnits"), UNITLESS)
    model = SubElement(root, "model", id=free_identifier(checked_name(name), taken), **units)
    body = SubElement(SubElement(model, "notes"), "body", xmlns=_XHTML)
    for line in (*heading(network), *(() if seed is None else (f"seed: {seed}",))):
        SubElement(body, "p").text = line
    SubElement(
        SubElement(model, "listOfCompartments"),
        "compartment",
        id=pot,
        spatialDimensions="3",
        size="1",
        constant="true",
    )
    _write_species(model, network, pot)
    values = zip(parametric.parameters, parametric.nominal, strict=True)
    constants = [(parameter, repr(value), "true") for parameter, value in values]
    _write_parameters(model, [*constants, *((counter, "0", "false") for counter in counters)])
    _write_initial(model, parametric)
    reactions = SubElement(model, "listOfReactions")
    for i, (reaction, rate) in enumerate(zip(network.reactions, parametric.rates, strict=True)):
        _write_reaction(reactions, free_identifier(f"reaction_{i + 1}", taken), reaction, rate, pot, constant)
    if events:
        elements = SubElement(model, "listOfEvents")
        for event in events:
            _write_event(elements, event)
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _constant(network: Network) -> ParametricNetwork:
    """Return a network as one without parameters."""
    rates = tuple(Expression.number(reaction.rate) for reaction in network.reactions)
    return ParametricNetwork(network, (), (), rates, tuple(map(Expression.number, network.initial)))


def _write_parameters(model: Element, parameters: Iterable[tuple[str, str, str]]) -> None:
    """Add parameters, each with its value and whether it is constant."""
    elements = Element("listOfParameters")
    for identifier, value, constant in parameters:
        SubElement(elements, "parameter", id=identifier, value=value, units=UNITLESS, constant=constant)
    if len(elements):
        model.append(elements)


def _write_species(model: Element, network: Network, pot: str) -> None:
    elements = SubElement(model, "listOfSpecies")
    for identifier, value in zip(network.species, network.initial, strict=True):
        SubElement(
            elements,
            "species",
            id=identifier,
            compartment=pot,
            initialConcentration="0" if _is_tiny(value) else repr(value),
            hasOnlySubstanceUnits="false",
            boundaryCondition="false",
            constant="false",
        )


def _write_initial(model: Element, parametric: ParametricNetwork) -> None:
    """Add initial values that cannot be attributes."""
    assignments = Element("listOfInitialAssignments")
    start = zip(parametric.network.species, parametric.network.initial, parametric.initial, strict=True)
    for name, value, formula in start:
        if formula.constant is None:
            write_formula(math(SubElement(assignments, "initialAssignment", symbol=name)), formula)
        elif _is_tiny(value):
            product = apply(math(SubElement(assignments, "initialAssignment", symbol=name)), "times")
            write_number(product, value / 2.0**_SMALLEST_EXPONENT)
            _write_smallest(product)
    if len(assignments):
        model.append(assignments)


def _write_reaction(
    parent: Element, identifier: str, reaction: Reaction, formula: Expression, pot: str, constant: str
) -> None:
    """Add one reaction with its kinetic law; catalysts are on both sides."""
    element = SubElement(parent, "reaction", id=identifier, reversible="false")
    if reaction.label:
        element.set("name", reaction.label)
    for tag, side in (("listOfReactants", reaction.reactants), ("listOfProducts", reaction.products)):
        references = SubElement(element, tag)
        for species, count in side.terms:
            SubElement(
                references, "speciesReference", species=species, stoichiometry=str(count), constant="true"
            )
    law = SubElement(element, "kineticLaw")
    product = apply(math(law), "times")
    rate = reaction.rate
    if formula.constant is None:
        write_formula(product, formula)
    else:
        write_name(product, constant)
        if _is_tiny(rate):
            rate /= 2.0**_SMALLEST_EXPONENT
            _write_smallest(product)
    molecules = (species for species, power in reaction.reactants.terms for _ in range(power))
    for species in (pot, *molecules):
        write_name(product, species)
    if formula.constant is not None:
        parameters = SubElement(law, "listOfLocalParameters")
        SubElement(parameters, "localParameter", id=constant, value=repr(rate), units=UNITLESS)


def _write_event(parent: Element, event: DoseEvent) -> None:
    element = SubElement(parent, "event", id=event.identifier, useValuesFromTriggerTime="true")
    begun = str(event.begun).lower()
    trigger = apply(math(SubElement(element, "trigger", initialValue=begun, persistent="true")), "geq")
    if event.watched is None:
        SubElement(trigger, "csymbol", encoding="text", definitionURL=_TIME).text = "time"
    else:
        write_name(trigger, event.watched)
    write_number(trigger, event.bound)
    assignments = SubElement(element, "listOfEventAssignments")
    for name in event.withdrawn:
        write_number(math(SubElement(assignments, "eventAssignment", variable=name)), 0.0)
    for name, amount in event.added:
        total = apply(math(SubElement(assignments, "eventAssignment", variable=name)), "plus")
        write_name(total, name)
        write_number(total, amount)


def _is_tiny(value: float) -> bool:
    """Return whether a number is subnormal; libSBML does not read such numbers from text."""
    return 0.0 < value < _SMALLEST_NORMAL


def _write_smallest(parent: Element) -> None:
    """Add the smallest double as a power of two; every subnormal number is an integer multiple of it."""
    power = apply(parent, "power")
    write_number(power, 2.0)
    write_number(power, _SMALLEST_EXPONENT)

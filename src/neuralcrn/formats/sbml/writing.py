"""SBML Level 3 Version 2: networks as other simulators read them.

One compartment of volume 1 and an explicit kinetic law a reaction, ``k * A^2 * B``, so that no
reader's own rate-law convention comes into play.
"""

from __future__ import annotations

from xml.etree import ElementTree

from neuralcrn.chemistry import Network, Reaction

_CORE = "http://www.sbml.org/sbml/level3/version2/core"
_MATHML = "http://www.w3.org/1998/Math/MathML"


def write_sbml(network: Network, name: str = "network") -> str:
    """Return a network as an SBML document.

    Parameters
    ----------
    network : Network
        Reactions and initial concentrations.
    name : str
        Identifier of the model.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> document = write_sbml(parse_network("2A -> B [k = 3]"))
    >>> document.count("<reaction "), document.count("<species ")
    (1, 2)
    """
    taken = set(network.species)
    pot = _free("pot", taken)
    root = ElementTree.Element("sbml", xmlns=_CORE, level="3", version="2")
    model = ElementTree.SubElement(root, "model", id=_free(name, taken))
    compartments = ElementTree.SubElement(model, "listOfCompartments")
    ElementTree.SubElement(
        compartments, "compartment", id=pot, spatialDimensions="3", size="1", constant="true"
    )
    species = ElementTree.SubElement(model, "listOfSpecies")
    for identifier, value in zip(network.species, network.initial, strict=True):
        ElementTree.SubElement(
            species,
            "species",
            id=identifier,
            compartment=pot,
            initialConcentration=repr(value),
            hasOnlySubstanceUnits="false",
            boundaryCondition="false",
            constant="false",
        )
    reactions = ElementTree.SubElement(model, "listOfReactions")
    for i, reaction in enumerate(network.reactions):
        _write_reaction(reactions, _free(f"reaction_{i + 1}", taken), reaction, pot)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _write_reaction(parent: ElementTree.Element, identifier: str, reaction: Reaction, pot: str) -> None:
    """Add one reaction with its kinetic law; catalysts stand on both sides."""
    element = ElementTree.SubElement(parent, "reaction", id=identifier, reversible="false")
    for tag, side in (("listOfReactants", reaction.reactants), ("listOfProducts", reaction.products)):
        references = ElementTree.SubElement(element, tag)
        for species, count in side.terms:
            ElementTree.SubElement(
                references, "speciesReference", species=species, stoichiometry=str(count), constant="true"
            )
    law = ElementTree.SubElement(element, "kineticLaw")
    math = ElementTree.SubElement(law, "math", xmlns=_MATHML)
    product = ElementTree.SubElement(math, "apply")
    ElementTree.SubElement(product, "times")
    _write_number(ElementTree.SubElement(product, "cn", type="e-notation"), reaction.rate)
    ElementTree.SubElement(product, "ci").text = f" {pot} "
    for species, power in reaction.reactants.terms:
        for _ in range(power):
            ElementTree.SubElement(product, "ci").text = f" {species} "


def _free(name: str, taken: set[str]) -> str:
    """Return an identifier that nothing else has, and take it."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _write_number(element: ElementTree.Element, value: float) -> None:
    """Write a number exactly, as mantissa and exponent."""
    mantissa, exponent = f"{value:.17e}".split("e")
    element.text = f" {mantissa} "
    separator = ElementTree.SubElement(element, "sep")
    separator.tail = f" {int(exponent)} "

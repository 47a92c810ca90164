"""SBML means the same to us and to libRoadRunner, and no text makes the reader fail but with our errors.

Models are drawn in every harmless form: levels, compartments of several dimensions, amounts and
concentrations, boundary species, conversion factors, assignments, functions, local parameters that shadow,
laws that expand, assignment rules in laws, rate rules, events.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import rates_of_change

from neuralcrn.errors import NeuralCRNError, NeuralCRNWarning
from neuralcrn.formats import SbmlModel, read_sbml, read_sbml_model

MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
SYMBOLS = "http://www.sbml.org/sbml/symbols"
NUMBERS = st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 0.1])


@dataclass(frozen=True)
class Symbol:
    """A species of a drawn model."""

    element: str
    assigned: str


def apply(operator: str, *arguments: str) -> str:
    return f"<apply><{operator}/>{''.join(arguments)}</apply>"


def name(identifier: str) -> str:
    return f"<ci> {identifier} </ci>"


@st.composite
def constants(draw: st.DrawFn, depth: int = 2) -> str:
    """Formulas of numbers, parameters and compartments."""
    kind = draw(st.sampled_from(["number", "name", "operator"] if depth else ["number", "name"]))
    if kind == "number":
        value = draw(NUMBERS)
        written = [f"<cn> {value} </cn>", f'<cn type="e-notation"> {value} <sep/> 0 </cn>']
        return draw(st.sampled_from([*written, '<cn type="rational"> 3 <sep/> 4 </cn>']))
    if kind == "name":
        return name(draw(st.sampled_from(["k1", "k2", "k3", "c1", "c2"])))
    inner = [draw(constants(depth - 1)) for _ in range(2)]
    operator = draw(st.sampled_from(["plus", "times", "divide", "root", "double", "call"]))
    if operator == "root":
        return apply("root", inner[0])
    if operator == "double":
        return apply("minus", apply("minus", inner[0]))
    if operator == "call":
        return f"<apply>{name('scaled')}{''.join(inner)}</apply>"
    return apply(operator, *inner)


@st.composite
def products_of(draw: st.DrawFn, molecules: list[str]) -> str:
    """A constant times given factors, in some order and grouping."""
    factors = [draw(constants())]
    for species in dict.fromkeys(molecules):
        count = molecules.count(species)
        if count > 1 and draw(st.booleans()):
            factors.append(apply("power", name(species), f'<cn type="integer"> {count} </cn>'))
        else:
            factors += [name(species)] * count
    factors = draw(st.permutations(factors))
    if len(factors) > 2 and draw(st.booleans()):
        factors = [f"<apply>{name('scaled')}{factors[0]}{factors[1]}</apply>", *factors[2:]]
    term = apply("times", *factors)
    return apply("divide", term, draw(constants())) if draw(st.booleans()) else term


@st.composite
def laws(draw: st.DrawFn, left: list[str], right: list[str], names: list[str]) -> str:
    """Laws of mass action: forward terms with catalysts, perhaps a reverse one."""
    terms: list[str] = []
    for _ in range(draw(st.integers(1, 2))):
        catalysts = st.lists(st.sampled_from([*names, "t1", "q1"]), max_size=1)
        terms.append(draw(products_of([*left, *draw(catalysts)])))
    law = apply("plus", *terms)
    if right and draw(st.booleans()):
        law = apply("minus", law, draw(products_of(right)))
    return apply("times", name("c1"), law) if draw(st.booleans()) else law


@st.composite
def models(draw: st.DrawFn, *, wild: bool = False) -> str:
    """Documents; in wild ones laws have nothing to do with the sides of their reactions."""
    level, version = draw(st.sampled_from([(3, 1), (3, 2), (2, 4)]))
    three = level == 3
    names = ["S1", "S2", "S3", "S4"][: draw(st.integers(2, 4))]
    species = [draw(species_elements(identifier, three)) for identifier in names]
    reactions = "".join(
        draw(reaction_elements(i, names, (level, version), wild)) for i in range(draw(st.integers(1, 3)))
    )
    sizes = draw(st.sampled_from([(1.0, 1.0), (2.5, 2.5), (0.5, 4.0)]))
    assigned = "".join(symbol.assigned for symbol in species)
    third = draw(constants(1).filter(lambda formula: "k3" not in formula))
    factor = ' conversionFactor="k2"' if three and draw(st.booleans()) else ""
    core = f"level3/version{version}/core" if three else "level2/version4"
    dimensions = draw(st.sampled_from([1, 2, 3]))
    compartments = "".join(
        f'<compartment id="c{i + 1}" spatialDimensions="{dimensions}" size="{size}" constant="true"/>'
        for i, size in enumerate(sizes)
    )
    bound = "".join(f"<bvar>{name(argument)}</bvar>" for argument in "xy")
    function = f"<lambda>{bound}{apply('times', name('y'), name('x'))}</lambda>"
    total = apply("plus", name("S1"), apply("times", draw(constants(1)), name("S2")))
    change = apply("minus", apply("times", name("k1"), name("t1")), name("q1"))
    rules = (
        f'<assignmentRule variable="t1"><math {MATHML}>{total}</math></assignmentRule>'
        f'<rateRule variable="q1"><math {MATHML}>{change}</math></rateRule>'
    )
    late = f'<csymbol encoding="text" definitionURL="{SYMBOLS}/time">t</csymbol>'
    flags = ' initialValue="true" persistent="true"' if three else ""
    event = (
        f'<listOfEvents><event id="e1" useValuesFromTriggerTime="true"><trigger{flags}><math {MATHML}>'
        f"{apply('gt', late, name('k1'))}</math></trigger><listOfEventAssignments><eventAssignment "
        f'variable="q1"><math {MATHML}>{name("t1")}</math></eventAssignment></listOfEventAssignments>'
        "</event></listOfEvents>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="http://www.sbml.org/sbml/{core}" '
        f'level="{level}" version="{version}"><model id="drawn"{factor}>'
        f'<listOfFunctionDefinitions><functionDefinition id="scaled"><math {MATHML}>{function}</math>'
        f"</functionDefinition></listOfFunctionDefinitions>"
        f"<listOfCompartments>{compartments}</listOfCompartments>"
        f"<listOfSpecies>{''.join(symbol.element for symbol in species)}</listOfSpecies>"
        '<listOfParameters><parameter id="k1" value="0.7" constant="true"/>'
        '<parameter id="k2" value="1.3" constant="true"/><parameter id="k3" constant="true"/>'
        '<parameter id="t1" constant="false"/><parameter id="q1" value="0.4" constant="false"/>'
        f"</listOfParameters><listOfInitialAssignments>{assignment('k3', third)}{assigned}"
        f"</listOfInitialAssignments><listOfRules>{rules}</listOfRules>"
        f"<listOfReactions>{reactions}</listOfReactions>{draw(st.sampled_from(['', event]))}</model></sbml>"
    )


def assignment(symbol: str, formula: str) -> str:
    return f'<initialAssignment symbol="{symbol}"><math {MATHML}>{formula}</math></initialAssignment>'


@st.composite
def species_elements(draw: st.DrawFn, identifier: str, three: bool) -> Symbol:
    flags = {flag: draw(st.booleans()) for flag in ("hasOnlySubstanceUnits", "boundaryCondition")}
    constant = flags["boundaryCondition"] and draw(st.booleans())
    written = " ".join(f'{flag}="{str(value).lower()}"' for flag, value in flags.items())
    start = f'{draw(st.sampled_from(["initialAmount", "initialConcentration"]))}="{draw(NUMBERS)}"'
    compartment = draw(st.sampled_from(["c1", "c1", "c2"]))
    assigned = ""
    if draw(st.integers(0, 3)) == 0:
        formula = draw(constants())
        assigned = (
            f'<initialAssignment symbol="{identifier}"><math {MATHML}>{formula}</math></initialAssignment>'
        )
    factor = ' conversionFactor="k1"' if three and draw(st.integers(0, 5)) == 0 else ""
    element = (
        f'<species id="{identifier}" compartment="{compartment}" {start} {written} '
        f'constant="{str(constant).lower()}"{factor}/>'
    )
    return Symbol(element, assigned)


@st.composite
def reaction_elements(
    draw: st.DrawFn, number: int, names: list[str], version: tuple[int, int], wild: bool
) -> str:
    molecules = st.lists(st.sampled_from(names), max_size=2)
    left = draw(molecules)
    right = draw(molecules if left else st.lists(st.sampled_from(names), min_size=1, max_size=2))
    law_left = draw(molecules) if wild else left
    law = draw(laws(law_left, draw(molecules) if wild else right, names))
    three = version[0] == 3
    fast = ' fast="false"' if version != (3, 2) else ""
    references = [
        "".join(
            f'<speciesReference species="{species}" stoichiometry="{side.count(species)}"'
            + (' constant="true"/>' if three else "/>")
            for species in sorted(set(side))
        )
        for side in (left, right)
    ]
    others = "".join(f'<modifierSpeciesReference species="{species}"/>' for species in names)
    tag = "ocalParameter" if three else "arameter"
    local = f'<{"l" if three else "p"}{tag} id="k1" value="0.9"/>'
    list_tag = f"listOf{'L' if three else 'P'}{tag}s"
    shadowing = f"<{list_tag}>{local}</{list_tag}>" if draw(st.booleans()) else ""
    return (
        f'<reaction id="r{number}" reversible="false"{fast}>'
        + "".join(
            f"<{which}>{side}</{which}>"
            for which, side in zip(("listOfReactants", "listOfProducts"), references, strict=True)
            if side
        )
        + f"<listOfModifiers>{others}</listOfModifiers>"
        f"<kineticLaw><math {MATHML}>{law}</math>{shadowing}</kineticLaw></reaction>"
    )


def agree_with_roadrunner(text: str, model: SbmlModel) -> None:
    """Compare amounts at the start and their rates of change."""
    roadrunner = pytest.importorskip("roadrunner")
    simulator = roadrunner.RoadRunner(text)  # its model dies with it
    other = simulator.model
    floating = other.getFloatingSpeciesIds()
    start = np.array(model.network.initial)
    amounts = dict(zip(model.network.species, model.amounts(start), strict=True))
    rates = rates_of_change(model.network, start)
    rates = dict(zip(model.network.species, model.concentrations(rates), strict=True))
    assert amounts["q1"] == simulator["q1"]
    assert rates["q1"] == pytest.approx(simulator["k1"] * simulator["t1"] - 0.4, rel=1e-9)
    for identifiers, values, ours in (
        (floating, other.getFloatingSpeciesAmounts(), amounts),
        (other.getBoundarySpeciesIds(), other.getBoundarySpeciesAmounts(), amounts),
        (floating, other.getFloatingSpeciesConcentrationRates(), rates),
    ):
        mine = [ours[identifier] for identifier in identifiers]
        np.testing.assert_allclose(mine, values, rtol=1e-9, atol=1e-12)
    for identifier in model.fixed:
        assert rates[identifier] == 0.0


def attempt(text: str, *, discrete: bool = False) -> SbmlModel | NeuralCRNError:
    """Return the model or the refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeuralCRNWarning)
        try:
            return read_sbml_model(text, discrete=discrete)
        except NeuralCRNError as refusal:
            return refusal


@given(models())
def test_harmless_forms_are_read_as_roadrunner_reads_them(text: str) -> None:
    model = attempt(text)
    assert isinstance(model, SbmlModel)
    agree_with_roadrunner(text, model)


@given(models(wild=True))
def test_what_is_accepted_means_what_roadrunner_says(text: str) -> None:
    model = attempt(text)
    if isinstance(model, SbmlModel):
        agree_with_roadrunner(text, model)
    else:
        assert re.search("not mass action|no product can react|without having it as a factor", str(model))


JUNK = (
    *("", "<", ">", "&", '"', "</apply>", "<apply>", "<!--", "]]>", "<!DOCTYPE a>", "<!ENTITY a 'b'>", "&a;"),
    *(
        "\x00",
        "\ud800",
        "é",
        "NaN",
        "INF",
        "-1",
        "0x1",
        "1e999",
        "1,5",
        "true",
        "S1",
        "k1",
        'id="S1"',
        "level",
    ),
    *(
        "<ci>S1</ci>",
        "<cn>2</cn>",
        "<piecewise/>",
        "<plus/>",
        "<lambda/>",
        "<event/>",
        "<species/>",
        "<minus/>",
    ),
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Valid documents of which a few pieces were lost, doubled, moved or replaced."""
    text = draw(models())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 1, 5, 40, 400])))
        where = draw(st.integers(0, len(text)))
        junk = draw(st.sampled_from(JUNK))
        text = draw(
            st.sampled_from(
                [
                    text[:start] + junk + text[end:],
                    text[:where] + text[start:end] + text[where:],
                    text[:start] + text[end:],
                    text.replace(text[start:end] or " ", junk, 3),
                ]
            )
        )
    return text


@settings(max_examples=200)
@given(damaged(), st.booleans())
def test_damaged_documents_are_read_or_refused_and_nothing_else(text: str, discrete: bool) -> None:
    result = attempt(text, discrete=discrete)
    if isinstance(result, NeuralCRNError):
        assert 0 < len(str(result)) < 2000
        assert str(result).replace("\n", "").isprintable()


@given(st.text(max_size=300))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(NeuralCRNError):
        read_sbml(text)

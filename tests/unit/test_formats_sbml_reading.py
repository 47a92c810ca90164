"""SBML: the harmless is read exactly, what is not mass action is refused by name, the hostile at once."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from tests.cases import calls_made

from neuralcrn.chemistry import parse_network
from neuralcrn.errors import InvalidValueError, NeuralCRNError, NeuralCRNWarning, ParseError
from neuralcrn.formats import read_sbml, read_sbml_model, write_sbml

MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
SYMBOLS = "http://www.sbml.org/sbml/symbols"
COMPARTMENT = '<compartment id="{}" spatialDimensions="3" size="{}" constant="true"/>'
KA = "<apply><times/><ci> k </ci><ci> A </ci></apply>"
"""The law k A."""


def document(
    law: str = KA,
    *,
    root: str = "",
    model: str = "",
    functions: str = "",
    compartments: str = COMPARTMENT.format("c", "1"),
    species: str = "",
    parameters: str = "",
    between: str = "",
    reactants: str = "A:1",
    products: str = "B:1",
    local: str = "",
    start: str = 'initialConcentration="2"',
    k: str = 'value="0.5"',
    after: str = "",
) -> str:
    """Return a document of A -> B whose parts can be replaced."""
    flags = 'hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"'
    sides = "".join(
        f"<{tag}>{''.join(map(reference, side.split()))}</{tag}>"
        for tag, side in (("listOfReactants", reactants), ("listOfProducts", products))
        if side
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"{root}>
<model id="m"{model}>{listed("FunctionDefinition", functions)}{listed("Compartment", compartments)}
<listOfSpecies><species id="A" compartment="c" {start} {flags}/>
<species id="B" compartment="c" initialConcentration="0" {flags}/>{species}</listOfSpecies>
<listOfParameters><parameter id="k" {k} constant="true"/>{parameters}</listOfParameters>{between}
<listOfReactions><reaction id="r" name="made" reversible="false" fast="false">
{sides}<kineticLaw><math {MATHML}>{law}</math>{listed("LocalParameter", local)}</kineticLaw>
</reaction></listOfReactions>{after}</model></sbml>"""


def level_one(formula: str) -> str:
    """Return a document of SBML Level 1, in which A decays by a law that is a text."""
    return f"""<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"><model name="m">
<listOfCompartments><compartment name="c" volume="2"/></listOfCompartments>
<listOfSpecies><species name="A" compartment="c" initialAmount="2"/></listOfSpecies>
<listOfParameters><parameter name="k" value="3"/></listOfParameters>
<listOfReactions><reaction name="r" reversible="false">
<listOfReactants><speciesReference species="A"/></listOfReactants>
<kineticLaw formula="{formula}"/></reaction></listOfReactions></model></sbml>"""


def listed(kind: str, elements: str) -> str:
    return f"<listOf{kind}s>{elements}</listOf{kind}s>" if elements else ""


def reference(part: str) -> str:
    species, stoichiometry = part.split(":")
    return f'<speciesReference species="{species}" stoichiometry="{stoichiometry}" constant="true"/>'


def apply(operator: str, *arguments: str) -> str:
    return f"<apply><{operator}/>{''.join(arguments)}</apply>"


def power(name: str, exponent: str) -> str:
    return apply("power", f"<ci>{name}</ci>", f"<cn>{exponent}</cn>")


def assigned(symbol: str, formula: str) -> str:
    math = f"<math {MATHML}>{formula}</math>"
    return listed("InitialAssignment", f'<initialAssignment symbol="{symbol}">{math}</initialAssignment>')


def rule(kind: str, variable: str, formula: str) -> str:
    return listed("Rule", f"<{kind}Rule{variable}><math {MATHML}>{formula}</math></{kind}Rule>")


def defined(bodies: list[str]) -> str:
    """Return functions f0, f1, ... of x."""
    return "".join(
        f'<functionDefinition id="f{i}"><math {MATHML}><lambda><bvar><ci>x</ci></bvar>{body}</lambda></math>'
        "</functionDefinition>"
        for i, body in enumerate(bodies)
    )


def parameter(name: str, value: str = "") -> str:
    return f'<parameter id="{name}" {value} constant="true"/>'


def extra_species(name: str, flags: str) -> str:
    others = "".join(
        f' {flag}="false"'
        for flag in ("hasOnlySubstanceUnits", "boundaryCondition", "constant")
        if flag not in flags
    )
    return f'<species id="{name}" compartment="c" initialAmount="3" {flags}{others}/>'


CONSTANT = extra_species("F", 'constant="true"')
BOUNDARY = extra_species("E", 'boundaryCondition="true"')


@pytest.mark.parametrize(
    ("text", "reactions"),
    [
        (document(), "A -> B [k = 0.5]  # made"),
        (document(apply("minus", KA, "<ci>B</ci>")), "A -> B [k = 0.5]  # made\nB -> A [k = 1]  # made"),
        (document(apply("minus", apply("minus", KA))), "A -> B [k = 0.5]  # made"),
        (document(apply("times", KA, "<ci>B</ci>")), "A + B -> 2 B [k = 0.5]  # made"),
        (document(apply("times", KA, "<ci>A</ci>")), "2 A -> B + A [k = 0.5]  # made"),
        (document(power("A", "2"), reactants="A:2"), "2 A -> B [k = 1]  # made"),
        (document(power("A", "2"), reactants="A:1 A:1"), "2 A -> B [k = 1]  # made"),
        (document(power("A", "3"), reactants="A:2"), "3 A -> B + A [k = 1]  # made"),
        (document(apply("divide", KA, "<cn>4</cn>")), "A -> B [k = 0.125]  # made"),
        (document(apply("times", KA, apply("ln", apply("exp", "<cn>1</cn>")))), "A -> B [k = 0.5]  # made"),
        (document(KA, local='<localParameter id="k" value="7"/>'), "A -> B [k = 7]  # made"),
        (document(KA, local='<localParameter id="A" value="7"/>', reactants=""), "0 -> B [k = 3.5]  # made"),
        (document(KA, k="", between=assigned("k", "<cn>3</cn>")), "A -> B [k = 3]  # made"),
        (document(KA, k="", between=assigned("k", "<ci>A</ci>")), "A -> B [k = 2]  # made"),
        (
            document(
                apply("minus", KA, apply("times", "<ci>B</ci>", "<ci>C</ci>")),
                products="C:1 B:1",
                species=extra_species("C", ""),
            ),
            "A -> C + B [k = 0.5]  # made\nC + B -> A [k = 1]  # made",
        ),
        (document(KA, reactants="A:1 E:1", species=BOUNDARY), "A -> B [k = 0.5]  # made"),
        (document(KA, species=BOUNDARY, products="E:2"), "A -> 0 [k = 0.5]  # made"),
        (document(apply("times", KA, "<ci>E</ci>"), species=BOUNDARY), "A + E -> B + E [k = 0.5]  # made"),
        (document("<cn>0</cn>"), ""),
        (document('<cn type="e-notation">5<sep/>-1</cn>', reactants=""), "0 -> B [k = 0.5]  # made"),
        (document('<cn type="rational">1<sep/>4</cn>', reactants=""), "0 -> B [k = 0.25]  # made"),
        (document(apply("plus", *["<ci>A</ci>"] * 900)), "A -> B [k = 900]  # made"),
        (
            document(
                "<apply><ci>f0</ci><ci>A</ci></apply>",
                functions=defined([apply("plus", "<ci>x</ci>", "<ci>x</ci>")]),
            ),
            "A -> B [k = 2]  # made",
        ),
        (
            document(
                apply("times", "<ci>q</ci>", "<ci>A</ci>"),
                parameters='<parameter id="q" constant="false"/>',
                between=rule("assignment", ' variable="q"', apply("times", "<cn>3</cn>", "<ci>k</ci>")),
            ),
            "A -> B [k = 1.5]  # made",
        ),
    ],
)  # fmt: skip
def test_harmless_forms(text: str, reactions: str) -> None:
    assert "\n".join(map(str, read_sbml(text).reactions)) == reactions


def test_amounts_and_concentrations_of_one_compartment() -> None:
    """In volume 4, da/dt = -k a / 4: the law k A is in substance per time, and A a concentration."""
    model = read_sbml_model(document(compartments=COMPARTMENT.format("c", "4")))
    assert (model.unit, model.sizes, model.constants["c"]) == ("concentration", (4.0, 4.0), 4.0)
    assert [reaction.rate for reaction in model.network.reactions] == [0.125]
    assert model.network.initial == (2.0, 0.0)
    assert model.amounts(np.array([2.0, 0.5])).tolist() == [8.0, 2.0]


def test_different_compartments_are_counted_in_amounts() -> None:
    sizes = COMPARTMENT.format("c", "4") + COMPARTMENT.format("d", "2")
    text = document(compartments=sizes).replace('id="B" compartment="c"', 'id="B" compartment="d"')
    model = read_sbml_model(text)
    assert (model.unit, model.sizes) == ("amount", (4.0, 2.0))
    assert model.network.initial == (8.0, 0.0)
    assert [reaction.rate for reaction in model.network.reactions] == [0.125]
    assert model.concentrations(np.array([[8.0, 4.0]])).tolist() == [[2.0, 2.0]]


def test_amounts_need_no_size_but_concentrations_do() -> None:
    open_ended = '<compartment id="c" spatialDimensions="3" constant="true"/>'
    with pytest.warns(NeuralCRNWarning, match="compartment c has no size: 1 is assumed"):
        assert read_sbml(document(compartments=open_ended)) == read_sbml(document())
    text = document(compartments=open_ended).replace('SubstanceUnits="false"', 'SubstanceUnits="true"')
    model = read_sbml_model(text.replace("initialConcentration", "initialAmount"))
    assert (model.unit, model.sizes) == ("amount", (None, None))
    with pytest.raises(NeuralCRNError, match="species A has no size"):
        model.concentrations(np.array([1.0, 1.0]))


def test_an_assigned_size_changes_what_amounts_and_laws_mean() -> None:
    """In volume 3 an amount of 6 is a concentration of 2, and k A per volume is k / 3."""
    model = read_sbml_model(document(start='initialAmount="6"', between=assigned("c", "<cn>3</cn>")))
    assert (model.unit, model.network.initial) == ("concentration", (2.0, 0.0))
    assert [reaction.rate for reaction in model.network.reactions] == [0.5 / 3.0]


def test_an_identified_stoichiometry_is_assigned_and_used_in_a_law() -> None:
    text = document(apply("times", KA, "<ci>n</ci>"), between=assigned("n", "<cn>2</cn>"))
    model = read_sbml_model(text.replace('species="B" stoichiometry="1"', 'id="n" species="B"'))
    assert str(model.network.reactions[0].labelled("")) == "A -> 2 B [k = 1]"
    assert model.constants["n"] == 2.0


LEVEL_TWO = f"""<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model>
    <listOfCompartments><compartment id="c" size="1"/></listOfCompartments><listOfSpecies>
    <species id="A" compartment="c" initialAmount="1"/></listOfSpecies>
    <listOfParameters><parameter id="k" value="0.5"/></listOfParameters>
    <listOfReactions><reaction id="r"><listOfProducts><speciesReference species="A"><stoichiometryMath>
    <math {MATHML}>{{0}}</math></stoichiometryMath></speciesReference></listOfProducts>
    <kineticLaw><math {MATHML}><ci>k</ci></math></kineticLaw></reaction></listOfReactions></model></sbml>"""


@pytest.mark.parametrize(
    ("formula", "count"),
    [
        ("<cn type='integer'> 3 </cn>", 3),
        ("<cn type='rational'> 4 <sep/> 2 </cn>", 2),
        (apply("divide", "<cn>2</cn>", "<ci>k</ci>"), 4),
    ],
)
def test_stoichiometry_of_level_two_may_be_a_formula(formula: str, count: int) -> None:
    text = LEVEL_TWO.format(formula)
    (reaction,) = read_sbml(text).reactions
    assert (reaction.net_change, reaction.rate) == ({"A": count}, 0.5)


A_AT_START = "<ci>A</ci>"


@pytest.mark.parametrize(
    "text",
    [
        LEVEL_TWO.format("<ci>A</ci>"),
        document(k="", between=assigned("k", A_AT_START), model=' conversionFactor="A"'),
    ],
)  # fmt: skip
def test_a_species_is_no_constant_even_when_its_start_is_known(text: str) -> None:
    """X that makes X molecules of itself grows as exp(t): a number in its place would give 1 + t."""
    with pytest.raises(NeuralCRNError, match="A is a species: a constant is needed"):
        read_sbml(text)


@pytest.mark.parametrize(
    ("formula", "reaction"),
    [
        ("k * A * c", "A -> 0 [k = 3]"),
        ("k*c*pow(A, 2)/2", "2 A -> A [k = 1.5]"),
        ("A*c - -A", "A -> 0 [k = 1.5]"),
    ],
)
def test_level_one_is_read_as_libsbml_turns_it_into_level_two(formula: str, reaction: str) -> None:
    """In Level 1 the name of a species is a concentration, and a law is substance per time."""
    model = read_sbml_model(level_one(formula))
    assert [str(made) for made in model.network.reactions] == [reaction]
    assert (model.unit, model.network.initial) == ("concentration", (1.0,))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("k*1,5*A", "no mathematics"),
        ("uui(A, k)", "function uui is not declared"),
        ("A/(1 + A)", "a divisor depends on species A"),
        ("", "no mathematics"),
    ],
)
def test_level_one_is_refused_by_name_where_it_is_no_mass_action(formula: str, said: str) -> None:
    with pytest.raises(NeuralCRNError, match=said):
        read_sbml(level_one(formula))


def test_species_that_never_change_are_named() -> None:
    constant = extra_species("F", 'boundaryCondition="true" constant="true"')
    assert read_sbml_model(document(species=BOUNDARY + constant)).fixed == ("E", "F")


FALLING = apply("divide", apply("times", KA, apply("minus", "<ci>A</ci>", "<cn>1</cn>")), "<cn>2</cn>")
"""k A (A - 1) / 2."""


@pytest.mark.parametrize(
    ("law", "rate"), [(FALLING, 0.25), (apply("times", KA, "<ci>A</ci>"), 0.5), (power("A", "2"), 1.0)]
)
def test_propensities_in_counts_of_molecules(law: str, rate: float) -> None:
    network = read_sbml(document(law, reactants="A:2"), discrete=True)
    assert str(network.reactions[0].labelled("")) == f"2 A -> B [k = {rate:g}]"


def test_propensities_of_three_molecules() -> None:
    """Three molecules: n (n-1) (n-2) = n^3 - 3 n^2 + 2 n, however it is written."""
    law = apply(
        "plus",
        power("A", "3"),
        apply("times", "<cn>-3</cn>", power("A", "2")),
        apply("times", "<cn>2</cn>", "<ci>A</ci>"),
    )
    (reaction,) = read_sbml(document(law, reactants="A:3"), discrete=True).reactions
    assert (reaction.order, reaction.rate) == (3, 1.0)


def test_a_count_law_is_refused_as_a_concentration_law_with_a_hint() -> None:
    with pytest.raises(NeuralCRNError, match="--method ssa"):
        read_sbml(document(FALLING, reactants="A:2"))


@pytest.mark.parametrize(
    "law", [power("A", "2"), apply("plus", power("A", "2"), apply("times", "<cn>3</cn>", "<ci>A</ci>"))]
)
def test_counts_that_could_mean_two_things_are_refused(law: str) -> None:
    with pytest.raises(NeuralCRNError, match="propensity"):
        read_sbml(document(law), discrete=True)


def test_conversion_factors_scale_what_a_reaction_changes() -> None:
    text = document(model=' conversionFactor="f"', parameters=parameter("f", 'value="3"'))
    assert read_sbml(text).reactions[0].rate == 1.5


TRIGGER = f'<trigger initialValue="true" persistent="true"><math {MATHML}><true/></math></trigger>'
CONSTRAINT = f"<constraint><math {MATHML}><true/></math></constraint>"
PIECE = "<piecewise><piece>{}{}</piece></piecewise>"
A_OVER_1 = apply("gt", "<ci>A</ci>", "<cn>1</cn>")
EVENT = f'<event id="e" useValuesFromTriggerTime="true">{TRIGGER}</event>'


def csymbol(name: str, *arguments: str) -> str:
    symbol = f'<csymbol encoding="text" definitionURL="{SYMBOLS}/{name}">x</csymbol>'
    return f"<apply>{symbol}{''.join(arguments)}</apply>" if arguments else symbol


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (document(apply("divide", KA, apply("plus", "<ci>A</ci>", "<ci>k</ci>"))), "reaction r: a divisor"),
        (document("<ci>k</ci>"), "reaction r: the term 0.5 of its law is not mass action"),
        (document(KA, k='value="-1"'), "reaction r: the term -1 A of its law"),
        (document(KA, k='value="-1"', products=""), "negative, and no product"),
        (document(power("A", "1.5")), "exponent 1.5"),
        (document(power("A", "-1")), "exponent -1"),
        (document(power("A", "11")), "exponent 11"),
        (document(apply("times", *["<ci>A</ci>"] * 11)), "above 10"),
        (document(apply("power", "<cn>2</cn>", "<ci>A</ci>")), "'power' depends on species A"),
        (document(apply("exp", "<ci>A</ci>")), "'exp' depends on species A"),
        (document(apply("sin", "<ci>A</ci>")), "the argument of 'sin' depends on species A"),
        (document(apply("times", KA, apply("ln", csymbol("time")))), "reaction r: 'time' is not supported"),
        (document(csymbol("delay", "<ci>A</ci>", "<cn>1</cn>")), "'delay' is not supported"),
        (document(PIECE.format("<ci>A</ci>", A_OVER_1)), "the argument of 'gt' depends on species A"),
        (document(PIECE.format("<ci>A</ci>", "<false/>")), "no piece of a piecewise formula holds"),
        (document(apply("times", "<ci>A</ci>", "<ci>r</ci>")), "r depends on itself"),
        (document(reactants="A:1").replace('stoichiometry="1"', 'stoichiometry="r"'), "type mismatch"),
        (document(apply("divide", "<ci>A</ci>", "<cn>0</cn>")), "division by zero"),
        (document(apply("times", KA, apply("ln", "<cn>-1</cn>"))), "ln\\(-1\\) is not a finite number"),
        (document(apply("times", KA, "<infinity/>")), "finite numbers are needed"),
        (document("<ci>nobody</ci>"), "reaction r: nobody is not declared"),
        (document("<apply><ci>f</ci><ci>A</ci></apply>"), "function f is not declared"),
        (document().replace('fast="false"', 'fast="true"'), "reaction r: fast"),
        (document().replace("kineticLaw>", "notes>"), "reaction r: has no kinetic law"),
        (document(after=listed("Event", EVENT)), "event e: a network is changed by reactions alone"),
        (document(between=rule("rate", ' variable="A"', "<cn>1</cn>")), "A has a rule, and this reaction"),
        (document(between=rule("rate", ' variable="c"', "<cn>1</cn>")), "c is changed by a rule or an event"),
        (document(between=rule("assignment", ' variable="B"', "<cn>1</cn>")), "B has a rule, and this"),
        (document(between=rule("algebraic", "", "<ci>A</ci>")), "algebraic rule"),
        (document(between=assigned("k", "<ci>k</ci>"), k=""), "k: k depends on itself"),
        (document(between=assigned("nobody", "<cn>1</cn>")), "initial assignment of nobody: is not declared"),
        (document(start='initialConcentration="-1"'), "species A: initial value of A is -1"),
        (document(start='initialConcentration="NaN"'), "species A: A starts at nan"),
        (document(start='initialAmount="INF"'), "species A: A starts at inf"),
        (document(start='initialAmount="1" initialConcentration="1"'), "species A: has an initial"),
        (document(k=""), "reaction r: k has no value"),
        (document(k='value="NaN"'), "k has the value nan"),
        (document(compartments=COMPARTMENT.format("c", "0")), "compartment c has size 0"),
        (document(compartments=COMPARTMENT.format("c", "-1")), "compartment c has size -1"),
        (document(compartments=COMPARTMENT.format("d", "1")), "compartment c is not declared"),
        (document(reactants="A:NaN"), "reaction r: the stoichiometry of A is not given"),
        (document(reactants="nobody:1"), "reaction r: species nobody is not declared"),
        (document(reactants="A:1 F:1", species=CONSTANT), "reaction r: species F is constant"),
        (document(model=' conversionFactor="nobody"'), "reaction r: nobody is not declared"),
        (document(species=extra_species("a" * 300, "")), "300 characters: use at most 200"),
    ],
)  # fmt: skip
def test_what_reactions_alone_cannot_do_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(NeuralCRNError, match=said) as refusal:
        read_sbml(text, "model.xml")
    assert str(refusal.value).startswith("model.xml:")
    assert len(str(refusal.value)) < 2000


PACKAGE = ' xmlns:p="http://www.sbml.org/sbml/level3/version1/{0}/version1"'
LAUGHS = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("hello", "not well-formed"),
        ("<html><body/></html>", "SBML"),
        (document()[:-30], "not well-formed"),
        (document()[:400], "not well-formed"),
        (f"<!DOCTYPE sbml [<!ENTITY l0 'ha'>{LAUGHS}]>{document()}", "entities are not allowed"),
        (f'<!DOCTYPE sbml SYSTEM "file:///etc/passwd">{document()}', "entities are not allowed"),
        (document().replace("<model", "<!-- --><!DOCTYPE a><model"), "not well-formed"),
        (document().replace("<model", "<!-- never closed <model"), "not well-formed"),
        (document().replace("UTF-8", "UTF-16"), "only UTF-8"),
        (document().replace("made", "ma\0de"), "U\\+0000"),
        (document().replace("made", "\x1b[31m"), "U\\+001B"),
        (document().replace("made", "\ud800"), "U\\+D800"),
        (document(root=PACKAGE.format("comp"), after="<p:listOfSubmodels/>"), "package 'comp'"),
        (document(root=PACKAGE.format("comp"), model=' p:id="a"'), "package 'comp'"),
        (document(root=PACKAGE.format("comp").replace(":p", ":p.q-r"), model=' p.q-r:id=""'), "'comp'"),
        (document(after=f"<listOfSubmodels{PACKAGE.format('comp').replace(':p', '')}/>"), "package 'comp'"),
        (document(model=PACKAGE.format("comp"), after="<p:listOfSubmodels/>"), "package 'comp'"),
        (document(root=PACKAGE.format("co&#109;p"), model=' p:id="a"'), "package 'comp'"),
        (document(root="".join(PACKAGE.format("comp").replace(":p", f":p{i}") for i in range(99))), "comp"),
        (document(parameters=parameter("A", 'value="1"')), "Duplicate 'id'.* 'A'"),
        (document(parameters=parameter("__import__(1)", 'value="1"')), "Invalid syntax for an 'id'"),
        (document(k='value="0x10"'), "hexadecimal"),
        (document(k='value="1,5"'), "type mismatch"),
        (document("<cn>1,5</cn>"), "not a number of its type"),
        (document('<cn type="integer">3.5</cn>'), "not a number of its type"),
        (document('<cn type="integer" base="16">10</cn>'), "not a number of its type"),
        (document(apply("minus", "<cn>1-2</cn>")), "not a number of its type"),
        (document("<cn>1<!-- -->2</cn>"), "not a number of its type"),
        (document("<cn>1<?a?>2</cn>"), "not a number of its type"),
        (document("<cn><![CDATA[3]]></cn>"), "not a number of its type"),
        (document("<cn>1<ci>k</ci></cn>"), "not a number of its type"),
        (document('<cn type="e-notation">1<ci/>2</cn>'), "not a number of its type"),
        (document(after=f"<notes>{'<p>' * 250}{'</p>' * 250}</notes>"), "nested over 200 deep"),
        (document(k='value="&#48;x10"'), "hexadecimal"),
        (document(apply("times", KA, "&k;")), "undefined entity"),
        (document("<apply><minus/>" * 8000 + KA + "</apply>" * 8000), "nested over 200 deep"),
        (document(apply("times", *["<ci>k</ci>"] * 200_000)), "over 1,000 operands"),
        (document(species=extra_species("a" * 5_000_000, "")), "a tag or comment of 5,000,"),
        (document().replace('"3" version="1"', '"3" version="9"'), "Level"),
        ('<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"/>', "No model"),
        (level_one("-" * 5_000 + "A"), "a formula with over 200"),
        (level_one("(" * 5_000 + "A" + ")" * 5_000), "a formula with over 200"),
        (level_one("+".join(["A"] * 5_000)), "over 1,000 of"),
        ("<a b='" * 100_000, "not well-formed"),
        ("<" * 1_000_000, "not well-formed"),
        ("<!-- " * 200_000, "not well-formed"),
        (f"<!--{'a' * 5_000_000}-->{document()}", "a tag or comment of 5,000,"),
    ],
)  # fmt: skip
def test_hostile_and_broken_texts_are_refused(text: str, said: str) -> None:
    with pytest.raises(ParseError, match=said) as refusal:
        read_sbml(text, "model.xml")
    assert 0 < len(str(refusal.value)) < 2000
    assert str(refusal.value).replace("\n", "").isprintable()


def test_a_line_is_pointed_at() -> None:
    with pytest.raises(ParseError) as refusal:
        read_sbml(document().replace("<model", "<model <"), "model.xml")
    assert (refusal.value.line, refusal.value.source) == (3, "model.xml")


@pytest.mark.parametrize(
    "inside",
    ["<!-- <!DOCTYPE a> -->", f"<!-- {'<a>' * 500} -->", f"<notes><![CDATA[{'<a>' * 500}]]></notes>"],
)
def test_comments_and_character_data_hold_no_tags(inside: str) -> None:
    assert read_sbml(document(functions="").replace('id="m">', f'id="m">{inside}')) == read_sbml(document())


@pytest.mark.parametrize("name", ["comp", "fbc", "distrib"])
def test_packages_of_which_nothing_is_used_change_nothing(name: str) -> None:
    required = str(name != "fbc").lower()
    text = document(root=PACKAGE.format(name) + f' p:required="{required}"')
    assert read_sbml(text) == read_sbml(document())


@pytest.mark.parametrize(
    "text",
    [
        document(root=PACKAGE.format("layout")),  # p:required is missing
        document(parameters='<parameter id="u" value="1" units="furlong" constant="true"/>'),
        document().replace("<listOfReactions>", "<listOfRules/><listOfReactions>"),
    ],
)
def test_errors_that_leave_no_doubt_about_the_model_are_let_be(text: str) -> None:
    assert read_sbml(text) == read_sbml(document())


@pytest.mark.parametrize("changed", ["\ufeff" + document(), document().replace("\n", "\r\n")])
def test_marks_and_line_ends_change_nothing(changed: str) -> None:
    assert read_sbml(changed) == read_sbml(document())


@pytest.mark.parametrize(
    "bodies",
    [
        ["<apply><ci>f0</ci><ci>x</ci></apply>"],
        ["<ci>x</ci>", *(f"<apply><ci>f{i}</ci><ci>x</ci></apply>" for i in range(2000))],
        ["<ci>x</ci>", *(apply("plus", *[f"<apply><ci>f{i}</ci><ci>x</ci></apply>"] * 2) for i in range(40))],
    ],
    ids=["calls itself", "chain", "doubling"],
)
def test_functions_that_would_never_end(bodies: list[str]) -> None:
    """LibSBML itself dies of the first, and takes minutes for the second."""
    text = document(f"<apply><ci>f{len(bodies) - 1}</ci><ci>A</ci></apply>", functions=defined(bodies))
    with pytest.raises(NeuralCRNError, match=r"reaction r: .*(nested|too large)"):
        read_sbml(text)


def test_names_are_text_and_nothing_else() -> None:
    code = "__import__('os').system('touch /tmp/x')"
    (reaction,) = read_sbml(document().replace("made", code)).reactions
    assert reaction.label == code
    with pytest.raises(NeuralCRNError, match="is not declared"):
        read_sbml(document(f"<ci>{code}</ci>"))


def test_a_long_text_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="at most 50,000,000"):
        read_sbml(" " * 50_000_001)


def test_without_libsbml_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['libsbml'] = None\n"
        "from neuralcrn.formats import read_sbml\n"
        "try: read_sbml('<sbml/>')\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "neuralcrn[sbml]" in done.stdout


def test_work_grows_in_proportion_to_the_reactions() -> None:
    def work(n: int) -> int:
        lines = (f"S{i} + S{(7 * i) % n} -> S{(i * i) % n} [k = {i + 1}]\nS{i} -> 0" for i in range(n))
        text = write_sbml(parse_network("\n".join(lines)))
        assert read_sbml(text).counts == (n, 2 * n)
        return calls_made(lambda: read_sbml(text))

    assert work(240) < 10 * work(30)

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.strategies import networks, reactions, species_names

from neuralcrn.chemistry import (
    Network,
    conservation_laws,
    format_network,
    linkage_classes,
    net_stoichiometry,
    network_latex,
    parse_network,
    product_matrix,
    rank,
    reactant_matrix,
)
from neuralcrn.errors import NetworkError, NeuralCRNError

relaxed = settings(deadline=None)
thorough = settings(deadline=None, max_examples=500)

# Pieces of the grammar in any order come nearer to what a parser confuses than letters at random.
WORDS = "A B 2 0 1e5 -1 .5 1e999 nan -> <-> <=> - > + * [ ] ( = , ∅ # k kf kr @initial parameter é"
PIECES = st.sampled_from([*WORDS.split(), " ", "\t", "\n", "\r\n", "\x00", "\u202e", "\ufeff"])


@pytest.mark.filterwarnings("ignore::neuralcrn.errors.NeuralCRNWarning")  # of species in no reaction
@thorough
@given(networks())
def test_text_of_a_network_reads_back_as_the_network(net):
    assert parse_network(str(net)) == net


@relaxed
@given(reactions())
def test_text_of_a_reaction_reads_back_as_the_reaction(reaction):
    assert parse_network(str(reaction)).reactions == (reaction,)


@pytest.mark.filterwarnings("ignore::neuralcrn.errors.NeuralCRNWarning")  # of species in no reaction
@relaxed
@given(networks())
def test_the_halved_convention_reads_back_to_within_rounding(net):
    assume(all(1e-300 < reaction.rate < 1e300 for reaction in net.reactions))
    back = parse_network(format_network(net, rate_law="halved"), rate_law="halved")
    assert back.species == net.species
    assert back.initial == net.initial
    for mine, theirs in zip(net.reactions, back.reactions, strict=True):
        assert theirs.k(1) == mine.k(1)
        assert math.isclose(theirs.rate, mine.rate, rel_tol=4e-16)


@pytest.mark.filterwarnings("ignore::neuralcrn.errors.NeuralCRNWarning")  # of species in no reaction
@relaxed
@given(networks(), st.floats(0.1, 10))
def test_a_text_in_the_halved_convention_means_its_own_fluxes(net, x):
    assume(all(1e-300 < reaction.rate < 1e300 for reaction in net.reactions))
    halved = parse_network(format_network(net), rate_law="halved")
    for ours, theirs in zip(net.reactions, halved.reactions, strict=True):
        combinations = math.prod(x**a / math.factorial(a) for _, a in ours.reactants.terms)
        mass_action = math.prod(x**a for _, a in theirs.reactants.terms)
        assert math.isclose(ours.rate * combinations, theirs.rate * mass_action, rel_tol=1e-12)


@relaxed
@given(networks(), networks(), networks())
def test_merging_is_associative(a, b, c):
    try:
        left = (a | b) | c
    except NetworkError:
        assume(False)
    assert left == a | (b | c)


@relaxed
@given(networks())
def test_merging_with_itself_or_with_nothing_changes_nothing(net):
    assert net | net == net
    assert net | Network((), (), ()) == net
    assert Network((), (), ()) | net == net


@relaxed
@given(networks(), networks())
def test_merging_loses_no_species_and_no_reaction(a, b):
    b = b.with_initial(dict.fromkeys(b.species, 0.0))
    merged = a | b
    assert merged.species[: len(a.species)] == a.species
    assert set(merged.species) == set(a.species) | set(b.species)
    assert set(merged.reactions) == set(a.reactions) | set(b.reactions)


@thorough
@given(networks(max_reactions=10))
def test_conservation_laws_are_a_basis_of_the_left_null_space(net):
    matrix = net_stoichiometry(net)
    laws = np.array(conservation_laws(net), dtype=object).reshape(-1, len(net.species))
    assert not (laws @ matrix.astype(object)).any()
    expected = len(net.species) - (np.linalg.matrix_rank(matrix.astype(float)) if matrix.size else 0)
    assert len(laws) == expected
    assert not len(laws) or np.linalg.matrix_rank(laws.astype(float)) == len(laws)
    assert all(math.gcd(*law) == 1 for law in conservation_laws(net))


@relaxed
@given(networks())
def test_net_stoichiometry_is_products_less_reactants(net):
    assert (net_stoichiometry(net) == product_matrix(net) - reactant_matrix(net)).all()


@relaxed
@given(networks())
def test_linkage_classes_partition_the_complexes(net):
    found = [frozenset(side.terms) for part in linkage_classes(net) for side in part]
    sides = {frozenset(side.terms) for r in net.reactions for side in (r.reactants, r.products)}
    assert len(found) == len(set(found))
    assert set(found) == sides
    assert len(found) - len(linkage_classes(net)) >= rank(net)  # the deficiency is never negative


@relaxed
@given(networks())
def test_rendering_never_lets_markup_through(net):
    page = net._repr_html_()
    tags = {"div", "table", "tr", "th", "td", "sub", "sup", "p"}
    opened = {piece.split(">")[0].split()[0].strip("/") for piece in page.split("<")[1:]}
    assert opened <= tags
    latex = network_latex(net).replace("\\{", "").replace("\\}", "")
    assert latex.count("{") == latex.count("}")


@thorough
@given(st.text() | st.lists(PIECES | species_names(), max_size=15).map("".join))
@example("A -> B [k = 1] # \x85")
@example("\r")
def test_any_text_is_a_network_or_one_of_our_refusals(text):
    try:
        net = parse_network(text)
    except NeuralCRNError as refusal:
        message = str(refusal)
    else:
        message = ""
        assert parse_network(str(net)) == net
    assert len(message) < 2000

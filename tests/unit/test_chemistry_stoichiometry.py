import numpy as np
import pytest

from neuralcrn.chemistry import (
    Network,
    Reaction,
    conservation_laws,
    deficiency,
    is_weakly_reversible,
    linkage_classes,
    net_stoichiometry,
    parse_network,
    product_matrix,
    rank,
    reactant_matrix,
)
from neuralcrn.errors import InvalidValueError

ENZYME = "E + S <-> ES\nES -> E + P"


def test_matrices_are_species_by_reactions():
    net = parse_network("2A + B -> A + 3C\n0 -> B")
    assert reactant_matrix(net).tolist() == [[2, 0], [1, 0], [0, 0]]
    assert product_matrix(net).tolist() == [[1, 0], [0, 1], [3, 0]]
    assert net_stoichiometry(net).tolist() == [[-1, 0], [-1, 1], [3, 0]]
    assert net_stoichiometry(net).dtype == np.int64


def test_matrices_of_a_network_without_reactions_are_empty():
    assert net_stoichiometry(parse_network("A @initial 1")).shape == (1, 0)


def test_a_matrix_that_would_fill_the_memory_is_refused():
    reaction = Reaction.of({"S0": 1}, {})
    net = Network.of([reaction] * 20_000, species=[f"S{i}" for i in range(20_000)])
    with pytest.raises(InvalidValueError, match="250,000,000 entries"):
        reactant_matrix(net)


def test_the_laws_of_an_enzyme_are_its_totals():
    assert set(conservation_laws(parse_network(ENZYME))) == {(1, 0, 1, 0), (0, 1, 1, 1)}


@pytest.mark.filterwarnings("ignore::neuralcrn.errors.NeuralCRNWarning")  # of species in no reaction
def test_laws_without_common_factor_and_with_signs_where_needed():
    assert conservation_laws(parse_network("2A -> 3B")) == ((3, 2),)
    assert conservation_laws(parse_network("A + B -> 0")) == ((1, -1),)
    assert conservation_laws(parse_network("0 -> A")) == ()
    assert conservation_laws(parse_network("A @initial 1\nB @initial 1")) == ((1, 0), (0, 1))


def test_the_ring_clock_keeps_its_total():
    ring = "\n".join(f"C{i} + C{i % 5 + 1} -> 2 C{i % 5 + 1}" for i in range(1, 6))
    net = parse_network(ring)
    assert conservation_laws(net) == ((1, 1, 1, 1, 1),)


def test_500_species_in_pairs_have_non_negative_laws():
    rng = np.random.default_rng(7)
    text = []
    for i in range(250):
        a, b = rng.choice(250, 2, replace=False)
        text.append(f"S{a} + S{b} <-> D{i}")
    net = parse_network("\n".join(text))
    laws = conservation_laws(net)
    assert len(laws) == len(net.species) - 250
    assert not (np.array(laws) @ net_stoichiometry(net)).any()
    assert min(map(min, laws)) >= 0


def test_complexes_are_the_same_in_any_order():
    net = parse_network("A + B -> C\nC -> B + A\nD -> 0")
    assert [[str(side) for side in part] for part in linkage_classes(net)] == [["A + B", "C"], ["D", "0"]]


@pytest.mark.parametrize(
    ("text", "expected", "reversible"),
    [
        (ENZYME, 0, False),  # 3 complexes, 1 class, rank 2
        ("A <-> B\nB <-> C\nC <-> A", 0, True),
        ("A -> B\nB -> C\nC -> A", 0, True),
        ("A -> 2A\nA + B -> 2B\nB -> 0", 1, False),  # Lotka-Volterra: 6 complexes, 3 classes, rank 2
        ("0 <-> A\n2A <-> 3A", 2 - 1, True),  # Schloegl: 4 complexes, 2 classes, rank 1
        ("A <-> 2A\nA + B <-> C\nC <-> B", 1, True),  # Edelstein: 5 complexes, 2 classes, rank 2
        ("A -> A", 0, True),
    ],
)
def test_deficiency_and_weak_reversibility_of_networks_of_the_literature(text, expected, reversible):
    net = parse_network(text)
    assert deficiency(net) == expected
    assert is_weakly_reversible(net) is reversible


def test_rank_counts_independent_reactions():
    assert rank(parse_network(ENZYME)) == 2
    assert rank(parse_network("A -> A")) == 0

import pickle

import pytest
from tests.cases import calls_made

from neuralcrn.chemistry import NOTHING, Counts, Network, Reaction, describe_network, parse_network, species
from neuralcrn.errors import InvalidValueError, NetworkError

A, B, C = species("A B C")
BIND = (A + B >> C).k(2)


def test_species_come_given_first_then_mentioned_then_initial():
    net = Network.of([BIND], {"X": 1, "B": 2}, species=["C", A])
    assert net.species == ("C", "A", "B", "X")
    assert net.initial == (0.0, 0.0, 2.0, 1.0)
    assert dict(net.index) == {"C": 0, "A": 1, "B": 2, "X": 3}


def test_reversible_reactions_become_two():
    assert Network.of([(A | B).k(2).r(3)]).reactions == ((A >> B).k(2), (B >> A).k(3))


def test_size_and_order():
    net = Network.of([BIND, NOTHING >> A], {A: 1})
    assert net.counts == Counts(species=3, reactions=2)
    assert net.max_order == 2
    assert Network((), (), ()).max_order == 0


def test_initial_values_are_read_and_replaced_by_name():
    net = Network.of([BIND], {A: 1.5})
    changed = net.with_initial({"B": 3}).with_initial({C: 4})
    assert [changed.initial_of(name) for name in ("A", "B", C)] == [1.5, 3.0, 4.0]
    assert net.initial_of(B) == 0.0


def test_an_unknown_species_is_refused_with_the_nearest_name():
    net = Network.of([Reaction.of({"theta1_p": 1}, {})])
    with pytest.raises(NetworkError, match="did you mean theta1_p"):
        net.initial_of("theta_p")
    with pytest.raises(NetworkError, match="no species 'Q'"):
        net.with_initial({"Q": 1})


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), "3"])
def test_an_initial_value_is_finite_and_not_negative(value):
    with pytest.raises(InvalidValueError, match="initial value of A"):
        Network.of([BIND], {"A": value})


def test_parts_that_contradict_each_other_are_refused():
    with pytest.raises(NetworkError, match="species A is listed twice"):
        Network(("A", "A"), (), (0.0, 0.0))
    with pytest.raises(NetworkError, match="1 species but 2 initial values"):
        Network(("A",), (), (0.0, 1.0))
    with pytest.raises(NetworkError, match=r"species B of reaction .* is not in the network"):
        Network(("A",), (BIND,), (0.0,))
    with pytest.raises(InvalidValueError, match="species name"):
        Network(("2",), (), (0.0,))


def test_limits_are_refused():
    with pytest.raises(InvalidValueError, match="100,001 species"):
        Network.of([], species=(f"S{i}" for i in range(100_001)))
    with pytest.raises(InvalidValueError, match="1,000,001 reactions"):
        Network.of([BIND] * 1_000_001)


def test_merging_keeps_order_and_drops_reactions_that_are_there():
    left = Network.of([BIND, BIND], {A: 1})
    right = Network.of([C >> NOTHING, BIND, C >> NOTHING], {C: 3, A: 1}, species=["Z"])
    merged = left | right
    assert merged.species == ("A", "B", "C", "Z")
    assert merged.reactions == (BIND, BIND, C >> NOTHING, C >> NOTHING)
    assert merged.initial == (1.0, 0.0, 3.0, 0.0)


def test_merging_takes_the_initial_value_that_is_not_zero_and_refuses_two():
    assert (Network.of([], {A: 0}) | Network.of([], {A: 2})).initial == (2.0,)
    assert (Network.of([], {A: 2}) | Network.of([], {A: 0})).initial == (2.0,)
    with pytest.raises(NetworkError, match="species A starts at 1 in one network and at 2 in the other"):
        Network.of([], {A: 1}) | Network.of([], {A: 2})
    with pytest.raises(TypeError):
        Network.of([], {A: 1}) | 3


def test_networks_are_immutable_hashable_and_survive_pickling():
    net = Network.of([BIND], {A: 1})
    copy = pickle.loads(pickle.dumps(net))  # noqa: S301
    assert copy == net
    assert hash(copy) == hash(net)
    assert copy.index["C"] == 2
    assert net != net.with_initial({A: 2})
    with pytest.raises(AttributeError):
        net.initial = ()
    with pytest.raises(TypeError):
        net.index["A"] = 3


def test_lists_given_for_tuples_are_taken_as_tuples():
    assert Network(["A"], [A >> NOTHING], [1]) == Network(("A",), (A >> NOTHING,), (1.0,))


def test_description_counts_orders_and_totals():
    text = describe_network(parse_network("A + B <-> C\n0 -> D\nA @initial 3\nB @initial 1"))
    assert "4 species, 3 reactions" in text
    assert "1 of order 0, 1 of order 1, 1 of order 2" in text
    assert "conservation laws: 2\n  A + C = 3\n  B + C = 1" in text
    assert "no factorials" in text


def test_description_of_a_large_network_skips_the_laws():
    many = Network.of([], species=[f"S{i}" for i in range(2_001)])
    assert "conservation laws: skipped" in describe_network(many)
    few = Network.of([], species=[f"S{i}" for i in range(12)])
    assert "conservation laws: 12" in describe_network(few)
    assert "and 2 more" in describe_network(few)


def test_a_signed_law_is_written_with_its_signs():
    assert "  A - B = 0" in describe_network(parse_network("0 -> A + B\nA + B -> C\nC -> 0"))
    assert "  2 A + B = 4" in describe_network(parse_network("A -> 2B\nA @initial 2"))


def test_24000_reactions_build_with_work_in_proportion():
    reactions = [Reaction.of({f"S{i % 1000}": 1, "E": 1}, {f"S{i % 999}": 2}, rate=i) for i in range(24_000)]
    few, many = (calls_made(lambda size=size: Network.of(reactions[:size])) for size in (3_000, 24_000))
    assert many < 10 * few
    assert Network.of(reactions).counts == Counts(1001, 24_000)


def test_short_forms_name_the_size():
    assert repr(Network.of([BIND])) == "<Network: 3 species, 1 reactions>"

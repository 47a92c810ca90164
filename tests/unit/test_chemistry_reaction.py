import pickle

import numpy as np
import pytest

from neuralcrn.chemistry import NOTHING, Complex, Reaction, ReversibleReaction, Species, species
from neuralcrn.errors import InvalidValueError, NetworkError

A, B, C = species("A B C")


def test_species_are_separated_by_spaces_or_commas():
    assert species("A, B C") == (A, B, C)


@pytest.mark.parametrize("name", ["", "2x", "a-b", "a b", "А", "a\n", "x" * 201, "é", "__import__('os')"])
def test_a_name_that_is_no_identifier_is_refused(name):
    with pytest.raises(InvalidValueError, match="species name"):
        Species(name)


def test_a_name_of_200_characters_is_accepted():
    assert Species("x" * 200).name == "x" * 200


def test_operators_build_the_reaction_they_spell():
    assert Reaction(Complex((("A", 1), ("B", 2))), Complex((("C", 1),))) == A + 2 * B >> C
    assert B * 2 == 2 * B == B + B
    assert Complex((("A", 2), ("B", 6))) == 2 * (A + 3 * B)
    assert (NOTHING >> A).reactants.terms == ()
    assert (A >> NOTHING).products.terms == ()


def test_rate_and_label_are_set_on_a_copy():
    plain = A >> B
    assert plain.k(13.7).labelled("forward") == Reaction(plain.reactants, plain.products, 13.7, "forward")
    assert plain.rate == 1.0


def test_a_reversible_reaction_iterates_over_both_directions():
    pair = (A + B | 2 * C).k(0.6).r(4.1).labelled("binding")
    there, back = pair
    assert there == (A + B >> 2 * C).k(0.6).labelled("binding")
    assert back == (2 * C >> A + B).k(4.1).labelled("binding")
    assert str(pair) == "A + B <-> 2 C [kf = 0.6, kr = 4.1]  # binding"


def test_terms_are_merged_in_order_of_first_mention():
    assert (B + A + B).terms == (("B", 2), ("A", 1))
    assert (B + A + B).order == 3
    assert Complex.of({"B": 2}).coefficients == {"B": 2}


@pytest.mark.parametrize(
    "expression", [lambda: A + 1, lambda: A * 2.0, lambda: A * True, lambda: A >> "B", lambda: A | 3]
)
def test_operators_leave_foreign_types_to_them(expression):
    with pytest.raises(TypeError):
        expression()


def test_operators_let_the_other_operand_answer():
    class Other:
        def __radd__(self, left):
            return "answered"

    assert A + Other() == "answered"


@pytest.mark.parametrize(
    "count", [0, -1, 1.5, True, 10**9, 10**5000, "2"], ids=lambda value: type(value).__name__
)
def test_a_coefficient_is_a_whole_number_from_1(count):
    with pytest.raises(InvalidValueError, match="coefficient of A"):
        Reaction.of({"A": count}, {"B": 1})


def test_a_numpy_integer_is_a_coefficient():
    assert Reaction.of({"A": np.int64(2)}, {}) == (2 * A >> NOTHING)


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -1.0, -1e-300, 10**400, "1", None, True, 1j])
def test_a_rate_is_finite_and_not_negative(rate):
    with pytest.raises(InvalidValueError, match="rate constant of A -> B is"):
        (A >> B).k(rate)


def test_a_rate_becomes_a_float_without_a_negative_zero():
    assert type((A >> B).k(np.float32(2)).rate) is float
    assert type((A >> B).k(3).rate) is float
    assert str((A >> B).k(-0.0)) == "A -> B [k = 0]"
    assert (A >> B).k(1.7e308).rate == 1.7e308


@pytest.mark.parametrize("label", ["a\nb", "\x1b[31m", "tab\t", "\u202e", "x" * 1001, 3])
def test_a_label_is_one_printable_line(label):
    with pytest.raises(InvalidValueError, match="label"):
        (A >> B).labelled(label)


def test_outer_spaces_of_a_label_do_not_count():
    assert (A >> B).labelled(" forward ").label == "forward"


def test_the_order_of_a_reaction_is_at_most_10():
    assert (10 * A >> 11 * B).order == 10
    with pytest.raises(InvalidValueError, match="order 11"):
        11 * A >> B
    with pytest.raises(InvalidValueError, match="order 11"):
        A | 11 * B


def test_a_side_has_at_most_1000_species():
    with pytest.raises(InvalidValueError, match="1,001 species"):
        Complex(tuple((f"S{i}", 1) for i in range(1001)))


def test_a_reaction_has_a_species():
    with pytest.raises(NetworkError, match="no species"):
        NOTHING >> NOTHING


def test_net_change_leaves_out_catalysts():
    reaction = A + 2 * B >> A + B + C
    assert reaction.net_change == {"B": -1, "C": 1}
    assert reaction.catalysts == ("A",)
    assert reaction.species == ("A", "B", "C")
    assert (A >> 2 * A).catalysts == ()
    assert (A >> 2 * A).net_change == {"A": 1}


def test_values_are_frozen_hashable_and_survive_pickling():
    reaction = (A + B >> C).k(2).labelled("x")
    pair = ReversibleReaction(reaction.reactants, reaction.products)
    for value in (A, reaction.reactants, reaction, pair):
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301
        assert {value: 1}[value] == 1
    with pytest.raises(AttributeError):
        reaction.rate = 3.0

import math
import subprocess
import sys
import warnings

import pytest
from tests.cases import calls_made

from neuralcrn.chemistry import NOTHING, Network, format_network, parse_network, species
from neuralcrn.errors import (
    AssumedRateWarning,
    InvalidValueError,
    NeuralCRNError,
    NeuralCRNWarning,
    ParseError,
)

A, B, C = species("A B C")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A + 2B -> C [k = 13.7]", [(A + 2 * B >> C).k(13.7)]),
        ("A + 2 B --> C [13.7]", [(A + 2 * B >> C).k(13.7)]),
        ("A+2*B->C", [A + 2 * B >> C]),
        ("  A + B + A -> C  # the label # of it ", [(2 * A + B >> C).labelled("the label # of it")]),
        ("A <-> B [kf = 1, kr = 2]", [A >> B, (B >> A).k(2)]),
        ("A <=> B [kr=2e-3,kf=.5]", [(A >> B).k(0.5), (B >> A).k(2e-3)]),
        ("A <--> B # both", [(A >> B).labelled("both"), (B >> A).labelled("both")]),
        ("0 -> A\nA -> ∅", [NOTHING >> A, A >> NOTHING]),
        ("\ufeffA -> B\r\nB -> C\rC -> A", [A >> B, B >> C, C >> A]),
        ("# a comment\n\n   \t\nA -> B\n   # another", [A >> B]),
        ("parameter k1 = 0.3\nA -> B [k = k1]\nB -> C [k1]", [(A >> B).k(0.3), (B >> C).k(0.3)]),
        ("A -> B [k = +5.]\t#\tx\u00a0y", [(A >> B).k(5).labelled("x y")]),
        ("007A -> B", [7 * A >> B]),
        ("2e1 -> A", [2 * species("e1")[0] >> A]),
        ("A → B [k = 2]\nA ⟶ B", [(A >> B).k(2), A >> B]),
        ("A ⇌ B [kf = 1, kr = 2]", [A >> B, (B >> A).k(2)]),
        ("A ↔ B\nA ⇄ B", [A >> B, B >> A, A >> B, B >> A]),
        ("A ->\n-> A [k = 2]\nA -> [3]", [A >> NOTHING, (NOTHING >> A).k(2), (A >> NOTHING).k(3)]),
        ("A <-> [kf = 1, kr = 2]", [A >> NOTHING, (NOTHING >> A).k(2)]),
        ("A -> B {3}\nA -> B { k = 4 }", [(A >> B).k(3), (A >> B).k(4)]),
        ("A -> B, k = 3\nA->B,4", [(A >> B).k(3), (A >> B).k(4)]),
        ("A <-> B, kf = 1, kr = 2", [A >> B, (B >> A).k(2)]),
        ("Ø -> A\nA -> ⌀", [NOTHING >> A, A >> NOTHING]),
    ],
)
def test_text_means_these_reactions(text, expected):
    assert parse_network(text).reactions == tuple(expected)


def remarks(text: str) -> list[str]:
    """Return what is warned of when a text is read."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parse_network(text, source="net.crn")
    assert all(issubclass(warning.category, NeuralCRNWarning) for warning in caught)
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A -> B", ["net.crn:1: no rate constant in this line: k = 1 is assumed"]),
        ("A -> B [2]\nB -> C\nC <-> A\n->C", ["net.crn:2: no rate constant in this line (and so in 2 more)"]),
        ("A -> B [k = 1]\nB @initial 1", []),
        ("A -> B [1]\nZ @initial 1", ["net.crn:2: Z is in no reaction and stays at 1"]),
        ("Bound -> B [1]\nbound @initial 0.5", ["stays at 0.5: did you mean Bound?"]),
        ("A -> B [1]\nZ @initial 0", []),  # as canonical text declares a species
        ("null -> A [1]", ["net.crn:1: null is read as a species, which starts at 0: for nothing write 0"]),
        ("A -> Nothing [1]", ["Nothing is read as a species"]),
        ("null -> A [1]\nnull @initial 3", []),
    ],
)
def test_what_was_assumed_or_can_hardly_be_meant_is_warned_of_once(text, said):
    heard = remarks(text)
    assert len(heard) == len(said)
    for message, words in zip(heard, said, strict=True):
        assert words in message


def test_an_assumed_rate_can_be_silenced_alone():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", AssumedRateWarning)
        parse_network("A -> B")
        with pytest.raises(NeuralCRNWarning, match="Z is in no reaction"):
            parse_network("A -> B\nZ @initial 1")


@pytest.mark.filterwarnings("ignore::neuralcrn.errors.NeuralCRNWarning")  # of species in no reaction
def test_initial_values_declare_their_species_in_order():
    net = parse_network("parameter a = 2\nX @initial 10\nA -> B\nB @initial = a\nY @initial 0")
    assert net.species == ("X", "A", "B", "Y")
    assert net.initial == (10.0, 0.0, 2.0, 0.0)


def test_words_of_the_format_may_name_species():
    net = parse_network("parameter + k -> kf\nparameter @initial 4\ninitial -> parameter")
    assert net.species == ("parameter", "k", "kf", "initial")
    assert net.initial_of("parameter") == 4.0


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "no reactions and no species"),
        ("# only a comment", 1, 1, "no reactions and no species"),
        ("A + B", 1, 6, "expected '->' or '<->'"),
        ("A -> B\nA + -> C", 2, 5, "expected a species"),
        ("A -> +", 1, 6, "expected the end of the line or '0' (nothing)"),
        ("->", 1, 1, "has no species"),
        ("A -> B -> C", 1, 8, "a second arrow"),
        ("A -> B\n\n\tA <-> B -> C", 3, 10, "a second arrow"),
        ("A => B", 1, 3, "unknown arrow '=>'"),
        ("A <- B", 1, 3, "unknown arrow '<-'"),
        ("A ⇒ B", 1, 3, "unknown arrow '⇒'"),
        ("A → B → C", 1, 7, "a second arrow"),
        ("A ⇌ B [k = 1]", 1, 8, "write [kf = 1, kr = 2]"),
        ("A -> B k = 3", 1, 8, "in brackets after the reaction: [k = 1]"),
        ("A -> B; k*A", 1, 7, "in brackets after the reaction: [k = 1]"),
        ("A -> B (k = 3)", 1, 8, "in brackets after the reaction: [k = 1]"),
        ("A -> B @ 3", 1, 8, "in brackets after the reaction: [k = 1]"),
        ("A -> B 3", 1, 8, "in brackets after the reaction: [k = 1]"),
        ("3, A -> B", 1, 2, "in brackets: A -> B [k = 1]"),
        ("R1: A -> B", 1, 3, "as a comment: A -> B  # name"),
        ("A = 10", 1, 3, "'A @initial 10'"),
        ("A(0) = 10", 1, 2, "'A @initial 10'"),
        ("A -> B {k = 3]", 1, 14, "expected '}'"),
        ("A -> B, kf = 3", 1, 9, "write [k = 1]"),
        ("A -> B, k1", 1, 9, "'k1' is neither a number nor a parameter"),
        ("A - > B", 1, 3, "unknown arrow '-'"),
        ("A -> 0 B", 1, 6, "coefficient 0 of B"),
        ("-1 A -> B", 1, 1, "negative"),
        ("1.5 A -> B", 1, 1, "coefficient 1.5 of A"),
        ("1000000000 A -> B", 1, 1, "coefficient 1000000000 of A"),
        ("2000000 A -> B", 1, 1, "coefficient of A"),
        ("9" * 5000 + " A -> B", 1, 1, "is not a whole number"),
        ("A -> 2", 1, 6, "expected a species after the coefficient"),
        ("2 + A -> B", 1, 3, "a species"),
        (" 11 A -> B", 1, 2, "order 11"),
        ("0 -> ∅", 1, 1, "no species"),
        ("A" + " + A" * 20_000 + " -> B", 1, 1, "terms"),
        ("A -> " + " + ".join(f"B{i}" for i in range(1500)), 1, 1, "1,500 species"),
        ("(" * 50_000 + "A -> B", 1, 1, "parentheses"),
        ("x" * 5_000_000 + " -> B", 1, 250_001, "5,000,005 characters"),
        ("A + " + "x" * 201 + " -> B", 1, 5, "a name of 201 characters"),
        ("A -> B [k = nan]", 1, 13, "rate constant nan is not finite"),
        ("A -> B [k = inf]", 1, 13, "rate constant inf is not finite"),
        ("A -> B [k = -inf]", 1, 13, "expected a parameter or a number"),
        ("A -> B [k = 1e400]", 1, 13, "1e400 is not a finite number"),
        ("A -> B [k = 1e-400]", 1, 13, "too small"),
        ("A -> B [k = -1]", 1, 13, "-1 is not a finite number >= 0"),
        ("A -> B [k = " + "1" * 101 + "]", 1, 13, "101 digits"),
        ("A -> B [k = 9**9**9]", 1, 14, "expected ',' or ']'"),
        ("A -> B [k = 1, k = 2]", 1, 16, "k is given twice"),
        ("A -> B [k = 1, 2]", 1, 16, "name the rate constants"),
        ("A -> B [kf = 1]", 1, 9, "write [k = 1]"),
        ("A <-> B [k = 1]", 1, 10, "write [kf = 1, kr = 2]"),
        ("A <-> B [3]", 1, 10, "write [kf = 1, kr = 2]"),
        ("A <-> B [kf = 1]", 1, 10, "kr is missing"),
        ("A -> B [k1]", 1, 9, "'k1' is neither a number nor a parameter"),
        ("A -> B []", 1, 9, "expected a parameter or a number"),
        ("A -> B [" + "k=1," * 60_000 + "]", 1, 16, "expected ']'"),
        ("A -> B [k = 1] C", 1, 16, "expected the end of the line"),
        ("A -> B C", 1, 8, "'+'"),
        ("A @initial -1", 1, 12, "initial value -1"),
        ("A @initial", 1, 11, "a number"),
        ("A @init 3", 1, 3, "'@initial'"),
        ("A @initial 1\nA @initial 1", 2, 1, "A has an initial value already"),
        ("parameter k = 1\nparameter k = 1", 2, 11, "parameter k is declared already"),
        ("parameter k 1", 1, 13, "expected '='"),
        ("A -> B\nA\0 -> B", 2, 2, "control character U+0000"),
        ("A -> B # \x1b[31m", 1, 10, "control character U+001B"),
        ("A -> B  # a\u202eb", 1, 12, "invisible character U+202E"),
        ("A + А -> B", 1, 5, "CYRILLIC CAPITAL LETTER A"),
        ("A\u00a0-> B", 1, 2, "NO-BREAK SPACE"),
        ("\ud800 -> B", 1, 1, "U+D800"),
        ("__import__('os').system('x') -> A", 1, 11, "parentheses"),
        ("A -> B [k = __import__]", 1, 13, "'__import__' is neither"),
        ("$(rm) -> A", 1, 1, "expected"),
        ("{{7*7}} -> A", 1, 1, "expected"),
        ("A -> <b>B</b>", 1, 6, "second arrow"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_fault_is_shown_where_it_stands(text, line, column, words):
    with pytest.raises(ParseError) as refusal:
        parse_network(text, source="net.crn")
    assert (refusal.value.line, refusal.value.column) == (line, column)
    assert words in refusal.value.what
    message = str(refusal.value)
    assert message.startswith(f"net.crn:{line}:{column}: ")
    assert len(message) < 2000
    assert message.replace("\n", "").isprintable()


def test_importing_chemistry_does_not_import_lark():
    code = "import sys, neuralcrn.chemistry; assert 'lark' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_a_source_with_terminal_escapes_is_shown_without_them():
    with pytest.raises(ParseError) as refusal:
        parse_network("A", source="\x1b[31mnet")
    assert "\x1b" not in str(refusal.value)


def test_a_text_over_50_million_characters_is_refused():
    with pytest.raises(InvalidValueError, match="50,000,001 characters"):
        parse_network(" " * 50_000_001)


def test_too_many_species_are_refused_at_their_line():
    text = "\n".join(f"S{i} @initial 1" for i in range(20_001))
    with pytest.raises(ParseError, match="more than 20,000 species") as refusal:
        parse_network(text)
    assert refusal.value.line == 20_001


def test_canonical_text_puts_reactions_first_where_the_order_allows():
    net = Network.of([(A + B >> C).labelled("bind"), C >> NOTHING], {B: 0.1, "X": 0})
    assert str(net) == "A + B -> C [k = 1]  # bind\nC -> 0 [k = 1]\nB @initial 0.1\nX @initial 0"


def test_canonical_text_declares_species_first_where_it_must():
    net = Network.of([A >> B], {A: 1e-9}, species=["B"])
    assert str(net) == "B @initial 0\nA @initial 1e-09\nA -> B [k = 1]"
    assert parse_network(str(net)) == net


@pytest.mark.parametrize("rate", [0.0, 1.0, 0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 1e16, 123456789.0])
def test_numbers_survive_the_text_exactly(rate):
    net = Network.of([(A >> B).k(rate)], {A: rate})
    assert parse_network(str(net)) == net


def test_the_halved_convention_divides_by_the_factorials():
    text = "2A + 3B -> C [k = 12]\n2A <-> C [kf = 2, kr = 5]\nA + B -> C [k = 7]"
    net = parse_network(text, rate_law="halved")
    assert [reaction.rate for reaction in net.reactions] == [1.0, 1.0, 5.0, 7.0]
    written = format_network(net, rate_law="halved").splitlines()
    assert written[0].startswith("#")
    assert written[1:] == [
        "2 A + 3 B -> C [k = 12]",
        "2 A -> C [k = 2]",
        "C -> 2 A [k = 5]",
        "A + B -> C [k = 7]",
    ]


def test_a_constant_that_leaves_the_range_of_a_float_is_refused_in_conversion():
    with pytest.raises(InvalidValueError, match="converted rate constant"):
        format_network(Network.of([(2 * A >> B).k(1.5e308)]), rate_law="halved")
    with pytest.raises(ParseError, match="too small for a float"):
        parse_network("2A -> B [k = 5e-324]", rate_law="halved")


def test_an_unknown_rate_law_is_refused():
    with pytest.raises(InvalidValueError, match="rate_law is 'other'"):
        parse_network("A -> B", rate_law="other")
    with pytest.raises(InvalidValueError, match="give 'mass-action' or 'halved'"):
        format_network(Network.of([A >> B]), rate_law="other")


def test_work_grows_linearly_with_the_text():
    def calls(lines: int) -> int:
        text = "\n".join(f"S{i} -> S{i + 1} [k = {i}]" for i in range(lines))
        return calls_made(lambda: parse_network(text))

    parse_network("A -> B [k = 1]")
    few, many = calls(100), calls(800)
    assert 7.0 * few < many < 8.5 * few


def test_every_refusal_is_one_of_ours():
    for text in (
        "[",
        "]",
        "@",
        "=",
        "*",
        "+",
        ",",
        "∅",
        "0",
        "1",
        "->",
        "A",
        "A @initial 1e",
        "A->B[",
        "parameter ",
    ):
        with pytest.raises(NeuralCRNError):
            parse_network(text)


def test_the_largest_published_order_of_magnitude_keeps_its_rates():
    net = parse_network("A -> B [k = 6.02214076e23]")
    assert math.isclose(net.reactions[0].rate, 6.02214076e23, rel_tol=0)

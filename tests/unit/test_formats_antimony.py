"""Antimony: what is written, what is refused, and that a hostile text does no harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import neuralcrn.formats.antimony.translating as translating
from neuralcrn.chemistry import Crossing, Dosing, Network, parse_network
from neuralcrn.errors import InvalidValueError, NetworkError, NeuralCRNError, ParseError
from neuralcrn.formats.antimony import antimony_to_sbml, translator, write_antimony
from neuralcrn.formats.antimony.writing import _WORDS
from neuralcrn.formats.sbml import read_sbml

antimony: Any = pytest.importorskip("antimony")


def read_antimony(text: str) -> Network:
    """Read Antimony as a file of deterministic laws."""
    return read_sbml(antimony_to_sbml(text, "memory"), "memory", discrete=False)


@pytest.mark.parametrize("word", sorted(_WORDS))
def test_words_of_antimony_are_refused_by_name(word: str) -> None:
    with pytest.raises(InvalidValueError, match=f"'{word}'"):
        write_antimony(parse_network(f"{word} -> B"))


def test_words_are_those_that_libantimony_does_not_take() -> None:
    """No word is refused without need, and none is taken for something else."""
    words = {*_WORDS, *map(str.lower, _WORDS), *map(str.upper, _WORDS), *map(str.capitalize, _WORDS)}
    for word in sorted(words):
        other = "B" if word != "B" else "A"
        antimony.clearPreviousLoads()
        text = write_antimony(parse_network(f"x_y -> {other}")).replace("x_y", word)
        taken = antimony.loadAntimonyString(text) >= 0
        assert taken == (word not in _WORDS), word


def test_file_says_where_it_comes_from_and_what_its_laws_mean() -> None:
    comments = [x for x in write_antimony(parse_network("A -> B"), seed=7).splitlines() if x.startswith("//")]
    for expected in ("neuralcrn", "no factorials", "seed: 7"):
        assert any(expected in comment for comment in comments), expected


@pytest.mark.parametrize("value", [5e-324, 1e-300, 1e301, 1.7976931348623157e308])
def test_numbers_that_libantimony_would_round_are_refused(value: float) -> None:
    with pytest.raises(InvalidValueError, match="cannot be written in Antimony"):
        write_antimony(Network.of([], {"A": value}))
    with pytest.raises(InvalidValueError, match="cannot be written in Antimony"):
        write_antimony(Network.of([parse_network("A -> B").reactions[0].k(value)]))


def test_label_that_libantimony_would_change_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="quotation mark"):
        write_antimony(Network.of([parse_network("A -> B").reactions[0].labelled("a &quot; b")]))


def test_doses_are_events_which_a_network_does_not_have() -> None:
    """Antimony's own translator understands them; a network has no events, so reading names them."""
    doses = [Dosing(2.0, (("A", 0.1 + 0.2),), ("B",)), Dosing(Crossing("B", 0.5), (("A", 1.0),), count=3)]
    sbml = antimony_to_sbml(write_antimony(parse_network("A -> B"), doses=doses), "memory")
    assert sbml.count("<event ") == 3
    with pytest.raises(NeuralCRNError, match="event"):
        read_sbml(sbml, "memory", discrete=False)


BEGIN = "model m()\n compartment pot = 1; species A in pot; A = 1; species B in pot; B = 0;\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "import os; os.system('true')",
        'import "/etc/hostname"\nA -> B; 1',
        'IMPORT "/etc/hostname"\nA -> B; 1',
        'import/**/"/etc/hostname"\nA -> B; 1',
        BEGIN + " r: A => B; __import__('os').system('true')*A;\nend",
        BEGIN + " r: A => B; 9^9^9*A;\nend",
        BEGIN + " r: A => B; 9**9**9*A;\nend",
        BEGIN + " r: A => B; nan*A;\nend",
        BEGIN + " r: A => B; inf*A;\nend",
        BEGIN + " r: A => B; 1e400*A;\nend",
        BEGIN + " r: A => B; -1*A;\nend",
        BEGIN + " r: A => B; A/(1 + A);\nend",
        BEGIN + " r: A => B; k*A;\nend",
        BEGIN + " r: " + "9" * 5_000 + " A => B; A;\nend",
        BEGIN + " r: A => B; " + "(" * 50_000 + "A" + ")" * 50_000 + ";\nend",
        BEGIN + " r: A => B; " + "-" * 50_000 + "A;\nend",
        BEGIN + " r: A => B; " + "2^" * 20_000 + "A;\nend",
        BEGIN + " r: " + " + ".join(["A"] * 20_000) + " => B; A/(1 + A);\nend",
        BEGIN + f" species {'x' * 900_000} in pot;\nend",
        "x" * 5_000_000 + " -> B; 1",
        BEGIN + " r: A => B; A\0;\nend",
        BEGIN + " r: A\x1b[31m => B; A;\nend",
        BEGIN + " r: A\ud800 => B; A;\nend",
        BEGIN + " r: \N{CYRILLIC CAPITAL LETTER A} => B; A;\nend",
        BEGIN + " r: A => B; $(touch x)*A;\nend",
        BEGIN + " r: A => B; {{ 7*7 }}*A;\nend",
        BEGIN + " at (time > 1): A = 3;\n r: A => B; A;\nend",
        BEGIN + ' r: A => B; A; r is "never closed;\nend',
        "model a()\n x: b();\nend\nmodel b()\n y: a();\nend\nmodel c()\n z: a();\nend",
        "model a()\n x: a();\nend",
        "model a()\n A -> B; A\nend\nmodel a()\n A -> B; A\nend",
        "end end end",
        "A <-> B -> C; 1",
        '@#$%^&*" "',
        "<sbml/>",
    ],
)
def test_hostile_text_is_refused_with_one_short_message(text: str) -> None:
    with pytest.raises(NeuralCRNError) as refusal:
        read_antimony(text)
    message = str(refusal.value)
    assert "memory" in message
    assert len(message) < 2_000
    assert all(character.isprintable() or character == "\n" for character in message)


def test_import_reads_no_file_even_past_the_guard(tmp_path: Path) -> None:
    """Whatever a text does to get an import to libAntimony, no file can be opened there."""
    secret = tmp_path / "secret.txt"
    secret.write_text("model secret()\n species A; A = 1; A => ; A;\nend\n")
    command = [sys.executable, "-I", translator.__file__, "8"]
    done = subprocess.run(command, input=f'import "{secret}"'.encode(), capture_output=True, check=False)
    assert done.returncode == translator.REFUSED
    assert b"secret()" not in done.stdout + done.stderr


def test_labels_and_comments_may_speak_of_an_import() -> None:
    network = parse_network('A -> B  # import "sugar" // into # the ((((( cell')
    assert read_antimony("# import this\n/* import\n*/ // import\n" + write_antimony(network)) == network


def test_error_stands_at_its_line() -> None:
    with pytest.raises(ParseError) as refusal:
        antimony_to_sbml(BEGIN + " r: A => B; A;\n s: A => => B; A;\nend\n", "net.ant")
    assert (refusal.value.line, refusal.value.source) == (4, "net.ant")
    assert "s: A => => B" in str(refusal.value)


def test_translation_that_waits_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translating, "_PATIENCE", 0.001)
    with pytest.raises(NetworkError, match="needs more than 8 s"):
        antimony_to_sbml("A -> B; A; A = 1", "memory")


def test_translation_that_computes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own time counts, whatever else the machine does."""
    monkeypatch.setattr(translating, "TIME_LIMIT", 1)
    with pytest.raises(NetworkError, match="needs more than 1 s"):
        antimony_to_sbml(" + ".join(["A"] * 100_000) + " -> B; A; A = 1", "memory")


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (f"import sys; sys.exit({translator.MISSING})", r"neuralcrn\[sbml\]"),
        ("import os; os.kill(os.getpid(), 11)", "crashed"),
    ],
)
def test_child_that_fails_takes_nobody_down(
    program: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "translator.py"
    file.write_text(program)
    monkeypatch.setattr(translator, "__file__", str(file))
    with pytest.raises(NeuralCRNError, match=expected):
        antimony_to_sbml("A -> B; A; A = 1", "memory")

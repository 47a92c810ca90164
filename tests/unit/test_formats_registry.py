"""The registry of formats, and files that are refused before or while they are read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.errors import InvalidValueError, NetworkError, NeuralCRNError, ParseError, UnknownNameError
from neuralcrn.formats import FORMATS, find_format, network_text, read_network
from neuralcrn.formats.json import read_json, write_json

NETWORK = parse_network("2A + B <-> C [kf = 0.1, kr = 3e-7]  # bind\n0 -> D\nA @initial 2")
READABLE = [name for name, entry in FORMATS.items() if entry.read]


def test_a_name_or_an_ending_means_one_format() -> None:
    endings = [ending for entry in FORMATS.values() for ending in entry.endings]
    assert len(set(endings)) == len(endings)
    for name, entry in FORMATS.items():
        assert find_format(name) is entry
        assert all(find_format(Path(f"a.b/Model{ending.upper()}")) is entry for ending in entry.endings)


@pytest.mark.parametrize("name", ["net.foo", "net", "", "SBM", "sbml/net"])
def test_unknown_formats_are_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(UnknownNameError) as refusal:
        find_format(name)
    assert all(known in str(refusal.value) for known in FORMATS)


@pytest.mark.parametrize("name", READABLE)
def test_what_is_written_to_a_file_is_read_from_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "network.of.any.name"
    path.write_text(network_text(NETWORK, name), encoding="utf-8-sig")
    assert read_network(path, name) == NETWORK


def test_formats_that_are_only_written_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "net.tex").write_text(network_text(NETWORK, "latex"))
    with pytest.raises(InvalidValueError, match=r"net\.tex: LaTeX table can only be written; .* crn"):
        read_network(tmp_path / "net.tex")


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.crn")
    (tmp_path / "latin.crn").write_bytes(b"A -> B # \xe9\n")
    with open(tmp_path / "large.crn", "wb") as stream:
        stream.truncate(50_000_001)
    for name, word in (
        ("absent.crn", "No such file"),
        ("", "not a regular file"),
        ("pipe.crn", "not a regular file"),
        ("latin.crn", "not UTF-8"),
        ("large.crn", "50,000,001 bytes"),
        ("x" * 300, "too long"),
    ):
        with pytest.raises(InvalidValueError, match=word):
            read_network(tmp_path / name)
    with pytest.raises(InvalidValueError, match="not a regular file"):
        read_network("/dev/zero", "crn")


def test_a_json_file_of_too_many_species_is_refused(tmp_path: Path) -> None:
    species = ", ".join(f'"S{i}": 0' for i in range(20_001))
    (tmp_path / "net.json").write_text(f'{{"species": {{{species}}}, "reactions": []}}')
    with pytest.raises(InvalidValueError, match="20,001 species"):
        read_network(tmp_path / "net.json")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "net.json:1:1: "),
        ("{\n 'A': 1}", "net.json:2:2: "),
        ('{"species": {}, "reactions": [}', "net.json:1:31: "),
        ('{"species": {"A": NaN}, "reactions": []}', "net.json: NaN is not"),
        ('{"species": {"A": -Infinity}, "reactions": []}', "net.json: -Infinity is not"),
        ('{"species": {"A": 1e400}, "reactions": []}', "net.json: initial value of A"),
        ('{"species": {"A": 1, "A": 2}, "reactions": []}', "net.json: 'A' is given twice"),
        ('{"species": {"A": true}, "reactions": []}', "net.json: initial value of A"),
        ('{"species": {"A": "1"}, "reactions": []}', "net.json: initial value of A"),
        ('{"species": {"A": 1}}', "net.json: this JSON is not a network: 'reactions' is None"),
        ('{"species": {"A": ' + "9" * 5000 + '}, "reactions": []}', "net.json: "),
        ("[" * 100_000, "net.json: "),
        ('{"species": {}, "reactions": [{"reactants": {"A": 1.5}}]}', "net.json: reaction 1 "),
        (
            write_json(NETWORK).replace('"rate": 3e-07', '"rate": -1'),
            "net.json: reaction 2: rate constant of C -> 2 A",
        ),
        (
            write_json(NETWORK).replace('{"D": 1}', '{"__import__(1)": 1}'),
            "net.json: reaction 3: species name",
        ),
    ],
)
def test_malformed_json_is_refused_at_its_place(text: str, where: str) -> None:
    with pytest.raises((ParseError, NetworkError)) as refusal:
        read_json(text, "net.json")
    assert str(refusal.value).startswith(where)
    assert len(str(refusal.value)) < 2_000


@given(st.integers(0, 10**6), st.integers(0, 30), st.text(max_size=8))
def test_damaged_json_is_read_or_refused_and_nothing_else(place: int, length: int, inserted: str) -> None:
    text = write_json(NETWORK)
    start = place % len(text)
    with suppress(NeuralCRNError):
        assert isinstance(read_json(text[:start] + inserted + text[start + length :], "net.json"), Network)


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("text", ["", "\0", "<html>", "{}", "]" * 1000, "A" * 1_000_000, "\x1b[31mA -> B"])
def test_no_format_reads_nonsense(name: str, text: str) -> None:
    entry = FORMATS[name]
    assert entry.read is not None
    with pytest.raises(NeuralCRNError) as refusal:
        entry.read(entry.translate(text, "file") if entry.translate else text, "file", discrete=False)
    message = str(refusal.value)
    assert len(message) < 2_000
    assert "\x1b" not in message

"""convert, info and draw in an empty folder."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.cases import command_line
from typer.testing import CliRunner

from neuralcrn.chemistry import conservation_laws, deficiency, linkage_classes, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.cli.main import app
from neuralcrn.formats import FORMATS, read_network

ENZYME = "E + S <-> ES [kf = 2, kr = 0.5]  # bind\nES -> E + P [k = 0.1]\nE @initial 1\nS @initial 5\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds one network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.crn").write_text(ENZYME)
    return tmp_path


def printed(*arguments: str) -> str:
    """Run a command in this process and return what it prints."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*arguments: str) -> str:
    """Run what must be refused with a short message, nothing written and nothing printed."""
    before = sorted(Path().rglob("*"))
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert isinstance(done.exception, SystemExit)
    assert 0 < len(done.stderr) <= 2000
    assert sorted(Path().rglob("*")) == before
    return done.stderr


def test_convert_in_processes_of_its_own(folder: Path) -> None:
    command_line("convert", "a.crn", "b.xml", cwd=folder)
    text = command_line("convert", "b.xml", "-", "--to", "json", cwd=folder).stdout
    (folder / "c.json").write_text(text)
    assert read_network(folder / "c.json") == parse_network(ENZYME)


def test_convert_goes_by_endings_or_by_names(folder: Path) -> None:
    printed("convert", "a.crn", "b.json")
    printed("convert", "b.json", "c.dat", "--to", "crn")
    assert read_network(folder / "c.dat", "crn") == parse_network(ENZYME)
    assert printed("convert", "c.dat", "-", "--from", "crn", "--to", "json") == Path("b.json").read_text()


def test_convert_replaces_a_file_only_when_forced(folder: Path) -> None:
    (folder / "b.tex").write_text("mine")
    assert "b.tex: exists already" in refused("convert", "a.crn", "b.tex")
    assert (folder / "b.tex").read_text() == "mine"
    printed("convert", "a.crn", "b.tex", "--force")
    assert "longtable" in (folder / "b.tex").read_text()


@pytest.mark.parametrize(
    "command",
    [
        ("simulate", "a.crn", "--t-end", "1", "--out", "FILE.csv"),
        ("simulate", "a.crn", "--t-end", "1", "--plot", "FILE.png"),
        ("convert", "a.crn", "FILE.xml"),
        ("draw", "a.crn", "FILE.svg"),
        ("clock", "restored-5", "--plot", "FILE.png"),
        ("predict", "run", "new.csv", "--out", "FILE.csv"),
    ],
)
def test_no_command_replaces_a_file_that_was_not_asked_to(command: Sequence[str], folder: Path) -> None:
    target = next(Path(word) for word in command if word.startswith("FILE"))
    target.write_text("mine")
    assert f"{target}: exists already" in refused(*command)
    assert target.read_text() == "mine"
    if command[0] in ("simulate", "convert", "draw"):
        printed(*command, "--force")
        assert target.read_bytes() != b"mine"


def test_a_table_goes_through_a_pipe_and_along_a_link(folder: Path) -> None:
    os.mkfifo("pipe.csv")
    Path("link.csv").symlink_to("real.csv")
    writer = threading.Thread(target=printed, args=("simulate", "a.crn", "--t-end", "1", "--out", "pipe.csv"))
    writer.start()
    through = Path("pipe.csv").read_text()
    writer.join(timeout=60)
    printed("simulate", "a.crn", "--t-end", "1", "--out", "link.csv")
    assert through == Path("real.csv").read_text() == printed("simulate", "a.crn", "--t-end", "1")
    assert Path("pipe.csv").is_fifo()
    assert Path("link.csv").is_symlink()
    assert "link.csv: exists already" in refused("simulate", "a.crn", "--t-end", "1", "--out", "link.csv")


def test_a_dash_prints(folder: Path) -> None:
    table = printed("simulate", "a.crn", "--t-end", "1")
    assert printed("simulate", "a.crn", "--t-end", "1", "--out", "-") == table
    assert not Path("-").exists()


def test_convert_writes_phases_and_pots_of_circuits(folder: Path) -> None:
    message = refused("convert", "quadratic", "q.crn")
    program = make_circuit("quadratic").compile()
    assert all(phase.name in message for phase in program.phases)
    printed("convert", "quadratic", "q.crn", "--phase", "feedback")
    feedback = next(phase.network for phase in program.phases if phase.name == "feedback")
    assert read_network(folder / "q.crn") == feedback
    printed("convert", "minimal", "pot.json", "--inputs", "1", "--level", "autonomous")
    pot = make_circuit("minimal", 1).compile("autonomous").phases[0].network
    assert read_network(folder / "pot.json") == pot


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("absent.crn", "b.json"), ("absent.crn",)),
        (("quadratc", "b.json"), ("did you mean 'quadratic'",)),
        (("quadratic", "b.json", "--phase", "feedbak"), ("did you mean 'feedback'",)),
        (("a.crn", "b.json", "--phase", "feedback"), ("give phase with a circuit only", "a.crn")),
        (("a.crn", "b.foo"), tuple(FORMATS)),
        (("a.crn", "-"), tuple(FORMATS)),
        (("a.crn", "b.json", "--to", "jsn"), ("did you mean 'json'",)),
        (("a.crn", "missing/b.json"), ("missing/b.json",)),
        (("a.crn", "folder.json"), ("folder.json: is a folder",)),
        (("a.crn", "folder.json", "--force"), ("folder.json: is a folder",)),
        (("a.crn", "/dev/full", "--to", "crn"), ("/dev/full: cannot be written: No space left",)),
        (("a.crn", "b.csv"), ("neuralcrn simulate", "--to stoichiometry")),
        (("folder.json", "b.crn"), ("folder.json: is not a regular file",)),
        (("pipe.crn", "b.json"), ("pipe.crn: is not a regular file",)),
        (("bad.crn", "b.json"), ("bad.crn:2:3: ",)),
        (("bad.xml", "b.json"), ("bad.xml",)),
    ],
)
def test_convert_refuses_and_writes_nothing(
    arguments: Sequence[str], words: Sequence[str], folder: Path
) -> None:
    (folder / "bad.crn").write_text("A -> B\nA => C\n")
    (folder / "bad.xml").write_text('<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]><sbml>&a;</sbml>')
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "pipe.crn")
    message = refused("convert", *arguments)
    assert all(word in message for word in words), message


def test_info_says_what_the_library_says(folder: Path) -> None:
    network = parse_network(ENZYME)
    data = json.loads(printed("info", "a.crn", "--json"))
    assert (data["species"], data["reactions"], data["orders"]) == (4, 3, {"1": 2, "2": 1})
    laws = [[law.get(name, 0) for name in network.species] for law in data["conservation_laws"]]
    assert laws == [list(law) for law in conservation_laws(network)]
    assert data["deficiency"] == deficiency(network)
    assert data["complexes"] == sum(map(len, linkage_classes(network)))
    assert data["siphons"] == [["E", "ES"], ["S", "ES"]]
    text = printed("info", "a.crn")
    assert "S + ES + P = 5" in text
    assert "weakly reversible: no" in text


def test_draw_writes_svg_png_and_pdf(folder: Path) -> None:
    printed("draw", "a.crn", "a.svg")
    root = ElementTree.parse(folder / "a.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    (folder / "large.crn").write_text("".join(f"A -> B{i}\n" for i in range(101)))
    assert "101 reactions" in refused("draw", "large.crn", "b.svg")
    for name, start in (("a.png", b"\x89PNG"), ("a.pdf", b"%PDF")):
        printed("draw", "a.crn", name)
        assert (folder / name).read_bytes().startswith(start)
    assert "b.jpg: give a name ending in .png, .svg, .pdf" in refused("draw", "a.crn", "b.jpg")

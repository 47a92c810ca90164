"""``neuralcrn dna`` in processes of its own: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cases import command_line, refused

from neuralcrn.chemistry import parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.cli.main import run
from neuralcrn.errors import SimulationError

FORMAL = "P + N -> 0 [k = 1]\nP @initial 2\nN @initial 1\n"


def test_a_network_is_compiled_compared_and_written(tmp_path: Path) -> None:
    (tmp_path / "net.crn").write_text(FORMAL)
    options = ("--t-end", "5", "--out", "made", "--figures", "svg", "--json")
    data = json.loads(command_line("dna", "net.crn", *options, cwd=tmp_path).stdout)
    assert data["networks"]["network"]["dna"] == {"species": 9, "reactions": 5}
    assert max(data["errors"].values()) < 0.005
    (use,) = data["fuels"]
    assert use["spent"] == pytest.approx(use["predicted"], rel=0.01)
    written = {path.name for path in (tmp_path / "made").iterdir()}
    assert {"network.crn", "molar.crn", "gates.pil", "formal.crn", "comparison.svg"} <= written
    network = parse_network((tmp_path / "made" / "network.crn").read_text())
    assert network.counts == (9, 5)


def test_a_network_with_a_species_in_no_reaction_is_verified(tmp_path: Path) -> None:
    (tmp_path / "net.crn").write_text("A -> B\nA @initial 1\nZ @initial 1\n")
    shown = command_line("dna", "net.crn", "--verify", "60", cwd=tmp_path).stdout
    assert "crnverifier: verified" in shown
    assert "expected error: about" in shown


def test_a_verification_that_fails_leaves_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SimulationError("crnverifier failed (modules): KeyError")

    (tmp_path / "net.crn").write_text(FORMAL)
    monkeypatch.setattr("neuralcrn.verify.dna.verify_dna", fail)
    monkeypatch.setattr("sys.argv", ["neuralcrn", "dna", str(tmp_path / "net.crn"), "--verify", "5"])
    with pytest.raises(SystemExit) as left:
        run()
    shown = capsys.readouterr()
    assert left.value.code == 2
    assert "DNA level: 9 species" in shown.out
    assert "crnverifier: failed: " in shown.out
    assert len([line for line in shown.err.splitlines() if line.startswith("neuralcrn: ")]) == 1


def test_phases_of_a_circuit_are_compiled_with_one_gamma(tmp_path: Path) -> None:
    data = json.loads(command_line("dna", "linear", "--inputs", "1", "--json", cwd=tmp_path).stdout)
    assert set(data["networks"]) == {"feedforward", "readout", "error", "feedback", "update"}
    assert len({row["gamma_inverse"] for row in data["networks"].values()}) == 1
    assert data["fuels"]


@pytest.mark.parametrize("level", ["gated", "autonomous"])
def test_the_pot_of_a_circuit_is_compiled(level: str, tmp_path: Path) -> None:
    options = ("minimal", "--inputs", "1", "--level", level)
    data = json.loads(command_line("dna", *options, "--json", cwd=tmp_path).stdout)
    pot = make_circuit("minimal", 1, annihilation=5.0).compile(level).phases[0].network
    assert set(data["networks"]) == {"network"}
    assert data["networks"]["network"]["formal"] == pot.counts._asdict()
    assert data["networks"]["network"]["dna"]["reactions"] > 2 * pot.counts.reactions
    assert "choose the level autonomous" in refused("dna", "minimal", "--t-end", "1", cwd=tmp_path)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("3A -> B\n", (), "has 3 reactants"),
        (FORMAL, ("--unit-time", "1"), "make the unit of time at least"),
        (FORMAL, ("--fuel", "0"), "fuel"),
        (FORMAL, ("--t-end", "-1"), "t_end"),
        (FORMAL, ("--out", "."), "exists already"),
        (FORMAL, ("--verify", "0"), "seconds"),
    ],
)
def test_what_cannot_be_done_is_refused(
    tmp_path: Path, text: str, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "net.crn").write_text(text)
    assert message in refused("dna", "net.crn", *options, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["net.crn"]


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    assert "linear" in refused("dna", "linaer", cwd=tmp_path)

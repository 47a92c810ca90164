"""The commands that find or train reactions in silico: results, files, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cases import command_line, refused

from neuralcrn import parse_network

ROWS = "time,A,B\n" + "".join(f"{t / 4},{2 * 0.75**t:.6f},{2 - 2 * 0.75**t:.6f}\n" for t in range(24))


def test_reactions_are_found_and_written(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(ROWS)
    done = command_line("discover", "data.csv", "--out", "found.crn", cwd=tmp_path)
    assert "in silico" in done.stdout
    assert "A -> 0 at" in done.stdout
    (reaction,) = parse_network((tmp_path / "found.crn").read_text()).reactions
    assert (str(reaction.reactants), str(reaction.products)) == ("A", "B")
    assert reaction.rate == pytest.approx(1.1507, rel=1e-2)
    assert sorted(path.name for path in (tmp_path / "discover" / "data").iterdir()) == [
        "discover.json", "network.crn", "network.png",
    ]  # fmt: skip
    found = json.loads(command_line("discover", "data.csv", "--json", cwd=tmp_path).stdout)
    assert json.loads((tmp_path / "discover" / "data" / "discover.json").read_text()) == found
    assert found["net_vectors"][0]["reactants"] == "A"
    assert found["held_out"] == []


def test_data_and_options_of_discover_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(ROWS.replace("\n0.5,", "\n0.1,"))
    assert "row 4, column 1 ('time')" in refused("discover", "data.csv", cwd=tmp_path)
    path.write_text(ROWS.replace("\n0.5,", "\n0.5,-"))
    assert "row 4, column 'A'" in refused("discover", "data.csv", cwd=tmp_path)
    path.write_text(ROWS)
    assert "belong to --method crnn" in refused("discover", "data.csv", "--catalysts", cwd=tmp_path)
    assert "did you mean 'crnn'" in refused("discover", "data.csv", "--method", "crn", cwd=tmp_path)
    assert "order = 5" in refused("discover", "data.csv", "--order", "5", cwd=tmp_path)


def test_dynamics_are_approximated_and_written(tmp_path: Path) -> None:
    arguments = ("approximate", "dx = x*(1 - x)", "--box", "x=0.2:2", "--nodes", "1", "--starts", "1")
    done = command_line(*arguments, "--init", "x=0.3", "--out", "logistic.crn", cwd=tmp_path)
    assert "trained in silico" in done.stdout
    network = parse_network((tmp_path / "logistic.crn").read_text())
    assert network.counts == (2, 5)
    assert network.initial_of("x") == 0.3
    folder = tmp_path / "approximate" / "dx-=-x-1-x"
    assert sorted(path.name for path in folder.iterdir()) == [
        "approximate.json",
        "network.crn",
        "network.png",
    ]
    assert parse_network((folder / "network.crn").read_text()) == network
    command_line(*arguments, "--folder", "other", "--figures", "svg", cwd=tmp_path)
    assert "<svg" in (tmp_path / "other" / "network.svg").read_text()
    (tmp_path / "file").touch()
    assert "choose another folder" in refused(*arguments, "--folder", "file", cwd=tmp_path)
    assert "t_end = -1: it must be positive" in refused(*arguments, "--t-end", "-1", cwd=tmp_path)


def test_equations_of_approximate_are_refused(tmp_path: Path) -> None:
    assert "no bound for y" in refused("approximate", "dx = y; dy = -x", "--box", "x=1:2", cwd=tmp_path)
    assert "dx contains k" in refused("approximate", "dx = k*x", "--box", "x=1:2", cwd=tmp_path)
    assert "--init x" in refused("approximate", "dx = x", "--box", "x=1:2", "--init", "x", cwd=tmp_path)


def test_a_fit_has_samples_and_credible_intervals(tmp_path: Path) -> None:
    (tmp_path / "decay.crn").write_text("A -> B [k = 1]\nA @initial 2\n")
    (tmp_path / "data.csv").write_text(ROWS)
    arguments = ("fit", "decay.crn", "data.csv", "--sigma", "0.02", "--starts", "2", "--jobs", "1")
    printed = command_line(*arguments, "--samples", "800", "--json", cwd=tmp_path).stdout
    rows = (tmp_path / "fit" / "decay-data" / "samples.csv").read_text().splitlines()
    assert rows[0] == "ensemble,step,walker,log_posterior,k1"
    assert len(rows) == 801
    assert (tmp_path / "fit" / "decay-data" / "samples.png").exists()
    result = json.loads(printed)
    found, (estimate,) = result["posterior"]["parameters"]["k1"], result["estimates"]
    assert found["lower"] == pytest.approx(estimate["lower"], abs=0.005)
    assert found["upper"] == pytest.approx(estimate["upper"], abs=0.005)
    assert "give their number by --samples" in refused(*arguments, "--walkers", "8", cwd=tmp_path)
    assert "samples = 0" in refused(*arguments, "--samples", "0", cwd=tmp_path)
    assert "need at least 2" in refused(*arguments, "--samples", "9", "--walkers", "1", cwd=tmp_path)

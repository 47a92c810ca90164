"""``neuralcrn simulate``: units, columns, other values, scans, figures, and tables that are too large."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from neuralcrn.cli.main import app
from neuralcrn.formats import network_text, read_network

TWO_SIZES = """
compartment c1 = 1, c2 = 2;
species A in c1, B in c2;
A = 1; B = 0.5; k1 = 1;
total := A*c1 + B*c2;
J: A -> B; c1*k1*A;
"""
DECAY = "parameter k1 = 2\nA -> B [k = k1]  # decay\nA @initial 3\n"
NO_SIZE = "compartment c; substanceOnly species A in c = 3; J: A -> ; 2*A;"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds some networks."""
    monkeypatch.chdir(tmp_path)
    Path("two.ant").write_text(TWO_SIZES)
    Path("decay.crn").write_text(DECAY)
    Path("decay.json").write_text(network_text(read_network("decay.crn"), "json"))
    Path("open.ant").write_text(NO_SIZE)
    return tmp_path


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["simulate", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*arguments: str) -> str:
    before = sorted(Path().rglob("*"))
    done = CliRunner().invoke(app, ["simulate", *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert sorted(Path().rglob("*")) == before
    return done.stderr


def table(*arguments: str) -> tuple[list[str], NDArray[np.float64]]:
    heading, *rows = csv.reader(io.StringIO(printed(*arguments)))
    return heading, np.array(rows, dtype=np.float64)


GONE = 1.0 - np.exp(-1.0)


@pytest.mark.parametrize(
    ("units", "heading", "first", "last"),
    [
        ((), ["time", "A", "B"], [0.0, 1.0, 0.5], [1.0, 1.0 - GONE, 0.5 + GONE / 2]),
        (
            ("--units", "concentration"),
            ["time", "A", "B"],
            [0.0, 1.0, 0.5],
            [1.0, 1.0 - GONE, 0.5 + GONE / 2],
        ),
        (
            ("--units", "amount"),
            ["time", "A_amount", "B_amount"],
            [0.0, 1.0, 1.0],
            [1.0, 1.0 - GONE, 1.0 + GONE],
        ),
        (("--units", "document"), ["time", "A", "B"], [0.0, 1.0, 0.5], [1.0, 1.0 - GONE, 0.5 + GONE / 2]),
    ],
)
def test_the_table_is_in_the_units_that_its_heading_says(
    units: tuple[str, ...], heading: list[str], first: list[float], last: list[float]
) -> None:
    common = ("two.ant", "--t-end", "1", "--steps", "1", "--rtol", "1e-10")
    found, rows = table(*common, *units)
    assert found == heading
    np.testing.assert_allclose(rows, [first, last], rtol=1e-8)
    data = json.loads(printed(*common, *units, "--json"))
    assert list(data["final"].values()) == rows[-1, 1:].tolist()
    assert set(data["units"].values()) == {"amount" if units[1:] == ("amount",) else "concentration"}


def test_substance_only_species_of_a_document_are_amounts() -> None:
    Path("mixed.ant").write_text(
        "compartment c = 4; substanceOnly species A in c = 2; species B in c = 3; J: A -> B; A;"
    )
    common = ("mixed.ant", "--t-end", "1", "--steps", "1")
    assert table(*common)[1][0].tolist() == [0.0, 0.5, 3.0]
    heading, rows = table(*common, "--units", "document")
    assert heading == ["time", "A_amount", "B"]
    assert rows[0].tolist() == [0.0, 2.0, 3.0]
    assert table(*common, "--units", "amount")[1][0].tolist() == [0.0, 2.0, 12.0]


def test_units_that_cannot_be_told_are_refused() -> None:
    assert table("open.ant", "--t-end", "1", "--steps", "1")[0] == ["time", "A_amount"]
    common = ("--t-end", "1", "--units")
    assert "only amounts are known" in refused("open.ant", *common, "concentration")
    assert "only concentrations are known" in refused("decay.crn", *common, "amount")
    assert "did you mean 'amount'" in refused("decay.crn", *common, "amounts")


def test_molecules_are_counts_and_concentrations_where_these_are_asked_for() -> None:
    common = ("decay.crn", "--t-end", "1", "--method", "ssa", "--volume", "30", "--runs", "5", "--steps", "2")
    heading, counts = table(*common, "--all-runs")
    assert heading == ["run", "time", "A", "B"]
    np.testing.assert_array_equal(counts, counts.round() + [0, 1, 0, 0] * (counts % 1))
    named, values = table(*common, "--all-runs", "--units", "concentration")
    assert named == ["run", "time", "A_concentration", "B_concentration"]
    np.testing.assert_allclose(values[:, 2:] * 30, counts[:, 2:], rtol=1e-12)
    moments, means = table(*common, "--units", "document", "--columns", "k1")
    assert moments[1:] == ["A_concentration_mean", "A_concentration_sd", "B_concentration_mean",
                           "B_concentration_sd", "k1"]  # fmt: skip
    assert means[-1, 1] == pytest.approx(counts[counts[:, 1] == 1.0, 2].mean() / 30)
    assert set(means[:, -1]) == {2.0}


def test_parameters_compartments_and_rules_are_columns() -> None:
    heading, rows = table("two.ant", "--t-end", "1", "--steps", "2", "--columns", "c2,k1,total")
    assert heading == ["time", "A", "B", "c2", "k1", "total"]
    np.testing.assert_allclose(rows[:, 3:], [[2.0, 1.0, 2.0]] * 3, rtol=1e-9)
    assert table("decay.crn", "--t-end", "1", "--steps", "1", "--columns", "all")[0][-1] == "k1"
    assert "Known: J, c1, c2, k1, total" in refused("two.ant", "--t-end", "1", "--columns", "k2")
    assert "ask for all runs" in refused("two.ant", "--t-end", "1", "--method", "ssa", "--columns", "total")


def test_species_are_shown_in_the_order_asked_for() -> None:
    common = ("decay.crn", "--t-end", "1", "--steps", "1")
    heading, rows = table(*common, "--species", "B,A")
    assert heading == ["time", "B", "A"]
    np.testing.assert_array_equal(rows[:, [0, 2, 1]], table(*common)[1])
    assert "unknown species 'C'" in refused(*common, "--species", "C")
    assert "different names" in refused(*common, "--species", "A,A")


def test_a_species_called_time_does_not_collide_with_the_heading() -> None:
    Path("time.crn").write_text("time -> 0\ntime @initial 2")
    heading, rows = table("time.crn", "--t-end", "1", "--steps", "1")
    assert heading == ["time", "time_concentration"]
    assert rows[0].tolist() == [0.0, 2.0]


@pytest.mark.parametrize(
    ("arguments", "amount", "rate"),
    [
        (("decay.crn", "--set", "k1=0.5"), 3.0, 0.5),
        (("decay.crn", "--set", "decay.k=0.5", "--init", "A=0.7"), 0.7, 0.5),
        (("decay.json", "--set", "reaction_1.k=4", "--init", "A=1e-3"), 1e-3, 4.0),
        (("two.ant", "--set", "k1=3", "--init", "A=2", "--init", "B=0"), 2.0, 3.0),
        (("open.ant", "--init", "A=5"), 5.0, 2.0),
    ],
)
def test_other_values(arguments: tuple[str, ...], amount: float, rate: float) -> None:
    _, rows = table(*arguments, "--t-end", "1", "--steps", "4", "--rtol", "1e-10")
    np.testing.assert_allclose(rows[:, 1], amount * np.exp(-rate * rows[:, 0]), rtol=1e-8)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--set", "k1"), "write --set NAME=VALUE"),
        (("--set", "=2"), "write --set NAME=VALUE"),
        (("--set", "k1=two"), "'two' is not a finite number"),
        (("--set", "k1=nan"), "'nan' is not a finite number"),
        (("--set", "k1=1", "--set", "k1=2"), "k1 is given twice"),
        (("--set", "k1=-1"), "k1 is -1"),
        (("--set", "k2=1"), "unknown species or parameter 'k2'"),
        (("--set", "A=1"), "A: is a species: give its initial value"),
        (("--init", "k1=1"), "k1: is not a species: set it as a parameter"),
        (("--init", "Q=1"), "unknown species or parameter 'Q'"),
        (("--init", "A=-1"), "A is -1"),
        (("--scan", "A"), "write NAME=FROM:TO:COUNT"),
        (("--scan", "A=0:1"), "write NAME=FROM:TO:COUNT"),
        (("--scan", "A=0:1:x"), "write NAME=FROM:TO:COUNT"),
        (("--scan", "A=0:1:1"), "from 2 to"),
        (("--scan", "A=0:1:1000000000"), "at most"),
        (("--scan", "A=0:1:3:log"), "positive ends"),
        (("--scan", "A=1:2:3:lin"), "only log may follow"),
        (("--scan", "A=1,b"), "' b'|'b' is not a finite number"),
        (("--scan", "A=0:1:3", "--init", "A=1"), "A is given by two options"),
        (("--log", "z", "--plot", "a.png"), "give x, y or xy"),
        (("--log", "y"), "ask for a plot"),
        (("--plot", "a.gif"), r"\.png, \.svg, \.pdf"),
        (("--plot", "none/a.png"), "folder does not exist"),
        (("--inputs", "3"), "inputs with a circuit only"),
    ],
)
def test_options_that_cannot_be_used_are_refused(arguments: tuple[str, ...], word: str) -> None:
    assert re.search(word, refused("decay.crn", "--t-end", "1", *arguments))


def test_each_value_of_a_scan_is_the_run_with_that_value() -> None:
    common = ("--t-end", "2", "--steps", "3")
    for name, heading, option, values in (
        ("A", "A_initial", "--init", ["0.0", "0.5", "1.0"]),
        ("k1", "k1", "--set", ["1.0", "2.0"]),
    ):
        scan = f"{name}=0:1:3" if name == "A" else f"{name}=1,2"
        lines = printed("decay.crn", *common, "--scan", scan).splitlines()
        assert lines[0] == f"{heading},time,A,B"
        single = [
            f"{value},{line}"
            for value in values
            for line in printed("decay.crn", *common, option, f"{name}={value}").splitlines()[1:]
        ]
        assert lines[1:] == single
    data = json.loads(printed("decay.crn", *common, "--scan", "k1=0.01:100:5:log", "--json"))
    assert data["scan"] == "k1"
    np.testing.assert_allclose([one["value"] for one in data["results"]], [0.01, 0.1, 1.0, 10.0, 100.0])
    for one in data["results"]:
        assert one["final"]["A"] == pytest.approx(3.0 * np.exp(-2.0 * one["value"]), rel=1e-4, abs=1e-9)


def test_a_scan_warns_once() -> None:
    Path("bare.crn").write_text("A -> B\nA @initial 1\n")
    done = CliRunner().invoke(app, ["simulate", "bare.crn", "--t-end", "1", "--scan", "A=1,2,3"])
    assert done.exit_code == 0
    assert len(done.stderr.splitlines()) == 1


def test_a_scan_says_at_which_value_a_run_stops() -> None:
    Path("bomb.crn").write_text("2A -> 3A\nA @initial 1\n")
    done = CliRunner().invoke(app, ["simulate", "bomb.crn", "--t-end", "3", "--scan", "A=0.1,0.2,0.5"])
    assert done.exit_code == 2
    assert "bomb.crn, A = 0.5: stopped at time " in done.stderr
    times = [row.split(",")[1] for row in done.stdout.splitlines() if row.startswith("0.5,")]
    assert 1.9 < float(times[-1]) < 2.0  # 1/0.5 - 1/x = t
    assert "nan" not in done.stdout


def test_a_figure_changes_no_table() -> None:
    for extra in ((), ("--method", "ssa", "--volume", "20"), ("--method", "tau", "--volume", "200")):
        common = ("decay.crn", "--t-end", "1", "--steps", "3", *extra)
        plain = printed(*common)
        for ending, start in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
            assert printed(*common, "--plot", f"a.{ending}", "--force", "--log", "xy") == plain
            assert Path(f"a.{ending}").read_bytes().startswith(start)


def test_figures_of_runs_and_scans_are_drawn() -> None:
    ssa = ("--method", "ssa", "--volume", "20", "--runs", "3", "--steps", "2")
    kinds = ((*ssa, "--all-runs"), ssa, ("--scan", "A=0:3:4"), (*ssa, "--scan", "k1=1,2"))
    for number, extra in enumerate(kinds):
        printed("decay.crn", "--t-end", "1", *extra, "--plot", f"{number}.svg")
        assert "<svg" in Path(f"{number}.svg").read_text()


def test_circuits_are_simulated() -> None:
    from neuralcrn import make_circuit, simulate

    network = make_circuit("quadratic", 3).compile().phases[0].network
    heading, rows = table(
        "quadratic", "--inputs", "3", "--phase", "feedforward", "--t-end", "0.5", "--init", "x1=0.3"
    )
    expected = simulate(network.with_initial({"x1": 0.3}), 0.5)
    assert heading[1:] == list(network.species)
    np.testing.assert_array_equal(rows[:, 1:], expected.values)
    assert "name a phase" in refused("quadratic", "--t-end", "1")


def test_events_are_played() -> None:
    Path("dose.ant").write_text("A = 1; k = 1; J: A -> ; k*A; at (time > 1): A = A + 2;")
    _, rows = table("dose.ant", "--t-end", "2", "--steps", "2", "--rtol", "1e-10")
    assert rows[-1, 1] == pytest.approx((np.exp(-1.0) + 2.0) * np.exp(-1.0), rel=1e-7)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--steps", "1000000"),
        ("--steps", "1000000", "--species", "S7"),
        ("--steps", "1000000", "--method", "ssa", "--volume", "10"),
        ("--steps", "1000", "--method", "ssa", "--volume", "10", "--runs", "1000", "--all-runs"),
        ("--steps", "1000", "--scan", "S0=0:1:1000"),
    ],
)
def test_a_table_that_is_too_large_is_refused_before_work(arguments: tuple[str, ...]) -> None:
    Path("chain.crn").write_text(
        "".join(f"S{i} -> S{i + 1} [k = 1]\n" for i in range(2_000)) + "S0 @initial 1\n"
    )
    message = refused("chain.crn", "--t-end", "10", *arguments)
    assert "numbers: at most" in message


def test_a_parameter_that_an_event_changes_is_shown_once() -> None:
    Path("switched.ant").write_text("species A = 1; k = 1; J: A ->; k*A; total := 2*A; at time > 1: k = 0;")
    asked = ("switched.ant", "--t-end", "2", "--steps", "2", "--columns", "total,k")
    heading, rows = table(*asked)
    assert heading == ["time", "A", "k", "total"]
    end = np.exp(-1.0)
    assert rows == pytest.approx(
        np.array([[0, 1, 1, 2], [1, end, 1, 2 * end], [2, end, 0, 2 * end]]), rel=1e-5
    )

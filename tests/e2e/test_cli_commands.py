"""The command line in processes of its own, in an empty folder: what it shows, simulates and refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.cases import PATIENCE, command_line, refused

from neuralcrn import parse_network, simulate

DECAY = "A -> B [k = 2]\nA @initial 3\n"
COMMANDS = (
    "train",
    "predict",
    "show",
    "simulate",
    "fit",
    "convert",
    "info",
    "draw",
    "dna",
    "certify",
    "robustness",
    "clock",
    "discover",
    "approximate",
    "reproduce",
    "list",
    "runs",
)


@pytest.fixture(scope="module", autouse=True)
def kernels_on_disk() -> None:
    """Compile what a simulation takes: a command that has to says so, on standard error."""
    simulate(parse_network(DECAY), 1.0)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command: str, tmp_path: Path) -> None:
    text = command_line(command, "--help", cwd=tmp_path).stdout
    assert "Usage" in text
    assert "--help" in text


def test_help_names_every_command_and_the_version_is_the_package_s(tmp_path: Path) -> None:
    import neuralcrn

    text = command_line("--help", cwd=tmp_path).stdout
    assert all(command in text for command in COMMANDS)
    assert command_line("--version", cwd=tmp_path).stdout.strip() == neuralcrn.__version__


def test_list_shows_every_registry(tmp_path: Path) -> None:
    from neuralcrn.circuits import FAMILIES
    from neuralcrn.compiler import RULES
    from neuralcrn.compiler.pot.clocks import CLOCKS
    from neuralcrn.engines import EXECUTORS
    from neuralcrn.formats import FORMATS
    from neuralcrn.studies.robustness import DISTURBANCES
    from neuralcrn.tasks import TASKS

    data = json.loads(command_line("list", "--json", cwd=tmp_path).stdout)
    assert set(data["tasks"]) == set(TASKS)
    assert set(data["circuits"]) == set(FAMILIES)
    for part, registry in (
        ("rules", RULES),
        ("executors", EXECUTORS),
        ("clocks", CLOCKS),
        ("formats", FORMATS),
        ("disturbances", DISTURBANCES),
    ):
        assert set(data[part]) == set(registry)
    assert all(task["circuit"] in data["circuits"] for task in data["tasks"].values())
    text = command_line("list", cwd=tmp_path).stdout
    assert all(name in text for names in data.values() for name in names)


def test_show_prints_what_was_compiled_as_json(tmp_path: Path) -> None:
    from neuralcrn.circuits import make_circuit
    from neuralcrn.formats import network_from_json

    options = ("--inputs", "2", "--hidden", "3", "--rule", "first-order")
    data = json.loads(command_line("show", "quadratic", *options, "--json", cwd=tmp_path).stdout)
    program = make_circuit("quadratic", 2, hidden=3, rule="first-order").compile()
    assert (data["species"], data["reactions"], data["max_order"]) == (
        len(program.species), program.reaction_count, program.max_order,
    )  # fmt: skip
    for phase in program.phases:
        assert data["phases"][phase.name]["duration"] == phase.duration
        assert network_from_json(data["phases"][phase.name]) == phase.network
    assert data["names"]["theta[0]"] == ["theta1_p", "theta1_n"]


def test_show_prints_each_pass(tmp_path: Path) -> None:
    shown = {
        name: command_line("show", "quadratic", "--pass", name, cwd=tmp_path).stdout
        for name in ("system", "adjoint", "reactions", "protocol", "counts")
    }
    assert shown["system"].startswith("dz[0]/dt = ")
    assert "feedback" in shown["adjoint"]
    assert "2 z1_p -> z1_p" in shown["reactions"]
    assert "reactions" in shown["counts"]
    assert len(set(shown.values())) == 5
    everything = command_line("show", "quadratic", cwd=tmp_path).stdout
    assert shown["reactions"].strip() in everything


def test_simulate_prints_a_table(tmp_path: Path) -> None:
    (tmp_path / "decay.crn").write_text(DECAY)
    done = command_line(
        "simulate", "decay.crn", "--t-end", "1", "--steps", "4", "--rtol", "1e-9", cwd=tmp_path
    )
    header, *rows = csv.reader(io.StringIO(done.stdout))
    assert header == ["time", "A", "B"]
    values = np.array(rows, dtype=np.float64)
    assert values[:, 0].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    np.testing.assert_allclose(values[:, 1], 3.0 * np.exp(-2.0 * values[:, 0]), rtol=1e-7)
    np.testing.assert_allclose(values[:, 1:].sum(axis=1), 3.0, rtol=1e-12)
    assert done.stderr == ""


def test_simulate_writes_files_and_json(tmp_path: Path) -> None:
    (tmp_path / "decay.crn").write_bytes(b"\xef\xbb\xbf" + DECAY.replace("\n", "\r\n").encode())
    plain = command_line("simulate", "decay.crn", "--t-end", "1", "--steps", "2", cwd=tmp_path).stdout
    done = command_line(
        "simulate", "decay.crn", "--t-end", "1", "--steps", "2", "--out", "out.csv", "--plot", "plot.png",
        "--json", cwd=tmp_path,
    )  # fmt: skip
    data = json.loads(done.stdout)
    assert (data["outcome"], data["end"]) == ("success", 1.0)
    assert (tmp_path / "out.csv").read_text() == plain
    assert data["final"]["A"] == float(plain.splitlines()[-1].split(",")[1])
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_simulate_counts_molecules(tmp_path: Path) -> None:
    tmp_path.joinpath("decay.crn").write_text("A -> B\nA @initial 1", encoding="utf-8")
    common = ("simulate", "decay.crn", "--t-end", "1", "--steps", "1", "--method", "ssa", "--volume", "1000")
    table = command_line(*common, "--runs", "40", "--seed", "3", cwd=tmp_path).stdout.splitlines()
    assert table[0] == "time,A_mean,A_sd,B_mean,B_sd"
    _, mean, deviation, *_ = map(float, table[2].split(","))
    spread = np.sqrt(1000 * np.exp(-1) * (1 - np.exp(-1)))  # binomial
    assert abs(mean - 1000 * np.exp(-1)) < 4 * spread / np.sqrt(40)
    assert 0.6 < deviation / spread < 1.4
    runs = command_line(
        *common, "--runs", "40", "--seed", "3", "--all-runs", cwd=tmp_path
    ).stdout.splitlines()
    assert runs[0] == "run,time,A,B"
    ends = [float(line.split(",")[2]) for line in runs[1:] if line.split(",")[1] == "1.0"]
    assert np.mean(ends) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--method", "ssa"), "volume is needed"),
        (("--volume", "10"), "no molecules"),
        (("--runs", "3", "--all-runs"), "runs, all_runs"),
        (("--method", "ssaa", "--volume", "10"), "did you mean 'ssa'"),
        (("--method", "tau", "--volume", "-1"), "volume = -1"),
        (("--method", "ssa", "--volume", "1", "--runs", "0"), "runs = 0"),
        (("--method", "ssa", "--volume", "1", "--runs", "1000000000000"), "at most|from 1 to"),
    ],
)
def test_stochastic_options_are_refused_before_work(
    arguments: tuple[str, ...], word: str, tmp_path: Path
) -> None:
    tmp_path.joinpath("decay.crn").write_text("A -> B\nA @initial 1", encoding="utf-8")
    assert re.search(word, refused("simulate", "decay.crn", "--t-end", "1", *arguments, cwd=tmp_path))


def test_molecules_of_a_file_with_laws_are_its_numbers_or_by_volume(tmp_path: Path) -> None:
    """A = 0.8 is no number of molecules; with a volume the file means what the same reaction text means."""
    pytest.importorskip("antimony")
    files = {
        "parts.ant": "r: 2A -> B; 3*A^2; A = 0.8; B = 0.4",
        "moles.ant": "unit substance = mole; r: A -> B; A; A = 1e-21; B = 0",
        "whole.ant": "r: 2A -> B; 3*A*(A-1); A = 8; B = 4",
        "parts.crn": "2A -> B [k = 3]\nA @initial 0.8\nB @initial 0.4",
        "whole.crn": "2A -> B [k = 3]\nA @initial 8\nB @initial 4",
        "moles.crn": "A -> B [k = 1]\nA @initial 1e-21",
    }
    for name, text in files.items():
        tmp_path.joinpath(name).write_text(text, encoding="utf-8")
    common = ("--t-end", "0.5", "--steps", "3", "--method", "ssa", "--runs", "5")

    for name, said in (("parts", "A = 0.8, B = 0.4 at the start"), ("moles", "A = 1e-21 at the start")):
        message = refused("simulate", f"{name}.ant", *common, cwd=tmp_path)
        assert said in message
        assert "say by a volume how many molecules" in message
    avogadro = "6.02214076e23"
    for name in ("parts.ant", "parts.crn"):  # kernels may have to be compiled, which is said
        command_line("simulate", name, *common, "--volume", "100", cwd=tmp_path)
    for name, given, meant in (("parts", "100", "100"), ("moles", avogadro, avogadro), ("whole", None, "1")):
        volume = () if given is None else ("--volume", given)
        laws = command_line("simulate", f"{name}.ant", *common, *volume, cwd=tmp_path)
        text = command_line("simulate", f"{name}.crn", *common, "--volume", meant, cwd=tmp_path)
        assert (laws.stdout, laws.stderr) == (text.stdout, text.stderr)
        assert laws.stdout.splitlines()[1].startswith(
            {"parts": "0.0,80.0", "moles": "0.0,602.0", "whole": "0.0,8.0"}[name]
        )
    assert "--method ssa without --volume" in refused(
        "simulate", "whole.ant", *common, "--volume", "9", cwd=tmp_path
    )
    done = command_line("simulate", "parts.ant", *common, "--volume", "4", cwd=tmp_path)
    assert done.stderr.startswith("neuralcrn: warning: molecules at the start, A = 3.2, B = 1.6: rounding")


def test_simulate_reports_an_explosion(tmp_path: Path) -> None:
    (tmp_path / "bomb.crn").write_text("2A -> 3A\nA @initial 1\n")
    done = command_line("simulate", "bomb.crn", "--t-end", "5", cwd=tmp_path, status=2)
    match = re.search(r"bomb\.crn: stopped at time ([\d.]+): .*without bound", done.stderr)
    assert match is not None
    assert float(match[1]) == pytest.approx(1.0, rel=0.01)
    assert not re.search(r"\b(nan|inf)\b", done.stdout)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A -> B\nA => C\n", 2),
        ("A + -> B\n", 1),
        ("A -> B [k = -1]\n", 1),
        ("A -> B [k = 1e400]\n", 1),
        ("A -> B\nA @initial -2\n", 2),
        ("__import__('os').system('touch owned') -> B\n", 1),
        ("A -> B\x00\n", 1),
    ],
)
def test_malformed_networks_are_refused_at_their_place(text: str, line: int, tmp_path: Path) -> None:
    (tmp_path / "bad.crn").write_text(text)
    message = refused("simulate", "bad.crn", "--t-end", "1", "--out", "out.csv", cwd=tmp_path)
    match = re.search(r"bad\.crn:(\d+):(\d+): ", message)
    assert match is not None, message
    assert int(match[1]) == line
    assert re.search(r"\n +\^\n?$", message), message


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--t-end", "0"), "t_end"),
        (("--t-end", "nan"), "t_end"),
        (("--t-end", "1", "--steps", "0"), "steps"),
        (("--t-end", "1", "--steps", "1000000000000"), "steps"),
        (("--t-end", "1", "--rtol", "0"), "rtol"),
        (("--t-end", "1", "--atol", "nan"), "atol"),
        ((), "t-end"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments: Sequence[str], word: str, tmp_path: Path) -> None:
    (tmp_path / "decay.crn").write_text(DECAY)
    assert word in refused("simulate", "decay.crn", *arguments, cwd=tmp_path)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "latin.crn").write_bytes(b"A -> B # \xe9\n")
    (tmp_path / "empty.crn").write_text("")
    for name, word in (
        ("absent", "absent"),
        ("folder", "folder"),
        ("pipe", "pipe"),
        ("latin.crn", "UTF-8"),
        ("empty.crn", "empty.crn"),
    ):
        assert word in refused("simulate", name, "--t-end", "1", cwd=tmp_path), name


def test_outputs_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "decay.crn").write_text(DECAY)
    for option, name in (("--out", "missing/out.csv"), ("--plot", "missing/plot.png")):
        message = refused("simulate", "decay.crn", "--t-end", "1", option, name, "--json", cwd=tmp_path)
        assert name in message


def test_unknown_names_are_refused_with_the_nearest(tmp_path: Path) -> None:
    assert "did you mean 'quadratic'" in refused("show", "quadratc", cwd=tmp_path)
    assert "did you mean 'xor'" in refused("train", "xorr", cwd=tmp_path)
    assert "did you mean 'linear'" in refused("train", "xor", "--circuit", "linaer", cwd=tmp_path)
    rows = "".join(f"{i},{i * i},{3 * i}\n" for i in range(12))
    (tmp_path / "data.csv").write_text(f"width,height,price\n{rows}")
    message = refused("train", "data.csv", "--target", "prise", cwd=tmp_path)
    assert "data.csv" in message
    assert "'price'" in message
    for arguments in (("train", "data.csv"), ("train", "absent.csv", "--target", "price"), ("train",)):
        refused(*arguments, cwd=tmp_path)


PRINTING = (
    ("simulate", "decay.crn", "--t-end", "1", "--steps", "40000"),
    ("simulate", "decay.crn", "--t-end", "1", "--json"),
    ("convert", "decay.crn", "-", "--to", "json"),
    ("info", "decay.crn"),
    ("list", "--json"),
    ("--version",),
    ("--help",),
)


@pytest.mark.parametrize(
    ("where", "why", "commands"),
    [
        ("full", "No space left on device", PRINTING),
        ("closed", "Broken pipe", (PRINTING[0], PRINTING[-2], PRINTING[-1])),
    ],
)
def test_output_that_nobody_takes_is_one_line_and_status_2(
    where: str, why: str, commands: Sequence[Sequence[str]], tmp_path: Path
) -> None:
    (tmp_path / "decay.crn").write_text(DECAY)
    for arguments in commands:
        if where == "full":
            sink = os.open("/dev/full", os.O_WRONLY)
        else:
            reader, sink = os.pipe()
            os.close(reader)
        done = subprocess.run(
            [sys.executable, "-m", "neuralcrn", *arguments],
            cwd=tmp_path, stdout=sink, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        os.close(sink)
        assert done.stderr == f"neuralcrn: standard output: cannot be written: {why}\n", arguments
        assert done.returncode == 2, arguments


def test_a_reader_that_goes_away_ends_a_command(tmp_path: Path) -> None:
    (tmp_path / "decay.crn").write_text(DECAY)
    process = subprocess.Popen(
        [sys.executable, "-m", "neuralcrn", *PRINTING[0]],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    message = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=PATIENCE) == 2
    assert message == "neuralcrn: standard output: cannot be written: Broken pipe\n"


def test_debug_shows_the_traceback_of_a_refusal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "neuralcrn", "--debug", "show", "quadratc"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "UnknownNameError" in done.stderr
    assert "Traceback" in done.stderr
    assert done.returncode != 0


def test_clock_lists_measures_and_draws(tmp_path: Path) -> None:
    from neuralcrn.compiler.pot.clocks import CLOCKS

    assert "--cycles" in command_line("clock", "--help", cwd=tmp_path).stdout
    text = command_line("clock", cwd=tmp_path).stdout
    assert all(name in text for name in CLOCKS)
    assert set(json.loads(command_line("clock", "--json", cwd=tmp_path).stdout)) == set(CLOCKS)
    options = ("--cycles", "60", "--plot", "clock.png", "--json")
    report = json.loads(command_line("clock", "ring-3", *options, cwd=tmp_path).stdout)
    assert (report["clock"], report["cycles"], len(report["periods"])) == ("ring-3", 60, 60)
    assert report["period"]["drift"] < -0.2
    assert (tmp_path / "clock.png").read_bytes().startswith(b"\x89PNG")
    text = command_line("clock", "crn++", "--cycles", "2", cwd=tmp_path).stdout
    assert text.startswith("clock crn++: 6 species, 6 reactions, total 2; 2 cycles\n")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("restord-5",), "did you mean 'restored-5'"),
        (("ring-3", "--cycles", "1"), "cycles"),
        (("ring-3", "--cycles", "100001"), "cycles"),
        (("ring-3", "--cycles", "2", "--plot", "missing/clock.png"), "missing/clock.png"),
    ],
)
def test_clock_refuses(arguments: Sequence[str], word: str, tmp_path: Path) -> None:
    assert word in refused("clock", *arguments, cwd=tmp_path)

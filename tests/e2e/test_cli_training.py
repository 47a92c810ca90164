"""Training from the command line: results, refusals, signals, resuming, predicting."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.cases import PATIENCE, command_line, refused, run_results, started

LINE = ("linear-regression", "--circuit", "linear")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--seed", "-1"),
        ("--seed", str(2**64)),
        ("--epochs", "0"),
        ("--learning-rate", "0"),
        ("--learning-rate", "2000"),
        ("--hidden", "0"),
        ("--horizon", "-1"),
        ("--rule", "approximate"),
        ("--resume", "absent"),
        ("--no-such-flag",),
    ],
)
def test_training_options_out_of_range_are_refused(arguments: Sequence[str], tmp_path: Path) -> None:
    task = () if arguments[0] == "--resume" else ("linear-regression",)
    message = refused("train", *task, *arguments, cwd=tmp_path)
    assert arguments[0].strip("-").split("-")[0] in message or arguments[-1] in message


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A folder with one finished run, and what the command printed about it."""
    folder = tmp_path_factory.mktemp("trained")
    done = command_line(
        "train",
        "linear-regression",
        "--epochs",
        "3",
        "--out",
        "runs/one",
        "--json",
        "--no-figures",
        cwd=folder,
    )
    return folder, json.loads(done.stdout)


def test_train_prints_one_object(trained: tuple[Path, dict[str, object]]) -> None:
    folder, summary = trained
    keys = {
        "run",
        "status",
        "task",
        "circuit",
        "rule",
        "seed",
        "epochs",
        "train_loss",
        "val_loss",
        "val_accuracy",
        "test_accuracy",
    }
    assert keys | {"species", "reactions", "max_order", "samples_per_second", "seconds"} <= set(summary)
    assert (summary["status"], summary["epochs"], summary["seed"]) == ("finished", 3, 0)
    assert (summary["task"], summary["circuit"], summary["rule"]) == (
        "linear-regression",
        "perceptron",
        "backpropagation",
    )
    assert summary["max_order"] == 2
    assert len(run_results(folder / "runs" / "one")) >= 6
    assert not (folder / "runs" / "one" / "figures").exists()


def test_the_same_command_leaves_the_same_bytes(
    trained: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    folder, _ = trained
    command_line(
        "train",
        "linear-regression",
        "--epochs",
        "3",
        "--out",
        "two",
        "--no-figures",
        cwd=tmp_path,
        LANG="C",
        LC_ALL="C",
    )
    assert run_results(tmp_path / "two") == run_results(folder / "runs" / "one")


def test_existing_folder_is_refused(trained: tuple[Path, dict[str, object]]) -> None:
    folder, _ = trained
    before = run_results(folder / "runs" / "one")
    assert "exists already" in refused("train", *LINE, "--out", "runs/one", cwd=folder)
    assert run_results(folder / "runs" / "one") == before


def test_runs_are_listed(trained: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    folder, summary = trained
    (row,) = json.loads(command_line("runs", "--json", cwd=folder).stdout)
    assert {key: row[key] for key in ("task", "status", "epochs", "train_loss")} == {
        key: summary[key] for key in ("task", "status", "epochs", "train_loss")
    }
    assert "runs/one" in command_line("runs", cwd=folder).stdout
    assert json.loads(command_line("runs", "--json", cwd=tmp_path).stdout) == []


def test_listing_runs_does_not_depend_on_where_one_stands(
    trained: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    folder, _ = trained
    rows = json.loads(command_line("runs", "--in", folder / "runs", "--json", cwd=tmp_path).stdout)
    assert [row["task"] for row in rows] == ["linear-regression"]


def test_predict_gives_a_row_for_a_row(trained: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    folder, _ = trained
    from neuralcrn.tasks import make_task

    names = make_task("linear-regression", 0).feature_names
    (tmp_path / "new.csv").write_text(f"{','.join(names)}\n1.5,2.0\n3.0,1.0\n")
    done = command_line("predict", folder / "runs" / "one", "new.csv", cwd=tmp_path)
    header, *rows = csv.reader(io.StringIO(done.stdout))
    assert header[:2] == list(names)
    assert header[2].startswith("output_")
    assert [[float(cell) for cell in row[:2]] for row in rows] == [[1.5, 2.0], [3.0, 1.0]]
    data = json.loads(
        command_line("predict", folder / "runs" / "one", "new.csv", "--json", cwd=tmp_path).stdout
    )
    assert data["outputs"] == [[float(row[2])] for row in rows]
    command_line("predict", folder / "runs" / "one", "new.csv", "--out", "table.csv", cwd=tmp_path)
    assert (tmp_path / "table.csv").read_text() == done.stdout
    for value, (a, b) in zip(data["outputs"], ((1.5, 2.0), (3.0, 1.0)), strict=True):
        assert abs(value[0] - (a + 2.0 * b + 1.0)) < 1.5


def test_predict_refuses_what_does_not_fit(trained: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    folder, _ = trained
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert "other.csv" in refused("predict", folder / "runs" / "one", "other.csv", cwd=tmp_path)
    assert "no run folder" in refused("predict", "absent", "other.csv", cwd=tmp_path)


def until_the_first_epoch(process: subprocess.Popen[str]) -> None:
    """Read what a training shows until it has learned its first epoch."""
    assert process.stderr is not None
    if not any(line.startswith("epoch 1/") for line in process.stderr):
        pytest.fail("the training ended before its first epoch")


LONG = 600


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    command_line("train", *LINE, "--epochs", str(LONG), "--out", "run", "--no-figures", cwd=folder)
    return run_results(folder / "run")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_training_is_saved_and_resumes_to_the_same_bytes(
    number: int, status: int, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    arguments = ("train", *LINE, "--epochs", str(LONG), "--out", "run", "--no-figures")
    with started(*arguments, cwd=tmp_path) as process:
        until_the_first_epoch(process)
        process.send_signal(number)
        output, message = process.communicate(timeout=PATIENCE)
    assert process.returncode == status, message
    assert output == ""
    assert "Traceback" not in message
    assert "--resume run" in message
    assert not (tmp_path / "run" / "metrics.csv").exists()
    rows = json.loads(command_line("runs", "--in", ".", "--json", cwd=tmp_path).stdout)
    assert [row["status"] for row in rows] == ["interrupted"]
    done = command_line("train", "--resume", "run", "--json", "--no-figures", cwd=tmp_path)
    assert json.loads(done.stdout)["epochs"] == LONG
    assert run_results(tmp_path / "run") == uninterrupted


def test_resume_goes_on_with_a_run_as_it_was(trained: tuple[Path, dict[str, object]]) -> None:
    folder, _ = trained
    for extra in (("xor",), ("--seed", "4"), ("--rule", "exact"), ("--target", "y"), ("--drop", "y")):
        assert "--resume" in refused("train", "--resume", "runs/one", *extra, cwd=folder), extra
    for epochs in ("2", "0"):
        message = refused("train", "--resume", "runs/one", "--epochs", epochs, cwd=folder)
        assert "has learned 3 epochs" in message


def test_a_finished_run_is_extended_to_the_same_bytes(
    trained: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    folder, _ = trained
    one = ("train", "linear-regression", "--epochs", "1", "--out", "run", "--no-figures")
    command_line(*one, cwd=tmp_path)
    done = command_line("train", "--resume", "run", "--epochs", "3", "--no-figures", cwd=tmp_path)
    assert "after 3 epochs" in done.stdout
    assert run_results(tmp_path / "run") == run_results(folder / "runs" / "one")


def test_a_diverged_run_is_listed_as_such(tmp_path: Path) -> None:
    wild = ("train", *LINE, "--learning-rate", "1", "--horizon", "8", "--out", "runs/wild")
    assert "diverges" in command_line(*wild, cwd=tmp_path, status=2).stderr
    heading, row = command_line("runs", cwd=tmp_path).stdout.splitlines()
    assert heading.split() == ["run", "status", "epochs", "val", "loss", "val", "accuracy", "seconds"]
    assert row.split()[:3] == ["runs/wild", "diverged", "0/5"]


def test_damaged_checkpoint_is_named_on_resuming(tmp_path: Path) -> None:
    command_line("train", *LINE, "--epochs", "2", "--out", "run", "--no-figures", cwd=tmp_path)
    whole = run_results(tmp_path / "run")
    *_, newest = sorted((tmp_path / "run" / "checkpoints").iterdir())
    (newest / "arrays.npz").write_bytes(b"")
    done = command_line("train", "--resume", "run", "--no-figures", cwd=tmp_path)
    assert newest.name in done.stderr
    assert "damaged" in done.stderr
    assert run_results(tmp_path / "run") == whole


def test_training_on_a_file_leaves_figures_and_classes(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = "".join(
        f"{a:.3f},{b:.3f},{'high' if a + b > 0.0 else 'low'}\n" for a, b in rng.uniform(-5.0, 5.0, (40, 2))
    )
    (tmp_path / "levels.csv").write_text(f"left,right,level\n{rows}")
    arguments = (
        "levels.csv",
        "--target",
        "level",
        "--circuit",
        "linear",
        "--epochs",
        "8",
        "--out",
        "run",
        "--json",
    )
    summary = json.loads(command_line("train", *arguments, cwd=tmp_path).stdout)
    assert summary["task"] == "levels"
    assert summary["val_accuracy"] is not None
    names = {path.name for path in (tmp_path / "run" / "figures").iterdir()}
    assert {"loss.png", "parameters.png", "step.png", "decision.png"} <= names
    done = command_line("predict", "run", "levels.csv", cwd=tmp_path)
    header, *table = csv.reader(io.StringIO(done.stdout))
    assert header[-1] == "class"
    assert {row[-1] for row in table} <= {"high", "low"}
    assert len(table) == 40


def test_an_autonomous_training_counts_cycles_and_draws_one(tmp_path: Path) -> None:
    arguments = (
        "bilinear",
        "--circuit",
        "quadratic",
        "--rule",
        "first-order",
        "--level",
        "autonomous",
        "--epochs",
        "2",
    )
    done = command_line("train", *arguments, "--out", "run", "--json", "--figures", "pdf", cwd=tmp_path)
    summary = json.loads(done.stdout)
    assert (summary["level"], summary["clock"], summary["rule"]) == (
        "autonomous", "restored-5", "first-order",
    )  # fmt: skip
    assert summary["max_order"] == 2
    assert summary["cycles"] == 2 * 50
    assert abs(summary["period"] - 49.5) < 0.1
    assert abs(summary["period_drift"]) < 1e-3
    names = {path.name for path in (tmp_path / "run" / "figures").iterdir()}
    assert names == {"loss.pdf", "parameters.pdf", "cycle.pdf", "prediction.pdf"}
    assert (tmp_path / "run" / "figures" / "cycle.pdf").read_bytes().startswith(b"%PDF")
    assert {p.name for p in (tmp_path / "run" / "networks").iterdir()} == {"pot.crn"}
    assert "Let the pot run until C1 rises over" in (tmp_path / "run" / "program.txt").read_text()
    rows = list(csv.DictReader(io.StringIO((tmp_path / "run" / "metrics.csv").read_text())))
    assert float(rows[1]["train_loss"]) < float(rows[0]["train_loss"])
    assert float(rows[1]["period"]) == summary["period"]
    again = command_line("train", "--resume", "run", "--json", "--no-figures", cwd=tmp_path)
    assert json.loads(again.stdout)["cycles"] == 100


def test_a_gated_training_with_momentum_in_batches(tmp_path: Path) -> None:
    arguments = (*LINE, "--level", "gated", "--optimiser", "momentum=0.5,batch=2")
    done = command_line(
        "train", *arguments, "--epochs", "1", "--out", "run", "--json", "--no-figures", cwd=tmp_path
    )
    summary = json.loads(done.stdout)
    assert (summary["level"], summary["clock"], summary["max_order"]) == ("gated", None, 2)
    assert "To learn from sample 2 of every 2" in (tmp_path / "run" / "program.txt").read_text()
    options = json.loads((tmp_path / "run" / "config.json").read_text())["circuit_options"]
    assert (options["momentum"], options["batch"]) == (0.5, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--clock", "restored-7"), ("clock restored-7", "level autonomous")),
        (("--level", "gated", "--clock", "restored-7"), ("clock restored-7",)),
        (
            ("--level", "autonomous", "--clock", "restored5"),
            ("unknown clock", "did you mean 'restored-5'"),
        ),
        (("--level", "autonomus"), ("unknown level", "did you mean 'autonomous'")),
        (("--optimiser", "momentun=0.9"), ("--optimiser", "did you mean 'momentum'")),
        (("--optimiser", "momentum=x"), ("--optimiser", "momentum = 'x'", "no number")),
        (("--optimiser", "momentum"), ("--optimiser", "no number")),
        (("--optimiser", "momentum=1"), ("momentum", "out of range")),
        (("--optimiser", "momentum=nan"), ("momentum", "out of range")),
        (("--optimiser", "batch=2.5"), ("--optimiser", "batch", "no number")),
        (("--optimiser", "batch=0"), ("batch", "1 to")),
        (("--optimiser", "direct=1"), ("--optimiser", "direct takes no value")),
        (("--optimiser", "direct,momentum=0.9"), ("momentum and batches need gradient species",)),
        (
            ("--level", "autonomous", "--clock", "red-green-blue", "--optimiser", "batch=2"),
            ("red-green-blue", "cannot count"),
        ),
    ],
)
def test_levels_clocks_and_optimisers_are_refused_by_name(
    arguments: Sequence[str], words: Sequence[str], tmp_path: Path
) -> None:
    message = refused("train", *LINE, *arguments, cwd=tmp_path)
    for word in words:
        assert word in message, message


def test_a_pot_is_shown_and_certified(tmp_path: Path) -> None:
    shown = command_line("show", "linear", "--level", "autonomous", cwd=tmp_path).stdout
    assert "at most 2 reactants" in shown
    assert "C1 + C2 -> 2 C2 [k = 1]  # ring" in shown
    assert "Let the pot run until C1 rises over" in shown
    clocked = ("show", "linear", "--level", "autonomous", "--clock", "restored-7", "--json")
    (pot,) = json.loads(command_line(*clocked, cwd=tmp_path).stdout)["phases"].values()
    assert {f"C{i}" for i in range(1, 8)} <= set(pot["species"])
    done = command_line("certify", "minimal", "--level", "autonomous", "--json", cwd=tmp_path)
    certificate = json.loads(done.stdout)
    assert (certificate["circuit"], certificate["level"], certificate["passed"]) == (
        "minimal", "autonomous", True,
    )  # fmt: skip
    assert (certificate["species"], certificate["reactions"]) == (18, 40)
    text = command_line("certify", "minimal", "--level", "gated", cwd=tmp_path).stdout
    assert "certificate of minimal, rule exact, gated: passed" in text
    for command in ("show", "certify"):
        assert "did you mean 'gated'" in refused(command, "linear", "--level", "gatd", cwd=tmp_path)


@pytest.mark.parametrize("command", ["show", "certify"])
def test_a_clock_without_its_level_is_refused(command: str, tmp_path: Path) -> None:
    assert "--clock" in refused(command, "linear", "--clock", "restored-7", cwd=tmp_path)

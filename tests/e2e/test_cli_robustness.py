"""``neuralcrn robustness`` in processes of its own: tables, an interruption, a killed parent, refusals."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cases import PATIENCE, command_line, refused, started

from neuralcrn.studies.robustness import DISTURBANCES

SMALL = ("robustness", "quadratic", "--task", "bilinear", "--quick", "--jobs", "1")
FILES = ("trials.csv", "robustness.json", "robustness.md", "robustness.png")


@pytest.fixture
def sweeping(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A sweep whose first trial is kept."""
    with started(*SMALL, "--out", "swept", "--epochs", "60", cwd=tmp_path) as process:
        while process.poll() is None and not list((tmp_path / "swept" / "trials").glob("*-none-*.json")):
            time.sleep(0.05)
        yield process


def test_a_quick_sweep_tells_the_same_in_every_form_and_is_not_done_twice(tmp_path: Path) -> None:
    data = json.loads(command_line(*SMALL, "--out", "swept", "--json", cwd=tmp_path).stdout)
    folder = tmp_path / "swept"
    first = {name: (folder / name).read_bytes() for name in FILES}
    rows = list(csv.DictReader((folder / "trials.csv").read_text().splitlines()))
    whole = [row for row in rows if row["part"] == "all"]
    assert len(whole) == 2 * (1 + 2 * len(DISTURBANCES)) < len(rows) == len(data["trials"])
    assert [float(row["score"]) for row in rows] == [trial["score"] for trial in data["trials"]]
    (circuit,) = data["circuits"]
    assert {d["name"] for d in circuit["disturbances"]} == set(DISTURBANCES)
    assert (data["score"], data["seeds"], circuit["spec"]["epochs"]) == ("R²", 2, 3)
    text = (folder / "robustness.md").read_text()
    assert all(f"| quadratic | {name} |" in text for name in ("none", *DISTURBANCES))
    (command,) = [line.strip("`") for line in text.splitlines() if line.startswith("`neuralcrn")]
    kept = {path: path.stat().st_mtime_ns for path in (folder / "trials").glob("*-*.json")}
    again = command_line(*command.split()[1:], "--out", "swept", cwd=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(kept) == len(rows)
    assert f"median R² {circuit['undisturbed']:.3f}" in again.stdout
    assert {name: (folder / name).read_bytes() for name in FILES} == first
    command_line(*SMALL, "--out", "swept", "--figures", "svg", cwd=tmp_path)
    assert b"<svg" in (folder / "robustness.svg").read_bytes()
    assert "(robustness.svg)" in (folder / "robustness.md").read_text()


def test_an_interruption_keeps_trials_says_how_to_go_on_and_ends_with_130(
    sweeping: subprocess.Popen[str], tmp_path: Path
) -> None:
    sweeping.send_signal(signal.SIGINT)
    _, message = sweeping.communicate(timeout=PATIENCE)
    assert sweeping.returncode == 130
    assert "the same command goes on" in message
    assert "Traceback" not in message
    assert not (tmp_path / "swept" / "trials.csv").exists()


def test_no_process_outlives_a_killed_sweep(sweeping: subprocess.Popen[str]) -> None:
    listed = Path(f"/proc/{sweeping.pid}/task/{sweeping.pid}/children")
    if not listed.exists():
        pytest.skip("this system does not list the children of a process")
    children = [Path("/proc") / number for number in listed.read_text().split()]
    assert children
    sweeping.kill()
    sweeping.communicate()
    limit = time.monotonic() + PATIENCE
    while any(child.exists() for child in children) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not any(child.exists() for child in children)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mixin", "--task", "xor"), "did you mean 'mixing'"),
        (("mixing", "--task", "xor", "--disturbance", "leeks"), "did you mean 'leaks'"),
        (("mixing", "--task", "xor", "--disturbance", "leaks=much"), "write NAME=0.1,0.3"),
        (("mixing", "--task", "xor", "--disturbance", "leaks", "--disturbance", "leaks=0.1"), "given twice"),
        (("mixing", "--task", "xor", "--seeds", "0"), "seeds = 0"),
        (("mixing", "--task", "xor", "--part", "backwards"), "did you mean 'backward'"),
        (("mixing", "--task", "xor", "--always", "leaks"), "--always leaks: give one strength"),
        (("mixing", "--task", "xor", "--always", "leaks=0.1,0.2"), "write NAME=0.1"),
        (("mixing", "mixing:hiden=4", "--task", "xor"), "did you mean 'hidden'"),
        (("mixing", "--task", "xor", "--readings", "3", "--disturbance", "rates"), "readings are equal"),
        (("mixing", "--task", "xor", "--jobs", "0"), "--jobs"),
        (("minimal", "--task", "iris"), "one output"),
        (("mixing", "--task", "xor", "--out", "taken/swept"), "taken/swept"),
    ],
)
def test_what_is_refused_before_any_work(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    message = refused("robustness", *arguments, cwd=tmp_path)
    assert said in message
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]

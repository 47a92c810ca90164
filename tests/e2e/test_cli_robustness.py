"""``neuralcrn robustness`` in processes of its own: tables, an interruption, a killed parent, refusals."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cases import command_line, refused

SMALL = ("robustness", "quadratic", "--task", "bilinear", "--quick", "--jobs", "1")
FILES = ("trials.csv", "robustness.json", "robustness.md", "robustness.png")


def start(cwd: Path) -> subprocess.Popen[str]:
    """Start a sweep and return it when its first trial is kept."""
    process = subprocess.Popen(
        [sys.executable, "-m", "neuralcrn", *SMALL, "--out", "swept", "--epochs", "60"],
        cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    while process.poll() is None and not list((cwd / "swept" / "trials").glob("none-*.json")):
        time.sleep(0.05)
    return process


def test_a_quick_sweep_tells_the_same_in_every_form_and_is_not_done_twice(tmp_path: Path) -> None:
    data = json.loads(command_line(*SMALL, "--out", "swept", "--json", cwd=tmp_path).stdout)
    folder = tmp_path / "swept"
    first = {name: (folder / name).read_bytes() for name in FILES}
    rows = list(csv.DictReader((folder / "trials.csv").read_text().splitlines()))
    assert len(rows) == len(data["trials"]) == 2 * (1 + 2 * 5)
    assert [float(row["score"]) for row in rows] == [trial["score"] for trial in data["trials"]]
    assert {d["name"] for d in data["disturbances"]} == {"rates", "doses", "leaks", "annihilation", "clock"}
    assert (data["score"], data["seeds"], data["configuration"]["epochs"]) == ("R²", 2, 3)
    text = (folder / "robustness.md").read_text()
    assert all(f"| {name} |" in text for name in ("none", "rates", "doses", "leaks", "annihilation", "clock"))
    (command,) = [line.strip("`") for line in text.splitlines() if line.startswith("`neuralcrn")]
    kept = {path: path.stat().st_mtime_ns for path in (folder / "trials").glob("*-*.json")}
    again = command_line(*command.split()[1:], "--out", "swept", cwd=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(kept) == len(rows)
    assert f"median R² {data['undisturbed']:.3f}" in again.stdout
    assert {name: (folder / name).read_bytes() for name in FILES} == first


def test_an_interruption_keeps_trials_says_how_to_go_on_and_ends_with_130(tmp_path: Path) -> None:
    process = start(tmp_path)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command goes on" in message
    assert "Traceback" not in message
    assert not (tmp_path / "swept" / "trials.csv").exists()


def test_no_process_outlives_a_killed_sweep(tmp_path: Path) -> None:
    process = start(tmp_path)
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not listed.exists():
        process.kill()
        pytest.skip("this system does not list the children of a process")
    children = [Path("/proc") / number for number in listed.read_text().split()]
    assert children
    process.kill()
    process.communicate()
    limit = time.perf_counter() + 20.0
    while any(child.exists() for child in children) and time.perf_counter() < limit:
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

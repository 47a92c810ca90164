"""What the lab survives: killed processes, restarts, missing readers, folders that cannot be written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lab import PATIENCE, SMALL, XOR, Served

import neuralcrn


def until(condition: Callable[[], Any]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def exists(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def learned(served: Served, lab: str, samples: int) -> Any:
    """Return the progress when a lab has learned so many samples."""
    return served.wait_for(lab, "progress", lambda progress: progress["samples"] > samples)


def saved(served: Served) -> None:
    """Wait until a lab has been saved after its first samples."""
    (file,) = served.runs.glob("*/lab.json")
    first = file.stat().st_mtime_ns
    until(lambda: file.stat().st_mtime_ns > first)


def test_a_killed_process_is_named_leaves_others_alone_and_continues(tmp_path: Path) -> None:
    with Served(tmp_path / "runs") as served:
        lab = served.new_lab(XOR)
        learned(served, lab, 100)
        saved(served)
        (worker,) = served.workers()
        other = served.new_lab(SMALL)
        learned(served, other, 10)
        os.kill(worker, signal.SIGKILL)
        error = served.wait_for(lab, "error", lambda value: value["error"])["error"]
        assert "signal 9" in error
        served.command(lab, "play")
        assert learned(served, lab, 100)["samples"] > 100
        before = learned(served, other, 10)["samples"]
        assert before > 10
        assert served.stop() == 143


def test_a_server_that_is_killed_loses_nothing_that_was_shown(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with Served(runs) as served:
        lab = served.new_lab(XOR)
        before = learned(served, lab, 500)["samples"]
        workers = served.workers()
        served.stop(signal.SIGKILL)
        until(lambda: not any(map(exists, workers)))
    with Served(runs, "--port", str(served.port)) as again:
        progress = again.wait_for(lab, "progress")
        assert progress["samples"] >= before
        assert progress["whole"]
        again.command(lab, "play")
        learned(again, lab, progress["samples"])


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_server_saves_all_labs(tmp_path: Path, number: int, status: int) -> None:
    runs = tmp_path / "runs"
    with Served(runs) as served:
        lab = served.new_lab(XOR)
        with served.events(lab) as events:
            before = next(value for _, kind, value in events if kind == "progress" and value["samples"] > 50)
            workers = served.workers()
            assert served.stop(number) == status
        until(lambda: not any(map(exists, workers)))
        assert "Traceback" not in served.errors.read_text()
    with Served(runs) as again:
        assert again.wait_for(lab, "progress")["samples"] >= before["samples"]


def test_an_interrupted_training_continues_bit_for_bit(tmp_path: Path) -> None:
    with Served(tmp_path / "runs") as served:
        lab = served.new_lab(SMALL)
        size = served.wait_for(lab, "progress")["size"]

        def amounts(samples: int) -> Any:
            return served.wait_for(lab, "amounts", lambda value: value["samples"] == samples)

        def epoch() -> None:
            number = served.command(lab, "step", unit="epoch")
            served.wait_for(lab, "progress", lambda progress: progress["command"] >= number)

        served.command(lab, "pause")
        served.command(lab, "rewind")
        epoch()
        served.client.delete(f"/api/labs/{lab}")
        epoch()
        interrupted = amounts(2 * size)
        served.command(lab, "rewind")
        amounts(0)
        epoch()
        epoch()
        assert amounts(2 * size) == interrupted


def test_a_lab_that_nobody_watches_is_saved_and_ended_and_opened_again(tmp_path: Path) -> None:
    with Served(tmp_path / "runs", "--grace", "1") as served:
        lab = served.new_lab(XOR)
        workers: list[int] = []
        while not workers:  # a loaded machine may serve its reader too late: the next one begins it again
            with served.events(lab) as events:
                workers = served.workers()
                until_heartbeats, last = time.monotonic() + 2.5, 0
                for _, kind, value in events:
                    last = value["samples"] if kind == "progress" else last
                    if time.monotonic() > until_heartbeats:
                        break
                assert all(map(exists, workers))
        (worker,) = workers
        until(lambda: not exists(worker))
        assert learned(served, lab, 0)["samples"] >= last
        assert served.workers() != [worker]


def test_labs_without_readers_make_room_and_others_do_not(tmp_path: Path) -> None:
    with Served(tmp_path / "runs", "--labs", "1", "--grace", "30") as served:
        first = served.new_lab(SMALL)
        answer = served.client.post("/api/labs", json={"scene": SMALL})
        assert answer.status_code == 503
        assert "as many labs are open as this server allows (1)" in answer.json()["error"]
        served.client.delete(f"/api/labs/{first}")
        served.new_lab(SMALL)


def test_a_folder_that_cannot_be_written_is_named_without_its_path(tmp_path: Path) -> None:
    with Served(tmp_path / "runs") as served:
        lab = served.new_lab(XOR)
        learned(served, lab, 0)
        (file,) = served.runs.glob("*/lab.json")
        shutil.rmtree(file.parent)
        file.parent.write_text("in the way")
        error = served.wait_for(lab, "error", lambda value: value["error"])["error"]
        assert "cannot be written" in error
        assert str(tmp_path) not in error
        file.parent.unlink()
        served.wait_for(lab, "error", lambda value: value["error"] is None)
        assert file.is_file()
        samples = learned(served, lab, 0)["samples"]
        learned(served, lab, samples)


def test_a_lab_that_needs_too_much_memory_says_so_and_leaves_others_alone(tmp_path: Path) -> None:
    # 1 GB: to compile the kernels, which a first lab does, takes 0.6 GB
    with Served(tmp_path / "runs", "--memory", "1") as served:
        small = served.new_lab(SMALL)
        learned(served, small, 0)
        large = served.new_lab(XOR | {"options": {"hidden": 6_000}})
        error = served.wait_for(large, "error", lambda value: value["error"])["error"]
        assert "memory" in error
        learned(served, small, 10)


def test_readers_that_vanish_do_not_disturb(tmp_path: Path) -> None:
    with Served(tmp_path / "runs") as served:
        lab = served.new_lab(XOR)
        for _ in range(20):
            with served.events(lab) as events:
                next(events)
        learned(served, lab, 200)
        assert "Traceback" not in served.errors.read_text()


def test_the_token_is_needed_where_others_can_listen(tmp_path: Path) -> None:
    with Served(tmp_path / "runs", "--host", "0.0.0.0") as served:
        assert "?token=" in served.address
        base = f"http://127.0.0.1:{served.port}"
        client = served.client
        assert client.get(f"{base}/api/catalogue").status_code == 401
        answer = client.get(f"{base}/{served.address.rpartition('/')[2]}")
        assert answer.status_code == 303
        assert client.get(f"{base}/api/catalogue").status_code == 200
        assert client.get(f"{base}/", headers={"Host": f"evil.example:{served.port}"}).status_code == 421


def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    source = str(Path(neuralcrn.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-m", "neuralcrn", "lab", "--no-browser", *options],
        env={**os.environ, "PYTHONPATH": source, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_address_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with Served(tmp_path / "runs") as served:
        done = run("--port", str(served.port))
        assert done.returncode == 2
        assert "cannot listen there" in done.stderr
    done = run("--host", "no.such.host.invalid")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_without_the_extra_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "fastapi.py").write_text("raise ImportError('not installed')")
    source = str(Path(neuralcrn.__file__).parents[1])
    done = run(PYTHONPATH=os.pathsep.join([str(tmp_path), source]))
    assert done.returncode == 2
    assert done.stderr == ("neuralcrn: the lab needs FastAPI and uvicorn: pip install 'neuralcrn[lab]'\n")

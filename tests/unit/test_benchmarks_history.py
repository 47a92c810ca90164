"""The history of benchmarks: appended to, never rewritten, and not by a benchmark that fails."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_PATH = Path(__file__).parents[2] / "benchmarks" / "history.py"
_SPEC = importlib.util.spec_from_file_location("history", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
history = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(history)


def test_results_are_kept_with_their_machine_one_after_the_other(tmp_path: Path) -> None:
    benchmark, file = tmp_path / "benchmark.py", tmp_path / "results" / "benchmark.jsonl"
    benchmark.write_text("import json, sys; print(json.dumps({'ratio': 1.5, 'seen': sys.argv[1:]}))")
    for count in ("1", "2"):
        history.keep(file, history.run(benchmark, ["--samples", count]))
    records = [json.loads(line) for line in file.read_text().splitlines()]
    assert [record["result"]["seen"][1] for record in records] == ["1", "2"]
    assert [record["arguments"] for record in records] == [["--samples", "1"], ["--samples", "2"]]
    for record in records:
        assert record["machine"]["processor"]
        assert record["machine"]["cores"] > 0
        assert record["date"].endswith("+00:00")
        assert "ratio 1.5" in history.summary(record)


def test_a_benchmark_that_fails_keeps_nothing(tmp_path: Path) -> None:
    benchmark = tmp_path / "benchmark.py"
    benchmark.write_text("raise SystemExit('no peer is installed')")
    with pytest.raises(subprocess.CalledProcessError):
        history.run(benchmark, [])


def test_kept_results_can_be_read() -> None:
    for file in history.RESULTS.glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert history.summary(json.loads(line))


def test_every_benchmark_can_be_imported() -> None:
    """A benchmark that uses a name that is gone would be noticed only when it is run."""
    names = sorted(path.stem for path in _PATH.parent.glob("*.py"))
    paths = os.pathsep.join(map(str, (_PATH.parent, _PATH.parents[1])))  # as with -m and as a file
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([paths, os.environ.get("PYTHONPATH", "")])}
    subprocess.run([sys.executable, "-c", f"import {', '.join(names)}"], env=environment, check=True)

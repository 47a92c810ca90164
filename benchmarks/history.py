"""Store the results of benchmarks, one line of JSON per run, with date, version and machine.

    python benchmarks/history.py run training_loop --samples 2000
    python benchmarks/history.py show training_loop

`run` passes further arguments on to the benchmark, which must accept ``--json``, and appends its result to
``benchmarks/results/NAME.jsonl``. `show` prints the numbers at the top level of every result. Times can be
compared between runs on the same machine only, ratios to other simulators between all runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from neuralcrn import __version__

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def main() -> None:
    """Run a benchmark and store its result, or show stored results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=("run", "show"))
    parser.add_argument("name", choices=sorted(path.stem for path in HERE.glob("*.py") if accepts_json(path)))
    options, arguments = parser.parse_known_args()
    file = RESULTS / f"{options.name}.jsonl"
    if options.action == "run":
        try:
            keep(file, run(HERE / f"{options.name}.py", arguments))
        except subprocess.CalledProcessError as error:
            sys.exit(f"{options.name} ended with exit status {error.returncode}: nothing is kept")
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        print(summary(json.loads(line)))


def accepts_json(path: Path) -> bool:
    """Return whether a benchmark prints its result as JSON."""
    return path != Path(__file__) and '"--json"' in path.read_text(encoding="utf-8")


def run(benchmark: Path, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the result of a benchmark with all information needed for its interpretation.

    Raises
    ------
    subprocess.CalledProcessError
        If the benchmark fails; nothing is stored.
    """
    where, command = machine(), [sys.executable, str(benchmark), *arguments, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "arguments": list(arguments),
        "machine": where,
        "versions": {"neuralcrn": __version__, **{name: version(name) for name in ("numba", "numpy")}},
        "result": json.loads(done.stdout),
    }


def commit() -> str:
    """Return the commit of the source tree, with a plus sign if files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def machine() -> dict[str, Any]:
    """Return properties that determine the speed of this machine, including its load."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = (line.partition(":") for line in information.read_text().splitlines())
        processor = next(
            (value.strip() for name, _, value in lines if name.strip() == "model name"), processor
        )
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def keep(file: Path, record: dict[str, Any]) -> None:
    """Append a record to a history."""
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(record) + "\n")


def summary(record: dict[str, Any]) -> str:
    """Return one line about a record."""
    numbers = {k: v for k, v in record["result"].items() if isinstance(v, int | float)}
    shown = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
    where = "{processor}, {cores} cores, load {load}".format(**record["machine"])
    return "  ".join(filter(None, (record["date"], record["commit"], where, *record["arguments"], shown)))


if __name__ == "__main__":
    main()

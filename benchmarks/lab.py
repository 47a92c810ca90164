"""Time to the first movement of the lab, delay of a drag, eight labs at once, and memory.

python -m benchmarks.lab [--minutes 1] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from tests.lab import PATIENCE, XOR, Served

_DRAGS = 40
_STEPS = 30
_LABS = 8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="how long memory is watched")
    parser.add_argument("--json", type=Path, help="file for the results")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        with Served(Path(folder) / "runs") as served:
            found: dict[str, Any] = {"seconds from start to address": time.perf_counter() - begin}
            served.client.get("/api/catalogue")
            found["seconds from start to catalogue"] = time.perf_counter() - begin
            found |= first_movement(served)
            found |= drags(served)
            found |= many(served)
            found |= memory(served, chosen.minutes)
    for name, value in found.items():
        print(f"{name:52} {value:.4g}" if isinstance(value, float) else f"{name:52} {value}")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n")


def first_movement(served: Served) -> dict[str, float]:
    """Return the time from the request for a lab to its first map, five times."""
    seconds = []
    for seed in range(5):
        begin = time.perf_counter()
        lab = served.new_lab(XOR | {"seed": seed})
        served.wait_for(lab, "map")
        seconds.append(time.perf_counter() - begin)
        served.client.delete(f"/api/labs/{lab}")
    return {
        "seconds from POST to the first map, first": seconds[0],
        "seconds from POST to the first map, median": statistics.median(seconds),
    }


def drags(served: Served) -> dict[str, float]:
    """Return the time from a change to the event that shows it, while the lab is trained."""
    lab = served.new_lab(XOR)
    served.command(lab, "speed", value=0)
    delays: dict[str, list[float]] = {"progress": [], "map": []}
    with served.events(lab) as events:
        for step in range(_DRAGS):
            rate = 0.001 + 0.0001 * step
            begin = time.perf_counter()
            number = served.command(
                lab, "change", patch={"options": {"learning_rate": rate}}, label="rate", key="rate"
            )
            applied = False
            for _, kind, value in events:
                if kind == "progress" and value["command"] >= number:
                    applied = True
                    delays["progress"].append(time.perf_counter() - begin)
                if kind == "map" and applied:
                    delays["map"].append(time.perf_counter() - begin)
                    break
    rate = progress_of(served, lab)["rate"]
    served.client.delete(f"/api/labs/{lab}")
    named = {f"seconds from a change to its {kind}": values for kind, values in delays.items()}
    found = {f"{name}, median": statistics.median(values) for name, values in named.items()}
    found |= {f"{name}, 95 %": float(np.quantile(values, 0.95)) for name, values in named.items()}
    return found | {"samples per second of a lab": rate}


def many(served: Served) -> dict[str, float]:
    """Return what eight labs that are trained at once can do."""
    begin = time.perf_counter()
    labs = [served.new_lab(XOR | {"seed": seed}) for seed in range(_LABS)]
    for lab in labs:
        served.wait_for(lab, "map")
    all_shown = time.perf_counter() - begin
    delays = []
    for step in range(_STEPS):
        lab = labs[step % _LABS]
        begin = time.perf_counter()
        number = served.command(
            lab, "change", patch={"options": {"learning_rate": 0.001 + 0.0001 * step}}, label="rate"
        )
        served.wait_for(lab, "progress", lambda value, number=number: value["command"] >= number)
        delays.append(time.perf_counter() - begin)
    rates = [progress_of(served, lab)["rate"] for lab in labs]
    for lab in labs:
        served.client.delete(f"/api/labs/{lab}")
    return {
        "seconds until eight labs show a map": all_shown,
        "seconds from a change to its progress, of eight, median": statistics.median(delays),
        "seconds from a change to its progress, of eight, 95 %": float(np.quantile(delays, 0.95)),
        "samples per second of each of eight, smallest": min(rates),
    }


def memory(served: Served, minutes: float) -> dict[str, float]:
    """Return the memory of the server and of a lab that is watched, at the beginning and at the end."""
    lab = served.new_lab(XOR | {"epochs": 1_000_000})
    (worker,) = served.workers()
    server = served.process.pid
    sizes: list[tuple[float, float]] = []
    end = time.monotonic() + 60.0 * minutes
    first = end - 54.0 * minutes  # a tenth of the time to warm up
    with served.events(lab, within=60.0 * minutes + PATIENCE) as events:
        for _, kind, _ in events:
            if kind == "progress" and time.monotonic() > first:
                sizes.append((resident(server), resident(worker)))
            if time.monotonic() > end:
                break
    served.client.delete(f"/api/labs/{lab}")
    (begin_server, begin_lab), (end_server, end_lab) = sizes[0], sizes[-1]
    return {
        "minutes of watching": minutes,
        "MB of the server at the beginning": begin_server,
        "MB of the server at the end": end_server,
        "MB of the lab at the beginning": begin_lab,
        "MB of the lab at the end": end_lab,
    }


def progress_of(served: Served, lab: str) -> Any:
    """Return the present progress of a lab."""
    return served.wait_for(lab, "progress")


def resident(process: int) -> float:
    """Return the resident memory of a process, MB."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return float(line.split()[1]) / 1e3
    return float("nan")


if __name__ == "__main__":
    main()

"""What the process of a simulation does."""

from __future__ import annotations

import csv
import io
import socket
from typing import Any

import numpy as np

from neuralcrn.app import SimulationOptions, Source, simulate
from neuralcrn.app.live import encoded
from neuralcrn.errors import InvalidValueError, SimulationError
from neuralcrn.lab.channel import answer
from neuralcrn.lab.limits import Limits


def run(connection: socket.socket, asked: dict[str, Any], limits: Limits) -> None:
    """Simulate, and send the result."""
    answer(connection, lambda: _result(asked, limits), limits)


def _result(asked: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Return the table that ``neuralcrn simulate`` writes, and why it ends early if it does."""
    source = Source(asked["name"], asked["format"], text=asked["text"])
    (model,) = source.models(discrete=asked["method"] != "ode" and asked["volume"] is None)
    counts = model.network.counts
    for what, count, most in (
        ("species", counts.species, limits.species),
        ("reactions", counts.reactions, limits.reactions),
        ("values", counts.species * (asked["steps"] + 1), limits.values),
    ):
        if count > most:
            raise InvalidValueError(f"{asked['name']}: {count:,} {what}: at most {most:,} are simulated here")
    options = SimulationOptions(
        t_end=asked["t_end"], steps=asked["steps"], method=asked["method"], volume=asked["volume"],
        seed=asked["seed"], all_runs=asked["method"] != "ode",
    )  # fmt: skip
    made = simulate(source, options)
    stopped = None
    try:
        made.check_end()
    except SimulationError as error:
        stopped = str(error)
    heading, *rows = csv.reader(io.StringIO(made.csv()))
    first = heading.index("time")
    table = np.array(rows, dtype=float).reshape(-1, len(heading))[:, first:]
    return {
        "times": table[:, 0].tolist(),
        "species": heading[first + 1 :],
        "values": encoded(table[:, 1:]),
        "reactions": counts.reactions,
        "stopped": stopped,
    }

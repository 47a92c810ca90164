"""What the process does that makes a file of a lab, while the training goes on."""

from __future__ import annotations

import base64
import socket
from pathlib import Path

from neuralcrn.app.live import load_training, take
from neuralcrn.lab.channel import answer
from neuralcrn.lab.limits import Limits


def run(connection: socket.socket, folder: str, name: str, limits: Limits) -> None:
    """Send a file of a saved training."""

    def made() -> str:
        return base64.b64encode(take(load_training(Path(folder)), name)).decode()

    answer(connection, made, limits, folder)

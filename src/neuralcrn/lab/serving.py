"""Start and end of the server of the lab."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, final

from neuralcrn.errors import InvalidValueError
from neuralcrn.lab.limits import Limits

_CONNECTIONS = 400
_SHUTDOWN = 2


@final
class LabServer:
    """The server of the lab.

    Parameters
    ----------
    host : str
        Name or address at which it listens. If it is not of this machine alone, requests need a token.
    port : int
        0 for any free port.
    runs : Path
        Folder for the run folders.
    limits : Limits, optional
        Limits for labs and requests.

    Raises
    ------
    InvalidValueError
        If FastAPI or uvicorn is missing, or it cannot listen there.
    """

    def __init__(self, host: str, port: int, runs: Path, limits: Limits | None = None):
        _check_installed()
        self._runs, self._limits = runs, limits or Limits()
        self._socket = _listening(host, port)
        self._host, self._port = host, self._socket.getsockname()[1]
        self._token = "" if _is_loopback(self._socket) else secrets.token_urlsafe(24)

    @property
    def address(self) -> str:
        """Address of the page, with the token."""
        token = f"?token={self._token}" if self._token else ""
        return f"http://{self._names[0]}/{token}"

    def run(self, started: Callable[[str], None]) -> None:
        """Serve until the process is interrupted; then all labs are saved.

        Parameters
        ----------
        started : callable
            Called with the address once the server answers.
        """
        from neuralcrn.lab.workers import prepare

        prepare()  # first, because it takes as long as the rest
        import uvicorn

        from neuralcrn.lab.labs import Labs
        from neuralcrn.lab.security import Guard
        from neuralcrn.lab.server import application

        labs = Labs(self._runs, self._limits)
        guard: Any = Guard(application(labs, self._limits), self._names, self._token, self._limits)
        config = uvicorn.Config(
            guard, http="h11", ws="none", loop="asyncio", lifespan="on", log_level="warning",
            access_log=False, server_header=False, proxy_headers=False, limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_SHUTDOWN,
        )  # fmt: skip

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                self.loop = asyncio.get_running_loop()
                started(address)

            def handle_exit(self, sig: int, frame: FrameType | None) -> None:
                super().handle_exit(sig, frame)
                self.loop.call_soon_threadsafe(labs.end_streams)

        address = self.address
        Server(config).run([self._socket])

    @property
    def _names(self) -> list[str]:
        """Values of the header Host that are this server, the one that is printed first."""
        names = [self._host]
        if _is_loopback(self._socket):
            names += ["127.0.0.1", "localhost", "[::1]"]
        elif ipaddress.ip_address(self._socket.getsockname()[0]).is_unspecified:
            own = socket.gethostname()
            names = [own, socket.getfqdn(), *_addresses(own), "127.0.0.1", "localhost"]
        names = [f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names]
        ports = ("",) if self._port == 80 else (f":{self._port}",)
        return list(dict.fromkeys(f"{name.lower()}{port}" for name in names for port in ports))


def _check_installed() -> None:
    try:
        import fastapi
        import uvicorn
    except ImportError as error:
        raise InvalidValueError("the lab needs FastAPI and uvicorn: pip install 'neuralcrn[lab]'") from error
    del fastapi, uvicorn


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(place[:2], family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidValueError(f"{host}:{port}: cannot listen there: {reason}") from error


def _is_loopback(listening: socket.socket) -> bool:
    return ipaddress.ip_address(listening.getsockname()[0]).is_loopback


def _addresses(name: str) -> list[str]:
    """Return the addresses of this machine by its name, if it has any."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
    except OSError:
        return []

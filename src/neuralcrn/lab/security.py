"""Which requests are answered: those of this page, on this host, with the token if there is one.

A page of another site can send requests to a server of this machine, and a name of another site can be made
to lead to it (DNS rebinding). Host and Origin are therefore compared with the server's own.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, final
from urllib.parse import parse_qs, urlsplit

from neuralcrn.lab.limits import Limits, RefusedError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
_CLIENTS = 1_000
"""Clients whose requests are counted."""


@final
class Guard:
    """An application in front of another, which passes on only what may be answered.

    Parameters
    ----------
    application : callable
        ASGI application.
    hosts : collection of str
        Values of the header Host that are this server, with the port.
    token : str
        Token that a request needs; empty if it needs none.
    limits : Limits
    """

    def __init__(self, application: Application, hosts: Collection[str], token: str, limits: Limits):
        self._application, self._hosts, self._token = application, frozenset(hosts), token
        self._limits = limits
        self._clients: dict[str, tuple[float, float]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":  # the server is started without web sockets
            return
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        try:
            self._count(scope)
            headers = _headers(scope)
            self._check_origin(scope, headers)
            if cookie := self._check_token(scope, headers):
                await _redirect(with_headers, cookie)
                return
            body = await self._read(receive, headers)
            await self._application(scope, _given(body, receive), with_headers)
        except RefusedError as refusal:
            if not begun:
                await _refuse(with_headers, refusal)

    def _count(self, scope: Message) -> None:
        """Refuse clients that ask too often: a bucket that is filled at a constant rate."""
        now, name = time.monotonic(), (scope.get("client") or ("",))[0]
        most = 2.0 * self._limits.requests
        left, before = self._clients.pop(name, (most, now))
        left = min(most, left + (now - before) * self._limits.requests)
        while len(self._clients) >= _CLIENTS:
            del self._clients[next(iter(self._clients))]
        self._clients[name] = (max(left - 1.0, 0.0), now)
        if left < 1.0:
            raise RefusedError(429, f"more than {self._limits.requests:g} requests per second: send fewer")

    def _check_origin(self, scope: Message, headers: dict[str, list[str]]) -> None:
        host = headers.get("host", [])
        if len(host) != 1 or host[0].lower() not in self._hosts:
            raise RefusedError(421, "the header Host is not this server: use the address that it prints")
        origins = headers.get("origin", [])
        if any(origin != f"http://{host[0]}" for origin in origins):
            raise RefusedError(403, "the request comes from another page: use the page of this server")
        sites = headers.get("sec-fetch-site", [])
        if scope["path"] != "/" and any(site not in ("same-origin", "none") for site in sites):
            raise RefusedError(403, "the request comes from another page: use the page of this server")
        if (
            scope["method"] == "POST"
            and headers.get("content-type", [""])[0].split(";")[0] != "application/json"
        ):
            raise RefusedError(415, "the header Content-Type has to be application/json")

    def _check_token(self, scope: Message, headers: dict[str, list[str]]) -> bytes:
        """Check the token, and return the cookie that replaces the one in an address."""
        if not self._token:
            return b""
        name = _cookie_name(headers["host"][0])
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if scope["path"] == "/" and len(given) == 1 and self._is_token(given[0]):
            return f"{name}={self._token}; HttpOnly; SameSite=Strict; Path=/".encode()
        cookies = SimpleCookie()
        try:
            cookies.load("; ".join(headers.get("cookie", [])))
        except CookieError:
            cookies.clear()
        if name in cookies and self._is_token(cookies[name].value):
            return b""
        raise RefusedError(401, "the token is missing or wrong: use the address that 'neuralcrn lab' printed")

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8", "surrogateescape"), self._token.encode())

    async def _read(self, receive: Receive, headers: dict[str, list[str]]) -> bytes:
        """Return the body of a request up to the limit; it is short of its size if the client has gone."""
        most = self._limits.body
        refusal = RefusedError(413, f"the request is larger than {most:,} bytes: send less")
        if any(not size.isdecimal() or int(size[:20]) > most for size in headers.get("content-length", [])):
            raise refusal
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > most:
                raise refusal
        return body


def _given(body: bytes, receive: Receive) -> Receive:
    """Return a function that receives a body that was read, and then what comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


def _headers(scope: Message) -> dict[str, list[str]]:
    """Return all values of each header."""
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers


def _cookie_name(host: str) -> str:
    """Return the name of the cookie: cookies do not depend on the port, so it is part of the name."""
    return f"neuralcrn-lab-{urlsplit(f'//{host}').port or 80}"


async def _refuse(send: Send, refusal: RefusedError) -> None:
    body = json.dumps({"error": str(refusal)}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _redirect(send: Send, cookie: bytes) -> None:
    """Lead to the page without the token in its address."""
    headers = [(b"location", b"/"), (b"set-cookie", cookie), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})

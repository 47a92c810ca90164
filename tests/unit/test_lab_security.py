"""Requests that the lab answers: only those of its own page, with the token, and of limited size."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from neuralcrn.lab import security
from neuralcrn.lab.limits import Limits
from neuralcrn.lab.security import Guard

HOST = "127.0.0.1:8000"
TOKEN = "a-token"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers with the size of the request."""
    size, more = 0, scope["method"] == "POST"
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def guard(token: str = "", **limits: Any) -> Guard:
    return Guard(echo, [HOST, "localhost:8000"], token, Limits(**limits))


def ask(guarded: Guard, method: str = "GET", path: str = "/api/catalogue", **request: Any) -> httpx.Response:
    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(guarded)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.request(method, path, **request)

    return asyncio.run(answer())


def assert_refused(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    (sentence,) = answer.json().values()
    assert sentence
    assert "\n" not in sentence


def test_every_answer_has_the_policy_of_a_page_that_loads_nothing_from_elsewhere() -> None:
    for answer in (ask(guard()), ask(guard(), headers={"Host": "evil.example"})):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000"])
def test_own_names_are_answered(host: str) -> None:
    assert ask(guard(), headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8000",
        "127.0.0.1.evil.example:8000",
        "evil.example#127.0.0.1:8000",
        "127.0.0.1:80",
        "127.0.0.1",
        "127.0.0.1:8000.evil.example",
        "",
    ],
)
def test_a_name_that_leads_here_is_refused(host: str) -> None:
    assert_refused(ask(guard(), headers={"Host": host}), 421)


def test_two_hosts_are_refused() -> None:
    headers = [("Host", HOST), ("Host", HOST)]
    assert_refused(ask(guard(), headers=headers), 421)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", f"https://{HOST}", "http://127.0.0.1:8001", f"http://{HOST}/", ""],
)
def test_requests_of_other_pages_are_refused(origin: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        headers = {"Origin": origin, "Content-Type": "application/json"}
        assert_refused(ask(guard(), method, headers=headers), 403)


def test_the_origin_has_to_be_the_name_by_which_the_page_was_asked() -> None:
    headers = {"Host": HOST, "Origin": "http://localhost:8000"}
    assert_refused(ask(guard(), headers=headers), 403)
    assert ask(guard(), headers={"Origin": f"http://{HOST}"}).status_code == 200


def test_other_sites_may_link_to_the_page_only() -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert ask(guard(), path="/", headers=headers).status_code == 200
    assert_refused(ask(guard(), headers=headers), 403)
    assert ask(guard(), headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_forms_are_refused(kind: str) -> None:
    assert_refused(ask(guard(), "POST", headers={"Content-Type": kind}, content=b"{}"), 415)


JSON = {"Content-Type": "application/json"}


def test_large_requests_are_refused_with_and_without_their_size() -> None:
    guarded = guard(body=1_000)

    async def parts(count: int) -> Any:
        for _ in range(count):
            yield b"x" * 100

    assert ask(guarded, "POST", headers=JSON, content=b"x" * 1_000).text == "1000"
    assert ask(guarded, "POST", headers=JSON, content=parts(10)).text == "1000"
    assert_refused(ask(guarded, "POST", headers=JSON, content=b"x" * 1_001), 413)
    assert_refused(ask(guarded, "POST", headers=JSON, content=parts(11)), 413)


@pytest.mark.parametrize("size", ["-1", "1e3", "9" * 5_000, "0x10"])
def test_sizes_that_are_none_are_refused(size: str) -> None:
    headers = {**JSON, "Content-Length": size}
    assert_refused(ask(guard(), "POST", headers=headers, content=b"x"), 413)


def test_a_flood_is_refused_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded, clock = guard(requests=10.0), [100.0]
    monkeypatch.setattr(security.time, "monotonic", lambda: clock[0])
    statuses = [ask(guarded).status_code for _ in range(25)]
    assert statuses == [200] * 20 + [429] * 5
    clock[0] += 0.5
    assert [ask(guarded).status_code for _ in range(6)] == [200] * 5 + [429]


def test_clients_do_not_share_the_bucket_and_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "_CLIENTS", 3)
    guarded = guard(requests=1.0)

    def statuses(clients: Iterable[int]) -> list[int]:
        async def answers() -> list[int]:
            found = []
            for client in clients:
                transport = httpx.ASGITransport(guarded, client=(f"10.0.0.{client}", 1))
                async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as session:
                    found.append((await session.get("/")).status_code)
            return found

        return asyncio.run(answers())

    assert statuses([1, 1, 1, 2]) == [200, 200, 429, 200]
    statuses(range(10, 30))
    assert len(guarded._clients) == 3


def test_a_token_in_the_address_becomes_a_cookie_of_this_port() -> None:
    guarded = guard(TOKEN)
    answer = ask(guarded, path=f"/?token={TOKEN}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert cookie == f"neuralcrn-lab-8000={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
    assert ask(guarded, headers={"Cookie": cookie.partition(";")[0]}).status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"path": "/"},
        {"path": "/?token="},
        {"path": "/?token=a-tokem"},
        {"path": "/?token=a-toke"},
        {"path": "/?token=a-tokens"},
        {"path": f"/?token={TOKEN}&token={TOKEN}"},
        {"path": f"/api/catalogue?token={TOKEN}"},
        {"path": "/?token=%ff%fe"},
        {"headers": {"Cookie": "neuralcrn-lab-8000=other"}},
        {"headers": {"Cookie": "neuralcrn-lab-8000=a"}},
        {"headers": {"Cookie": "neuralcrn-lab-8000="}},
        {"headers": {"Cookie": f"neuralcrn-lab-8001={TOKEN}"}},
        {"headers": {"Cookie": b'=;;,\x80"[]'}},
        {"headers": {"Authorization": f"Bearer {TOKEN}"}},
    ],
)
def test_requests_without_the_token_are_refused(request_: dict[str, Any]) -> None:
    assert_refused(ask(guard(TOKEN), **request_), 401)

"""Events of a lab: numbers, resumption, curves for slow readers, and commands that replace others."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralcrn.lab import stream
from neuralcrn.lab.inbox import Inbox
from neuralcrn.lab.stream import Events


def progress(*samples: int, whole: bool = False) -> bytes:
    rows = [[number, 0.5, 0.25] for number in samples]
    return json.dumps({"loss": rows, "accuracy": [], "whole": whole}).encode()


def loss(event: stream.Event) -> list[int]:
    return [row[0] for row in json.loads(event.data)["loss"]]


def test_only_the_newest_of_each_kind_is_kept_in_order() -> None:
    events = Events()
    for kind in ("map", "step", "map", "scene"):
        events.add(kind, b"{}")
    assert [event.kind for event in events.after(0)] == ["step", "map", "scene"]
    numbers = [event.number for event in events.after(0)]
    assert numbers == sorted(numbers)
    assert events.after(numbers[1]) == events.after(0)[2:]
    assert events.after(numbers[-1]) == []


def test_numbers_of_a_server_that_is_started_later_are_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Events()
    for _ in range(100):
        before.add("map", b"{}")
    later = stream.time.time() + 1.0
    monkeypatch.setattr(stream.time, "time", lambda: later)
    after = Events()
    for kind in ["scene", *["map"] * 200]:
        after.add(kind, b"{}")
    assert [event.kind for event in after.after(before.number)] == ["scene", "map"]


def test_a_number_that_was_never_given_is_none() -> None:
    events = Events()
    events.add("map", b"{}")
    assert events.after(2**62) == events.after(0) != []


def test_a_reader_gets_each_row_of_a_curve_once() -> None:
    events = Events()
    events.add("progress", progress(1, 2, whole=True))
    (first,) = events.after(0)
    assert loss(first) == [1, 2]
    assert json.loads(first.data)["whole"]
    events.add("progress", progress(3))
    events.add("progress", progress(4))
    (second,) = events.after(first.number)
    assert loss(second) == [3, 4]
    assert not json.loads(second.data)["whole"]
    assert loss(events.after(0)[0]) == [1, 2, 3, 4]


def test_after_a_rewind_a_slow_reader_is_told_to_begin_anew() -> None:
    events = Events()
    events.add("progress", progress(1, 2, whole=True))
    seen = events.number
    events.add("progress", progress(whole=True))
    events.add("progress", progress(1))
    (event,) = events.after(seen)
    assert json.loads(event.data)["whole"]
    assert loss(event) == [1]


def test_curves_are_bounded() -> None:
    events = Events()
    for start in range(0, 10 * stream.MAX_ROWS, 1_000):
        events.add("progress", progress(*range(start, start + 1_000)))
    rows = loss(events.after(0)[0])
    assert len(rows) <= stream.MAX_ROWS
    assert rows == sorted(rows)
    assert rows[0] == 0
    assert rows[-1] >= 10 * stream.MAX_ROWS - 1_000


def frames_of(events: Events, count: int, before: Any = lambda _: None) -> list[bytes]:
    """Read some frames, calling a function with the number of those that were read."""

    async def read() -> list[bytes]:
        frames: list[bytes] = []
        async for frame in events.frames(0, heartbeat=0.01):
            frames.append(frame)
            before(len(frames))
            if len(frames) == count:
                break
        return frames

    return asyncio.run(read())


def test_frames_are_server_sent_events_and_heartbeats() -> None:
    events = Events()
    events.number = 6
    events.add("map", b'{"grid":1}')
    assert frames_of(events, 3) == [
        b"retry: 1000\n\n",
        b'id: 7\nevent: map\ndata: {"grid":1}\n\n',
        b":\n\n",
    ]


def test_a_reader_that_is_slow_gets_only_the_newest() -> None:
    events = Events()
    events.add("map", b"0")

    def meanwhile(read: int) -> None:
        for number in range(100):
            events.add("map", b"%d" % (1_000 * read + number))

    frames = frames_of(events, 4, meanwhile)
    assert [frame.split(b"data: ")[1] for frame in frames[1:]] == [b"1099\n\n", b"2099\n\n", b"3099\n\n"]


def test_readers_end_when_the_lab_is_closed() -> None:
    events = Events()

    async def read() -> list[bytes]:
        asyncio.get_running_loop().call_later(0.01, events.close)
        return [frame async for frame in events.frames(0, heartbeat=60.0)]

    assert asyncio.run(read()) == [b"retry: 1000\n\n"]


COMMANDS = st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.integers()), max_size=30)


@given(COMMANDS)
def test_the_last_command_of_each_key_arrives_and_the_order_of_these_is_kept(
    given: list[tuple[str | None, int]],
) -> None:
    inbox = Inbox()
    for number, (key, value) in enumerate(given):
        inbox.put({"number": number, "key": key, "value": value})
    last = {key: number for number, (key, _) in enumerate(given)}
    kept = [number for number, (key, _) in enumerate(given) if key is None or last[key] == number]
    assert [command["number"] for command in inbox.take(0.0)] == kept
    assert inbox.take(0.0) == []


def test_a_waiting_lab_is_woken_by_a_command_and_by_the_end() -> None:
    for wake in (lambda inbox: inbox.put({"key": None}), lambda inbox: inbox.end()):
        inbox = Inbox()
        timer = threading.Timer(0.05, wake, (inbox,))
        timer.start()
        taken = inbox.take(60.0)
        timer.join()
        assert taken or inbox.ended

"""No text, however strange, gets anything but a task or a refusal of our own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from neuralcrn.errors import DataError
from neuralcrn.tasks import Numerals, Reading, read_csv, read_csv_features, read_csv_task
from neuralcrn.tasks.cells import DECIMALS, THOUSANDS
from neuralcrn.tasks.reading import MISSING

PIECES = st.one_of(
    st.sampled_from([",", "\n", "\r\n", "\r", '"', '""', ";", " "]),
    st.sampled_from(["1", "2.5", "-3e4", "1e999", "1,5", "nan", "=A1", "a", "x", "y", "é"]),
    st.sampled_from(["\0", "\ufeff", "\udce9", "\x1b", "\u202e"]),
)
ROWS = st.lists(st.tuples(st.floats(-1e15, 1e15), st.sampled_from("ab")), min_size=4, max_size=20)


def attempt(read, *arguments):
    """Return what `read` returns, or None where it refuses as it should."""
    try:
        return read(*arguments)
    except DataError as refusal:
        message = str(refusal)
    assert message.isprintable()
    assert len(message) < 2000
    return None


def saved(folder: str, data: bytes) -> Path:
    path = Path(folder, "data.csv")
    path.write_bytes(data)
    return path


@given(st.lists(PIECES, max_size=40).map("".join), st.booleans())
@example('x,y\n1,"', False)
def test_any_text_is_read_or_refused(text, with_start):
    start = "x,y\n" + "1,a\n2,b\n" * 3 if with_start else ""
    with tempfile.TemporaryDirectory() as folder:
        path = saved(folder, (start + text).encode(errors="surrogateescape"))
        task = attempt(read_csv_task, path, "y")
    assert task is None or (task.name == "data" and np.isfinite(task.train.features).all())


READINGS = st.builds(
    Reading,
    separator=st.sampled_from(["", ",", ";", " ", "|"]),
    decimal=st.sampled_from(DECIMALS),
    thousands=st.sampled_from(["", "'", " "]),
    categorical=st.sampled_from([(), ("x",)]),
    missing=st.sampled_from(["", *MISSING]),
    kind=st.sampled_from(["", "regression", "classification"]),
)


@given(st.lists(PIECES, max_size=40).map("".join), READINGS)
@example('a;"x"\n', Reading(missing="mean"))
def test_any_text_is_read_or_refused_with_any_options(text, reading):
    start = "x;y\n" + "1;a\n2;b\n;a\n4;b\n" * 2
    with tempfile.TemporaryDirectory() as folder:
        path = saved(folder, (start + text).encode(errors="surrogateescape"))
        read = attempt(read_csv, path, "y", reading)
        again = read and attempt(read_csv, path, "y", read.reading)
    if read is not None:
        assert again.reading == read.reading
        assert again.task.train.features.tobytes() == read.task.train.features.tobytes()
        assert np.isfinite(read.task.train.features).all()


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 999)), min_size=1), st.data())
def test_numbers_are_read_as_they_are_written_in_any_land(numbers, data):
    decimal = data.draw(st.sampled_from(DECIMALS))
    thousands = data.draw(st.sampled_from([mark for mark in THOUSANDS if mark != decimal]))
    marks = str.maketrans({",": thousands, ".": decimal})
    cells = [f"{whole:,}.{part:03}" for whole, part in numbers]
    numerals = Numerals(decimal, thousands)
    assert [numerals.parse(cell.translate(marks)) for cell in cells] == [
        float(cell.replace(",", "")) for cell in cells
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    with tempfile.TemporaryDirectory() as folder:
        values = attempt(read_csv_features, saved(folder, data), ["x"])
    assert values is None or np.isfinite(values).all()


@given(ROWS)
def test_numbers_are_read_to_the_last_digit(rows):
    text = "x,kind\n" + "".join(f"{value!r},{name}\n" for value, name in rows)
    with tempfile.TemporaryDirectory() as folder:
        got = read_csv_features(saved(folder, text.encode()), ["x"])
    assert got[:, 0].tolist() == [value for value, _ in rows]

"""Files from strangers: what is accepted, and that each refusal names the file, row and column."""

from __future__ import annotations

import gzip
import os
import zipfile

import numpy as np
import pytest

from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError
from neuralcrn.tasks import csvtable, read_csv_features, read_csv_task

GOOD = "a,b,y\n1,10,0\n2,20,1\n3,30,0\n4,40,1\n5,50,0\n"


@pytest.fixture
def write(tmp_path):
    def to_file(content: str | bytes):
        path = tmp_path / "data.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to_file


def table(target: list[object]) -> str:
    return "x,y\n" + "".join(f"{i},{value}\n" for i, value in enumerate(target))


def test_two_integer_classes_share_an_output(write):
    task = read_csv_task(write(GOOD), "y", validation_fraction=0.4)
    assert (task.name, task.kind, task.classes, task.threshold) == ("data", "classification", ("0", "1"), 0.5)
    assert (task.feature_names, task.target_names) == (("a", "b"), ("y",))
    assert (len(task.train), len(task.validation)) == (3, 2)
    assert set(np.unique(task.train.targets)) == {0.0, 1.0}
    assert task.bounds.tolist() == [[-1.0, 1.0]] * 2


def test_several_texts_get_an_output_each(write):
    task = read_csv_task(write(table(["dog", "ant", "cat"] * 10)), "y")
    assert task.classes == task.target_names == ("ant", "cat", "dog")
    assert (task.outputs, task.threshold) == (3, None)
    assert np.bincount(task.labels(task.validation.targets)).tolist() == [2, 2, 2]
    assert np.bincount(task.labels(task.train.targets)).tolist() == [8, 8, 8]


def test_integer_classes_are_in_numerical_order_and_keep_their_rows(write):
    task = read_csv_task(write(table([10, 9, "-0", "0.0"] * 5)), "y", kind="classification")
    assert task.classes == ("0", "9", "10")
    half = (task.scaling.feature_high[0] - task.scaling.feature_low[0]) / 2.0
    row = np.rint(task.scaling.feature_low[0] + (task.train.features[:, 0] + 1.0) * half).astype(int)
    assert np.array_equal(task.labels(task.train.targets), np.array([2, 1, 0, 0])[row % 4])


@pytest.mark.parametrize("target", [list(range(11)) * 2, [1.5, 2, 1.5, 2], [0.1 * i for i in range(30)]])
def test_many_integers_and_decimals_make_a_regression(write, target):
    task = read_csv_task(write(table(target)), "y")
    assert (task.kind, task.classes, task.threshold, task.outputs) == ("regression", (), None, 1)
    assert np.abs(task.train.targets).max() == pytest.approx(1.0)
    assert task.train.targets.mean() == pytest.approx(0.0, abs=1e-12)
    one_rail = read_csv_task(write(table(target)), "y", non_negative=True)
    assert (one_rail.train.targets.min(), one_rail.train.targets.max()) == (0.0, 1.0)
    everything = np.concatenate([task.train.targets, task.validation.targets])
    raw = np.sort(task.scaling.unscale_targets(everything)[:, 0])
    np.testing.assert_allclose(raw, np.sort(np.array(target, dtype=float)), atol=1e-12)


def test_the_kind_of_a_numeric_target_can_be_chosen(write):
    path = write(table([1, 2, 3, 4, 5]))
    assert read_csv_task(path, "y", kind="regression").kind == "regression"
    many = write(table(list(range(12)) * 2))
    assert len(read_csv_task(many, "y", kind="classification").classes) == 12
    decimals = write(table([0.5, 1.5] * 4))
    assert read_csv_task(decimals, "y", kind="classification").classes == ("0.5", "1.5")
    with pytest.raises(DataError, match=r"row 2, column 2 \('y'\): 'a': a regression needs numbers"):
        read_csv_task(write(table(["a", "b"] * 4)), "y", kind="regression")
    with pytest.raises(UnknownNameError, match="unknown kind 'ranking'"):
        read_csv_task(path, "y", kind="ranking")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        ("\ufeff" + GOOD).replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        GOOD + "\n\n,,\n",
        GOOD.replace("1,10,0", '"1"," 10 ",0'),
        GOOD.replace("a,b,y", ' a ,"b", y'),
        GOOD.replace("1,10,0", "+1.,1e1,0"),
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace(",", " | "),
        GOOD.replace(",", ", "),
    ],
)
def test_harmless_varieties_read_alike(write, content):
    expected = read_csv_task(write(GOOD), "y")
    got = read_csv_task(write(content), "y")
    assert got.feature_names == expected.feature_names
    assert got.train.features.tobytes() == expected.train.features.tobytes()
    assert got.train.targets.tobytes() == expected.train.targets.tobytes()


def test_the_split_is_seeded_and_complete(write):
    path = write(table([0, 1] * 50))
    first, same, other = (read_csv_task(path, "y", rng=seed) for seed in (1, 1, 2))
    assert first.train.features.tobytes() == same.train.features.tobytes()
    assert first.train.features.tobytes() != other.train.features.tobytes()
    assert (len(first.train), len(first.validation)) == (80, 20)
    low, high = first.scaling.feature_low[0], first.scaling.feature_high[0]
    seen = np.concatenate([first.train.features, first.validation.features])[:, 0] * (high - low) + low
    # The least and largest rows may be in the validation part, where the least is clipped.
    assert len(np.unique(np.rint(seen))) >= 98


def test_a_training_part_of_one_value_is_refused(write):
    path = write(table([0.5, 0.5, 0.5, 1.5]))
    # One row is left for training, whatever the seed.
    with pytest.raises(DataError, match="'y' is the same in all training rows"):
        read_csv_task(path, "y", validation_fraction=0.75)


def test_each_class_keeps_a_training_row(write):
    task = read_csv_task(write(table(["a"] * 10 + ["b"] * 2)), "y", validation_fraction=0.9)
    assert set(task.labels(task.train.targets)) == {0, 1}


MALFORMED = {
    "empty": ("", "row 1: the file is empty"),
    "byte order mark only": ("\ufeff", "row 1: the file is empty"),
    "blank lines only": ("\n\r\n", "row 1: the file is empty"),
    "header only": ("a,b,y\n", "row 2 is missing: there is a header only"),
    "three rows": ("a,b,y\n1,1,0\n2,2,1\n3,3,0\n", "3 rows below the header, the last is row 4: at least 4"),
    "no header": ("1,2,0\n3,4,1\n", "row 1, column 1: only numbers in row 1"),
    "nameless column": (
        GOOD.replace("b", "", 1),
        "row 1, column 2 ('column 2'): a column without a name: name it in row 1, or drop 'column 2'",
    ),
    "duplicate header": (GOOD.replace("b", "a", 1), "row 1, column 2: 'a' is already the name of column 1"),
    "formula header": (GOOD.replace("b", "=b", 1), "row 1, column 2: '=b' is a formula"),
    "control header": (GOOD.replace("b", "\x1b[2J", 1), "column 2: '�[2J' contains control characters"),
    "long header": (GOOD.replace("b", "b" * 201, 1), "is longer than 200 characters"),
    "target only": ("y\n0\n1\n0\n1\n", "row 1: no column to predict 'y' from"),
    "nan": (GOOD.replace("30", "NaN"), "row 4, column 2 ('b'): 'NaN' is not a finite number"),
    "inf": (GOOD.replace("30", "-inf"), "row 4, column 2 ('b'): '-inf' is not a finite number"),
    "spreadsheet error": (
        GOOD.replace("30", "#DIV/0!"),
        "row 4, column 2 ('b'): '#DIV/0!' is not a finite number",
    ),
    "blank": (GOOD.replace("30", " "), "row 4, column 2 ('b'): the cell is blank"),
    "text": (GOOD.replace("30", "thirty"), "row 4, column 2 ('b'): 'thirty' is not a number"),
    "hexadecimal": (GOOD.replace("30", "0x1e"), "row 4, column 2 ('b'): '0x1e' is not a number"),
    "underscore": (GOOD.replace("30", "3_0"), "row 4, column 2 ('b'): '3_0' is not a number"),
    "foreign digits": (GOOD.replace("30", "٣"), "row 4, column 2 ('b'): '٣' is not a number"),
    "formula": (GOOD.replace("30", "=A1+1"), "row 4, column 2 ('b'): '=A1+1' is a formula"),
    "command": (GOOD.replace("30", "@cmd"), "row 4, column 2 ('b'): '@cmd' is a formula"),
    "plus formula": (GOOD.replace("30", "+A1"), "row 4, column 2 ('b'): '+A1' is a formula"),
    "minus formula": (GOOD.replace("30", "-A1"), "row 4, column 2 ('b'): '-A1' is a formula"),
    "decimal comma": (GOOD.replace("30", '"3,5"'), "row 4, column 2 ('b'): '3,5' has a comma: declare thou"),
    "thousands": (GOOD.replace("30", '"1.234,5"'), "row 4, column 2 ('b'): '1.234,5' has a comma: declare"),
    "1e308": (GOOD.replace("30", "1e308"), "row 4, column 2 ('b'): '1e308' exceeds 1e+15"),
    "1e400": (GOOD.replace("30", "-1e400"), "row 4, column 2 ('b'): '-1e400' exceeds 1e+15"),
    "long row": (GOOD.replace("30", "3,0"), "row 4 has 4 cells, the header has 3: column 4 has no header"),
    "short row": (GOOD.replace(",30", ""), "row 4 has 2 cells, the header has 3: column 3 ('y') is missing"),
    "blank row": (GOOD.replace("3,30,0", ""), "row 4, column 1 ('a'): this and all other cells are blank"),
    "unclosed quote": (
        GOOD.replace("30", '"30'),
        "row 4, column 2: unexpected end of data: close every quote",
    ),
    "unclosed header": ('a,"b,y\n1,2,3\n', "row 1, column 2: unexpected end of data"),
    "long unclosed quote": (
        GOOD.replace("30", '"30') + "6,60,1\n" * 30_000,
        "row 4, column 2: field larger than field limit",
    ),
    "stray quote": (GOOD.replace("30", '"3"0'), "row 4, column 2: ',' expected after '\"'"),
    "row after a cell of two lines": (
        GOOD.replace("a,b", '"a",b').replace("1,10", '"1\n",10').replace("30", "x"),
        "row 4, column 2 ('b'): 'x' is not a number",
    ),
    "binary": (GOOD.encode().replace(b"30", b"3\x000"), "row 4, column 2: a NUL byte"),
    "latin-1": (GOOD.encode().replace(b"30", b"\xe9"), "row 4, column 2: byte 0xe9 is not UTF-8"),
    "latin-1 header": (b"a,\xfc,y\n1,2,3\n", "row 1, column 2: byte 0xfc is not UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), "encoded in UTF-16"),
    "gzip": (gzip.compress(GOOD.encode()), "a compressed file or a workbook"),
    "blank target": (GOOD.replace("30,0", "30,"), "row 4, column 3 ('y'): the cell is blank"),
    "nan target": (GOOD.replace("30,0", "30,nan"), "row 4, column 3 ('y'): 'nan' is not a finite number"),
    "huge target": (GOOD.replace("30,0", "30,1e99"), "row 4, column 3 ('y'): '1e99' exceeds 1e+15"),
    "formula target": (GOOD.replace("30,0", "30,=B4"), "row 4, column 3 ('y'): '=B4' is a formula"),
    "text among numbers": (
        GOOD.replace("30,0", "30,no"),
        "row 4, column 3 ('y'): 'no' is a text among numbers",
    ),
    "one class": (table(["a"] * 9), "row 2, column 2 ('y'): 'a' in this and every other row"),
    "one integer class": (table([3] * 9), "row 2, column 2 ('y'): '3' in this and every other row"),
    "one value": (table([3.5] * 9), "row 2, column 2 ('y'): '3.5' in this and every other row"),
    "a class of one": (table(["a"] * 4 + ["b"]), "row 6, column 2 ('y'): class 'b' occurs in this row only"),
    "identifiers": (table([f"id{i}" for i in range(51)]), "row 2, column 2 ('y'): 51 different values"),
    "too many columns": (
        ",".join(f"c{i}" for i in range(1001)),
        "row 1 has 1001 columns, at most 1000 are accepted: delete those from column 1001 on",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_files_are_refused_where_they_are_wrong(write, name):
    content, said = MALFORMED[name]
    path = write(content)
    with pytest.raises(DataError) as refusal:
        read_csv_task(path, "y")
    message = str(refusal.value)
    assert said in message
    assert "data.csv: " in message
    assert len(message) < 2000
    assert message.isprintable()


def test_a_missing_target_is_answered_with_the_nearest_column(write):
    path = write(GOOD.replace("y", "yield"))
    with pytest.raises(
        DataError, match=r"lacks column 'yeild': did you mean 'yield'\? It has 'a', 'b', 'yield'"
    ):
        read_csv_task(path, "yeild")


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2, float("nan"), "0.2"])
def test_impossible_fractions_are_refused(write, fraction):
    with pytest.raises(InvalidValueError, match="validation_fraction"):
        read_csv_task(write(GOOD), "y", validation_fraction=fraction)


@pytest.mark.parametrize(
    "read", [lambda path: read_csv_task(path, "y"), lambda path: read_csv_features(path, ["a"])]
)
def test_what_is_no_file_is_refused_without_waiting(tmp_path, read, monkeypatch):
    os.mkfifo(tmp_path / "pipe.csv")
    with zipfile.ZipFile(tmp_path / "zip.csv", "w") as archive:
        archive.writestr("data.csv", GOOD)
    large = tmp_path / "large.csv"
    large.write_text(GOOD * 10)
    monkeypatch.setattr(csvtable, "MAX_BYTES", len(GOOD) * 9)
    for name, said in (
        ("", "a directory"),
        ("none.csv", "cannot be read: No such file"),
        ("pipe.csv", "not a regular file"),
        ("zip.csv", "a compressed file"),
        ("large.csv", "larger than"),
        ("a\0b", "cannot be read"),
        ("n" * 300, "cannot be read"),
    ):
        with pytest.raises(DataError, match=said):
            read(os.path.join(tmp_path, name))


def test_features_for_prediction_come_in_the_order_asked_for(write):
    path = write("note,b,a\n=x,1,2\n,3,4\n")
    assert read_csv_features(path, ["a", "b"]).tolist() == [[2.0, 1.0], [4.0, 3.0]]
    assert read_csv_features(str(path), ("b",)).tolist() == [[1.0], [3.0]]


def test_features_for_prediction_name_what_is_missing(write):
    path = write(GOOD)
    with pytest.raises(DataError, match=r"data\.csv: row 1 \(the header\) lacks column 'c', 'd'"):
        read_csv_features(path, ["a", "c", "d"])
    with pytest.raises(DataError, match="row 2 is missing"):
        read_csv_features(write("a,b\n"), ["a"])
    with pytest.raises(DataError, match=r"row 3, column 1 \('a'\): 'x' is not a number"):
        read_csv_features(write("a,b\n1,2\nx,3\n"), ["a"])
    with pytest.raises(InvalidValueError, match="at least one column"):
        read_csv_features(path, [])


def test_predicting_on_the_training_file_gives_the_training_features(write):
    path = write(table([0, 1] * 10))
    task = read_csv_task(path, "y")
    again = task.scaling.scale_features(read_csv_features(path, task.feature_names))
    known = np.concatenate([task.train.features, task.validation.features])
    assert np.array_equal(np.sort(again, axis=0), np.sort(known, axis=0))

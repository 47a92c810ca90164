"""Tables as people have them: separators, decimals, blank cells, categories, index columns, kinds."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from neuralcrn.errors import DataError, InvalidValueError, NeuralCRNError, UnknownNameError
from neuralcrn.tasks import Column, Numerals, Reading, Task, read_csv, read_csv_features, read_csv_task


@pytest.fixture
def write(tmp_path: Path):
    def to_file(text: str, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def unscaled(task: Task, doses: np.ndarray) -> np.ndarray:
    """Return features in their own units."""
    scaling = task.scaling
    assert scaling is not None
    low, high = np.array(scaling.feature_low), np.array(scaling.feature_high)
    return low + (doses - scaling.low) / (scaling.high - scaling.low) * (high - low)


def raw_features(task: Task) -> np.ndarray:
    """Return the features of all rows in their own units, sorted by the first."""
    raw = unscaled(task, np.concatenate([task.train.features, task.validation.features]))
    return raw[np.argsort(raw[:, 0])]


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a;b;y\n1;2;u\n2;3;v\n3;4;u\n4;5;v\n", ";"),
        ("a\tb\ty\n1\t2\tu\n2\t3\tv\n3\t4\tu\n4\t5\tv\n", "\t"),
        ("a|b|y\n1|2|u\n2|3|v\n3|4|u\n4|5|v\n", "|"),
        # A mark that is inside of names or texts only does not cut the rows evenly.
        ('"a;b",y\n1,u\n2,v\n3,u\n4,v\n', ","),
        ("size (m; tall),y\n1,u\n2,v\n3,u\n4,v\n", ","),
        ('a;"1,2 or 3";y\n1;2;u\n2;3;v\n3;4;u\n4;5;v\n', ";"),
    ],
)
def test_a_clear_separator_is_found(write, text: str, separator: str) -> None:
    read = read_csv(write(text), "y", Reading())
    assert read.reading.separator == separator
    assert len(read.task.train) + len(read.task.validation) == 4


def test_an_unclear_separator_is_asked_for(write) -> None:
    path = write("a,b;c,y\n1,2;3,4\n2,3;4,5\n3,4;5,6\n4,5;6,7\n")
    with pytest.raises(DataError, match=r"row 1: cells could be separated by ',', ';': declare which"):
        read_csv_task(path, "y")
    with pytest.raises(DataError, match=r"row 2, column 2 \('b;c'\): '2;3'"):
        read_csv_task(path, "y", separator=",")
    with pytest.raises(DataError, match=r"cells seem separated by ' ': declare separator ' '"):
        read_csv_task(write("a b y\n1 2 3\n"), "y")
    spaces = write("a   b y\n  1 2  0.5\n 2 3 1.5\n3 4 2.5\n4  5 3.5\n")
    task = read_csv_task(spaces, "y", separator="space")
    np.testing.assert_allclose(raw_features(task), [[1, 2], [2, 3], [3, 4], [4, 5]])


@pytest.mark.parametrize(
    ("decimal", "thousands", "cells", "values"),
    [
        (",", "", ["1,5", "-0,25", "3", "4e2"], [1.5, -0.25, 3.0, 400.0]),
        (",", ".", ["1.234,5", "12.345.678", "3,25", "1.000"], [1234.5, 12345678.0, 3.25, 1000.0]),
        (".", ",", ["3,750", "1,234,567.5", "12", "0.5"], [3750.0, 1234567.5, 12.0, 0.5]),
        (".", "'", ["3'750", "3’750.5", "12", "0.5"], [3750.0, 3750.5, 12.0, 0.5]),
        (",", " ", ["3 750", "3\u202f750,5", "3\u00a0751", "0,5"], [3750.0, 3750.5, 3751.0, 0.5]),
    ],
)
def test_declared_numerals_are_read_to_their_values(write, decimal, thousands, cells, values) -> None:
    path = write("x;y\n" + "".join(f"{cell};{i % 2}\n" for i, cell in enumerate(cells)))
    reading = Reading(decimal=decimal, thousands=thousands)
    assert read_csv_features(path, ["x"], reading)[:, 0].tolist() == values


@pytest.mark.parametrize(
    ("numerals", "cell", "said"),
    [
        (Numerals(), "3,750", "has a comma: declare thousands ',' if it groups digits, decimal ','"),
        (Numerals(","), "3.750", "has a point: declare thousands '.' if it groups digits"),
        (Numerals(thousands=","), "3,75", "groups have three digits"),
        (Numerals(thousands=","), "1,23,456", "groups have three digits"),
        (Numerals(",", "."), "1,234.5", "groups have three digits"),
        (Numerals(), "3 750", "has a space: declare thousands ' '"),
        (Numerals(), "1.2.3", "is not a number with decimal '.'"),
    ],
)
def test_numbers_written_otherwise_than_declared_are_never_guessed(numerals, cell, said) -> None:
    assert numerals.parse(cell) is None
    assert said in numerals.fault(cell)


INDEXED = ",a,y\n0,5,1.5\n1,6,2.5\n2,7,3.5\n3,8,4.5\n"


@pytest.mark.parametrize("text", [INDEXED, INDEXED.replace(",a", "Unnamed: 0,a", 1)])
def test_an_index_without_a_name_is_left_out_and_said(write, text: str) -> None:
    read = read_csv(write(text), "y", Reading())
    assert read.task.feature_names == ("a",)
    (note,) = read.notes
    assert "counts the rows or is blank: it is ignored" in note
    assert read_csv_task(write(text), "y", features=[text.split(",")[0] or "column 1", "a"]).inputs == 2


def test_an_index_as_pandas_writes_it(write) -> None:
    pandas = pytest.importorskip("pandas")
    stream = io.StringIO()
    pandas.DataFrame({"a": [5, 6, 7, 8], "y": [1.5, 2.5, 3.5, 4.5]}).to_csv(stream)
    assert read_csv_task(write(stream.getvalue()), "y").feature_names == ("a",)


def test_a_nameless_column_of_data_is_never_left_out_silently(write) -> None:
    path = write(INDEXED.replace("2,7", "9,7"))
    with pytest.raises(DataError, match=r"row 1, column 1 \('column 1'\): a column without a name: name it"):
        read_csv_task(path, "y")
    assert read_csv_task(path, "y", drop=["column 1"]).feature_names == ("a",)
    assert read_csv_task(write("a,y,\n5,1.5,\n6,2.5,\n7,3.5,\n8,4.5,\n"), "y").feature_names == ("a",)


COLOURS = "colour,size,y\nred,1,0.5\nblue,2,1.5\nred,3,2.5\ngreen,4,3.5\n"


def test_texts_become_one_feature_for_each_category(write) -> None:
    path = write(COLOURS)
    task = read_csv_task(path, "y", categorical=["colour"])
    assert task.feature_names == ("colour=blue", "colour=green", "colour=red", "size")
    assert task.columns == (Column("colour", ("blue", "green", "red")), Column("size"))
    features = read_csv_features(path, task.columns)
    assert features.tolist() == [[0, 0, 1, 1], [1, 0, 0, 2], [0, 0, 1, 3], [0, 1, 0, 4]]
    with pytest.raises(DataError, match=r"row 2, column 1 .*unknown category 'rad': did you mean"):
        read_csv_features(write("colour,size\nrad,1\n", "new.csv"), task.columns)
    with pytest.raises(DataError, match=r"row 2, column 1 .*one of 'blue', 'green', 'red': declare.*categor"):
        read_csv_task(path, "y")


def test_numbers_can_be_categories_too(write) -> None:
    path = write("zone,y\n10,0.5\n20,1.5\n10,2.5\n30,3.5\n")
    assert read_csv_task(path, "y", categorical=["zone"]).feature_names == ("zone=10", "zone=20", "zone=30")


GAPS = "a,b,y\n1,10,0.5\n2,,1.5\n3,30,\n4,NA,3.5\n5,50,4.5\n6,60,5.5\n7,70,6.5\n"


def test_rows_with_blank_cells_are_left_out_and_counted(write) -> None:
    read = read_csv(write(GAPS), "y", Reading(missing="drop"))
    np.testing.assert_allclose(raw_features(read.task), [[1, 10], [5, 50], [6, 60], [7, 70]])
    assert read.notes == ("rows 3, 4, 5 lack a value: ignored",)


def test_blank_cells_become_the_mean_of_the_training_rows(write) -> None:
    path = write(GAPS)
    read = read_csv(path, "y", Reading(missing="mean"), rng=2)
    task = read.task
    assert len(task.train) + len(task.validation) == 6  # a row without a target teaches nothing
    assert read.notes == ("row 4 lacks a value: ignored",)
    train = unscaled(task, task.train.features)
    known = {1.0: 10.0, 5.0: 50.0, 6.0: 60.0, 7.0: 70.0}
    shown = np.rint(train[:, 0])
    expected = np.mean([known[a] for a in shown if a in known])
    assert task.columns[1].blank == pytest.approx((expected,))
    filled = train[~np.isin(shown, list(known)), 1]
    assert len(filled)
    assert filled == pytest.approx(expected)
    assert read_csv_features(write("a,b\n9,\n", "new.csv"), task.columns).tolist() == [[9.0, expected]]
    with pytest.raises(DataError, match=r"row 2, column 2 \('b'\): the cell is blank"):
        read_csv_features(write("a,b\n9,\n", "new.csv"), ["a", "b"])


def test_the_mean_of_categories_is_their_share(write) -> None:
    rows = "".join(f"{colour},{i}.5\n" for i, colour in enumerate(["red", "red", "", "blue", "red", "red"]))
    task = read_csv_task(write("colour,y\n" + rows), "y", categorical=["colour"], missing="mean")
    assert sum(task.columns[0].blank) == pytest.approx(1.0)


def test_what_is_no_value_is_refused_with_what_to_declare(write) -> None:
    with pytest.raises(DataError, match="'NA' is not a finite number: fill it in, or declare missing 'drop'"):
        read_csv_task(write(GAPS.replace("2,,", "2,5,").replace("30,", "30,1")), "y")
    with pytest.raises(DataError, match="no row is left: each of 4 lacks a cell"):
        read_csv_task(write("a,b,y\n,1,2\n2,,3\n3,,4\n,,5\n"), "y", missing="drop")
    with pytest.raises(DataError, match="column 'b' is blank in every training row: drop it"):
        read_csv_task(write("a,b,y\n1,,2\n2,,3\n3,,4\n4,,5\n"), "y", missing="mean")
    with pytest.raises(DataError, match="2 rows below the header besides 3 that lack a value"):
        read_csv_task(write("a,y\n1,2\n2,3\n,4\n,5\n,6\n"), "y", missing="drop")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["2024-05-01", "2024-05-02", "2024-05-02", "2024-05-04"], "'2024-05-01' is a date: convert it"),
        (["1.5.2024", "2.5.2024", "2.5.2024", "4.5.2024"], "'1.5.2024' is a date"),
        (["2024-05-01T10:00:00Z"] * 4, "is a date"),
        (["May 1, 2024", "1 May 2024", "03-Jun-24", "10:30"], "is a date"),
        (["u17", "u18", "x3", "z4"], "'u17' is an identifier, different in each row"),
        (["$3", "$4", "$5", "$6"], "'$3' is a number with a unit: write the number alone"),
        (["3 %", "4 %", "4 %", "6 %"], "is a number with a unit"),
        (["red", "blue", "red", "red"], "one of 'blue', 'red': declare the column categorical, or drop it"),
        (["1", "2", "three", "4"], "'three' is not a number"),
    ],
)
def test_columns_that_hold_no_numbers_are_called_what_they_are(write, cells, said) -> None:
    path = write("what;size;y\n" + "".join(f"{cell};{i};{i}.5\n" for i, cell in enumerate(cells)))
    with pytest.raises(DataError) as refusal:
        read_csv_task(path, "y")
    assert "row 2, column 1 ('what')" in str(refusal.value) or "row 4, column 1" in str(refusal.value)
    assert said in str(refusal.value)
    assert read_csv_task(path, "y", drop=["what"]).feature_names == ("size",)


def test_four_prices_are_no_classes(write) -> None:
    prices = [100, 250, 400, 990] * 5
    path = write("x,price\n" + "".join(f"{i},{price}\n" for i, price in enumerate(prices)))
    read = read_csv(path, "price", Reading())
    assert read.task.kind == "regression"
    (note,) = read.notes
    assert note == "'price' contains numbers: a regression; kind classification treats them as classes"
    chosen = read_csv(path, "price", Reading(kind="classification"))
    assert (chosen.task.classes, chosen.notes) == (("100", "250", "400", "990"), ())


@pytest.mark.parametrize(
    ("labels", "classes"),
    [([0, 1], "01"), ([2, 4], "24"), ([-1, 1], ("-1", "1")), ([1, 2, 3], "123"), ([0, 1, 2, 3], "0123")],
)
def test_whole_numbers_like_labels_are_classes_and_it_is_said(write, labels, classes) -> None:
    path = write("x,y\n" + "".join(f"{i},{y}\n" for i, y in enumerate(labels * 4)))
    read = read_csv(path, "y", Reading())
    assert read.task.classes == tuple(classes)
    assert "kind regression treats them as numbers" in read.notes[0]
    assert read_csv_task(path, "y", kind="regression").kind == "regression"


@pytest.mark.parametrize("labels", [[1, 2, 4], [5, 6, 7], [0, 2], [0, 1, 3]])
def test_whole_numbers_with_gaps_are_numbers_unless_there_are_two(write, labels) -> None:
    path = write("x,y\n" + "".join(f"{i},{y}\n" for i, y in enumerate(labels * 4)))
    assert (read_csv_task(path, "y").kind == "regression") == (len(labels) > 2)


def test_what_was_found_reads_the_same_task_again(write) -> None:
    text = ";id;colour;size;y\n" + "".join(
        f"{i};u{i};{'red' if i % 3 else 'blue'};{'' if i == 4 else f'{i},5'};{i % 2}\n" for i in range(12)
    )
    path = write(text)
    first = read_csv(
        path, "y", Reading(drop=("id",), categorical=("colour",), missing="mean", decimal=","), rng=3
    )
    found = Reading.from_json(first.reading.to_json())
    assert (found.separator, found.features, found.kind) == (";", ("colour", "size"), "classification")
    again = read_csv(path, "y", found, rng=3)
    assert again.reading == found
    assert again.notes == ()
    assert again.task.columns == first.task.columns
    assert again.task.train.features.tobytes() == first.task.train.features.tobytes()
    assert again.task.train.targets.tobytes() == first.task.train.targets.tobytes()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"drop": ["y"]}, InvalidValueError, "drop names 'y', which is the target"),
        ({"features": ["y"]}, InvalidValueError, "features names 'y', which is the target"),
        ({"features": ["a"], "drop": ["b"]}, InvalidValueError, "leave drop out"),
        ({"drop": ["a", "a"]}, InvalidValueError, "drop names 'a' twice"),
        ({"drop": ["sise"]}, DataError, "lacks column 'sise': did you mean 'size'"),
        ({"categorical": ["hue"]}, DataError, "lacks column 'hue'"),
        ({"categorical": ["y"]}, InvalidValueError, "categorical names 'y', which is no feature"),
        ({"drop": ["colour", "size"]}, DataError, "no column to predict 'y' from"),
        ({"missing": "median"}, UnknownNameError, "unknown missing 'median'"),
        ({"separator": "::"}, InvalidValueError, "separator = '::'"),
        ({"separator": "a"}, InvalidValueError, "separator = 'a'"),
        ({"decimal": ";"}, InvalidValueError, "decimal = ';'"),
        ({"thousands": "."}, InvalidValueError, "decimal and thousands are both '.'"),
    ],
)
def test_options_that_do_not_fit_are_refused_by_name(write, options, error, said) -> None:
    with pytest.raises(error, match=said.replace("(", r"\(")) as refusal:
        read_csv_task(write(COLOURS), "y", **options)
    assert isinstance(refusal.value, NeuralCRNError)


@pytest.mark.parametrize("change", [{"separator": 1}, {"drop": "a"}, {"drop": [1]}, {"more": ""}])
def test_readings_that_are_none_are_refused(change) -> None:
    for data in ([], {}, {**Reading().to_json(), **change}):
        with pytest.raises(InvalidValueError, match="reading"):
            Reading.from_json(data)

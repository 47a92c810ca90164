"""Tables as people have them, from the command line: trained on, predicted, scored, refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from neuralcrn.cli.main import app

PEOPLE = ("people.csv", "--target", "income", "--drop", "id,born", "--categorical", "job")
WRITTEN = ("--missing", "mean", "--decimal", ",", "--thousands", ".")


def people(path: Path, rows: int) -> None:
    """Write a table as people have it: an index, an identifier, dates, texts, gaps, decimal commas."""
    lines = []
    for i in range(rows):
        age, job = 20 + 7 * i % 41, ("cook", "smith")[i % 3 % 2]
        income = 1000.0 + 50.0 * age + 500.0 * (job == "smith")
        shown = f"{income:,.1f}".translate(str.maketrans(",.", ".,"))
        lines.append(f"{i};u{i};{1950 + i}-05-01;{'' if i == 7 else f'{age},0'};{job};{shown}\n")
    path.write_text(f";id;born;age;job;income\n{''.join(lines)}")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, status: int = 0) -> Any:
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == status, (done.stderr, done.exception)
        return done

    return command


def test_a_table_as_people_have_it_is_learned_and_predicted(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    people(tmp_path / "people.csv", 41)
    arguments = ("--circuit", "linear", "--epochs", "30", "--out", "run", "--no-figures", "--json")
    done = run("train", *PEOPLE, *WRITTEN, *arguments)
    assert json.loads(done.stdout)["val_accuracy"] is None
    assert "people: column 1 has no name and counts the rows or is blank: it is ignored" in done.stderr
    reading = json.loads((tmp_path / "run" / "config.json").read_text())["data"]["reading"]
    assert reading == {
        "separator": ";", "decimal": ",", "thousands": ".", "features": ["age", "job"], "drop": [],
        "categorical": ["job"], "missing": "mean", "kind": "regression",
    }  # fmt: skip
    scored = run("predict", "run", "people.csv", "--score", "--out", "table.csv")
    assert scored.stdout.startswith("R2 0.")
    assert float(scored.stdout.split()[1].rstrip(",")) > 0.8
    header, first, *_ = csv.reader((tmp_path / "table.csv").read_text().splitlines())
    assert header == ["age", "job=cook", "job=smith", "output_income"]
    assert first[:3] == ["20.0", "1.0", "0.0"]
    (tmp_path / "new.csv").write_text("job,age\nsmith,90\n")
    new = run("predict", "run", "new.csv", "--json")
    assert (
        "new.csv: row 2, column age: 90 is above the range of the training data: extrapolated" in new.stderr
    )
    assert json.loads(new.stdout)["scores"] is None
    (tmp_path / "new.csv").write_text("job,age\nsmith,30.5\n")
    assert "'30.5' is not a number" in run("predict", "run", "new.csv", status=2).stderr
    points = run("predict", "run", "new.csv", "--decimal", ".")
    assert points.stdout.splitlines()[1].startswith("30.5,0.0,1.0,")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--drop", "born", "column 2 ('id'): 'u0' is an identifier"),
        ("--drop", "id", "column 3 ('born'): '1950-05-01' is a date"),
        ("--categorical", "", "column 5 ('job'): 'cook' is a text, one of 'cook', 'smith': declare"),
        ("--thousands", "'", "column 6 ('income'): '2.000,0' has a point: declare thousands '.'"),
        ("--kind", "classification", "class '2000' occurs in this row only"),
        ("--features", "age", "drop"),
        ("--kind", "ranking", "unknown kind 'ranking'"),
        ("--missing", "median", "unknown missing 'median'"),
        ("--separator", "::", "separator = '::'"),
    ],
)
def test_what_is_wrong_with_a_reading_is_named(
    option: str, value: str, words: str, run: Callable[..., Result], tmp_path: Path
) -> None:
    people(tmp_path / "people.csv", 12)
    assert words in run("train", *PEOPLE, *WRITTEN, option, value, status=2).stderr
    assert f"{option} belongs to a CSV file" in run("train", "xor", option, "x", status=2).stderr
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]

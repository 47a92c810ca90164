"""The polynomial that the benchmark of counts prints is exact, and none is printed that does not hold."""

import importlib.util
import sys
from fractions import Fraction
from pathlib import Path

import pytest

_PATH = Path(__file__).parents[2] / "benchmarks" / "pot_counts.py"


@pytest.fixture(scope="module")
def counts():
    spec = importlib.util.spec_from_file_location("pot_counts", _PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    yield spec.loader.exec_module(module) or module
    del sys.modules[spec.name]


@pytest.mark.parametrize(
    ("polynomial", "text"),
    [
        (lambda n: 24 * n + 31, "24 N + 31"),
        (lambda n: 7, "7"),
        (lambda n: 2 * n**2 - n, "2 N^2 - N"),
        (lambda n: n * (n + 1) // 2, "1/2 N^2 + 1/2 N"),
        (lambda n: 24 * n + 31 - (n == 1), "24 N + 31  (N >= 2)"),
    ],
)
def test_finds_the_polynomial(counts, polynomial, text):
    law = counts.fitted({n: polynomial(n) for n in (1, 2, 3, 5, 20, 100)})
    assert str(law) == text


def test_one_wrong_count_leaves_no_polynomial(counts):
    right = {n: 24 * n + 31 for n in (1, 2, 3, 5, 20, 100)}
    for n in (2, 5, 100):
        assert counts.fitted({**right, n: right[n] + 1}) is None


def test_divided_differences_are_exact(counts):
    assert counts.through([1, 3, 10], [1, 27, 1000]) == (Fraction(30), Fraction(-43), Fraction(14))


@pytest.mark.parametrize("level", ["staged", "gated", "autonomous"])
def test_first_order_element_wise_grows_linearly(counts, level):
    form = counts.Form("quadratic", "first-order", level, "accumulate")
    row = counts.measure(form, (1, 2, 3, 4, 6, 9))
    assert row["species_degree"] == row["reactions_degree"] == 1
    assert counts.verdicts([row]) == []

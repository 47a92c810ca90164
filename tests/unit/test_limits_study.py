"""Errors of gradients in the limits of learning rules, by simulated reactions."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from neuralcrn.studies.reproduction.limits import LimitRow, limit_jobs, limit_rows, show_limits


@pytest.mark.parametrize("name", ["fixed-point-network", "symmetric-network"])
def test_errors_of_the_chemistry_decrease_with_the_order_of_the_limit(name: str) -> None:
    rows = limit_rows(name, samples=1)
    assert [row.simulated for row in rows] == pytest.approx([row.exact for row in rows], rel=0.1)
    before, after = rows[-2:]
    ratio = (before.value / after.value) ** after.order
    assert before.simulated / after.simulated == pytest.approx(ratio, rel=0.1)


def test_every_rule_with_a_limit_is_studied() -> None:
    studied = {job.arguments[0] for job in limit_jobs(quick=True)}
    assert {"fixed-point-network", "symmetric-network"} <= studied
    assert "linear" not in studied


def test_errors_are_listed() -> None:
    row = LimitRow("network", "rule", "nudge", 2.0, 0.125, simulated=3.04e-3, exact=3.03e-3)
    study = show_limits([[asdict(row)]])
    assert study.cells == (("network", "rule", "nudge", "2", "0.125", "0.003", "0.003"),)

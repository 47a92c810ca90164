"""Studies of rate-independent networks: what is counted, and how it is shown."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from neuralcrn.in_silico.rate_independent import CompiledRelu
from neuralcrn.studies.reproduction import in_silico_relu as studies


def test_exact_comparisons_find_a_wrong_reduction(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = studies.check_layers(2, 10, 0)
    assert (sound.comparisons, sound.wrong) == (10 * 3 * 6, 0)
    right = CompiledRelu.read

    def swapped(self: CompiledRelu, amounts: dict) -> tuple:
        return tuple(-value for value in right(self, amounts))

    monkeypatch.setattr(CompiledRelu, "read", swapped)
    assert studies.check_layers(2, 10, 0).wrong > 0


def test_spoiled_networks_are_refuted_by_every_check() -> None:
    row = studies.check_layers(2, 2, 2)
    assert row.verified == row.checked == 2
    assert set(row.refuted.values()) == {2}
    shown = studies.show_checks([asdict(row)])
    assert shown.cells[0][:5] == ("2", "2", "36", "0", "2 of 2")


def test_accuracies_are_those_of_simulated_reactions() -> None:
    row = studies.train_and_simulate("iris, judged on its 150 samples", 0)
    assert row.accuracy >= 0.98
    assert row.reactions <= 9
    assert row.shifted < row.reactions
    assert (row.rows, row.agreement) == (150, 1.0)
    shown = studies.show_accuracies([asdict(row)] + [
        asdict(studies.AccuracyRow(case, 0, 0.9, 1.0, 30, 10, 9, 7)) for case in studies.CASES
    ])  # fmt: skip
    assert len(shown.cells) == len(studies.CASES)

"""Metrics: compact, and restored from files to the last bit."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
import pytest

from neuralcrn.learning import Metrics, pack

VALUES = (0.1, -0.0, 1e-308, np.pi, -1e300)
ROW = Metrics(3, 0.1, 0.2, 0.5, None, 49.5, pack(VALUES), nrmse=0.25)


def test_parameters_are_kept_in_eight_bytes_each():
    assert len(ROW.packed) == 8 * len(VALUES)
    assert list(map(float.hex, ROW.parameters)) == list(map(float.hex, VALUES))


def test_a_file_restores_every_bit():
    assert Metrics.from_json(json.loads(msgspec.json.encode(ROW))) == ROW


def test_rows_of_earlier_versions_had_a_list_of_numbers():
    row = {
        "epoch": 3, "train_loss": 0.1, "validation_loss": 0.2, "accuracy": 0.5, "test_accuracy": None,
        "period": 49.5, "parameters": list(VALUES), "nrmse": 0.25, "capacity": None,
    }  # fmt: skip
    assert Metrics.from_json(row) == ROW


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"packed": "AAAA"}, "3 bytes are no float64"),
        ({"packed": "?"}, "base64"),
        ({"parameters": ["a"]}, "could not convert"),
        ({"epoch": "3"}, "`int`, got `str`"),
        ({"train_loss": None}, "`float`, got `null`"),
    ],
)
def test_other_values_are_refused(damage: dict[str, Any], reason: str):
    with pytest.raises(ValueError, match=reason):
        Metrics.from_json(msgspec.to_builtins(ROW) | damage)

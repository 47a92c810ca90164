"""The public interface is what is stored: no name, parameter or member comes or goes unnoticed."""

from __future__ import annotations

import difflib

import pytest
from tests.public_api import STORED, public_api


def test_the_public_interface_is_the_stored_one() -> None:
    stored, present = STORED.read_text(encoding="utf-8").splitlines(), public_api().splitlines()
    difference = list(difflib.unified_diff(stored, present, "stored", "present", lineterm="", n=2))
    if difference:
        pytest.fail(
            "\n".join(
                [
                    "the public interface has changed:",
                    *difference,
                    "",
                    "If it is meant, run `python -m tests.public_api` and name it in CHANGELOG.md.",
                ]
            ),
            pytrace=False,
        )

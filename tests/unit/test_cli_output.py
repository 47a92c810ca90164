"""What every command shows beside its results."""

from __future__ import annotations

import warnings

import pytest

from neuralcrn.cli.output import shown_warnings
from neuralcrn.errors import NeuralCRNWarning


def test_warnings_are_one_line_and_shown_once_without_a_place_in_the_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with shown_warnings():
        for _ in range(2):
            warnings.warn("A was rounded", NeuralCRNWarning, stacklevel=1)
    assert capsys.readouterr().err == "neuralcrn: warning: A was rounded\n"


def test_warnings_of_others_are_left_as_they_were() -> None:
    with shown_warnings(), pytest.raises(RuntimeWarning, match="overflow"):
        warnings.warn("overflow", RuntimeWarning, stacklevel=1)

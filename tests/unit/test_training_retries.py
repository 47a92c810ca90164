"""A training that diverges: its rate is halved, its epoch begins again, and all of that is reproducible."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.cases import no_progress, run_results, small_spec, small_task, stop_after

from neuralcrn.circuits import make_circuit
from neuralcrn.errors import DivergenceError, NeuralCRNWarning
from neuralcrn.learning import Progress, Trained, continue_training, train_circuit
from neuralcrn.runs import resume, start

RATE = 0.6
"""Far above 2 / (T^2 |x|^2) of the linear regression, whose inputs reach 4."""


def learned(rate: float) -> Trained:
    return train_circuit(make_circuit("linear", learning_rate=rate, horizon=6.0), small_task(), epochs=3)


def test_the_epoch_begins_again_from_the_state_before_it() -> None:
    """What diverged leaves no trace: the bits are those of a training at the lower rate from the start."""
    with pytest.warns(NeuralCRNWarning, match=r"epoch \d+.* begins again at half the rate, 0\.\d+"):
        halved = learned(1.0)
    retries = halved.state.retries
    assert [retry.learning_rate for retry in retries] == [0.5**k for k in range(1, len(retries) + 1)]
    assert halved.trainer.program.circuit.learning_rate == retries[-1].learning_rate
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        low = learned(retries[-1].learning_rate)
    assert {retry.epoch for retry in retries} == {1}
    assert low.metrics[-1].train_loss < 1.0
    assert halved.state.pot.tobytes() == low.state.pot.tobytes()
    assert halved.metrics == low.metrics


def test_a_run_whose_rate_was_halved_says_so_in_its_folder(tmp_path: Path) -> None:
    with pytest.warns(NeuralCRNWarning):
        summary = start(small_spec(learning_rate=RATE), tmp_path / "run").run(no_progress)
    retries = json.loads((tmp_path / "run" / "retries.json").read_text())
    assert summary["retries"] == len(retries) >= 1
    assert summary["learning_rate"] == retries[-1]["learning_rate"] == RATE / 2.0 ** len(retries)
    assert (
        json.loads((tmp_path / "run" / "config.json").read_text())["circuit_options"]["learning_rate"] == RATE
    )
    # The networks and the program are those that learned last.
    assert f"[k = {summary['learning_rate']:g}]" in (tmp_path / "run" / "networks" / "update.crn").read_text()
    assert f"[k = {summary['learning_rate']:g}]" in (tmp_path / "run" / "program.txt").read_text()


@pytest.mark.filterwarnings("ignore::neuralcrn.errors.NeuralCRNWarning")
def test_resuming_after_any_interruption_meets_the_same_divergence(tmp_path: Path) -> None:
    calls = 0

    def count(_progress: Progress) -> None:
        nonlocal calls
        calls += 1

    spec = small_spec(learning_rate=RATE)
    start(spec, tmp_path / "whole").run(count)
    whole = run_results(tmp_path / "whole")
    retries = (tmp_path / "whole" / "retries.json").read_bytes()
    for moment in range(1, calls + 1):
        folder = tmp_path / f"stopped-{moment}"
        with pytest.raises(KeyboardInterrupt):
            start(spec, folder).run(stop_after(moment))
        resume(folder).run(no_progress)
        assert run_results(folder) == whole, moment
        assert (folder / "retries.json").read_bytes() == retries


def test_advice_was_tried_before_it_is_given() -> None:
    """A frozen gradient helps at the shorter of two horizons, nothing helps at the longer; no rate does."""
    circuit = make_circuit("mixing", 2, hidden=2, non_negative=False, rule="exact")
    said: list[str] = []
    for horizon in (40.0, 4.0):
        with (
            pytest.warns(NeuralCRNWarning),
            pytest.raises(DivergenceError, match="Lower rates do not help: ") as failure,
        ):
            train_circuit(circuit.with_(horizon=horizon), small_task(low=-1.0), epochs=1, seed=2)
        said.append(str(failure.value))
    assert said[0].endswith("neither do gradient frozen and horizon 20: choose another circuit")
    assert said[1].endswith("with gradient frozen this epoch succeeds: choose that")
    options = {"horizon": 4.0, "rule": "frozen"}
    trained = train_circuit(circuit.with_(**options), small_task(low=-1.0), epochs=1, seed=2)
    assert not trained.state.retries


def test_without_retries_a_training_ends_where_it_diverges(tmp_path: Path) -> None:
    session = start(small_spec(learning_rate=RATE), tmp_path / "run")
    with pytest.raises(DivergenceError, match="epoch 1, step"):
        list(continue_training(session.progress, retry=False))
    assert np.isfinite(session.state.pot).all()

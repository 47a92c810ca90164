"""The estimators: scikit-learn's contract, and that what they learn and answer is chemistry."""

from __future__ import annotations

import pickle
import subprocess
import sys
from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import neuralcrn
from neuralcrn.compiler.protocol import Dose, Read, Run
from neuralcrn.errors import DataError, DivergenceError, InvalidValueError, NeuralCRNWarning
from neuralcrn.learning import Progress, Trainer
from neuralcrn.learning.doses import canonical_order, weighted_rows
from neuralcrn.sklearn import NeuralCRNClassifier, NeuralCRNRegressor, fit_many

rng = np.random.default_rng(7)
X = rng.normal(0.0, 2.0, (60, 3)) + 5.0
Y = 3.0 * X[:, 0] - X[:, 2] + 100.0
TWO = np.where(X[:, 0] > X[:, 1], "yes", "no")
THREE = np.digitize(X[:, 1], [4.0, 6.0])
FAST: dict[str, Any] = {"epochs": 2, "update": "direct", "random_state": 0}


def failed_checks(estimator: Any) -> dict[str, str]:
    """Return what an estimator cannot do, with the reason."""
    if estimator.update == "direct":
        return {"check_class_weight_classifiers": "weights of 1e-4 need an update that can be stopped"}
    return {}


@parametrize_with_checks(
    [
        NeuralCRNClassifier("linear", epochs=20),
        NeuralCRNRegressor("linear", epochs=20),
        NeuralCRNClassifier("quadratic", rule="first-order", update="direct", epochs=10),
        NeuralCRNRegressor("minimal", update="direct", epochs=10),
    ],
    expected_failed_checks=failed_checks,
)
def test_contract_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def answer_of_networks(model: Any, sample: np.ndarray) -> list[float]:
    """Follow the protocol by hand: dose, let the trained networks react, measure."""
    doses = model.scaling_.scale_features(sample[np.newaxis])[0]
    pot: dict[str, float] = {}
    for network in model.network_.values():
        pot.update(zip(network.species, network.initial, strict=True))
    rails = model.program_.rails
    measured: list[float] = []
    for step in model.program_.prediction:
        match step:
            case Dose(variable, source, index, factor):
                amount = factor * (doses[index] if source == "feature" else 1.0)
                species = rails.of(variable)
                name = species[0][0] if amount >= 0.0 else species[1][0]
                pot[name] = pot.get(name, 0.0) + abs(amount)
            case Run(phase):
                network = model.network_[phase]
                start = network.with_initial({name: pot.get(name, 0.0) for name in network.species})
                end = neuralcrn.simulate(start, model.program_.phase(phase).duration, rtol=1e-9).values[-1]
                pot.update(zip(network.species, end.clip(min=0.0).tolist(), strict=True))
            case Read(variables):
                measured = [sum(sign * pot[name] for name, sign in rails.of(v)) for v in variables]
            case _:
                pass
    return measured


@pytest.mark.parametrize("circuit", ["linear", "quadratic", "mixing", "minimal"])
@pytest.mark.parametrize("non_negative", [False, True])
def test_predictions_are_what_the_trained_networks_answer(circuit: str, non_negative: bool) -> None:
    model = NeuralCRNRegressor(circuit, epochs=2, hidden=4, non_negative=non_negative, random_state=1)
    model.fit(X, Y)
    expected = [answer_of_networks(model, row) for row in X[:3]]
    got = model.scaling_.scale_targets(model.predict(X[:3])[:, np.newaxis])
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
    assert np.ptp(got) > 0.01
    assert len(model.program_.circuit.system.states) == 4


def test_decisions_are_the_outputs_of_the_trained_networks() -> None:
    three = NeuralCRNClassifier("linear", **FAST).fit(X, THREE)
    expected = [answer_of_networks(three, row) for row in X[:3]]
    np.testing.assert_allclose(three.decision_function(X[:3]), expected, rtol=1e-4, atol=1e-5)
    two = NeuralCRNClassifier("linear", **FAST).fit(X, TWO)
    above_half = [answer_of_networks(two, row)[0] - 0.5 for row in X[:3]]
    np.testing.assert_allclose(two.decision_function(X[:3]), above_half, rtol=1e-4, atol=1e-5)


def test_program_is_bimolecular_and_networks_hold_what_was_learned() -> None:
    model = NeuralCRNClassifier("mixing", epochs=1, hidden=3, random_state=0).fit(X, THREE)
    assert model.program_.max_order == 2
    assert set(model.network_) == {phase.name for phase in model.program_.phases}
    held = dict(zip(model.program_.pot_species, model.pot_, strict=True))
    for network in model.network_.values():
        assert dict(zip(network.species, network.initial, strict=True)) == {
            name: held[name] for name in network.species
        }
    assert any(network.initial_of("theta1_1_p") != 0.0 for network in model.network_.values()
               if "theta1_1_p" in network.species)  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"batch": 4}, {"momentum": 0.5}, {"update": "direct"}])
def test_a_stream_is_one_epoch_in_its_order(options: dict[str, Any]) -> None:
    """Samples of a fit come in an order of its own: passed in that order, they teach the same bytes."""
    seen: list[Trainer] = []
    model = NeuralCRNClassifier(
        "linear", epochs=1, random_state=3, callback=lambda p: seen.append(p.trainer), **options
    )
    model.fit(X, THREE)
    one_hot = np.eye(3)[THREE]
    order = canonical_order(X, one_hot, np.ones(len(X)))[seen[0].order(0)]
    stream = NeuralCRNClassifier("linear", random_state=3, **options)
    stream.partial_fit(X[order], THREE[order], classes=[0, 1, 2])
    assert stream.pot_.tobytes() == model.pot_.tobytes()
    assert stream.loss_curve_ == model.loss_curve_
    assert stream.t_ == model.t_ == len(X)


@pytest.mark.parametrize("options", [{}, {"batch": 4}, {"momentum": 0.5}])
def test_a_stream_may_be_cut_anywhere(options: dict[str, Any]) -> None:
    whole, cut = (NeuralCRNRegressor("linear", random_state=3, **options).partial_fit(X, Y) for _ in range(2))
    whole.partial_fit(X, Y)
    for part in (slice(0, 1), slice(1, 7), slice(7, None)):
        cut.partial_fit(X[part], Y[part])
    assert whole.pot_.tobytes() == cut.pot_.tobytes()
    assert (whole.t_, whole.n_iter_, len(cut.loss_curve_)) == (120, 2, 4)


def test_weights_of_a_stream_are_doses_one_after_the_other() -> None:
    weights = np.arange(len(X)) % 3
    first, second = (NeuralCRNRegressor("linear", random_state=0).fit(X, Y) for _ in range(2))
    first.partial_fit(X, Y, sample_weight=weights)
    second.partial_fit(X.repeat(weights, axis=0), Y.repeat(weights))
    assert first.pot_.tobytes() == second.pot_.tobytes()
    assert first.t_ == second.t_
    began = NeuralCRNRegressor("linear", random_state=0).partial_fit(X, Y, sample_weight=weights)
    repeated = NeuralCRNRegressor("linear", random_state=0).partial_fit(
        X.repeat(weights, axis=0), Y.repeat(weights)
    )
    assert began.pot_.tobytes() == repeated.pot_.tobytes()


def test_streams_learn_and_go_on_after_a_fit() -> None:
    model = NeuralCRNRegressor("linear", epochs=1, random_state=0).fit(X, Y)
    first = model.score(X, Y)
    for _ in range(10):
        model.partial_fit(X, Y)
    assert first < 0.9 < 0.99 < model.score(X, Y)
    again = model.fit(X, Y)
    assert again.t_ == len(X)
    assert again.score(X, Y) == first


@pytest.mark.parametrize(
    ("estimator", "labels"),
    [
        (NeuralCRNRegressor("linear", **FAST), Y),
        (NeuralCRNClassifier("linear", **FAST), TWO),
        (NeuralCRNClassifier("linear", **FAST), THREE),
    ],
)
class TestBytes:
    """The same doses give the same bytes."""

    def test_same_random_state(self, estimator: Any, labels: np.ndarray) -> None:
        first, second = (clone(estimator).fit(X, labels) for _ in range(2))
        assert first.pot_.tobytes() == second.pot_.tobytes()
        assert first.loss_curve_ == second.loss_curve_
        other = clone(estimator).set_params(random_state=1).fit(X, labels)
        assert other.pot_.tobytes() != first.pot_.tobytes()

    def test_rows_in_another_order(self, estimator: Any, labels: np.ndarray) -> None:
        order = np.random.default_rng(0).permutation(len(X))
        first, second = (clone(estimator).fit(X[rows], labels[rows]) for rows in (np.arange(len(X)), order))
        assert first.pot_.tobytes() == second.pot_.tobytes()

    def test_weights_are_repetitions(self, estimator: Any, labels: np.ndarray) -> None:
        weights = np.random.default_rng(1).integers(0, 4, len(X))
        rows = np.repeat(np.arange(len(X)), weights)
        weighted = clone(estimator).fit(X, labels, sample_weight=weights)
        repeated = clone(estimator).fit(X[rows][::-1], labels[rows][::-1])
        assert weighted.pot_.tobytes() == repeated.pot_.tobytes()
        assert weighted.t_ == 2 * weights.sum()
        assert weighted.pot_.tobytes() != clone(estimator).fit(X, labels).pot_.tobytes()

    def test_pickle(self, estimator: Any, labels: np.ndarray) -> None:
        model = clone(estimator).fit(X, labels)
        copy = pickle.loads(pickle.dumps(model))  # noqa: S301
        assert copy.predict(X).tobytes() == model.predict(X).tobytes()
        assert str(copy.program_) == str(model.program_)
        assert copy.network_ == model.network_
        copy.partial_fit(X[:5], labels[:5])
        model.partial_fit(X[:5], labels[:5])
        assert copy.pot_.tobytes() == model.pot_.tobytes()


@pytest.mark.parametrize("weight", [-1.0, -1e-9])
def test_negative_weights_are_refused(weight: float) -> None:
    weights = np.ones(len(X))
    weights[4] = weight
    with pytest.raises(DataError, match=r"sample_weight\[4\] = .*number of times that a sample is dosed"):
        NeuralCRNRegressor("linear").fit(X, Y, sample_weight=weights)
    with pytest.raises(ValueError, match=r"non-zero|0 for every sample"):
        NeuralCRNRegressor("linear").partial_fit(X, Y, sample_weight=np.zeros(len(X)))
    with pytest.raises(DataError, match="0 for every sample"):
        weighted_rows(np.zeros(3), 3)
    with pytest.raises(DataError, match=r"add up to 1e\+09 doses an epoch, more than 10,000,000: divide"):
        weighted_rows(np.array([1e9, 1.0]), 2)


def learned_values(model: NeuralCRNRegressor) -> np.ndarray:
    """Return the trained parameters, rail minus rail."""
    held = dict(zip(model.program_.pot_species, model.pot_, strict=True))
    rails = model.program_.rails
    trained = model.program_.circuit.trained_parameters
    return np.array([sum(sign * held[name] for name, sign in rails.of(p)) for p in trained])


@pytest.mark.parametrize("part", [0.5, 0.05])
def test_a_fraction_teaches_that_part_of_the_correction(part: float) -> None:
    """The update of a dose is stopped when that part of its gradients has arrived."""
    far, target = [[9.0, 1.0, 5.0]], [150.0]

    def corrected(*weights: float) -> np.ndarray:
        model = NeuralCRNRegressor("linear", random_state=0, learning_rate=0.05).partial_fit(X, Y)
        before = learned_values(model)
        for weight in weights:
            model.partial_fit(far, target, sample_weight=[weight])
        return learned_values(model) - before

    whole = corrected(1.0)
    assert np.abs(whole).max() > 1e-3
    np.testing.assert_allclose(corrected(part), part * whole, rtol=1e-4, atol=1e-7)
    # 2 + part - 2 may differ from part in its last bit
    np.testing.assert_allclose(corrected(2.0 + part), corrected(1.0, 1.0, part), rtol=1e-12)


def test_fractional_weights_learn_the_weighted_least_squares() -> None:
    noise = np.random.default_rng(3)
    noisy = X @ [1.0, -2.0, 0.5] + noise.normal(0.0, 4.0, len(X))
    weights = noise.uniform(0.1, 2.5, len(X))
    options: dict[str, Any] = {"epochs": 200, "learning_rate": 0.01, "tolerance": None, "random_state": 0}
    model = NeuralCRNRegressor("linear", **options).fit(X, noisy, sample_weight=weights)
    weighted = LinearRegression().fit(X, noisy, sample_weight=weights).predict(X)
    unweighted = LinearRegression().fit(X, noisy).predict(X)
    assert np.abs(model.predict(X) - weighted).max() < 0.15 * np.abs(unweighted - weighted).max()
    once = [NeuralCRNRegressor("linear", **options | {"epochs": 1}) for _ in range(2)]
    once[0].fit(X, noisy, sample_weight=weights)
    once[1].fit(X[::-1], noisy[::-1], sample_weight=weights[::-1])
    assert once[0].pot_.tobytes() == once[1].pot_.tobytes()
    assert once[0].t_ == np.ceil(weights).sum()


@pytest.mark.parametrize(
    "options", [{"update": "direct"}, {"batch": 4}, {"momentum": 0.5}, {"level": "gated"}]
)
def test_what_cannot_stop_an_update_refuses_fractions_and_takes_counts(options: dict[str, Any]) -> None:
    weights = np.ones(6)
    weights[2] = 0.5
    with pytest.raises(DataError, match=r"fractional weights.*update='accumulate'"):
        NeuralCRNRegressor("linear", epochs=1, **options).fit(X[:6], Y[:6], sample_weight=weights)
    counted = NeuralCRNRegressor("linear", epochs=1, **options).fit(X[:6], Y[:6], sample_weight=2.0 * weights)
    assert counted.t_ == 11


def test_class_weights_are_weights_of_their_samples() -> None:
    """Balanced classes weigh n / (classes * count) a sample, as in scikit-learn."""
    labels = np.where(np.arange(60) < 8, "rare", "common")
    options: dict[str, Any] = {"epochs": 2, "random_state": 0}
    balanced = NeuralCRNClassifier("linear", class_weight="balanced", **options).fit(X, labels)
    by_hand = np.where(labels == "rare", 60 / (2 * 8), 60 / (2 * 52))
    weighted = NeuralCRNClassifier("linear", **options).fit(X, labels, sample_weight=by_hand)
    assert balanced.pot_.tobytes() == weighted.pot_.tobytes()
    assert balanced.pot_.tobytes() != NeuralCRNClassifier("linear", **options).fit(X, labels).pot_.tobytes()
    counts = {"rare": 3, "common": 1}
    tripled = NeuralCRNClassifier("linear", class_weight=counts, **options).fit(
        X, labels, sample_weight=np.full(60, 2)
    )
    rows = np.repeat(np.arange(60), np.where(labels == "rare", 6, 2))
    assert (
        tripled.pot_.tobytes()
        == NeuralCRNClassifier("linear", **options).fit(X[rows], labels[rows]).pot_.tobytes()
    )
    stream = NeuralCRNClassifier("linear", class_weight=counts, random_state=0)
    stream.partial_fit(X, labels, classes=["common", "rare"])
    assert stream.t_ == 52 + 3 * 8
    with pytest.raises(InvalidValueError, match="class_weight = 'balanced' needs all samples at once"):
        NeuralCRNClassifier("linear", class_weight="balanced").partial_fit(
            X, labels, classes=["common", "rare"]
        )
    assert "class_weight" in clone(balanced).get_params()
    assert "class_weight" not in NeuralCRNRegressor().get_params()


def test_predictions_come_in_the_units_of_the_targets() -> None:
    plain = NeuralCRNRegressor("linear", **FAST).fit(X, Y).predict(X)
    scaled = NeuralCRNRegressor("linear", **FAST).fit(1e3 * X - 1e4, 50.0 * Y + 1e5).predict(1e3 * X - 1e4)
    np.testing.assert_allclose(scaled, 50.0 * plain + 1e5, rtol=1e-6)


def test_several_targets_are_learned_in_one_pot() -> None:
    both = np.column_stack([Y, X[:, 1] ** 2])
    model = NeuralCRNRegressor("linear", epochs=20, random_state=0).fit(X, both)
    assert model.predict(X).shape == both.shape
    assert model.score(X, both) > 0.9
    column = NeuralCRNRegressor("linear", **FAST).fit(X, both[:, :1])
    assert column.predict(X).shape == (60, 1)
    with pytest.raises(DataError, match=r"shape \(60, 2\).*1 targets"):
        column.partial_fit(X, both)


def test_a_constant_target_is_returned() -> None:
    model = NeuralCRNRegressor("linear", **FAST).fit(X, np.full(len(X), 0.1))
    np.testing.assert_array_equal(model.predict(X), 0.1)


def test_constant_features_say_nothing() -> None:
    """The mean of equal numbers may miss them by a bit, which must not be scaled up to an input."""
    constant = np.column_stack([X, np.full(len(X), 0.1)])
    model = NeuralCRNRegressor("linear", **FAST).fit(constant, Y)
    shifted = constant + np.array([0.0, 0.0, 0.0, 1e6])
    np.testing.assert_array_equal(model.predict(constant), model.predict(shifted))


@pytest.mark.parametrize("labels", [TWO, THREE])
def test_shares_rank_as_decisions_do(labels: np.ndarray) -> None:
    model = NeuralCRNClassifier("linear", **FAST).fit(X, labels)
    far = np.random.default_rng(0).normal(5.0, 40.0, (200, 3))
    shares = model.predict_proba(far)
    assert shares.min() == 0.0
    assert shares.max() == 1.0
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_array_equal(model.classes_[shares.argmax(axis=1)], model.predict(far))
    decision = model.decision_function(far)
    second = decision if decision.ndim == 1 else decision[:, 1] / np.maximum(decision, 0.0).sum(axis=1)
    inner = (shares[:, 1] > 0.0) & (shares[:, 1] < 1.0)
    np.testing.assert_allclose(shares[inner, 1], second[inner] + (0.5 if decision.ndim == 1 else 0.0))
    assert inner.any()


def test_a_sample_of_which_every_output_is_negative_has_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    model = NeuralCRNClassifier("linear", **FAST).fit(X, THREE)
    outputs = np.array([[-0.2, -0.1, -0.3], [-0.2, 0.3, 0.9]])
    monkeypatch.setattr(model, "_outputs", lambda features: outputs)
    np.testing.assert_allclose(model.predict_proba(X[:2]), [[0.0, 1.0, 0.0], [0.0, 0.25, 0.75]])
    assert model.predict(X[:2]).tolist() == [1, 2]


def test_classes_of_a_stream() -> None:
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        NeuralCRNClassifier("linear").partial_fit(X, THREE)
    model = NeuralCRNClassifier("linear", **FAST).partial_fit(X[:30], np.zeros(30), classes=[0, 1, 2])
    assert model.classes_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        model.partial_fit(X, THREE, classes=[0, 1])
    with pytest.raises(DataError, match=r"y holds \[3\].*\[0, 1, 2\]"):
        model.partial_fit(X[:1], [3])
    with pytest.raises(DataError, match="1 class, 4"):
        NeuralCRNClassifier("linear").partial_fit(X, np.full(60, 4), classes=[4])
    before = model.pot_.tobytes()
    model.partial_fit(X[30:], THREE[30:])
    assert model.pot_.tobytes() != before
    assert model.t_ == 60


def test_a_stream_begins_with_samples_that_have_a_range() -> None:
    with pytest.raises(DataError, match=r"n_samples = 1.*sets the scaling"):
        NeuralCRNRegressor("linear").partial_fit(X[:1], Y[:1])


def test_one_rail_refuses_what_would_be_a_negative_dose() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["length", "width", "height"])
    model = NeuralCRNRegressor("linear", non_negative=True, **FAST).fit(frame, Y)
    two_rails = NeuralCRNRegressor("linear", **FAST).fit(frame, Y)
    assert len(model.program_.species) < len(two_rails.program_.species)
    assert model.scaling_.scale_features(X).min() == 0.0
    frame.loc[3, "width"] = frame["width"].min() - 1.0
    twice = np.full(len(X), 2)
    for method in (model.predict, lambda rows: model.partial_fit(rows, Y, sample_weight=twice)):
        with pytest.raises(DataError, match=r"row 4, column width: .* lies below .*one rail"):
            method(frame)
    assert np.isfinite(two_rails.predict(frame)).all()


def test_a_rate_that_diverges_is_halved_with_a_warning() -> None:
    wild = np.random.default_rng(0).normal(size=(40, 20))
    options: dict[str, Any] = {"learning_rate": 1.0, "horizon": 4.0, "random_state": 0}
    with pytest.warns(NeuralCRNWarning, match=r"epoch \d+.* half the rate, 0\.\d+"):
        model = NeuralCRNRegressor("linear", epochs=20, **options).fit(wild, wild[:, 0])
    rate = model.program_.circuit.learning_rate
    assert rate < 0.1
    assert max(model.loss_curve_) < 1e3  # a thousand times that of the mean, at most
    model = NeuralCRNRegressor("linear", **options)
    with pytest.warns(NeuralCRNWarning, match=r"row \d+ of this call.* half the rate"):
        model.partial_fit(np.tile(wild, (5, 1)), np.tile(wild[:, 0], 5))
    assert model.t_ == 200
    assert model.program_.circuit.learning_rate < 1.0


def test_what_diverges_at_every_rate_leaves_no_fit() -> None:
    """The exact gradient runs the states backwards, for a time in which they leave every range."""
    options: dict[str, Any] = {"rule": "exact", "horizon": 20.0, "hidden": 2, "random_state": 0}
    model = NeuralCRNRegressor("mixing", epochs=1).fit(X, Y).set_params(**options)
    with (
        pytest.warns(NeuralCRNWarning),
        pytest.raises(DivergenceError, match=r"Lower rates do not help: 0\.\d+ was halved down to"),
    ):
        model.fit(X, Y)
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_fits_end_when_the_loss_no_longer_falls() -> None:
    options: dict[str, Any] = {"epochs": 60, "update": "direct", "random_state": 0}
    noise = np.random.default_rng(0).normal(size=len(X))
    settled = NeuralCRNRegressor("linear", tolerance=0.01, **options).fit(X, noise)
    whole = NeuralCRNRegressor("linear", tolerance=None, **options).fit(X, noise)
    assert 10 < settled.n_iter_ < 60 == whole.n_iter_
    assert settled.loss_curve_ == whole.loss_curve_[: settled.n_iter_]
    assert settled.t_ == settled.n_iter_ * len(X)
    assert min(settled.loss_curve_[-10:]) > 0.99 * min(settled.loss_curve_[:-10])


def test_callbacks_see_the_chemistry_as_it_learns_and_may_stop_it() -> None:
    seen: list[Progress] = []
    NeuralCRNClassifier("linear", callback=seen.append, **FAST).fit(X, THREE)
    assert (seen[0].done, seen[-1].fraction) == (0, 1.0)
    assert [row.epoch for row in seen[-1].metrics] == [1, 2]
    assert seen[-1].metrics[-1].accuracy is not None

    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        NeuralCRNClassifier("linear", callback=stop).fit(X, THREE)


@pytest.mark.parametrize("level", ["gated", "autonomous"])
def test_pots_learn_too(level: str) -> None:
    few = slice(0, 12)
    model = NeuralCRNRegressor(
        "minimal", update="direct", level=level, epochs=4, learning_rate=0.2, random_state=0
    )  # fmt: skip
    model.fit(X[few], Y[few])
    assert len(model.program_.phases) == len(model.network_) == 1
    assert model.loss_curve_[-1] < 0.7 * model.loss_curve_[0]
    assert np.corrcoef(model.predict(X[few]), Y[few])[0, 1] > 0.7


def test_pipelines_and_searches_in_two_processes() -> None:
    pipeline = make_pipeline(StandardScaler(), NeuralCRNClassifier("linear", epochs=3, random_state=0))
    search = GridSearchCV(pipeline, {"neuralcrnclassifier__circuit": ["linear", "quadratic"]}, cv=2, n_jobs=2)
    search.fit(X, TWO)
    assert search.best_score_ > 0.8
    scores = cross_val_score(NeuralCRNRegressor("linear", epochs=10, random_state=0), X, Y, cv=3)
    assert scores.min() > 0.8


def test_many_fits_at_once_are_those_of_single_models() -> None:
    rates, halves = (0.01, 0.03), (slice(0, None, 2), slice(1, None, 2))
    cases = list(product(rates, halves))
    models = [NeuralCRNClassifier("linear", learning_rate=rate, **FAST) for rate, _ in cases]
    tables = [(X[half], THREE[half]) for _, half in cases]
    for many, (rate, half) in zip(fit_many(models, tables), cases, strict=True):
        alone = NeuralCRNClassifier("linear", learning_rate=rate, **FAST).fit(X[half], THREE[half])
        assert np.array_equal(many.pot_, alone.pot_)
        assert many.loss_curve_ == alone.loss_curve_
    with pytest.raises(InvalidValueError, match="4 models and 1 tables"):
        fit_many(models, tables[:1])
    with pytest.raises(InvalidValueError, match="given twice"):
        fit_many([models[0], models[0]], tables[:2])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fit_many(models[:1], [(X, THREE[:5])])


def test_digits_are_learned_online_by_bimolecular_reactions() -> None:
    """One pass over 1,347 images reaches 0.92; what is asked leaves some three standard errors of 450."""
    pixels, digits = datasets.load_digits(return_X_y=True)
    train, held, wanted, truth = train_test_split(pixels, digits, random_state=0, stratify=digits)
    model = NeuralCRNClassifier("linear", update="direct", random_state=0)
    model.partial_fit(train, wanted, classes=range(10))
    assert model.t_ == 1_347
    assert model.program_.max_order == 2
    assert model.score(held, truth) > 0.88


def test_without_scikit_learn_the_extra_is_named() -> None:
    code = "import sys; sys.modules['sklearn'] = None; import neuralcrn; neuralcrn.NeuralCRNRegressor"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "pip install 'neuralcrn[sklearn]'" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "options",
    [
        {"circuit": "linaer"},
        {"rule": "some"},
        {"epochs": 0},
        {"learning_rate": 0.0},
        {"batch": 0},
        {"hidden": 0},
    ],
)
def test_parameters_out_of_range_are_refused(options: dict[str, Any]) -> None:
    name = next(iter(options))
    with pytest.raises(ValueError, match=f"The '{name}' parameter of NeuralCRNRegressor must be"):
        NeuralCRNRegressor(**options).fit(X, Y)

"""The published tasks have their published laws and sizes, and the seed alone decides the bytes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.tasks import (
    TASKS,
    iris,
    linear_classification,
    linear_regression,
    make_task,
    rings,
)

LARGE = 40_000
SERIES = ("narma-2", "narma-10", "mackey-glass", "memory-capacity", "logistic-chaos")
"""Tasks whose validation samples follow the training samples."""
SIZES = {
    "linear-regression": (41, 101, None),
    "linear-classification": (101, 101, 3600),
    "bilinear": (50, 100, None),
    "sin-square": (50, 100, None),
    "xor": (101, 31, 1600),
    "and": (100, 10, 1600),
    "or": (100, 10, 1600),
    "logic": (4, 4, 4),
    "separable": (100, 100, None),
    "rings": (101, 201, None),
    "iris": (120, 30, None),
    "digits": (1348, 449, None),
    "digit-pair": (20, 340, None),
    **dict.fromkeys(SERIES, (2000, 2000, None)),
}
# Written out again, independently of the generators.
LAWS = {
    "linear-regression": (lambda a, b: a + 2 * b + 1, 1.0, 5.0, 0.4),
    "bilinear": (lambda a, b: a * b + b * b, 0.5, 2.0, 0.1),
    "sin-square": (lambda a, b: np.sin(a) + b**2, 0.5, 2.0, 0.1),
}
CLASSES = {
    "linear-classification": lambda a, b: a + 2 * b > 2,
    "xor": lambda a, b: np.round(a) != np.round(b),
    "and": lambda a, b: np.minimum(a, b) >= 0.5,
    "or": lambda a, b: np.maximum(a, b) >= 0.5,
    "rings": lambda a, b: a**2 + b**2 >= 0.25,
}


def content(task) -> bytes:
    sets = [task.train, task.validation] + ([task.test] if task.test else [])
    return b"".join(part.tobytes() for s in sets for part in (s.features, s.targets))


def assert_mean(values, expected, spread):
    assert abs(np.mean(values) - expected) < 5 * spread / np.sqrt(len(values))


def test_every_published_task_has_its_size():
    assert set(TASKS) == set(SIZES)
    for name, (train, validation, test) in SIZES.items():
        task = make_task(name, rng=1)
        assert task.name == name
        assert (len(task.train), len(task.validation)) == (train, validation)
        assert (None if task.test is None else len(task.test)) == test
        assert TASKS[name].summary


@pytest.mark.parametrize("name", LAWS)
def test_regressions_follow_their_law(name):
    law, low, high, noise = LAWS[name]
    task = make_task(name, rng=11, train=LARGE)
    assert task.kind == "regression"
    x = task.train.features
    assert low <= x.min() < low + 0.001 * (high - low)
    assert high - 0.001 * (high - low) < x.max() <= high
    width = high - low
    for column in x.T:
        assert_mean(column, (low + high) / 2, width / np.sqrt(12))
        assert_mean((column - column.mean()) ** 2, width**2 / 12, width**2 / np.sqrt(180))
    assert_mean((x[:, 0] - x[:, 0].mean()) * (x[:, 1] - x[:, 1].mean()), 0.0, width**2 / 12)
    residual = task.train.targets[:, 0] - law(*x.T)
    assert_mean(residual, 0.0, noise)
    assert_mean(residual**2, noise**2, np.sqrt(2) * noise**2)
    assert_mean(residual * x[:, 0], 0.0, noise * high)
    np.testing.assert_allclose(task.bounds, [[low, high]] * 2)


@pytest.mark.parametrize("name", LAWS)
def test_without_noise_the_law_is_exact(name):
    task = make_task(name, rng=2, noise=0.0, low=0.25, high=0.75)
    np.testing.assert_allclose(task.train.targets[:, 0], LAWS[name][0](*task.train.features.T))
    assert task.train.features.min() >= 0.25
    assert task.train.features.max() <= 0.75


@pytest.mark.parametrize("name", CLASSES)
def test_labels_are_those_of_the_rule_and_balanced(name):
    for train in (1, 2, 257, 1000):
        task = make_task(name, rng=5, train=train)
        for samples in (task.train, task.validation):
            labels = task.labels(samples.targets)
            assert np.array_equal(labels, CLASSES[name](*samples.features.T))
            assert abs(np.sum(labels == 1) - np.sum(labels == 0)) <= 1
    if task.test is not None:
        assert np.array_equal(task.labels(task.test.targets), CLASSES[name](*task.test.features.T))


@pytest.mark.parametrize("name", ["xor", "and", "or", "linear-classification"])
def test_each_class_is_uniform_in_its_region(name):
    side = 2.0 if name == "linear-classification" else 1.0
    task = make_task(name, rng=8, train=LARGE)
    labels = task.labels(task.train.targets)
    reference = np.random.default_rng(99).uniform(0.0, side, (20 * LARGE, 2))
    for label in (0, 1):
        drawn = task.train.features[labels == label]
        expected = reference[CLASSES[name](*reference.T) == label]
        for power in (1, 2):
            for column in (0, 1):
                values = expected[:, column] ** power
                assert_mean(drawn[:, column] ** power, values.mean(), values.std())


def test_grids_include_the_ends():
    for name, side, high in (("xor", 40, 1.0), ("linear-classification", 60, 2.0)):
        points = make_task(name).test.features.reshape(side, side, 2)
        np.testing.assert_allclose(points[:, 0, 0], np.linspace(0.0, high, side))
        np.testing.assert_allclose(points[0, :, 1], np.linspace(0.0, high, side))
        assert points[-1, -1].tolist() == [high, high]
    assert len(make_task("or", test_side=5).test) == 25


def test_linear_classification_targets():
    task = linear_classification(rng=1)
    assert set(np.unique(task.train.targets)) == {0.0, 4.0}
    assert task.threshold == 2.0


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"inner": 0.4, "outer_low": 0.6, "centre": 1.0, "high_target": 2.0, "validation": 101},
        {"inner": 0.4, "outer_low": 0.6, "train": 100, "validation": 200},
        {"inner_low": 0.04, "inner": 0.3, "outer_low": 0.8, "train": 100, "validation": 200},
    ],
)
def test_published_variants_of_the_rings(options):
    settings = TASKS["rings"].options | options
    task = rings(7, **(options | {"train": LARGE}))
    assert len(task.validation) == settings["validation"]
    r = np.hypot(*(task.train.features - settings["centre"]).T)
    labels = task.labels(task.train.targets)
    for label, low, high in ((0, "inner_low", "inner"), (1, "outer_low", "outer_high")):
        start, end = settings[low], settings[high]
        drawn = r[labels == label]
        assert start <= drawn.min()
        assert drawn.max() <= end
        # Uniform in area: r² is uniform between the squared radii.
        assert_mean(drawn**2, (start**2 + end**2) / 2, (end**2 - start**2) / np.sqrt(12))
    assert task.threshold == (settings["low_target"] + settings["high_target"]) / 2
    assert task.non_negative_inputs == (settings["centre"] >= 1.0)


@pytest.mark.parametrize("name", [name for name in SIZES if name != "logic"])
def test_the_seed_alone_decides_the_bytes(name):
    first = content(make_task(name, rng=12))
    assert first == content(make_task(name, rng=12))
    assert first == content(make_task(name, rng=np.int64(12)))
    assert first != content(make_task(name, rng=13))


def test_a_generator_decides_by_its_state_and_moves_on():
    rng = np.random.default_rng(4)
    state = rng.bit_generator.state
    first, second = content(make_task("xor", rng)), content(make_task("xor", rng))
    restored = np.random.default_rng(0)
    restored.bit_generator.state = state
    assert first == content(make_task("xor", restored))
    assert first != second


@pytest.mark.parametrize(
    "name", [name for name in SIZES if name not in ("iris", "digits", "digit-pair", "logic", *SERIES)]
)
def test_the_size_of_one_set_leaves_the_other_as_it_was(name):
    published = make_task(name, rng=6)
    longer = make_task(name, rng=6, train=333)
    assert longer.validation.features.tobytes() == published.validation.features.tobytes()
    assert longer.validation.targets.tobytes() == published.validation.targets.tobytes()
    shorter = make_task(name, rng=6, validation=3)
    assert shorter.train.targets.tobytes() == published.train.targets.tobytes()
    assert not np.isin(published.train.features, published.validation.features).any()


@pytest.mark.parametrize(
    ("function", "law"),
    [
        (0, lambda a: a[:, 0] & ~a[:, 0]),
        (1, lambda a: ~a.any(axis=1)),
        (6, lambda a: a[:, 0] ^ a[:, 1]),
        (7, lambda a: ~a.all(axis=1)),
        (8, lambda a: a.all(axis=1)),
        (9, lambda a: a[:, 0] == a[:, 1]),
        (10, lambda a: a[:, 1]),
        (12, lambda a: a[:, 0]),
        (14, lambda a: a.any(axis=1)),
    ],
)
def test_logic_is_numbered_by_its_truth_table(function, law):
    task = make_task("logic", function=function, low_input=-1.0, low_target=-2.0, high_target=3.0)
    assert task.threshold == 0.5
    inputs = task.train.features > 0.0
    wanted = law(inputs)
    assert task.labels(task.train.targets).tolist() == wanted.tolist()
    assert set(np.unique(task.train.targets)) <= {-2.0, 3.0}


def test_the_sixteen_functions_differ():
    tables = {tuple(make_task("logic", function=f).train.targets.ravel()) for f in range(16)}
    assert len(tables) == 16


def test_iris_keeps_the_shares_of_the_classes_and_its_range():
    task = iris(rng=9)
    assert task.labels(task.train.targets).tolist().count(0) == 40
    assert np.bincount(task.labels(task.train.targets)).tolist() == [40, 40, 40]
    assert np.bincount(task.labels(task.validation.targets)).tolist() == [10, 10, 10]
    np.testing.assert_array_equal(task.train.features.min(axis=0), 0.0)
    np.testing.assert_array_equal(task.train.features.max(axis=0), 1.0)
    assert task.train.targets.sum(axis=1).tolist() == [1.0] * 120


def test_iris_is_clipped_at_zero_for_every_seed():
    clipped = 0
    for seed in range(30):
        task = iris(rng=seed)
        assert task.non_negative_inputs
        low = np.array(task.scaling.feature_low)
        clipped += bool((low > [4.3, 2.0, 1.0, 0.1]).any())
    assert clipped > 0  # the least flower was in the validation part at least once


def test_the_training_flowers_are_those_of_scikit_learn():
    features, species = load_iris(return_X_y=True)
    task = iris(rng=0)
    low, high = np.array(task.scaling.feature_low), np.array(task.scaling.feature_high)
    measured = np.round(task.train.features * (high - low) + low, 1)
    kinds = task.labels(task.train.targets)
    ours = {(*row, kind) for row, kind in zip(measured.tolist(), kinds.tolist(), strict=True)}
    theirs = {(*row, kind) for row, kind in zip(features.tolist(), species.tolist(), strict=True)}
    assert ours <= theirs


def test_iris_holds_each_flower_once():
    task = iris(rng=2, validation=50)
    scaled = np.concatenate([task.train.features, task.validation.features])
    assert len(scaled) == 150
    low, high = np.array(task.scaling.feature_low), np.array(task.scaling.feature_high)
    total = (scaled * (high - low) + low).sum(axis=0)
    np.testing.assert_allclose(total, [876.5, 458.6, 563.7, 179.9], atol=0.5)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("xor", {"noise": 1.0}, "has no option 'noise'; its options: train, validation, test_side"),
        ("xor", {"train": 0}, "option train must be an integer from 1"),
        ("xor", {"train": 2.0}, "option train"),
        ("xor", {"train": True}, "option train"),
        ("xor", {"validation": "10"}, "option validation"),
        ("xor", {"train": 10**12}, "option train"),
        ("xor", {"test_side": 1}, "option test_side"),
        ("bilinear", {"noise": -0.1}, "option noise"),
        ("bilinear", {"noise": float("nan")}, "option noise"),
        ("bilinear", {"noise": 10**400}, "option noise"),
        ("bilinear", {"low": 3.0}, "option low must be below option high"),
        ("bilinear", {"high": "4"}, "option high"),
        ("rings", {"inner": 0.5}, "option inner must be below option outer_low"),
        ("rings", {"outer_high": 1.2}, "option outer_high"),
        ("rings", {"inner": 0.1}, "options inner_low and inner"),
        ("rings", {"outer_low": 0.999}, "options outer_low and outer_high"),
        ("rings", {"high_target": 0.0}, "option low_target must be below option high_target"),
        ("rings", {"centre": float("inf")}, "option centre"),
        ("logic", {"function": 16}, "option function must be an integer from 0 to 15"),
        ("logic", {"low_input": 1.0}, "option low_input must be below option high_input"),
        ("logic", {"high_target": -1.0}, "option low_target must be below option high_target"),
        ("iris", {"validation": 150}, "option validation"),
        ("iris", {"train": 100}, "has no option 'train'"),
    ],
)
def test_options_out_of_range_are_refused_by_name(name, options, said):
    with pytest.raises(InvalidValueError, match=said):
        make_task(name, **options)


@pytest.mark.parametrize("rng", [-1, 2**64, 1.5, True, "1", None])
def test_what_is_no_seed_is_refused(rng):
    with pytest.raises(InvalidValueError, match="rng must be"):
        linear_regression(rng)


def test_unknown_tasks_are_refused_with_the_nearest_name():
    for call in (make_task, TASKS.find):
        with pytest.raises(UnknownNameError, match="did you mean 'bilinear'"):
            call("bilinar")


def test_the_options_shown_are_those_accepted():
    for name in TASKS:
        assert content(make_task(name, 3, **TASKS[name].options)) == content(make_task(name, 3))

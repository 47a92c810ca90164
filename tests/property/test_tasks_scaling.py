"""Scaling is the affine map that it says it is, and survives JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neuralcrn.errors import InvalidValueError
from neuralcrn.tasks import Scaling

VALUES = st.floats(-1e15, 1e15, allow_subnormal=False)
TABLES = hnp.arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=VALUES)
ENDS = st.tuples(st.floats(-5.0, 5.0), st.floats(0.1, 10.0)).map(lambda p: (p[0], p[0] + p[1]))


@given(TABLES, ENDS)
def test_targets_come_back(targets, ends):
    scaling = Scaling.fit([[0.0]], targets, low=ends[0], high=ends[1])
    scaled = scaling.scale_targets(targets)
    slack = 1e-12 * max(map(abs, ends))
    assert scaled.min() >= ends[0] - slack
    assert scaled.max() <= ends[1] + slack
    back = scaling.unscale_targets(scaled)
    np.testing.assert_allclose(back, targets, rtol=1e-10, atol=1e-10 * np.abs(targets).max())


@given(TABLES)
def test_fitted_features_fill_the_range_and_constant_ones_lie_in_the_middle(features):
    scaled = Scaling.fit(features).scale_features(features)
    constant = features.min(axis=0) == features.max(axis=0)
    assert np.all(scaled[:, constant] == 0.5)
    assert np.all(scaled[:, ~constant].min(axis=0) == 0.0)
    np.testing.assert_allclose(scaled[:, ~constant].max(axis=0), 1.0, rtol=1e-15)


@given(TABLES, TABLES, ENDS)
def test_json_gives_an_equal_scaling(features, targets, ends):
    scaling = Scaling.fit(features, targets, low=ends[0], high=ends[1])
    assert Scaling.from_json(json.loads(json.dumps(scaling.to_json()))) == scaling


def test_new_features_and_targets_are_extrapolated():
    raw = [[-1.0], [0.5], [3.0]]
    assert Scaling((0.0,), (1.0,)).scale_features(raw).tolist() == raw
    assert Scaling((0.0,), (1.0,), low=-1.0).scale_features(raw).tolist() == [[-3.0], [0.0], [5.0]]
    assert Scaling((0.0,), (1.0,), (0.0,), (2.0,)).scale_targets([[-1.0]]).tolist() == [[-0.5]]


def test_a_constant_target_comes_back_from_any_output():
    scaling = Scaling.fit([[0.0]], [[7.0], [7.0]])
    assert scaling.unscale_targets([[0.5], [3.0]]).tolist() == [[7.0], [7.0]]


@pytest.mark.parametrize(
    "fields",
    [
        {"feature_low": (2.0,)},
        {"feature_low": (0.0, 0.0)},
        {"feature_low": (float("nan"),)},
        {"feature_high": (float("inf"),)},
        {"feature_low": (-1.5e308,), "feature_high": (1.5e308,)},
        {"feature_low": (), "feature_high": ()},
        {"target_low": (0.0,)},
        {"low": 1.0},
        {"low": 2.0},
    ],
)
def test_impossible_scalings_are_refused(fields):
    with pytest.raises(InvalidValueError, match="scaling:"):
        Scaling(**({"feature_low": (0.0,), "feature_high": (1.0,)} | fields))


@pytest.mark.parametrize(
    "change",
    [
        {"low": None},
        {"low": True},
        {"low": "0"},
        {"high": 10**400},
        {"feature_low": 0.0},
        {"feature_low": ["0"]},
        {"feature_low": [[0.0]]},
        {"feature_low": [2.0]},
        {"feature_high": [float("nan")]},
        {"extra": 1},
    ],
)
def test_foreign_json_is_refused(change):
    with pytest.raises(InvalidValueError, match="scaling:"):
        Scaling.from_json(Scaling((0.0,), (1.0,)).to_json() | change)


@pytest.mark.parametrize("data", [None, [], "text", {}, {"low": 0.0}])
def test_json_of_another_shape_is_refused(data):
    with pytest.raises(InvalidValueError, match="exactly the keys"):
        Scaling.from_json(data)


def test_wrong_tables_are_refused():
    scaling = Scaling((0.0,), (1e-300,))
    with pytest.raises(InvalidValueError, match="no scaled targets"):
        scaling.scale_targets([[1.0]])
    with pytest.raises(InvalidValueError, match=r"shape \(n, 1\)"):
        scaling.scale_features([[1.0, 2.0]])
    with pytest.raises(InvalidValueError, match="not finite"):
        scaling.scale_features([[1e15]])
    with pytest.raises(InvalidValueError, match="expected to fit to"):
        Scaling.fit([1.0, 2.0])

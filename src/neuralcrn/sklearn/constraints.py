"""Values that the parameters of the estimators may have."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from neuralcrn.circuits import FAMILIES
from neuralcrn.circuits.layers import RECTIFIERS
from neuralcrn.compiler import RULES
from neuralcrn.compiler.circuit import BATCH_LIMIT, OPTIMISERS, UPDATES
from neuralcrn.compiler.levels import LEVELS
from neuralcrn.sklearn.scikit import Interval, StrOptions

PARAMETER_CONSTRAINTS: dict[str, list[Any]] = {
    "circuit": [StrOptions(set(FAMILIES)), None],
    "rule": [StrOptions(set(RULES)), None],
    "hidden": [Interval(Integral, 1, None, closed="left"), list, tuple, None],
    "activation": [StrOptions(set(RECTIFIERS)), None],
    "optimiser": [StrOptions(set(OPTIMISERS)), None],
    "epochs": [Interval(Integral, 1, 1_000_000, closed="both"), None],
    "learning_rate": [Interval(Real, 0.0, 1.0, closed="right"), None],
    "horizon": [Interval(Real, 0.0, 1e4, closed="right"), None],
    "annihilation": [Interval(Real, 0.0, 1e9, closed="right"), None],
    "update": [StrOptions(set(UPDATES)), None],
    "momentum": [Interval(Real, 0.0, 1.0, closed="left")],
    "decay": [Interval(Real, 0.0, 1.0, closed="left")],
    "batch": [Interval(Integral, 1, BATCH_LIMIT, closed="both")],
    "level": [StrOptions(set(LEVELS))],
    "clock": [str],
    "non_negative": ["boolean"],
    "max_species": [Interval(Integral, 1, None, closed="left")],
    "tolerance": [Interval(Real, 0.0, 1.0, closed="left"), None],
    "callback": [callable, None],
    "random_state": ["random_state"],
}
"""By name of the parameter, in the form of scikit-learn."""

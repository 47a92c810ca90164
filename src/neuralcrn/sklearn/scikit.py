"""Names imported from scikit-learn (extra ``sklearn``); no other module imports it."""

from __future__ import annotations

from typing import Any

try:
    from sklearn import base, utils
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import class_weight, multiclass, validation
    from sklearn.utils._param_validation import Interval, StrOptions
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "the estimators need scikit-learn 1.6 or later: pip install 'neuralcrn[sklearn]'", name=error.name
    ) from error

# Validation functions for third-party estimators; scikit-learn gives them no types, and some an underscore.
fit_context: Any = base._fit_context  # pyright: ignore[reportPrivateUsage]
check_classes: Any = multiclass._check_partial_fit_first_call  # pyright: ignore[reportPrivateUsage]
check_sample_weight: Any = validation._check_sample_weight  # pyright: ignore[reportPrivateUsage]
check_classification_targets: Any = multiclass.check_classification_targets
check_is_fitted: Any = validation.check_is_fitted
check_random_state: Any = utils.check_random_state
column_or_1d: Any = validation.column_or_1d
compute_sample_weight: Any = class_weight.compute_sample_weight
validate_data: Any = validation.validate_data

_SEEDS = 2**31 - 1


def drawn_seed(random_state: Any) -> int:
    """Return a seed, a new one for each call with a `RandomState` or None."""
    return int(check_random_state(random_state).randint(_SEEDS))


__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "Interval",
    "RegressorMixin",
    "StrOptions",
    "check_classes",
    "check_classification_targets",
    "check_is_fitted",
    "check_sample_weight",
    "column_or_1d",
    "compute_sample_weight",
    "drawn_seed",
    "fit_context",
    "validate_data",
]

"""Prior distributions of both versions of PEtab."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from neuralcrn.fitting.parameters import Prior, PriorKind, Scale, to_scale

_KINDS: Mapping[str, tuple[PriorKind, Literal["lin", "log"]]] = MappingProxyType(
    {
        "uniform": ("uniform", "lin"),
        "normal": ("normal", "lin"),
        "laplace": ("laplace", "lin"),
        "log-normal": ("normal", "log"),
        "log-laplace": ("laplace", "log"),
        "log-uniform": ("uniform", "log"),
    }
)
_ON_SCALE: Mapping[str, PriorKind] = MappingProxyType(
    {
        "parameterScaleUniform": "uniform",
        "parameterScaleNormal": "normal",
        "parameterScaleLaplace": "laplace",
    }
)
_OLD_NAMES = MappingProxyType({"logNormal": "log-normal", "logLaplace": "log-laplace"})

FIRST_VERSION = ("uniform", "normal", "laplace", *_OLD_NAMES, *_ON_SCALE)
"""Distributions of version 1."""
SECOND_VERSION = tuple(_KINDS)
"""Supported distributions of version 2."""


def prior_of(name: str, first: float, second: float, scale: Scale) -> Prior:
    """Return a distribution by its name in PEtab.

    Parameters
    ----------
    name : str
        One of `FIRST_VERSION` or `SECOND_VERSION`.
    first, second : float
        Its parameters: mean and standard deviation, location and scale, or the two ends.
    scale : {"lin", "log", "log10"}
        Scale of the parameter.

    Examples
    --------
    >>> prior_of("parameterScaleNormal", 0.0, 3.0, "log10").density
    'log10'
    """
    if name in _ON_SCALE:
        return Prior(_ON_SCALE[name], first, second, scale, scale)
    kind, of = _KINDS[_OLD_NAMES.get(name, name)]
    return Prior(kind, first, second, of, "lin")


def informative(prior: Prior, lower: float, upper: float) -> Prior | None:
    """Return a prior, or None if it is constant between the bounds, as the default of both versions.

    Examples
    --------
    >>> informative(prior_of("uniform", 0.0, 10.0, "lin"), 0.0, 10.0) is None
    True
    """
    flat = prior.kind == "uniform" and prior.scale == prior.density
    covers = to_scale(lower, prior.scale) >= prior.location and to_scale(upper, prior.scale) <= prior.width
    return None if flat and covers else prior


def first_name(prior: Prior, scale: Scale) -> str | None:
    """Return the name of a prior in version 1, or None if it has none.

    Examples
    --------
    >>> first_name(Prior("normal", 0.0, 1.0, "log", "lin"), "log10")
    'logNormal'
    """
    return _named(prior, scale, FIRST_VERSION)


def second_name(prior: Prior) -> str | None:
    """Return the name of a prior in version 2, or None if it has none."""
    return _named(prior, "lin", SECOND_VERSION)


def _named(prior: Prior, scale: Scale, names: tuple[str, ...]) -> str | None:
    made = ((name, prior_of(name, prior.location, prior.width, scale)) for name in names)
    return next((name for name, other in made if other == prior), None)

"""The registry of circuits: published ones with their effective constants, and our own.

The authors' simulations halve the flux of ``2Z -> Z`` and take a sixth of that of ``3Z -> 2Z``;
the constants 0.5 and 1/6 below are what was actually integrated (arXiv 2409.00034 and its code).
To add a circuit, add a family here, then run ``neuralcrn certify NAME``.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from neuralcrn.circuits.family import Distribution, Family, Options
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.registry import Registry


def _with_augmentation(inputs: int) -> int:
    return inputs + 1


_DENSE_START = Distribution("normal", 0.0, 1.0 / math.sqrt(3.0))

_FAMILIES = (
    Family(
        name="linear",
        summary="linear regression and classification, element by element",
        represents=(
            "Planes, with an intercept from the constant that pads the inputs. No bend and no product of "
            "inputs; of three classes on a line the middle one is lost."
        ),
        equation="theta*x + h ",
        shapes={"theta": ("hidden",)},
        states=lambda inputs: inputs,
        defaults=Options(supply=0.1, horizon=0.5, rate=0.1),
        initial={"theta": Distribution("uniform", 0.1, 0.5)},
    ),
    Family(
        name="minimal",
        summary="linear, in the fewest species: outputs accumulate in the error, updates are direct; ours",
        represents=(
            "Planes, with an intercept from the constant that pads the inputs. No bend and no product of "
            "inputs; one output, so two classes at most."
        ),
        equation="theta*x + h ",
        shapes={"theta": ("hidden",)},
        states=lambda inputs: inputs,
        accumulated=True,
        defaults=Options(horizon=0.5, rate=0.1, update="direct"),
        initial={"theta": Distribution("uniform", 0.1, 0.5)},
    ),
    Family(
        name="quadratic",
        summary="element-wise weights with a quadratic leak; the authors' nonlinear regression",
        represents=(
            "A sum of one curve for each input, which rises or falls and saturates. No turning point, so no "
            "x^2, and no product of inputs."
        ),
        equation="theta*x + h - 0.5*z*|z|",
        shapes={"theta": ("hidden",)},
        states=_with_augmentation,
        defaults=Options(horizon=0.5, rate=0.6),
        initial={"theta": Distribution("absolute-normal", 0.0, 0.4)},
    ),
    Family(
        name="quadratic-dense",
        summary="a full matrix of weights with a quadratic leak",
        represents=(
            "Bent functions of all inputs together: products, a class between two others. A curve with a "
            "turning point takes more states or time than a table gets by itself."
        ),
        equation="theta*x + h - 0.5*z*|z|",
        shapes={"theta": ("hidden", "inputs")},
        states=_with_augmentation,
        defaults=Options(horizon=0.5, rate=0.2),
        initial={"theta": Distribution("absolute-normal", 0.0, 0.4)},
    ),
    Family(
        name="cubic",
        summary="a full matrix of weights with a cubic leak; trimolecular, a study",
        represents=("As quadratic-dense, with a steeper leak."),
        equation=f"theta*x - {1 / 6!r}*z^3",
        shapes={"theta": ("hidden", "inputs")},
        states=_with_augmentation,
        defaults=Options(augmentation=0.2, horizon=0.9, rate=0.5),
        initial={"theta": _DENSE_START},
    ),
    Family(
        name="cubic-quadratic",
        summary='the authors\' bimolecular stand-in for the cubic ("linapprox")',
        represents=("As quadratic-dense, by an approximate gradient: what is reached depends on the seed."),
        equation="theta*x - 0.15*z*|z|",
        shapes={"theta": ("hidden", "inputs")},
        states=_with_augmentation,
        defaults=Options(
            augmentation=0.2, gradient="linear-reversal", horizon=0.4, feedback_horizon=2.0, rate=0.5
        ),
        initial={"theta": Distribution("absolute-normal", 0.0, 1.0 / math.sqrt(3.0))},
    ),
    Family(
        name="smooth-relu",
        summary="smooth rectifiers, the first version of the publication; trimolecular",
        represents=("A sum of rectifiers of all inputs together; a state keeps the sign that it began with."),
        equation="z*(theta*x + beta) + h - 0.5*z*|z|",
        shapes={"theta": ("hidden", "inputs"), "beta": ("hidden",)},
        states=_with_augmentation,
        defaults=Options(supply=0.1, augmentation=0.2, horizon=0.8, rate=0.1 / 1.1),
        initial={
            "theta": Distribution("normal", 0.0, 2.0 / math.sqrt(3.0)),
            "beta": Distribution("constant", 0.1),
            "w": Distribution("normal", 0.0, 2.0 / math.sqrt(3.0)),
        },
    ),
    Family(
        name="mixing",
        summary="recurrent weights with a quadratic leak and a trained readout; all bimolecular, ours",
        represents=("Bends, turning points and products: states act on each other and all are read out."),
        equation="theta*x + phi*z + beta - z*|z|",
        shapes={"theta": ("hidden", "inputs"), "phi": ("hidden", "hidden"), "beta": ("hidden",)},
        states=lambda inputs: max(8, inputs),
        padded=False,
        readout_bias=True,
        defaults=Options(trained_readout=True, horizon=1.0, rate=0.03, annihilation=300.0),
        initial={
            "theta": Distribution("normal", 0.0, 2.0),
            "phi": Distribution("normal", 0.0, 1.0 / math.sqrt(2.0)),
            "beta": Distribution("normal", 0.0, 2.0),
            "w": Distribution("normal", 0.0, 0.7),
            "b": Distribution("constant", 0.0),
        },
    ),
)
FAMILIES: Registry[Family] = Registry("circuit", "circuits", _FAMILIES, Family)
"""All families by name."""


def find_family(name: str) -> Family:
    """Return the family of that name.

    Raises
    ------
    UnknownNameError
        If there is none; the nearest name is suggested.
    """
    return FAMILIES.find(name)


def make_circuit(name: str, inputs: int = 2, **options: Any) -> Circuit:
    """Return a circuit of the registry.

    Parameters
    ----------
    name : str
        Name of a family.
    inputs : int
        Number of data features.
    **options
        Any attribute of `Options`; what is not given is the family's default.

    Raises
    ------
    UnknownNameError
        If there is no such family.
    InvalidValueError
        If an option is unknown or out of range.

    Examples
    --------
    >>> print(make_circuit("quadratic", inputs=1, hidden=2).system)
    dz[0]/dt = theta[0]*x[0] - 0.5*z[0]*|z[0]|
    dz[1]/dt = theta[1]*x[1] - 0.5*z[1]*|z[1]|
    """
    family = find_family(name)
    known = {item.name for item in dataclasses.fields(Options)}
    for option in options:
        if option not in known:
            raise InvalidValueError(f"circuit {name}: {UnknownNameError('option', option, known)}")
    if options.get("gradient", family.defaults.gradient) != family.defaults.gradient:
        # A feedback horizon of its own belongs to the family's own gradient mode.
        options = {"feedback_horizon": 0.0, **options}
    return family.build(inputs, dataclasses.replace(family.defaults, **options))

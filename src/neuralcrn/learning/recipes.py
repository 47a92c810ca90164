"""Defaults for your own data: circuit, rate constants, epochs and initial values according to the scale of
the data.

Used by the estimators and by ``neuralcrn train FILE.csv``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.circuits import (
    FAMILIES,
    Circuit,
    Distribution,
    EquationFamily,
    LayeredFamily,
    make_circuit,
)
from neuralcrn.compiler import gradient_of
from neuralcrn.compiler.rails import Rails
from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.learning.layered import layered_epochs, layered_initializers, layered_options
from neuralcrn.learning.spec import TrainingSpec

DEFAULT_CIRCUIT = "perceptron"
"""Default circuit for a table."""
HIDDEN = 8
"""Default number of states of a neural ODE that starts at zero."""
EPOCHS = (4, 400)
"""Minimum and maximum of the default number of epochs."""
_STEPS = 8_000
"""Approximate number of training steps for the default number of epochs."""
_HORIZON = 1.0
_ELEMENTWISE_STEP, _MATRIX_STEP = 0.05, 0.1
"""Fraction of its error by which a mean sample is corrected at the default rate."""


def own_spec(
    task: str,
    doses: NDArray[np.float64],
    outputs: int,
    circuit: str | None = None,
    *,
    rule: str | None = None,
    epochs: int | None = None,
    **chosen: Any,
) -> TrainingSpec:
    """Return the description of the training on a table, with defaults for values that are not given.

    Parameters
    ----------
    task : str
        Name of the data.
    doses : ndarray, shape (n, inputs), concentration
        Features of the training samples, scaled.
    outputs : int
        Number of outputs.
    circuit : str, optional
        Name of a family; `DEFAULT_CIRCUIT` if not given.
    rule : str, optional
        Name of a learning rule; by default that of the family.
    epochs : int, optional
        Passes over the samples; by default some thousand training steps (`default_epochs`), or 60,000 of
        a layered circuit (`layered_epochs`).
    **chosen
        Options of the family, see `own_options`.

    Examples
    --------
    >>> spec = own_spec("ones", np.ones((100, 20)), outputs=1)
    >>> options = spec.circuit_options
    >>> spec.circuit, spec.epochs, round(options["learning_rate"], 4)
    ('perceptron', 600, 0.0217)
    """
    inputs = doses.shape[1]
    family = FAMILIES.find(circuit or DEFAULT_CIRCUIT)
    options = own_options(doses, outputs, family.name, **chosen)
    learned_by = rule or family.defaults.rule
    laws: Mapping[str, Distribution]
    if isinstance(family, LayeredFamily):
        usual, laws = layered_epochs(len(doses)), layered_initializers(family, doses)
    elif not isinstance(family, EquationFamily):
        usual, laws = default_epochs(len(doses)), {}
    else:
        usual = default_epochs(len(doses))
        laws = own_initializers(make_circuit(family.name, inputs, rule=learned_by, **options))
    return TrainingSpec(
        task=task,
        circuit=family.name,
        circuit_options=options,
        rule=learned_by,
        epochs=usual if epochs is None else epochs,
        initializers=laws,
        source="own data",
    )


def own_options(
    doses: NDArray[np.float64],
    outputs: int,
    circuit: str,
    *,
    non_negative: bool = False,
    **chosen: Any,
) -> dict[str, Any]:
    """Return the options of the circuit for a table, with defaults according to its scale.

    Parameters
    ----------
    doses, outputs, circuit
        See `own_spec`.
    non_negative : bool
        Whether inputs have one rail.
    **chosen
        Options of the family; None means the default.
    """
    family = FAMILIES.find(circuit)
    # A parameter search provides numbers of NumPy.
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in chosen.items()}
    given = {name: value for name, value in plain.items() if value is not None}
    if isinstance(given.get("hidden"), list):
        given["hidden"] = tuple(given["hidden"])  # programs are cached by their options
    if isinstance(family, LayeredFamily):
        return layered_options(family, doses, outputs, non_negative=non_negative, given=given)
    if not isinstance(family, EquationFamily):
        return {"outputs": outputs, "non_negative": non_negative, **given}
    own = family.defaults.feedback_horizon > 0.0  # the two horizons must be changed together
    horizon = float(given.get("horizon", family.defaults.horizon if own else _HORIZON))
    return {
        "outputs": outputs,
        "hidden": hidden_states(circuit, doses.shape[1]),
        "supply": 0.0,
        "augmentation": 1.0,
        "non_negative": non_negative,
        "trained_readout": outputs > 1 or _is_matrix(circuit) or family.defaults.trained_readout,
        "horizon": horizon,
        "learning_rate": automatic_rate(circuit, doses, horizon),
        **given,
    }


def default_epochs(samples: int) -> int:
    """Return the default number of epochs for a number of training samples, for some thousand training steps.

    Examples
    --------
    >>> default_epochs(5), default_epochs(120), default_epochs(100_000)
    (400, 67, 4)
    """
    fewest, most = EPOCHS
    return min(most, max(fewest, math.ceil(_STEPS / samples)))


def hidden_states(family: str, inputs: int) -> int:
    """Return the default number of states: that of the weights, and at least one more than inputs.

    One state more than inputs starts at the constant that pads the inputs and represents the intercept. The
    nonlinearity of circuits with a weight matrix depends on the number of states, so they get at least
    `HIDDEN`. States that are the inputs themselves are as many as these.

    Examples
    --------
    >>> hidden_states("linear", 64), hidden_states("mixing", 64), hidden_states("quadratic-dense", 2)
    (65, 8, 8)
    >>> hidden_states("svm", 64)
    64
    """
    padded = inputs + 1 if _equation(family).padded else 0
    if _is_matrix(family):
        return max(padded, HIDDEN)
    return padded or _equation(family).states(inputs)


def _is_matrix(family: str) -> bool:
    """Return whether every input affects every state."""
    return _equation(family).is_matrix


def _equation(name: str) -> EquationFamily:
    """Return a family that is given by an equation."""
    family = FAMILIES.find(name)
    if not isinstance(family, EquationFamily):
        raise InvalidValueError(f"circuit {name}: no defaults for your own data are known for its family")
    return family


def has_one_output(family: str) -> bool:
    """Return whether circuits of a family have only one output."""
    known = FAMILIES.get(family)
    return isinstance(known, EquationFamily) and known.accumulated


def automatic_rate(family: str, features: NDArray[np.float64], horizon: float) -> float:
    r"""Return a learning rate for which online learning is stable, for any number of inputs.

    One step of least mean squares reduces the error of a sample by the fraction :math:`\eta g |x|^2`, where
    the padding counts as an input and :math:`g = \max(1, T^2)`; it diverges if this fraction exceeds 2. The
    rate is chosen such that it is 1/20 for a mean sample, and 1/10 in circuits with a weight matrix:

    .. math:: \eta = s / (g (1 + \overline{|x|^2})) \le 1

    Parameters
    ----------
    family : str
        Name of a family of circuits.
    features : ndarray, shape (n, inputs), concentration
        The doses.
    horizon : float, time
        T of the circuit.

    Examples
    --------
    >>> automatic_rate("linear", np.ones((3, 4)), horizon=1.0)
    0.01
    """
    size = max(1.0, horizon**2) * (1.0 + float(np.mean(np.sum(features**2, axis=1))))
    return min(1.0, (_MATRIX_STEP if _is_matrix(family) else _ELEMENTWISE_STEP) / size)


def own_initializers(circuit: Circuit) -> Mapping[str, Distribution]:
    """Return initial distributions for which outputs are near 0 for any number of inputs.

    Matrices are drawn with the variance 1 / columns. Weights of single inputs need not be random: they are
    chosen so that the output is 0, which is theta = -1 / T for a fixed readout.

    Examples
    --------
    >>> own_initializers(make_circuit("linear", 2, horizon=0.5))["theta"].first
    -2.0
    """
    chosen: dict[str, Distribution] = {}
    matrix = any(len(p.index) > 1 for p in circuit.inner_parameters)
    for parameter in circuit.trained_parameters:
        match parameter.name:
            case "w" if matrix:
                law = Distribution("normal", 0.0, 0.3 / math.sqrt(len(circuit.system.states)))
            case "w" | "b":
                law = Distribution("constant", 0.0)
            case _ if matrix:
                columns = parameter.index[1] + 1 if len(parameter.index) > 1 else 1
                law = Distribution("normal", 0.0, 1.0 / math.sqrt(columns))
            case _:
                law = Distribution("constant", 0.0 if circuit.weights else -1.0 / circuit.horizon)
        chosen[parameter.name] = law  # the last element of a matrix is in its last column
    return chosen


def least_species(circuit: Circuit) -> int:
    """Return the number of species for inputs, states, outputs, parameters and gradients.

    Adjoints, and the clock and shadows of a pot, are not included.
    """
    kept = circuit.trained_parameters if circuit.update != "direct" else ()
    carried = (*circuit.system.inputs, *circuit.integrated, *circuit.errors, *circuit.fixed_parameters)
    learned = (*circuit.trained_parameters, *map(gradient_of, kept))
    return len(set(Rails(circuit.non_negative).species((*carried, *learned))))


def check_size(circuit: Circuit, limit: int) -> None:
    """Reject circuits with more species than a limit, before compilation.

    Raises
    ------
    DataError
        The message gives the number of species.
    """
    species = least_species(circuit)
    if species > limit:
        raise DataError(
            f"{circuit.features:,} features and {circuit.outputs:,} outputs take at least {species:,} "
            f"species with circuit {circuit.name}, more than max_species = {limit:,}: select or combine "
            "features, lower hidden, update directly (no gradient species), or raise the limit"
        )

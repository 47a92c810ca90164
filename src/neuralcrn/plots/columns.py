"""Assignment of the quantities of a circuit to the columns of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from neuralcrn.algebra import Variable
from neuralcrn.plots.style import plain, symbol

if TYPE_CHECKING:
    from neuralcrn.compiler import Circuit
    from neuralcrn.tasks import Task

_NAME_LENGTH = 16


class Labels:
    r"""Symbols of the quantities of a circuit, with the columns of the data to which they belong.

    A state that starts at an input belongs to the column of that input. A parameter belongs to the column of
    the input that it multiplies, if there is only one. Columns with default names (x1 for the first) are
    omitted.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    features : sequence of str
        Names of the columns in the order of the inputs; none by default.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> labels = Labels(make_circuit("linear", 2), ["floor area", "age"])
    >>> labels(Variable("theta", (1,))), labels(Variable("e", (0,)))
    ('$\\theta_{2}$ age', '$e_{1}$')
    """

    def __init__(self, circuit: Circuit, features: Sequence[str] = ()) -> None:
        self._columns: dict[Variable, str] = {}
        inputs = circuit.system.inputs
        named = {
            x: plain(name, _NAME_LENGTH)
            for x, name in zip(inputs, features, strict=False)
            if name != x.species
        }
        if circuit.starts_at_input:
            self._columns |= {
                z: named[x] for z, x in zip(circuit.system.states, inputs, strict=True) if x in named
            }
        multiplied = _multiplied(circuit)
        for parameter in circuit.system.parameters:
            match [named.get(x) for x in multiplied.get(parameter, ())]:
                case [str(name)]:
                    self._columns[parameter] = name
                case _:
                    pass

    def __call__(self, variable: Variable) -> str:
        """Return the label of a quantity."""
        column = self._columns.get(variable)
        return symbol(variable) if column is None else f"{symbol(variable)} {column}"


def axis_label(task: Task, feature: int) -> str:
    """Return the axis label of a feature of a task."""
    scaled = "" if task.scaling is None else "scaled, "
    return f"{plain(task.feature_names[feature])} ({scaled}concentration)"


def _multiplied(circuit: Circuit) -> dict[Variable, dict[Variable, None]]:
    """Return for each parameter the inputs that it multiplies."""
    inputs, parameters = set(circuit.system.inputs), set(circuit.system.parameters)
    found: dict[Variable, dict[Variable, None]] = {}
    for _, f in circuit.system.equations:
        for monomial, _ in f.terms:
            for parameter in parameters.intersection(monomial.variables):
                met = found.setdefault(parameter, {})
                met.update(dict.fromkeys(x for x in monomial.variables if x in inputs))
    return found

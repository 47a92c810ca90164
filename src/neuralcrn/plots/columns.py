"""Which quantities of a circuit belong to which column of the data."""

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
    r"""Symbols of a circuit's quantities, with the column of the data that they belong to.

    A state that starts as an input belongs to the column of that input, and a parameter to the one that it
    multiplies, if it is one alone. A column without a name of its own (x1 for the first) is left out.

    Parameters
    ----------
    circuit : Circuit
        Whose quantities are named.
    features : sequence of str
        Names of the columns, in the order of the inputs; none by default.

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
    """Return the label of an axis along which a feature of a task is drawn."""
    scaled = "" if task.scaling is None else "scaled, "
    return f"{plain(task.feature_names[feature])} ({scaled}concentration)"


def _multiplied(circuit: Circuit) -> dict[Variable, dict[Variable, None]]:
    """Return for each parameter the inputs with which it stands in a product."""
    inputs, parameters = set(circuit.system.inputs), set(circuit.system.parameters)
    found: dict[Variable, dict[Variable, None]] = {}
    for _, f in circuit.system.equations:
        for monomial, _ in f.terms:
            for parameter in parameters.intersection(monomial.variables):
                met = found.setdefault(parameter, {})
                met.update(dict.fromkeys(x for x in monomial.variables if x in inputs))
    return found

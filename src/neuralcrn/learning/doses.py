"""Conversion of tables to doses: sample weights, and checks for negative doses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.compiler import RULES, Dose, Program
from neuralcrn.compiler.rules import needs_classes
from neuralcrn.errors import DataError, listed_rows, printable
from neuralcrn.tasks import Samples, Scaling, Task

Table = NDArray[np.float64]

MOST_DOSES = 10_000_000
"""Maximum number of doses per epoch for weighted samples."""
LEAST_PART = 1e-6
"""Fractions of a weight below this are ignored."""


def feature_doses(
    scaling: Scaling | None,
    features: Table,
    names: Sequence[str],
    *,
    one_rail: bool | NDArray[np.bool_],
    rows: Sequence[int] | None = None,
) -> Table:
    """Return features as doses, including values outside the range of the training data if the rails allow
    it.

    Parameters
    ----------
    scaling : Scaling or None
        Scaling of the training data; None if features are concentrations.
    features : array (n, d), raw units
        One sample per row.
    names : sequence of str
        Names of the columns.
    one_rail : bool or array (d,) of bool
        Whether inputs have one rail, so that doses must not be negative; see `features_of_one_rail`.
    rows : sequence of int, optional
        Row numbers for messages; by default starting at 1.

    Raises
    ------
    DataError
        If a dose would be negative for an input with one rail; the message lists all rows and columns.

    Examples
    --------
    >>> scaling = Scaling.fit([[1.0], [3.0]])
    >>> feature_doses(scaling, np.array([[0.0]]), ["size"], one_rail=False).tolist()
    [[-0.5]]
    >>> feature_doses(scaling, np.array([[0.5]]), ["size"], one_rail=True)
    Traceback (most recent call last):
        ...
    neuralcrn.errors.DataError: row 1, column size: 0.5 lies below 1, the smallest value of the ...
    """
    doses = features if scaling is None else scaling.scale_features(features)
    below = np.argwhere((doses < 0.0) & one_rail)
    if len(below):
        row, column = map(int, below[0])
        least = 0.0 if scaling is None else scaling.feature_low[column]
        what = "the smallest dose" if scaling is None else "the smallest value of the training data"
        raise DataError(
            f"{_cell(row, column, names, rows)}: {features[row, column]:g} lies below {least:g}, {what}, and "
            f"would be a negative dose{_all_of(below, names, rows)}: inputs have one rail; leave such rows "
            "out, learn from data that reach as low, or train with non_negative=False"
        )
    return doses


def features_of_one_rail(program: Program) -> NDArray[np.bool_]:
    """Return for each feature whether it is dosed to a variable with one rail."""
    single = {
        dose.index
        for dose in program.doses
        if dose.source == "feature" and len(program.rails.of(dose.variable)) == 1
    }
    return np.array([index in single for index in range(program.circuit.features)])


def outside(
    learned: Table, doses: Table, features: Table, names: Sequence[str], rows: Sequence[int] | None = None
) -> str | None:
    """Return a message about rows outside the range of the training data, or None.

    Parameters
    ----------
    learned, doses : array (m, d) and (n, d), concentration
        Doses during training, and current doses.
    features : array (n, d), raw units
        Current features, as shown in the message.
    names : sequence of str
        Names of the columns.
    rows : sequence of int, optional
        Row numbers for messages; by default starting at 1.

    Examples
    --------
    >>> outside(np.array([[0.0], [1.0]]), np.array([[0.5], [1.5]]), np.array([[2.0], [4.0]]), ["size"])
    'row 2, column size: 4 is above the range of the training data: extrapolated'
    """
    low, high = learned.min(axis=0), learned.max(axis=0)
    slack = 1e-9 * (high - low)
    cells = np.argwhere((doses < low - slack) | (doses > high + slack))
    if not len(cells):
        return None
    row, column = map(int, cells[0])
    where = "below" if doses[row, column] < low[column] else "above"
    return (
        f"{_cell(row, column, names, rows)}: {features[row, column]:g} is {where} the range of the training "
        f"data{_all_of(cells, names, rows)}: extrapolated"
    )


def _cell(row: int, column: int, names: Sequence[str], rows: Sequence[int] | None) -> str:
    return f"row {row + 1 if rows is None else rows[row]}, column {names[column]}"


def _all_of(cells: NDArray[np.int64], names: Sequence[str], rows: Sequence[int] | None) -> str:
    """Return all rows and columns of cells, if there are several."""
    if len(cells) == 1:
        return ""
    numbers = [row + 1 if rows is None else rows[row] for row in dict.fromkeys(map(int, cells[:, 0]))]
    columns: list[str] = [names[column] for column in sorted({*map(int, cells[:, 1])})]
    shown = printable(", ".join(columns), 200)
    return f" (in all {listed_rows(numbers)}, column{'s' * (len(columns) > 1)} {shown})"


def weighted_rows(weights: Table | None, count: int) -> tuple[NDArray[np.int64], Table]:
    """Return the doses of weighted samples in an epoch.

    A weight is the number of times that a sample is dosed. For a fractional part there is an additional dose
    that contributes this fraction of its update, see `Samples`.

    Parameters
    ----------
    weights : array (count,) or None
        Non-negative; fractions below a millionth are ignored.
    count : int
        Number of samples.

    Returns
    -------
    rows : array of int
        The row of each dose.
    parts : array, dimensionless
        Fraction of the update for each dose.

    Raises
    ------
    DataError
        If a weight is negative, all are 0, or their sum exceeds ten million doses.

    Examples
    --------
    >>> rows, parts = weighted_rows(np.array([2.25, 0.0, 1.0]), 3)
    >>> rows.tolist(), parts.tolist()
    ([0, 0, 0, 2], [1.0, 1.0, 0.25, 1.0])
    """
    if weights is None:
        return np.arange(count), np.ones(count)
    wrong = np.flatnonzero(~(weights >= 0.0))
    if len(wrong):
        raise DataError(
            f"sample_weight[{wrong[0]}] = {weights[wrong[0]]:g}: a weight is the number of times that "
            "a sample is dosed in an epoch: give numbers >= 0, or omit sample_weight"
        )
    if np.sum(weights) > MOST_DOSES:
        raise DataError(
            f"the weights add up to {np.sum(weights):.3g} doses an epoch, more than {MOST_DOSES:,}: divide "
            "all by the same number"
        )
    whole = np.floor(weights + LEAST_PART)
    part = np.where(weights - whole > LEAST_PART, weights - whole, 0.0)
    doses = (whole + (part > 0.0)).astype(np.int64)
    if not doses.any():
        raise DataError("sample_weight is 0 for every sample: no sample would be dosed; give one a weight")
    parts = np.ones(int(doses.sum()))
    parts[(np.cumsum(doses) - 1)[part > 0.0]] = part[part > 0.0]
    return np.repeat(np.arange(count), doses), parts


def canonical_order(features: Table, targets: Table, parts: Table) -> NDArray[np.int64]:
    """Return an order of the doses that depends only on their contents, not on their original order.

    Examples
    --------
    >>> canonical_order(np.array([[2.0], [1.0], [1.0]]), np.array([[0.0], [1.0], [0.0]]), np.ones(3)).tolist()
    [2, 1, 0]
    """
    return np.lexsort((parts, *targets.T[::-1], *features.T[::-1]))


def check_task(task: Task, program: Program) -> None:
    """Check that the numbers of a task can be dosed to a program.

    Raises
    ------
    DataError
        If the numbers of inputs or outputs differ from those of the circuit, or a dose would be negative for
        a variable with one rail; or if the circuit remembers samples that have no order.
    """
    circuit = program.circuit
    if task.inputs != circuit.features or task.outputs != circuit.outputs:
        raise DataError(
            f"task {task.name} has {task.inputs} inputs and {task.outputs} outputs, circuit {circuit.name} "
            f"takes {circuit.features} and gives {circuit.outputs}: build the circuit for the task"
        )
    if program.remembers and not task.ordered:
        raise DataError(
            f"task {task.name}: the states of circuit {circuit.name} persist from sample to sample, but its "
            "samples have no order: choose a time series (such as narma-2; Task(ordered=True) for your own), "
            "or a circuit without memory"
        )
    one_hot = np.sort(task.train.targets, axis=1) == np.eye(task.outputs)[-1]
    if RULES.find(circuit.rule).one_hot and not (task.outputs > 1 and one_hot.all()):
        raise DataError(
            f"task {task.name}: rule {circuit.rule} learns classes, with a target of 1 for one of several "
            "outputs and 0 for the others"
        )
    if needs_classes(circuit) and not set(task.train.targets.ravel().tolist()) <= {
        circuit.target_low,
        circuit.target_high,
    }:
        hinged = circuit.loss != "squared"
        needing = "the hinge loss" if hinged else f"rule {circuit.rule}"
        raise DataError(
            f"task {task.name}: {needing} of circuit {circuit.name} needs the targets "
            f"{circuit.target_low:g} and {circuit.target_high:g} of classes: choose "
            + ("loss = squared" if hinged else "another circuit")
        )
    if task.train.weighted and not can_weigh(program):
        raise DataError(
            f"circuit {circuit.name}: fractional weights stop the update of a sample early, "
            "which must then be a separate phase: use update='accumulate' or 'transfer' with batch=1 and "
            "momentum=0 at the staged level, or whole numbers"
        )
    check_doses(program, task.train, f"training samples of task {task.name}", task.feature_names)
    for part, samples in (("validation", task.validation), ("test", task.test)):
        if samples is not None:  # only their features are dosed
            alone = Samples(samples.features, np.zeros_like(samples.targets))
            check_doses(program, alone, f"{part} samples of task {task.name}", task.feature_names)


def can_weigh(program: Program) -> bool:
    """Return whether the update of each sample is a phase that can be stopped early."""
    circuit = program.circuit
    alone = circuit.update != "direct" and circuit.batch == 1 and not circuit.momentum
    return alone and not program.is_pot


def checked_doses(features: ArrayLike, task: Task, program: Program, where: str) -> Table:
    """Return features for predictions of a trained pot, shape (n, inputs), concentration.

    Raises
    ------
    DataError
        If they are not a table of finite numbers with the task's number of columns, or a dose would be
        negative.
    """
    rows = Samples(features, np.zeros((len(np.atleast_1d(features)), task.outputs)))
    if rows.features.shape[1] != task.inputs:
        raise DataError(
            f"{where}: {rows.features.shape[1]} columns, but task {task.name} has {task.inputs} features: "
            f"{', '.join(task.feature_names)}"
        )
    check_doses(program, rows, where, task.feature_names)
    return rows.features


def check_doses(program: Program, samples: Samples, where: str, feature_names: Sequence[str] = ()) -> None:
    """Reject samples that would need a negative dose of a variable with one rail.

    Parameters
    ----------
    program : Program
        Doses and rails.
    samples : Samples
        The samples.
    where : str
        Source of the samples, for the message.
    feature_names : sequence of str
        Names of the columns; by default numbers starting at 1.

    Raises
    ------
    DataError
        The message gives row, column and value.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("linear").compile()
    >>> check_doses(program, Samples([[1.0, -2.0]], [[0.0]]), "table")
    Traceback (most recent call last):
        ...
    neuralcrn.errors.DataError: table: row 1, feature 2 = -2 is negative, but x[1] has one rail: ...
    """
    for dose in program.doses:
        if dose.source == "constant" or len(program.rails.of(dose.variable)) == 2:
            continue
        table = samples.features if dose.source == "feature" else samples.targets
        rows = np.flatnonzero(dose.factor * table[:, dose.index] < 0.0)
        if len(rows):
            raise DataError(_negative(dose, rows[0] + 1, table[rows[0], dose.index], where, feature_names))


def _negative(dose: Dose, row: int, value: float, where: str, feature_names: Sequence[str]) -> str:
    name = f"{dose.source} {dose.index + 1}"
    if dose.source == "feature" and feature_names:
        name = feature_names[dose.index]
    option = "non_negative" if dose.source == "feature" else "positive_targets"
    return (
        f"{where}: row {row}, {name} = {value:g} is {'negative' if value < 0.0 else 'positive'}, but "
        f"{dose.variable} has one rail: declare it signed ({option}=False), or scale the data"
    )

"""Tasks: samples with names, and the interpretation of outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.display import Displayed, Document, Table
from neuralcrn.errors import DataError, InvalidValueError, printable
from neuralcrn.tasks.columns import Column
from neuralcrn.tasks.scaling import Scaling

_SHOWN_COLUMNS = 20

Kind = Literal["regression", "classification"]
"""Regression or classification."""


@dataclass(frozen=True, eq=False, slots=True, init=False)
class Samples:
    """Pairs of features and targets; the arrays are copied and made read-only.

    Parameters
    ----------
    features : array (n, d), concentration
        One sample per row.
    targets : array (n, o), concentration
        Required outputs of each sample.
    parts : array (n,), dimensionless, optional
        Fraction of the update that each sample contributes, in (0, 1]: the experimenter stops the update, the
        phase in which gradients are applied to parameters, after this fraction. By default 1.

    Raises
    ------
    DataError
        If an array is not a table of finite numbers, is empty, or the numbers of rows differ, or if a
        fraction is out of range.

    Examples
    --------
    >>> samples = Samples([[1.0, 2.0], [3.0, 4.0]], [[5.0], [6.0]])
    >>> len(samples), samples.features.shape, samples.targets.flags.writeable
    (2, (2, 2), False)
    """

    features: NDArray[np.float64]
    targets: NDArray[np.float64]
    parts: NDArray[np.float64]

    def __init__(self, features: ArrayLike, targets: ArrayLike, parts: ArrayLike | None = None) -> None:
        object.__setattr__(self, "features", _table("features", features))
        object.__setattr__(self, "targets", _table("targets", targets))
        if len(self.features) != len(self.targets):
            raise DataError(
                f"samples: {len(self.features)} rows of features but {len(self.targets)} rows of targets; "
                "give one target row for each feature row"
            )
        shares = np.ones(len(self.features)) if parts is None else np.array(parts, dtype=np.float64)
        if shares.shape != (len(self.features),) or not np.all((shares > 0.0) & (shares <= 1.0)):
            raise DataError("parts: one number in (0, 1] for each sample expected")
        shares.flags.writeable = False
        object.__setattr__(self, "parts", shares)

    @property
    def weighted(self) -> bool:
        """Whether any sample contributes only a fraction of its update."""
        return bool(np.any(self.parts < 1.0))

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Task(Displayed):
    """A learning problem: samples, names and the interpretation of outputs.

    Parameters
    ----------
    name : str
        Name in the registry, or derived from the file.
    kind : {"regression", "classification"}
        Kind of the task.
    train, validation : Samples
        Samples for training and for validation.
    test : Samples or None
        A further set; for two-dimensional tasks a regular grid (`neuralcrn.tasks.generators`).
    threshold : float or None, concentration
        For classifications with one output: class 1 is strictly above it.
    classes : tuple of str
        Class names in label order; empty for a regression.
    feature_names, target_names : tuple of str
        One per column of the features and of the targets.
    scaling : Scaling or None
        Scaling of raw data to concentrations, if any.
    bounds : array (d, 2), concentration
        Lower and upper limit of each feature in plots.
    columns : tuple of Column
        Columns of the file from which the features were computed, if any.
    ordered : bool
        Whether samples are consecutive: the training samples are learned in their order, and the validation
        samples follow them. The states of a circuit that persist then represent earlier samples.

    Raises
    ------
    InvalidValueError
        If the attributes are inconsistent.

    Examples
    --------
    >>> from neuralcrn.tasks import make_task
    >>> task = make_task("xor", rng=1)
    >>> task.inputs, task.outputs, task.non_negative_inputs, len(task.test)
    (2, 1, True, 1600)
    >>> task.labels([[0.2], [0.9]]).tolist()
    [0, 1]
    >>> task.accuracy([[0.2], [0.9]], [[0.0], [0.0]])
    0.5
    """

    name: str
    kind: Kind
    train: Samples
    validation: Samples
    test: Samples | None
    threshold: float | None
    classes: tuple[str, ...]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    scaling: Scaling | None
    bounds: NDArray[np.float64]
    columns: tuple[Column, ...] = ()
    ordered: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "bounds", _table("bounds", self.bounds))
        self._check_widths()
        self._check_kind()

    @property
    def inputs(self) -> int:
        """Number of features d of a sample."""
        return self.train.features.shape[1]

    @property
    def outputs(self) -> int:
        """Number of outputs o of a sample."""
        return self.train.targets.shape[1]

    @property
    def non_negative_inputs(self) -> bool:
        """Whether no feature of any set is negative, so that one rail per input is sufficient."""
        return all(bool(np.all(samples.features >= 0.0)) for samples in self._sets())

    @property
    def non_negative_targets(self) -> bool:
        """Whether no target of any set is negative."""
        return all(bool(np.all(samples.targets >= 0.0)) for samples in self._sets())

    def labels(self, outputs: ArrayLike) -> NDArray[np.int64]:
        """Return the class of each row of outputs.

        Parameters
        ----------
        outputs : array (n, o), concentration
            Outputs of a circuit, or targets.

        Returns
        -------
        array (n,) of int
            Indices into `classes`: 1 above the threshold for one output, the largest for several.

        Raises
        ------
        InvalidValueError
            For a regression, a wrong number of outputs, or NaN.
        """
        if self.kind != "classification":
            raise InvalidValueError(f"task {self.name!r} is a regression: it has no classes, report its loss")
        values = np.asarray(outputs, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != self.outputs:
            raise InvalidValueError(
                f"task {self.name!r}: outputs of shape (n, {self.outputs}) expected, got {values.shape}"
            )
        if np.isnan(values).any():
            raise InvalidValueError(f"task {self.name!r}: an output is NaN, which has no class")
        if self.threshold is None:
            return np.argmax(values, axis=1).astype(np.int64)
        return (values[:, 0] > self.threshold).astype(np.int64)

    def accuracy(self, outputs: ArrayLike, targets: ArrayLike) -> float:
        """Return the fraction of rows whose outputs and targets have the same class.

        Parameters
        ----------
        outputs, targets : array (n, o), concentration
            Outputs of a circuit and the targets of the same samples.

        Raises
        ------
        InvalidValueError
            See `labels`; also if the numbers of rows differ or are zero.
        """
        got, wanted = self.labels(outputs), self.labels(targets)
        if len(got) != len(wanted) or len(got) == 0:
            raise InvalidValueError(
                f"task {self.name!r}: {len(got)} rows of outputs against {len(wanted)} rows of targets; "
                "an accuracy needs equally many, and at least one"
            )
        return float(np.mean(got == wanted))

    def __repr__(self) -> str:
        return f"<Task: {printable(self._summary, 200)}>"

    def document(self) -> Document:
        """Return its size, and the range of each column in training."""
        columns = [
            *(("feature", *column) for column in zip(self.feature_names, self.train.features.T, strict=True)),
            *(("target", *column) for column in zip(self.target_names, self.train.targets.T, strict=True)),
        ]

        def row(column: tuple[str, str, NDArray[np.float64]]) -> tuple[str, ...]:
            role, name, values = column
            return role, name, *(f"{value:.4g}" for value in (values.min(), values.mean(), values.max()))

        head = ("", "name", "lowest", "mean", "highest in training")
        return Document.of(Table.of(head, columns, row, title=self._summary, limit=_SHOWN_COLUMNS))

    @property
    def _summary(self) -> str:
        """Summary in one line."""
        sizes = f"{len(self.train):,} training, {len(self.validation):,} validation"
        sizes += f", {len(self.test):,} test samples" if self.test is not None else " samples"
        goal = f"into {', '.join(self.classes)}" if self.classes else f"to {self.outputs} targets"
        order = " in order of time" if self.ordered else ""
        return f"{self.name}: {self.kind} of {self.inputs} features {goal}; {sizes}{order}"

    def _sets(self) -> tuple[Samples, ...]:
        known = (self.train, self.validation)
        return known if self.test is None else (*known, self.test)

    def _check_widths(self) -> None:
        widths = {(s.features.shape[1], s.targets.shape[1]) for s in self._sets()}
        if len(widths) > 1:
            raise InvalidValueError(
                f"task {self.name!r}: sets differ in their numbers of features and targets: {sorted(widths)}"
            )
        named = (len(self.feature_names), len(self.target_names))
        if named != (self.inputs, self.outputs):
            raise InvalidValueError(
                f"task {self.name!r}: {self.inputs} features and {self.outputs} targets, "
                f"but {named[0]} and {named[1]} names"
            )
        if self.bounds.shape != (self.inputs, 2) or not np.all(self.bounds[:, 0] < self.bounds[:, 1]):
            raise InvalidValueError(
                f"task {self.name!r}: bounds must hold a lower and a larger upper end for each of "
                f"{self.inputs} features"
            )

    def _check_kind(self) -> None:
        if self.kind == "regression":
            fits = not self.classes and self.threshold is None
            rule = "a regression has neither classes nor a threshold"
        elif self.kind == "classification":
            single = self.outputs == 1 and len(self.classes) == 2 and self.threshold is not None
            several = self.outputs == len(self.classes) > 1 and self.threshold is None
            fits = single or several
            rule = (
                "a classification has two classes and a threshold for one output, or an output for each class"
            )
        else:
            fits, rule = False, f"kind must be 'regression' or 'classification', got {self.kind!r}"
        if not fits:
            raise InvalidValueError(f"task {self.name!r}: {rule}")


def _table(what: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return a read-only copy of `values` after checking that it is a finite, non-empty table."""
    try:
        table = np.array(values, dtype=np.float64, order="C")  # the only layout that kernels are compiled for
    except (TypeError, ValueError) as error:
        raise DataError(f"{what}: not a table of numbers: {error}") from error
    if table.ndim != 2 or table.size == 0:
        raise DataError(
            f"{what}: a table (rows, columns) with at least one of each expected, got {table.shape}"
        )
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise DataError(
            f"{what}: {table[row, column]} at [{row}, {column}]; only finite numbers are accepted"
        )
    table.flags.writeable = False
    return table

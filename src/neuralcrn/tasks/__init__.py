"""Tasks: the published tasks, tasks from tables, and scaling to concentrations.

>>> from neuralcrn.tasks import TASKS, make_task
>>> task = make_task("xor", rng=42)
>>> len(task.train), len(task.validation), task.threshold
(101, 31, 0.5)
>>> make_task("xr")
Traceback (most recent call last):
    ...
neuralcrn.errors.UnknownNameError: unknown task 'xr': did you mean 'xor'? Known: and, bilinear, ...
"""

from __future__ import annotations

from neuralcrn.tasks.cells import Numerals
from neuralcrn.tasks.columns import Column
from neuralcrn.tasks.csvfile import (
    CsvData,
    read_csv,
    read_csv_features,
    read_csv_rows,
    read_csv_task,
    say_left_out,
    true_targets,
)
from neuralcrn.tasks.digits import digit_pair
from neuralcrn.tasks.generators import (
    bilinear,
    linear_classification,
    linear_regression,
    logical_and,
    logical_or,
    rings,
    sin_square,
    xor,
)
from neuralcrn.tasks.irises import iris
from neuralcrn.tasks.logic import logic
from neuralcrn.tasks.reading import Reading
from neuralcrn.tasks.registry import TASKS, TaskDefinition, make_task
from neuralcrn.tasks.rows import Rows
from neuralcrn.tasks.scaling import Scaling
from neuralcrn.tasks.separable import separable
from neuralcrn.tasks.series import (
    logistic_chaos,
    mackey_glass,
    memory_capacity,
    memory_capacity_of,
    narma_2,
    narma_10,
)
from neuralcrn.tasks.spikes import SpikeTrain, frequency_spikes, temporal_spikes
from neuralcrn.tasks.tables import classification_from_table, regression_from_table
from neuralcrn.tasks.task import Kind, Samples, Task

__all__ = [
    "TASKS",
    "Column",
    "CsvData",
    "Kind",
    "Numerals",
    "Reading",
    "Rows",
    "Samples",
    "Scaling",
    "SpikeTrain",
    "Task",
    "TaskDefinition",
    "bilinear",
    "classification_from_table",
    "digit_pair",
    "frequency_spikes",
    "iris",
    "linear_classification",
    "linear_regression",
    "logic",
    "logical_and",
    "logical_or",
    "logistic_chaos",
    "mackey_glass",
    "make_task",
    "memory_capacity",
    "memory_capacity_of",
    "narma_2",
    "narma_10",
    "read_csv",
    "read_csv_features",
    "read_csv_rows",
    "read_csv_task",
    "regression_from_table",
    "rings",
    "say_left_out",
    "separable",
    "sin_square",
    "temporal_spikes",
    "true_targets",
    "xor",
]

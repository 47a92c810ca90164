"""The published tasks by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from neuralcrn.errors import InvalidValueError, UnknownNameError, printable
from neuralcrn.tasks import generators
from neuralcrn.tasks.irises import iris
from neuralcrn.tasks.task import Task

_TASKS: dict[str, tuple[Callable[..., Task], str]] = {
    "linear-regression": (generators.linear_regression, "y = x1 + 2 x2 + 1 with noise on [1, 5]²"),
    "linear-classification": (generators.linear_classification, "the two sides of x1 + 2 x2 = 2 in [0, 2]²"),
    "bilinear": (generators.bilinear, "y = x1 x2 + x2² with noise on [0.5, 2]²"),
    "sin-square": (generators.sin_square, "y = sin(x1) + x2² with noise on [0.5, 2]²"),
    "xor": (generators.xor, "exclusive or of two rounded concentrations in [0, 1]²"),
    "and": (generators.logical_and, "conjunction of two rounded concentrations in [0, 1]²"),
    "or": (generators.logical_or, "disjunction of two rounded concentrations in [0, 1]²"),
    "rings": (generators.rings, "a disc and the ring around it"),
    "iris": (iris, "Fisher's irises: three kinds, four features scaled into [0, 1]"),
}


def task_names() -> tuple[str, ...]:
    """Return the names that `make_task` knows.

    Examples
    --------
    >>> "xor" in task_names()
    True
    """
    return tuple(_TASKS)


def describe_task(name: str) -> str:
    """Return one line that says what the named task is.

    Raises
    ------
    UnknownNameError
        When there is no such task.

    Examples
    --------
    >>> describe_task("bilinear")
    'y = x1 x2 + x2² with noise on [0.5, 2]²'
    """
    return _entry(name)[1]


def task_options(name: str) -> dict[str, float]:
    """Return the options of the named task with their published values.

    Raises
    ------
    UnknownNameError
        When there is no such task.

    Examples
    --------
    >>> task_options("xor")
    {'train': 101, 'validation': 31, 'test_side': 40}
    """
    parameters = inspect.signature(_entry(name)[0]).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def make_task(name: str, rng: int | np.random.Generator = 0, **options: object) -> Task:
    """Return the named task, drawn from `rng`.

    Parameters
    ----------
    name : str
        One of `task_names()`.
    rng : int or numpy.random.Generator
        Seed or source of randomness; the same seed gives the same bytes.
    **options : int or float
        Departures from the published values, see `task_options`.

    Returns
    -------
    Task

    Raises
    ------
    UnknownNameError
        When there is no such task.
    InvalidValueError
        When the task does not know an option, or its value is out of range.

    Examples
    --------
    >>> task = make_task("rings", rng=1, train=20)
    >>> task.name, len(task.train), len(task.validation)
    ('rings', 20, 201)
    """
    known = task_options(name)
    for option in options:
        if option not in known:
            raise InvalidValueError(
                f"task '{name}' has no option {printable(option)!r}; its options: {', '.join(known)}"
            )
    return _entry(name)[0](rng, **options)


def _entry(name: str) -> tuple[Callable[..., Task], str]:
    if name not in _TASKS:
        raise UnknownNameError("task", name, _TASKS)
    return _TASKS[name]

"""Jobs: functions with arguments, identified by everything that their results depend on."""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import platform
import sys
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, final

from neuralcrn.engines.work import together
from neuralcrn.errors import RunError
from neuralcrn.registry import extending_packages

_COMPUTING = ("numpy", "scipy", "numba", "llvmlite", "scikit-learn", "emcee")
"""Packages whose versions affect the last digits of results."""


@final
@dataclass(frozen=True, slots=True)
class Job:
    """A computation: a function of a module, and its arguments.

    Attributes
    ----------
    name : str
        Name of the result file, without extension.
    work : callable
        Returns numbers, strings, bytes, and lists, mappings and dataclasses of them. It may be a generator
        function that yields the simulations that it needs, `neuralcrn.engines.work.Working`; then several
        jobs are computed together.
    arguments : tuple
        Arguments of `work`; their text, with the sources of the package and of `work`, determines whether a
        cached result is valid.
    alone : bool, default False
        Whether it is not computed together with others. Stochastic simulations are executed one by one: apart
        they occupy all workers.
    kind : hashable, optional
        Consecutive jobs are only computed together if they have the same function and kind. Simulations of
        different circuits cannot be executed together, so their jobs are better distributed to all workers.
    """

    name: str
    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    alone: bool = False
    kind: Hashable = None

    @property
    def can_be_joined(self) -> bool:
        """Whether the simulations of several such jobs are executed together."""
        return self.yields_simulations and not self.alone

    @property
    def yields_simulations(self) -> bool:
        """Whether its work is a generator of the simulations that it needs."""
        return inspect.isgeneratorfunction(self.work)

    @property
    def key(self) -> str:
        """Hash of everything that the result depends on."""
        package, own = Path(__file__).parents[1], Path(str(sys.modules[self.work.__module__].__file__))
        words = (self.work.__module__, self.work.__qualname__, self.arguments, sources_digest(package, own))
        return hashlib.sha256(repr(words).encode()).hexdigest()


@final
@dataclass(frozen=True, slots=True)
class JobResult:
    """Return value of a job, and its duration in seconds."""

    value: Any
    seconds: float


def timed(jobs: Sequence[Job], keys: Sequence[str]) -> list[JobResult]:
    """Compute some jobs; the duration of each is an equal share if they are computed together.

    Raises
    ------
    RunError
        If the sources of this process are not those of the caller, by whom `keys` were computed.
    """
    if [job.key for job in jobs] != list(keys):
        raise RunError(
            f"a worker on {platform.node()} has other sources of neuralcrn, or another version of Python or "
            f"of {', '.join(_COMPUTING)}: install the same everywhere"
        )
    start = time.perf_counter()
    if all(job.yields_simulations for job in jobs):
        found = dict(together(job.work(*job.arguments) for job in jobs))
        values = [found[place] for place in range(len(jobs))]
    else:
        values = [job.work(*job.arguments) for job in jobs]
    seconds = (time.perf_counter() - start) / len(jobs)
    # In the form of the file: lists instead of tuples, mappings instead of dataclasses, base64 for bytes.
    return [JobResult(json.loads(json.dumps(value, default=_plain)), seconds) for value in values]


def _plain(value: Any) -> Any:
    """Return the form in JSON of a value that has none of its own: a dataclass, or bytes in one."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else asdict(value)


@cache
def sources_digest(package: Path, own: Path) -> str:
    """Return a hash of all files of a package and one more, and of other dependencies of results.

    The latter are the versions of numerical packages, and all files of packages that extend neuralcrn. All
    files are included, because a list of the relevant ones could be incomplete. They are read once per
    process, which takes some hundredths of a second.
    """
    contents = [_contents(folder) for folder in (package, *extending_packages())]
    words = (sys.version_info[:3], _versions(), contents, own.read_bytes())
    return hashlib.sha256(repr(words).encode()).hexdigest()


def _contents(package: Path) -> list[tuple[str, bytes]]:
    """Return names and contents of the files of a package, or of a module."""
    found = sorted(package.rglob("*")) if package.is_dir() else [package]
    files = [path for path in found if path.is_file() and path.suffix != ".pyc"]
    return [(str(path.relative_to(package)), path.read_bytes()) for path in files]


def _versions() -> list[str]:
    """Return the version of each numerical package, empty for missing ones."""
    found: list[str] = []
    for name in _COMPUTING:
        try:
            found.append(version(name))
        except PackageNotFoundError:
            found.append("")
    return found

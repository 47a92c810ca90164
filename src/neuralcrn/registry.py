"""Registries: named values of one kind, extensible by other packages through entry points."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, final

from neuralcrn.errors import InvalidValueError, PlugInWarning, UnknownNameError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from pathlib import Path


class Named(Protocol):
    """A value that can be registered."""

    @property
    def name(self) -> str:
        """The name in the registry."""
        ...


T = TypeVar("T", bound=Named)


@final
class Registry(Mapping[str, T], Generic[T]):
    """Named values of one kind, in order of registration.

    Another package adds its own by entry points in the group ``neuralcrn.GROUP``: the name of an entry point
    is that of its value, and its object is the value. An entry point is imported when its name is looked up,
    or all of them when the registry is iterated; one that cannot be used is then left out with a warning.

    Parameters
    ----------
    kind : str
        Name of the kind in messages.
    group : str
        Last part of the name of the group of entry points.
    own : iterable
        Built-in values.
    type : type
        Required type of a value.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> clocks = Registry("clock", "clocks", [SimpleNamespace(name="ring")], SimpleNamespace)
    >>> clocks.find("ring").name
    'ring'
    >>> clocks.find("rign")
    Traceback (most recent call last):
        ...
    neuralcrn.errors.UnknownNameError: unknown clock 'rign': did you mean 'ring'? Known: ring
    """

    def __init__(self, kind: str, group: str, own: Iterable[T], type: type[Any]):
        self._kind, self._group, self._type = kind, f"neuralcrn.{group}", type
        self._own: dict[str, T] = {value.name: value for value in own}

    def find(self, name: str) -> T:
        """Return the value with this name.

        Raises
        ------
        UnknownNameError
            If there is none; the message suggests the nearest name.
        InvalidValueError
            If another package declares it, and it cannot be imported or has another type; or if two packages
            declare the same name.
        """
        if name not in self:
            raise UnknownNameError(self._kind, name, self)
        return self[name]

    def add(self, value: T) -> None:
        """Add a value for the current process.

        Raises
        ------
        InvalidValueError
            If the value has another type, or the name is already used.
        """
        self._check(value, f"a value for the registry of the kind {self._kind}")
        if value.name in self._own or value.name in self._points:
            raise InvalidValueError(f"there already is a {self._kind} called {value.name!r}: rename it")
        self._own[value.name] = value

    def __getitem__(self, name: str) -> T:
        return self._own[name] if name in self._own else self._load(self._points[name])

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from self._usable

    def __len__(self) -> int:
        return len(self._own) + len(self._usable)

    @cached_property
    def _points(self) -> dict[str, EntryPoint]:
        """Entry points of other packages by name, none of them imported."""
        from importlib.metadata import entry_points

        points: dict[str, EntryPoint] = {}
        for point in entry_points(group=self._group):
            if point.name in self._own or point.name in points:
                first = _package(points[point.name]) if point.name in points else "neuralcrn"
                raise InvalidValueError(
                    f"two packages declare a {self._kind} called {point.name!r}, {first} and "
                    f"{_package(point)}: uninstall one of them, or rename what it declares"
                )
            points[point.name] = point
        return points

    @cached_property
    def _usable(self) -> tuple[str, ...]:
        """Names of usable values of other packages; a warning is issued for each of the others."""
        names: list[str] = []
        for name, point in self._points.items():
            try:
                self._load(point)
            except InvalidValueError as error:
                warnings.warn(str(error), PlugInWarning, stacklevel=2)
            else:
                names.append(name)
        return tuple(names)

    def _load(self, point: EntryPoint) -> T:
        what = f"the {self._kind} {point.name!r} of the package {_package(point)}"
        try:
            value = point.load()
        except Exception as error:  # any exception of the package
            raise InvalidValueError(
                f"{what} cannot be imported: {type(error).__name__}: {error}: update or uninstall the package"
            ) from error
        self._check(value, what)
        if value.name != point.name:
            raise InvalidValueError(f"{what} is named {value.name!r}: give its entry point that name")
        return value

    def _check(self, value: object, what: str) -> None:
        if not isinstance(value, self._type):
            raise InvalidValueError(f"{what} is a {type(value).__name__}, not a {self._type.__name__}")


def extending_packages() -> list[Path]:
    """Return the folders, or files, of the packages that extend neuralcrn; none is imported."""
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    points = entry_points()
    groups = [points.select(group=group) for group in points.groups if group.startswith("neuralcrn.")]
    modules = {point.module.partition(".")[0] for group in groups for point in group}
    from pathlib import Path  # with what it loads, a tenth of the import of the package

    found: set[Path] = set()
    for spec in map(find_spec, modules):
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            found.add(origin.parent if spec.submodule_search_locations else origin)
    return sorted(found)


def _package(point: EntryPoint) -> str:
    """Return the name of the distribution that declares an entry point."""
    return point.dist.name if point.dist else point.module

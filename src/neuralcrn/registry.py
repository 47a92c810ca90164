"""Registries: things of one kind by name, open to other packages by entry points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, final

from neuralcrn.errors import InvalidValueError, UnknownNameError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class Named(Protocol):
    """What a registry holds."""

    @property
    def name(self) -> str:
        """The name under which it is found."""
        ...


T = TypeVar("T", bound=Named)


@final
class Registry(Mapping[str, T], Generic[T]):
    """Named values of one kind, in the order in which they were listed.

    Another package adds its own by an entry point in the group ``neuralcrn.GROUP`` whose object is such
    a value; entry points are loaded when a name is looked up that is not among the package's own, or
    when all names are asked for.

    Parameters
    ----------
    kind : str
        What one value is called in messages.
    group : str
        Last part of the name of the group of entry points.
    own : iterable
        The package's own values.
    type : type
        What a value must be an instance of.

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
        """Return the value of that name.

        Raises
        ------
        UnknownNameError
            If there is none; the nearest name is suggested.
        """
        if name in self._own:
            return self._own[name]
        if name not in self._all:
            raise UnknownNameError(self._kind, name, self._all)
        return self._all[name]

    def add(self, value: T) -> None:
        """Add a value, in this process; another of the same name is refused.

        Raises
        ------
        InvalidValueError
            If it is of another type, or its name is taken.
        """
        self._check(value, f"a value for the registry of the kind {self._kind}")
        if value.name in self._all:
            raise InvalidValueError(f"there already is a {self._kind} called {value.name!r}: rename it")
        self._own[value.name] = self._all[value.name] = value

    def __getitem__(self, name: str) -> T:
        return self._own[name] if name in self._own else self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @cached_property
    def _all(self) -> dict[str, T]:
        """The package's own values, and those of other packages."""
        from importlib.metadata import entry_points

        found = dict(self._own)
        for point in entry_points(group=self._group):
            value = self._loaded(point)
            if value.name in found:
                raise InvalidValueError(
                    f"entry point {point.value} of {self._group}: there already is a {self._kind} called "
                    f"{value.name!r}: rename it"
                )
            found[value.name] = value
        return found

    def _check(self, value: object, what: str) -> None:
        if not isinstance(value, self._type):
            raise InvalidValueError(f"{what} is a {type(value).__name__}, not a {self._type.__name__}")

    def _loaded(self, point: EntryPoint) -> T:
        try:
            value = point.load()
        except (ImportError, AttributeError) as error:
            raise InvalidValueError(
                f"entry point {point.value} of {self._group} could not be loaded ({error}): reinstall the "
                "package that declares it, or uninstall it"
            ) from error
        self._check(value, f"entry point {point.value} of {self._group}")
        return value

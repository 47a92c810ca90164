"""Changed values of a network, and scans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from neuralcrn.errors import InvalidValueError, printable

if TYPE_CHECKING:
    from neuralcrn.formats import SbmlModel

SCAN_LIMIT = 10_000
"""Maximum number of values of a scan."""


@final
@dataclass(frozen=True, slots=True)
class Scan:
    """A name and its values, one per run.

    Attributes
    ----------
    name : str
        A species, for its initial value, or a parameter.
    values : tuple of float
        From 2 to 10,000.
    """

    name: str
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.values) <= SCAN_LIMIT:
            raise InvalidValueError(
                f"scan of {printable(self.name)}: {len(self.values):,} values: from 2 to {SCAN_LIMIT:,} are "
                "needed"
            )

    @property
    def by_decade(self) -> bool:
        """Whether the values are positive and span more than a decade."""
        return min(self.values) > 0.0 and max(self.values) > 10.0 * min(self.values)


@final
@dataclass(frozen=True, slots=True)
class Changes:
    """Values that replace those of the file.

    Attributes
    ----------
    parameters, initial : mapping from str to float
        Parameters, sizes of compartments and rate constants; initial values of species.
    scan : Scan, optional
        One run per value.

    Examples
    --------
    >>> Changes({"k1": 2.0}, scan=Scan("A", (0.0, 1.0))).each
    ({'k1': 2.0, 'A': 0.0}, {'k1': 2.0, 'A': 1.0})
    """

    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    initial: Mapping[str, float] = field(default_factory=dict[str, float])
    scan: Scan | None = None

    def __post_init__(self) -> None:
        names = [*self.parameters, *self.initial, *([] if self.scan is None else [self.scan.name])]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise InvalidValueError(f"{printable(twice)} is given by two options: give it by one")

    @property
    def each(self) -> tuple[Mapping[str, float], ...]:
        """All changes of each run."""
        common = {**self.parameters, **self.initial}
        if self.scan is None:
            return (common,)
        return tuple({**common, self.scan.name: value} for value in self.scan.values)

    def check(self, model: SbmlModel) -> None:
        """Check that initial values are given for species and other values for parameters."""
        index = model.network.index
        for name in map(printable, self.initial.keys() - index.keys()):
            raise InvalidValueError(f"{name}: is not a species: set it as a parameter")
        for name in self.parameters.keys() & index.keys():
            if model.meanings[index[name]]:
                raise InvalidValueError(f"{name}: is a species: give its initial value")

"""Differential equations as text, and the box in which they are approximated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Expression, parse_expression
from neuralcrn.chemistry import Species
from neuralcrn.errors import InvalidValueError, printable

Matrix = NDArray[Any]

_LEFT = re.compile(r"\s*d\s*([A-Za-z_]\w*?)\s*(?:/\s*dt)?\s*", re.ASCII)
_BOUND = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*([^:]+):([^:]+)", re.ASCII)
_MOST = 6
"""Largest number of variables."""


@final
@dataclass(frozen=True, slots=True)
class Equations:
    """Autonomous differential equations dx/dt = f(x).

    Attributes
    ----------
    names : tuple of str, length n_variables
        Variables, which become species.
    slopes : tuple of Expression, length n_variables
        Right-hand sides.

    Examples
    --------
    >>> equations = Equations.parse("dx = sin(x) - y; dy/dt = x*y")
    >>> equations.names, equations.field(np.array([[0.0, 2.0]])).tolist()
    (('x', 'y'), [[-2.0, 0.0]])
    """

    names: tuple[str, ...]
    slopes: tuple[Expression, ...]

    @classmethod
    def parse(cls, text: str) -> Equations:
        """Return equations that are separated by semicolons or line ends.

        Raises
        ------
        ParseError
            If a right-hand side is not a formula.
        InvalidValueError
            If a left-hand side is not ``dx`` or ``dx/dt``, a variable has two equations, or a name has none.
        """
        found: dict[str, Expression] = {}
        for line in filter(str.strip, re.split(r"[;\n]", text)):
            left, equal, right = line.partition("=")
            match = _LEFT.fullmatch(left)
            if not equal or match is None:
                raise InvalidValueError(
                    f"equation {printable(line.strip())!r}: write it as 'dx = formula', with semicolons "
                    "between equations"
                )
            name = Species(match[1]).name
            if name in found:
                raise InvalidValueError(f"d{name} is given twice: give one equation for each variable")
            found[name] = parse_expression(right)
        if not 1 <= len(found) <= _MOST:
            raise InvalidValueError(f"{len(found)} equations: give 1 to {_MOST}")
        for name, slope in found.items():
            for other in sorted(slope.names - found.keys()):
                raise InvalidValueError(
                    f"d{name} contains {other}, which has no equation: the variables are {', '.join(found)}"
                )
        return cls(tuple(found), tuple(found.values()))

    def field(self, points: Matrix) -> Matrix:
        """Return the slopes at points, both of shape (n_points, n_variables)."""
        values = dict(zip(self.names, points.T, strict=True))
        columns = [np.broadcast_to(slope.evaluate(values), len(points)) for slope in self.slopes]
        return np.stack(columns, axis=1).astype(np.float64)

    def __str__(self) -> str:
        return "; ".join(f"d{name} = {slope}" for name, slope in zip(self.names, self.slopes, strict=True))


@final
@dataclass(frozen=True, slots=True)
class Box:
    """Intervals of all variables, with positive ends.

    Attributes
    ----------
    low, high : tuple of float, length n_variables, concentration
        Ends of the intervals.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]

    @classmethod
    def parse(cls, names: Sequence[str], bounds: Sequence[str]) -> Box:
        """Return the box of bounds such as ``x=1:12``, one for each variable.

        Raises
        ------
        InvalidValueError
            If a bound cannot be read, is missing or unknown, or its ends are not positive and ascending.

        Examples
        --------
        >>> Box.parse(("x", "y"), ["y=0.1:2", "x=1:12"])
        Box(low=(1.0, 0.1), high=(12.0, 2.0))
        """
        found: dict[str, tuple[float, float]] = {}
        for bound in bounds:
            match = _BOUND.fullmatch(bound)
            try:
                ends = (float(match[2]), float(match[3])) if match else None
            except ValueError:
                ends = None
            if match is None or ends is None:
                raise InvalidValueError(f"bound {printable(bound)!r}: write it as 'x=LOW:HIGH'")
            if match[1] not in names:
                raise InvalidValueError(f"bound of {match[1]}: the variables are {', '.join(names)}")
            if not 0.0 < ends[0] < ends[1] < np.inf:
                raise InvalidValueError(
                    f"bound {printable(bound)!r}: concentrations are positive, and the second is the larger"
                )
            found[match[1]] = ends
        for name in names:
            if name not in found:
                raise InvalidValueError(f"no bound for {name}: add '{name}=LOW:HIGH' to the box")
        return cls(tuple(found[name][0] for name in names), tuple(found[name][1] for name in names))

    def points(self, count: int) -> Matrix:
        """Return equally spaced points of one variable, or points of Sobol's sequence."""
        if len(self.low) == 1:
            unit = np.linspace(0.0, 1.0, count)[:, np.newaxis]
        else:
            from scipy.stats import qmc

            unit = qmc.Sobol(len(self.low), scramble=False).random_base2(int(np.ceil(np.log2(count))))
        low, high = np.array(self.low), np.array(self.high)
        return low + unit * (high - low)

    @property
    def middle(self) -> Matrix:
        """Centre of the box."""
        return (np.array(self.low) + np.array(self.high)) / 2.0

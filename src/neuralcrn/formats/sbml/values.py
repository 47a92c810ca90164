"""Values of all symbols of a model along a trajectory of its network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Event
from neuralcrn.errors import NetworkError, UnknownNameError, printable
from neuralcrn.formats.sbml.document import Document, EventEntry
from neuralcrn.formats.sbml.formula import TIME, Formula
from neuralcrn.formats.sbml.numbers import RELATIONS, Array, Numbers
from neuralcrn.formats.sbml.polynomials import Polynomials
from neuralcrn.formats.sbml.symbols import Symbols

_CHAIN_LIMIT = 50


@final
@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The symbols of one model as functions of time and state.

    Attributes
    ----------
    document : Document
        The model.
    symbols : Symbols
        Its constants.
    factors : mapping from str to float
        Factor by which the state of each variable is multiplied to give the value of its symbol.
    work : int
        Maximum number of operators in the evaluation of one symbol.
    """

    document: Document
    symbols: Symbols
    factors: Mapping[str, float]
    work: int

    @property
    def names(self) -> tuple[str, ...]:
        """All names with a value: variables, rules, constants, reaction rates."""
        document = self.document
        constants = (name for name in document.numbers if self.symbols.has_value(name))
        return tuple(dict.fromkeys((*self.factors, *document.ruled, *constants, *document.reactions)))

    def of(self, name: str, times: NDArray[np.float64], states: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of one symbol, shape (n,), from times, (n,), and states, (n, n_variables)."""
        if name not in self.names:
            raise UnknownNameError("column", name, self.names)
        value = _Evaluation(self, times, states).symbol(name)
        return np.broadcast_to(value, np.shape(times)).astype(np.float64)

    def evaluate(self, formula: Formula, times: NDArray[np.float64], states: NDArray[np.float64]) -> Array:
        """Return the values of a formula, shape (n,)."""
        return np.broadcast_to(_Evaluation(self, times, states).formula(formula), np.shape(times))

    def event(self, entry: EventEntry) -> Event:
        """Return an event of the model."""

        def holds(times: NDArray[np.float64], states: NDArray[np.float64]) -> NDArray[np.bool_]:
            return self.evaluate(entry.trigger, times, states) != 0.0

        def single(formula: Formula, time: float, state: NDArray[np.float64]) -> float:
            return float(self.evaluate(formula, np.array([time]), state[None, :])[0])

        def values(time: float, state: NDArray[np.float64]) -> Mapping[str, float]:
            return {
                name: single(formula, time, state) / self.factors[name]
                for name, formula in entry.changes.items()
            }

        def delay(time: float, state: NDArray[np.float64]) -> float:
            return 0.0 if entry.delay is None else single(entry.delay, time, state)

        moments, timed = self._moments(entry.trigger)
        return Event(
            entry.name or f"at line {entry.line}",
            holds,
            values,
            delay,
            moments,
            timed,
            entry.begun,
            entry.persistent,
            entry.early,
        )

    def _moments(self, trigger: Formula) -> tuple[tuple[float, ...], bool]:
        """Return the times at which comparisons of the time with constants change, and whether there are no
        other conditions.
        """
        found: set[float] = set()
        timed = True
        for relation in _conditions(trigger):
            try:
                moment = self._moment(relation)
            except NetworkError:
                timed = False
            else:
                if moment is not None and math.isfinite(moment):
                    found.add(moment)
        return tuple(sorted(moment for moment in found if moment > 0.0)), timed

    def _moment(self, relation: Formula) -> float | None:
        """Return the zero of a linear function of time, or None for a constant."""
        if relation.kind not in RELATIONS or len(relation.arguments) != 2:
            raise NetworkError("not a comparison of two")

        def lookup(name: str) -> Mapping[tuple[str, ...], float]:
            return {(TIME,): 1.0} if name == TIME else self.symbols.constant_polynomial(name)

        walker = Polynomials(self.document.functions, self.work)
        difference = walker.evaluate(Formula("minus", arguments=relation.arguments), lookup)
        slope = difference.get((TIME,), 0.0)
        if set(difference) - {(TIME,), ()}:
            raise NetworkError("not linear in time")
        return -difference.get((), 0.0) / slope if slope else None


def _conditions(formula: Formula) -> Iterator[Formula]:
    """Iterate over the operands of a logical formula."""
    if formula.kind in ("and", "or", "not", "xor"):
        for argument in formula.arguments:
            yield from _conditions(argument)
    elif formula.kind not in ("true", "false"):
        yield formula


@final
class _Evaluation:
    """One evaluation at given times and states; each symbol is computed once."""

    def __init__(self, values: Values, times: NDArray[np.float64], states: NDArray[np.float64]):
        self._values, self._times, self._states = values, times, states
        self._numbers = Numbers(values.document.functions, values.work)
        self._places = {name: i for i, name in enumerate(values.factors)}
        self._known: dict[str, Array] = {}
        self._open: list[str] = []

    def formula(self, formula: Formula, local: Callable[[str], Array | None] = lambda name: None) -> Array:
        def lookup(name: str) -> Array:
            value = local(name)
            return self.symbol(name) if value is None else value

        return self._numbers.evaluate(formula, lookup)

    def symbol(self, name: str) -> Array:
        if name == TIME:
            return self._times
        if name in self._places:
            return self._states[:, self._places[name]] * self._values.factors[name]
        document = self._values.document
        if name not in document.ruled and name not in document.reactions:
            return np.array(self._values.symbols.constant(name))
        if name not in self._known:
            if name in self._open or len(self._open) == _CHAIN_LIMIT:
                raise NetworkError(f"{printable(name)} depends on itself, or on a chain of too many rules")
            self._open.append(name)
            self._known[name] = (
                self.formula(document.ruled[name])
                if name in document.ruled
                else self.formula(document.reactions[name].law, self._local(name))
            )
            self._open.pop()
        return self._known[name]

    def _local(self, reaction: str) -> Callable[[str], Array | None]:
        local = self._values.document.reactions[reaction].local
        return lambda name: np.array(local[name]) if local.get(name) is not None else None

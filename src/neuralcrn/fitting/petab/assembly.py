"""Combination of the tables and the model of a PEtab problem to a problem of a fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import final

from neuralcrn.algebra import Expression
from neuralcrn.errors import NetworkError, UnknownNameError, printable, shown_path
from neuralcrn.fitting.petab.contents import Change, Contents, Course
from neuralcrn.fitting.petab.tables import Row
from neuralcrn.fitting.problem import TIME, Experiment, FitProblem, Observable, Period
from neuralcrn.formats.sbml import ParametricModel, read_sbml_parametric


def assembled(contents: Contents, text: str, source: str, name: str) -> FitProblem:
    """Return the problem of a fit.

    Parameters
    ----------
    contents : Contents
        The tables.
    text : str
        The SBML model.
    source : str
        Name of its file, for messages.
    name : str
        Name of the problem.

    Raises
    ------
    DataError
        If a table refers to something unknown, with file, row and column.
    NetworkError
        If the model is not mass action, or depends on the time in a way that is not supported.
    """
    plain = read_sbml_parametric(text, source, varying=())
    _check_targets(contents, plain)
    species = set(plain.network.network.species)
    own = [p.name for p in contents.parameters if p.name in plain.symbols]
    first = [course.changes[min(course.changes)] for course in contents.courses if course.changes]
    targets = dict.fromkeys(
        change.target
        for course in contents.courses
        for changes in course.changes.values()
        for change in changes
        if change.target not in species
    )
    nominal = {p.name: p.nominal for p in contents.parameters}
    start = {name: nominal[name] for name in own}
    for change in first[0] if first else ():
        if change.target not in species:
            start[change.target] = _evaluated(change, nominal, plain)
    model = read_sbml_parametric(text, source, varying=[*own, *targets], changes=start)
    assembly = _Assembly(contents, model, nominal, source)
    return FitProblem(
        model.network,
        contents.parameters,
        tuple(map(assembly.observable, contents.observables)),
        tuple(map(assembly.experiment, contents.courses)),
        contents.measurements,
        name,
    )


def _check_targets(contents: Contents, model: ParametricModel) -> None:
    """Reject changes of what the model does not have."""
    for course in contents.courses:
        for changes in course.changes.values():
            for change in changes:
                if change.target not in model.symbols:
                    column = "targetId" if change.column == "targetValue" else change.column
                    error = UnknownNameError(
                        "parameter or species of the model", change.target, model.symbols
                    )
                    raise change.row.fault(column, str(error))


def _evaluated(change: Change, nominal: Mapping[str, float], model: ParametricModel) -> float:
    """Return the nominal value of a change of a parameter."""
    values = dict(nominal)
    with change.row.at(change.column):
        for name in change.value.names - nominal.keys():
            constant = model.formula(name).constant
            if constant is None:
                raise NetworkError(f"the value of a parameter depends on {printable(name)}, not a constant")
            values[name] = constant
        return float(change.value.evaluate(values))


@final
@dataclass(frozen=True, slots=True)
class _Assembly:
    """Translation of the names of the tables to those of the network."""

    contents: Contents
    model: ParametricModel
    nominal: Mapping[str, float]
    source: str

    def observable(self, observable: Observable) -> Observable:
        """Return an observable as formulas of species and parameters of the network."""
        row = self.contents.observable_rows[observable.name]
        others = {other.name: other.formula for other in self.contents.observables if other != observable}
        kept = {*self.contents.placeholders, observable.name, TIME}
        noise = observable.noise.substitute(others)
        return replace(
            observable,
            formula=self._translated(observable.formula, row, "observableFormula", kept - {observable.name}),
            noise=self._translated(noise, row, "noiseFormula", kept),
        )

    def experiment(self, course: Course) -> Experiment:
        """Return an experiment, with the events of the model."""
        periods = {time: self._period(time, changes) for time, changes in course.changes.items()}
        if self.model.timed:
            changes = self._timed(course)
            self._check_time(course)
            for time, state in changes:
                old = periods.get(time, Period(time))
                periods[time] = replace(old, state={**old.state, **state})
        if not periods:
            return Experiment(course.name)
        return Experiment(course.name, tuple(period for _, period in sorted(periods.items())))

    def _period(self, time: float, changes: tuple[Change, ...]) -> Period:
        species = self.model.network.network.species
        parameters: dict[str, Expression] = {}
        state: dict[str, Expression] = {}
        for change in changes:
            value = self._translated(change.value, change.row, change.column, ())
            if change.target in species:
                symbol = self.model.formula(change.target)
                factor = symbol.substitute({change.target: Expression.number(1.0)})
                state[change.target] = value / factor
            else:
                parameters[self.model.names[change.target]] = value
        return Period(time, parameters, state)

    def _translated(self, formula: Expression, row: Row, column: str, kept: Iterable[str]) -> Expression:
        """Return a formula with the meanings of names of the model."""
        replacements: dict[str, Expression] = {}
        for name in formula.names - self.nominal.keys() - set(kept):
            if name not in self.model.symbols:
                known = [*self.nominal, *kept, *self.model.symbols]
                raise row.fault(column, str(UnknownNameError("name in a formula", name, known)))
            with row.at(column):
                replacements[name] = self.model.formula(name)
        return formula.substitute(replacements)

    def _timed(self, course: Course) -> tuple[tuple[float, Mapping[str, Expression]], ...]:
        """Return the changes by events of the model in an experiment."""
        values = {
            self.model.names[change.target]: _evaluated(change, self.nominal, self.model)
            for change in course.changes.get(0.0, ())
            if change.target in self.model.names
        }
        return self.model.timed_changes(values)

    def _check_time(self, course: Course) -> None:
        """Reject times of events that are estimated, and starts other than 0."""
        shown = f"{shown_path(self.source)}: experiment {printable(course.name)}"
        if any(time != 0.0 for time in course.changes):
            raise NetworkError(
                f"{shown}: the model depends on the time: then a preequilibration, and conditions at other "
                "times than 0, are not supported"
            )
        estimated = {p.name for p in self.contents.parameters if p.estimated}
        changed = {change.target: change.value.names for change in course.changes.get(0.0, ())}
        for name in sorted(self.model.deciding):
            if changed.get(name, {name}) & estimated:
                raise NetworkError(f"{shown}: {name} decides when an event happens: it cannot be estimated")

"""Problem of a fit: a network with parameters, experiments, observables, noise and measurements."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar, final, get_args

from neuralcrn.algebra import Expression, parse_expression
from neuralcrn.chemistry import ParametricNetwork
from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError, printable
from neuralcrn.fitting.parameters import FitParameter, Scale

Distribution = Literal["normal", "laplace"]
TIME = "time"
"""Name of the time in formulas of observables and noise."""
_LISTED = 40
_Item = TypeVar("_Item")


def formula_of(value: Expression | float | str) -> Expression:
    """Return a number or a text as a formula.

    Examples
    --------
    >>> print(formula_of(2.0), formula_of("scale*B + offset"))
    2 scale*B + offset
    """
    if isinstance(value, Expression):
        return value
    return parse_expression(value) if isinstance(value, str) else Expression.number(value)


def formulas_of(values: Mapping[str, Expression | float | str]) -> dict[str, Expression]:
    """Return the values of a mapping as formulas."""
    return {name: formula_of(value) for name, value in values.items()}


@final
@dataclass(frozen=True, slots=True)
class Period:
    """The part of an experiment from a time on, with what is changed at its start.

    Attributes
    ----------
    start : float, time units of the rate constants
        Start; minus infinity for a period that lasts until the steady state, before the next one.
    parameters : mapping from str to Expression
        Values of parameters of the network from this time on, formulas of parameters of the fit.
    state : mapping from str to Expression
        Concentrations at the start, formulas of the concentrations just before, of parameters of the
        network and of the fit. In the first period they replace the initial values of the network.

    Examples
    --------
    >>> Period.dose(2.0, {"A": 0.5}).state["A"].names
    frozenset({'A'})
    """

    start: float = 0.0
    parameters: Mapping[str, Expression] = field(default_factory=dict[str, Expression])
    state: Mapping[str, Expression] = field(default_factory=dict[str, Expression])

    @classmethod
    def of(
        cls,
        start: float = 0.0,
        parameters: Mapping[str, Expression | float | str] | None = None,
        state: Mapping[str, Expression | float | str] | None = None,
    ) -> Period:
        """Return a period; formulas can be given as numbers or texts."""
        return cls(start, formulas_of(parameters or {}), formulas_of(state or {}))

    @classmethod
    def dose(cls, time: float, amounts: Mapping[str, Expression | float | str]) -> Period:
        """Return the period that begins with the addition of species."""
        return cls.of(time, {}, {name: Expression.name(name) + formula_of(v) for name, v in amounts.items()})


@final
@dataclass(frozen=True, slots=True)
class Experiment:
    """Conditions of measurements: values of parameters, initial concentrations, doses.

    Attributes
    ----------
    name : str
        Name in the measurements.
    periods : tuple of Period
        In ascending order of their starts; changed parameters keep their values in later periods.

    Raises
    ------
    InvalidValueError
        If there is no period, or starts are not ascending.

    Examples
    --------
    >>> dosed = Experiment("dosed", (Period.of(state={"A": 2}), Period.dose(5.0, {"A": 1})))
    >>> [period.start for period in dosed.periods]
    [0.0, 5.0]
    """

    name: str
    periods: tuple[Period, ...] = (Period(),)

    def __post_init__(self) -> None:
        starts = [period.start for period in self.periods]
        shown = f"experiment {printable(self.name)}"
        if not starts or any(math.isnan(start) or start == math.inf for start in starts):
            raise InvalidValueError(f"{shown}: starts of its periods are {starts}: give at least one number")
        for earlier, later in itertools.pairwise(starts):
            if not earlier < later:
                raise InvalidValueError(
                    f"{shown}: a period at {later:g} follows one at {earlier:g}: give ascending times"
                )

    @property
    def start(self) -> float:
        """First finite time; 0 if there is none."""
        return next((period.start for period in self.periods if math.isfinite(period.start)), 0.0)


@final
@dataclass(frozen=True, slots=True)
class Observable:
    """What is measured, and the distribution of its errors.

    Attributes
    ----------
    name : str
        Name in the measurements.
    formula : Expression
        Formula of species, parameters and `time`.
    noise : Expression
        Standard deviation of a normal distribution, or scale of a Laplace distribution, of the transformed
        observable; a formula that may also contain the observable by its name.
    transformation : {"lin", "log", "log10"}
        Scale on which errors are added: log-normal noise is normal on the scale "log".
    distribution : {"normal", "laplace"}
        Distribution of the errors.

    Examples
    --------
    >>> Observable.of("signal", "scale*B + offset", "sigma").formula.names == {"scale", "B", "offset"}
    True
    """

    name: str
    formula: Expression
    noise: Expression
    transformation: Scale = "lin"
    distribution: Distribution = "normal"

    def __post_init__(self) -> None:
        if self.transformation not in get_args(Scale):
            raise UnknownNameError("transformation", self.transformation, get_args(Scale))
        if self.distribution not in get_args(Distribution):
            raise UnknownNameError("distribution of noise", self.distribution, get_args(Distribution))

    @classmethod
    def of(
        cls,
        name: str,
        formula: Expression | float | str,
        noise: Expression | float | str,
        transformation: Scale = "lin",
        distribution: Distribution = "normal",
    ) -> Observable:
        """Return an observable; formulas can be given as numbers or texts."""
        return cls(name, formula_of(formula), formula_of(noise), transformation, distribution)


@final
@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value.

    Attributes
    ----------
    observable, experiment : str
        Names.
    time : float, time units of the rate constants
        Time; infinity for the steady state.
    value : float
        Measured value, not transformed.
    overrides : mapping from str to Expression
        Values of names in the formulas of the observable and its noise, for this measurement.
    place : str
        Where it is written, for messages, such as ``data.csv: row 5``.
    """

    observable: str
    experiment: str
    time: float
    value: float
    overrides: Mapping[str, Expression] = field(default_factory=dict[str, Expression])
    place: str = ""


@final
@dataclass(frozen=True, slots=True, repr=False)
class FitProblem:
    r"""Parameters to estimate from measurements of a network.

    Attributes
    ----------
    network : ParametricNetwork
        Network whose rate constants and initial values are formulas of its parameters.
    parameters : tuple of FitParameter
        Parameters of the network, of observables and of noise. A parameter of the network that is not listed
        keeps its nominal value.
    observables : tuple of Observable
    experiments : tuple of Experiment
    measurements : tuple of Measurement
    name : str
        Name of the problem.

    Raises
    ------
    InvalidValueError
        If a name is used twice.
    UnknownNameError
        If a formula or a measurement contains an unknown name.
    DataError
        If a measurement cannot be used, or there are fewer measurements than estimated parameters.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_parametric
    >>> network = parse_parametric("parameter k = 1\nA -> B [k = k]\nA @initial 1")
    >>> problem = FitProblem(
    ...     network,
    ...     (FitParameter("k", 1.0, 0.01, 100.0),),
    ...     (Observable.of("B", "B", 0.1),),
    ...     (Experiment("first"),),
    ...     (Measurement("B", "first", 1.0, 0.6), Measurement("B", "first", 2.0, 0.9)),
    ... )
    >>> [parameter.name for parameter in problem.estimated]
    ['k']
    """

    network: ParametricNetwork
    parameters: tuple[FitParameter, ...]
    observables: tuple[Observable, ...]
    experiments: tuple[Experiment, ...]
    measurements: tuple[Measurement, ...]
    name: str = "fit"

    def __post_init__(self) -> None:
        species = self.network.network.species
        _check_unique("parameter or species", [*(p.name for p in self.parameters), *species])
        _check_unique("observable", [observable.name for observable in self.observables])
        _check_unique("experiment", [experiment.name for experiment in self.experiments])
        known = {*self.network.parameters, *(parameter.name for parameter in self.parameters)}
        for experiment in self.experiments:
            self._check_experiment(experiment, known)
        observables = {observable.name: observable for observable in self.observables}
        experiments = {experiment.name: experiment for experiment in self.experiments}
        for measurement in self.measurements:
            place = f"{measurement.place}: " if measurement.place else ""
            try:
                observable = _named("observable", measurement.observable, observables)
                experiment = _named("experiment", measurement.experiment, experiments)
                self._check_formulas(measurement, observable, known)
            except UnknownNameError as error:
                raise DataError(f"{place}{error}") from None
            _check_measurement(measurement, observable, experiment, place)
        needed = len(self.estimated) - sum(parameter.prior is not None for parameter in self.estimated)
        if len(self.measurements) < max(needed, 1):
            raise DataError(
                f"{printable(self.name)}: {len(self.measurements)} measurements for "
                f"{len(self.estimated)} estimated parameters: measure more, or estimate fewer"
            )

    @property
    def estimated(self) -> tuple[FitParameter, ...]:
        """The estimated parameters, in order."""
        return tuple(parameter for parameter in self.parameters if parameter.estimated)

    @property
    def nominal(self) -> dict[str, float]:
        """Values of all parameters of network and fit before the fit."""
        own = dict(zip(self.network.parameters, self.network.nominal, strict=True))
        return own | {parameter.name: parameter.nominal for parameter in self.parameters}

    def observable(self, name: str) -> Observable:
        """Return an observable by name."""
        return _named("observable", name, {observable.name: observable for observable in self.observables})

    def __repr__(self) -> str:
        """Return the sizes, and a hash of everything that results depend on."""
        words = (
            str(self.network.network), self.network.parameters, self.network.nominal, self.network.rates,
            self.network.initial, self.parameters, self.observables, self.experiments, self.measurements,
        )  # fmt: skip
        digest = hashlib.sha256(repr(words).encode()).hexdigest()
        return (
            f"<FitProblem {self.name}: {len(self.estimated)} estimated parameters, "
            f"{len(self.measurements):,} measurements, {digest}>"
        )

    def _check_experiment(self, experiment: Experiment, known: set[str]) -> None:
        """Reject unknown names in the periods of an experiment."""
        species = self.network.network.species
        for period in experiment.periods:
            for name, formula in period.parameters.items():
                check_known("parameter of the network", name, self.network.parameters)
                _check_names(formula, known)
            for name, formula in period.state.items():
                check_known("species", name, species)
                _check_names(formula, {*known, *species})

    def _check_formulas(self, measurement: Measurement, observable: Observable, known: set[str]) -> None:
        """Reject unknown names in the formulas of a measurement."""
        for formula in measurement.overrides.values():
            _check_names(formula, known)
        usable = {*known, *self.network.network.species, *measurement.overrides, TIME}
        _check_names(observable.formula, usable)
        _check_names(observable.noise, {*usable, observable.name})


def _check_measurement(
    measurement: Measurement, observable: Observable, experiment: Experiment, place: str
) -> None:
    """Reject values that the noise cannot produce, and times before the experiment."""
    name = printable(measurement.observable)
    if not math.isfinite(measurement.value):
        raise DataError(f"{place}{name} = {measurement.value}: give a finite number")
    if observable.transformation != "lin" and measurement.value <= 0.0:
        raise DataError(
            f"{place}{name} = {measurement.value:g}: values must be positive where errors are added to the "
            "logarithm: leave it out, or choose normal noise"
        )
    if not measurement.time >= experiment.start:
        raise DataError(
            f"{place}time {measurement.time:g} of {name}: experiment {printable(experiment.name)} begins at "
            f"{experiment.start:g}"
        )


def _check_unique(kind: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise InvalidValueError(f"{kind} {printable(name)} is given {count} times: use each name once")


def _check_names(formula: Expression, known: Iterable[str]) -> None:
    for name in sorted(formula.names):
        check_known("name in a formula", name, known)


def check_known(kind: str, name: str, known: Iterable[str]) -> None:
    """Raise an error, with the nearest known name, if a name is unknown."""
    if name not in known:
        raise UnknownNameError(kind, name, sorted(known)[:_LISTED])


def _named(kind: str, name: str, known: Mapping[str, _Item]) -> _Item:
    check_known(kind, name, known)
    return known[name]

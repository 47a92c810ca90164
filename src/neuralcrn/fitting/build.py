"""Fit problems from a network, a table and options, as `neuralcrn fit` needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from neuralcrn.algebra import Expression
from neuralcrn.chemistry import ParametricNetwork
from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError, printable
from neuralcrn.fitting.data import DataRow
from neuralcrn.fitting.notation import Bounds, parse_bounds, parse_experiment, parse_observable
from neuralcrn.fitting.parameters import FitParameter, Scale, from_scale, to_scale
from neuralcrn.fitting.problem import (
    TIME,
    Distribution,
    Experiment,
    FitProblem,
    Measurement,
    Observable,
    check_known,
    formula_of,
)

NOISES: Mapping[str, tuple[Scale, Distribution]] = {
    "normal": ("lin", "normal"),
    "log-normal": ("log", "normal"),
    "laplace": ("lin", "laplace"),
}
"""Transformation and distribution of each kind of noise."""
ESTIMATE = "estimate"
_ROW_SIGMA = "sigma"
_RANGE = 1e3
"""Factor of the default bounds around the value in the network, or around 1."""
_SIGMA_BOUNDS, _SIGMA = (1e-4, 10.0), 0.1
"""Default bounds and first guess of estimated noise, in units of the largest measurement."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """Options of a fit.

    Attributes
    ----------
    free : tuple of str, optional
        Estimated parameters of the network; A_0 is the initial concentration of A. By default all parameters
        of rate constants. Other names in formulas are estimated, too.
    bounds : tuple of str
        Such as ``k1=0.001:10``; with a lower bound above 0 the search is logarithmic.
    observables : tuple of str
        Such as ``y = scale*B + offset``. By default names of measurements are species.
    experiments : tuple of str
        Such as ``low: A=0.5, k1=k1_low, A+=0.5@10``: initial concentrations, values or own names of
        parameters, and doses.
    noise : {"normal", "log-normal", "laplace"}
        Distribution of the errors.
    sigma : str
        Size of the noise: a number, a formula, or "estimate" for one estimated value per observable. It is
        needed where the table has no column sigma.
    """

    free: tuple[str, ...] | None = None
    bounds: tuple[str, ...] = ()
    observables: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    noise: str = "normal"
    sigma: str = ""

    def __post_init__(self) -> None:
        if self.noise not in NOISES:
            raise UnknownNameError("noise", self.noise, NOISES)

    @property
    def formulas(self) -> dict[str, Expression]:
        """Formulas of the observables by name."""
        return dict(map(parse_observable, self.observables))


def make_problem(
    network: ParametricNetwork, rows: Sequence[DataRow], options: FitOptions, name: str = "fit"
) -> FitProblem:
    r"""Return the fit problem of a network and a table.

    Parameters
    ----------
    network : ParametricNetwork
        The network.
    rows : sequence of DataRow
        Measurements; see `read_data`.
    options : FitOptions
        Options.
    name : str
        Name of the problem.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    DataError
        If measurements lack a size of noise, or cannot be used.
    InvalidValueError
        If an option cannot be read, or bounds are needed.

    Examples
    --------
    >>> from neuralcrn.chemistry import ParametricNetwork, parse_network
    >>> network = ParametricNetwork.of(parse_network("A -> B [k = 1]\nA @initial 1"))
    >>> rows = [DataRow("y", "", t, y, None, "") for t, y in ((1.0, 1.3), (2.0, 1.7), (3.0, 1.9))]
    >>> problem = make_problem(network, rows, FitOptions(observables=("y=scale*B",), sigma="0.1"))
    >>> [(one.name, one.lower, one.upper) for one in problem.estimated]
    [('k1', 0.001, 1000.0), ('scale', 0.001, 1000.0)]
    """
    network, free = _freed(network, options.free)
    experiments = _experiments(rows, options, network)
    observables = _observables(rows, options)
    measurements = tuple(_measurement(row, observables[row.name], options) for row in rows)
    bounds = {key: value for text in options.bounds for key, value in [parse_bounds(text)]}
    parameters = {key: _of_network(key, value, bounds.get(key)) for key, value in free.items()}
    units = _units(rows, options)
    for key in _new_names(network, observables.values(), experiments, measurements):
        parameters[key] = _new(key, bounds.get(key), units.get(key))
    for key in bounds:
        check_known("estimated parameter", key, parameters)
    if not parameters:
        raise InvalidValueError(f"{printable(name)}: no parameter is estimated: name some as free")
    return FitProblem(
        network, tuple(parameters.values()), tuple(observables.values()), experiments, measurements, name
    )


def _freed(
    network: ParametricNetwork, wanted: tuple[str, ...] | None
) -> tuple[ParametricNetwork, dict[str, float]]:
    """Return the network with the wanted initial values as parameters, and the parameters to estimate."""
    nominal = dict(zip(network.parameters, network.nominal, strict=True))
    if wanted is None:
        of_rates = {name for rate in network.rates for name in rate.names}
        return network, {name: value for name, value in nominal.items() if name in of_rates}
    constants = {
        f"{name}_0": place
        for place, (name, formula) in enumerate(zip(network.network.species, network.initial, strict=True))
        if formula.constant is not None and f"{name}_0" not in nominal
    }
    initial = list(network.initial)
    for name in wanted:
        check_known("parameter", name, {*nominal, *constants})
        if name in constants:
            initial[constants[name]] = Expression.name(name)
            nominal[name] = network.network.initial[constants[name]]
    parameters = tuple(nominal), tuple(nominal.values())
    freed = replace(network, parameters=parameters[0], nominal=parameters[1], initial=tuple(initial))
    return freed, {name: nominal[name] for name in wanted}


def _experiments(
    rows: Sequence[DataRow], options: FitOptions, network: ParametricNetwork
) -> tuple[Experiment, ...]:
    """Return one experiment per condition of the table, as described, or as in the network."""
    described = dict(parse_experiment(text, network) for text in options.experiments)
    conditions = dict.fromkeys(row.condition for row in rows)
    for name in described:
        check_known("condition of the table", name, conditions)
    return tuple(described.get(name, Experiment(name)) for name in conditions)


def _observables(rows: Sequence[DataRow], options: FitOptions) -> dict[str, Observable]:
    """Return the observables of the table."""
    formulas, kind = options.formulas, NOISES[options.noise]
    measured = dict.fromkeys(row.name for row in rows)
    for name in formulas:
        check_known("observable of the table", name, measured)
    by_row = any(row.sigma is not None for row in rows)
    found: dict[str, Observable] = {}
    for name in measured:
        noise = Expression.name(_ROW_SIGMA) if by_row else _noise(name, options, "")
        found[name] = Observable(name, formulas.get(name, Expression.name(name)), noise, *kind)
    return found


def _noise(name: str, options: FitOptions, place: str) -> Expression:
    """Return the size of the noise of an observable from the options."""
    if not options.sigma:
        raise DataError(
            f"{place}the noise of {printable(name)} has no size: give sigma as a number, as a formula, as "
            f"'{ESTIMATE}', or as a column of the table"
        )
    if options.sigma == ESTIMATE:
        return Expression.name(_sigma_of(name))
    formula = formula_of(options.sigma)
    if formula.constant is not None and not formula.constant > 0.0:
        raise InvalidValueError(f"sigma = {printable(options.sigma)}: it must be positive")
    return formula


def _measurement(row: DataRow, observable: Observable, options: FitOptions) -> Measurement:
    """Return a row as a measurement; without a size of noise of its own it has that of the options."""
    overrides: dict[str, Expression] = {}
    if row.sigma is not None:
        overrides[_ROW_SIGMA] = Expression.number(row.sigma)
    elif observable.noise == Expression.name(_ROW_SIGMA) and options.sigma != _ROW_SIGMA:
        overrides[_ROW_SIGMA] = _noise(row.name, options, f"{row.place}: ")
    return Measurement(row.name, row.condition, row.time, row.value, overrides, row.place)


def _sigma_of(observable: str) -> str:
    """Return the name of the estimated noise of an observable."""
    return f"sigma_{observable}"


def _new_names(
    network: ParametricNetwork,
    observables: Iterable[Observable],
    experiments: Iterable[Experiment],
    measurements: Iterable[Measurement],
) -> list[str]:
    """Return the names in formulas that are neither species nor parameters, in order of occurrence."""
    observables, overridden = list(observables), set[str]()
    formulas = [formula for one in observables for formula in (one.formula, one.noise)]
    for experiment in experiments:
        for period in experiment.periods:
            formulas += [*period.parameters.values(), *period.state.values()]
    for measurement in measurements:
        formulas += measurement.overrides.values()
        overridden |= measurement.overrides.keys()
    known = {TIME, *overridden, *network.parameters, *network.network.species}
    known |= {one.name for one in observables}
    return list(dict.fromkeys(n for formula in formulas for n in sorted(formula.names) if n not in known))


def _units(rows: Sequence[DataRow], options: FitOptions) -> dict[str, float]:
    """Return the unit of each estimated size of noise: the largest measurement, or 1 for logarithms."""
    if options.sigma != ESTIMATE:
        return {}
    largest: dict[str, float] = {}
    for row in rows:
        name = _sigma_of(row.name)
        size = 1.0 if NOISES[options.noise][0] != "lin" else abs(row.value)
        largest[name] = max(largest.get(name, 0.0), size)
    return {name: size or 1.0 for name, size in largest.items()}


def _of_network(name: str, value: float, bounds: Bounds | None) -> FitParameter:
    """Return a parameter of the network to estimate."""
    if bounds is not None:
        return _bounded(name, bounds, value)
    if not value > 0.0:
        raise InvalidValueError(
            f"parameter {printable(name)} is {value:g} in the network: give its bounds, such as "
            f"{printable(name)}=0:1"
        )
    return FitParameter(name, value, value / _RANGE, value * _RANGE)


def _new(name: str, bounds: Bounds | None, unit: float | None) -> FitParameter:
    """Return a parameter of observables, experiments or noise to estimate."""
    if bounds is not None:
        return _bounded(name, bounds, None)
    if unit is None:
        return FitParameter(name, 1.0, 1.0 / _RANGE, _RANGE)
    return FitParameter(name, _SIGMA * unit, _SIGMA_BOUNDS[0] * unit, _SIGMA_BOUNDS[1] * unit)


def _bounded(name: str, bounds: Bounds, value: float | None) -> FitParameter:
    """Return a parameter within given bounds, at the value if it is inside, else in the middle."""
    lower, upper = bounds
    scale: Scale = "log10" if lower > 0.0 else "lin"
    middle = from_scale(0.5 * (to_scale(lower, scale) + to_scale(upper, scale)), scale)
    inside = value is not None and lower <= value <= upper
    return FitParameter(name, value if inside and value is not None else middle, lower, upper, scale)

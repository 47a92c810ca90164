"""Forward sensitivities against closed forms, the derivative of the steps themselves, and SciPy."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from tests.cases import FixedSteps, jacobian_of
from tests.sensitive import NETWORKS, ROBER, random_network

from neuralcrn.algebra import parse_expression
from neuralcrn.chemistry import Network, ParametricNetwork, parse_network, parse_parametric
from neuralcrn.chemistry.stoichiometry import net_stoichiometry
from neuralcrn.engines import Outcome, SensitivitySolver, simulate
from neuralcrn.engines.native.column_packing import SCRATCH_END, plan_columns
from neuralcrn.engines.native.directions import Directions
from neuralcrn.engines.native.scales import Scales, orders_of_terms, shifted
from neuralcrn.engines.native.sensitivity_kernels import accept_columns, advance_columns, record_columns
from neuralcrn.engines.native.steps import ALL_FUNCTION_COUNT, EXPLICIT, ROSENBROCK
from neuralcrn.errors import InvalidValueError, UnknownNameError

Values = NDArray[np.float64]
METHODS = pytest.mark.parametrize("method", [EXPLICIT, ROSENBROCK])

# name: text, species, parameter, derivative of its concentration at times t
CLOSED_FORMS: dict[str, tuple[str, str, str, Callable[[Values], Values]]] = {
    "decay by rate": ("A -> B [k = 2]\nA @initial 3", "A", "k1", lambda t: -3.0 * t * np.exp(-2.0 * t)),
    "product by rate": ("A -> B [k = 2]\nA @initial 3", "B", "k1", lambda t: 3.0 * t * np.exp(-2.0 * t)),
    "product by start": ("A -> B [k = 2]\nA @initial 3", "B", "A_0", lambda t: -np.expm1(-2.0 * t)),
    "reversible, forward": (  # A = (kr + kf e^-st) / s with s = kf + kr
        "A <-> B [kf = 2, kr = 0.5]\nA @initial 1",
        "A",
        "k1",
        lambda t: -0.5 / 6.25 + (0.5 / 6.25 - 0.8 * t) * np.exp(-2.5 * t),
    ),
    "reversible, backward": (
        "A <-> B [kf = 2, kr = 0.5]\nA @initial 1",
        "A",
        "k2",
        lambda t: 2.0 / 6.25 - (2.0 / 6.25 + 0.8 * t) * np.exp(-2.5 * t),
    ),
    "chain": (  # B = 3 k1 (e^-k1 t - e^-k2 t) / (k2 - k1)
        "A -> B [k = 2]\nB -> C [k = 0.5]\nA @initial 3",
        "B",
        "k2",
        lambda t: -4.0 * t * np.exp(-0.5 * t) - (6.0 / 2.25) * (np.exp(-2.0 * t) - np.exp(-0.5 * t)),
    ),
    "constant species": (
        "E + A -> E + B [k = 4]\nE @initial 0.5\nA @initial 1",
        "A",
        "E_0",
        lambda t: -4.0 * t * np.exp(-2.0 * t),
    ),
    "constant species itself": ("E + A -> E [k = 4]\nE @initial 0.5\nA @initial 1", "E", "E_0", np.ones_like),
    "third order": ("3A -> 2A [k = 2]\nA @initial 3", "A", "A_0", lambda t: (1.0 + 36.0 * t) ** -1.5),
    "inflow": ("0 -> A [k = 3]\nA -> 0 [k = 2]", "A", "k1", lambda t: -0.5 * np.expm1(-2.0 * t)),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_closed_forms_are_met_at_every_time(name: str) -> None:
    text, species, parameter, solution = CLOSED_FORMS[name]
    network = parse_network(text)
    for rtol in (1e-5, 1e-8):
        run = simulate(network, 4.0, rtol=rtol, sensitivities=(parameter,))
        got, exact = run.sensitivities[parameter][:, network.index[species]], solution(run.times)
        assert np.abs(got - exact).max() < 30.0 * rtol * np.abs(exact).max(), rtol


def augmented(parametric: ParametricNetwork, t_end: float, times: Values) -> Values:
    """Return the sensitivities, shape (times, species, parameters), by SciPy's Radau on S' = J S + df/dp."""
    network, count = parametric.network, len(parametric.network.species)
    orders = np.array(
        [[dict(r.reactants.terms).get(s, 0) for s in network.species] for r in network.reactions]
    )
    changes = np.array([[r.net_change.get(s, 0) for r in network.reactions] for s in network.species])
    rates = np.array([reaction.rate for reaction in network.reactions])
    of_rates, of_start = parametric.derivatives(parametric.nominal)

    def slopes(_: float, y: Values) -> Values:
        x, s = y[:count], y[count:].reshape(of_start.shape)
        fluxes = np.prod(x**orders, axis=1)
        ds = jacobian_of(network, x) @ s + changes @ (fluxes[:, None] * of_rates)
        return np.concatenate([changes @ (rates * fluxes), ds.ravel()])

    begin = np.concatenate([network.initial, of_start.ravel()])
    scale = max(network.initial)
    solved = solve_ivp(
        slopes, (0.0, t_end), begin, method="Radau", t_eval=times, rtol=1e-10, atol=1e-15 * scale
    )
    return solved.y[count:].reshape(*of_start.shape, -1).transpose(2, 0, 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_augmented_equations_give_the_same(name: str) -> None:
    text, t_end = NETWORKS[name]
    parametric = ParametricNetwork.of(parse_network(text))
    times = np.linspace(0.0, t_end, 7)
    exact = augmented(parametric, t_end, times)
    sizes = np.abs(exact).max(axis=0)
    for rtol in (1e-4, 1e-7):
        run = SensitivitySolver.of(parametric, rtol=rtol).run(parametric.nominal, t_end, times)
        assert run.outcome == Outcome.SUCCESS
        errors = np.abs(run.sensitivities.values - exact)
        assert np.all(errors <= 20.0 * rtol * sizes), rtol


class ColumnSteps(FixedSteps):
    """Steps of constant size of a state and its sensitivities, in the order of `ParametricNetwork.of`."""

    def __init__(self, network: Network, method: int):
        super().__init__(network, method)
        parametric = ParametricNetwork.of(network)
        of_rates, of_start = parametric.derivatives(parametric.nominal)
        terms = [term for _, _, entry in self.reduction.core_entries for term in entry]
        rates = [
            term.value / network.reactions[term.reaction].rate * of_rates[term.reaction] for term in terms
        ]
        directions = Directions(
            names=parametric.parameters,
            rates=np.array(rates),
            start=of_start,
            magnitudes=np.ones(len(parametric.parameters)),
            controlled=True,
            plan=plan_columns(self.reduction, self.system),
        )
        orders = orders_of_terms(self.reduction)
        self.scaled = directions.scaled(self.reduction, self.system, orders, Scales(0, 0), self.initial)
        self.scratch = np.zeros(int(directions.plan[SCRATCH_END]))

    def run(self, duration: float, count: int) -> Values:
        self.columns: Any = self.scaled.columns(self.reduction, 1)
        self.h = duration / count
        end = super().run(duration, count)
        self._advance()
        return end

    def sensitivities(self, theta: float = 1.0) -> Values:
        """Return those of the core within the last step."""
        integers, record = self.system.integers, self.columns.records[0]
        record_columns(integers, 0, self.scratch, self.columns, self.method, self.h, theta, record)
        return self.scaled.read(self.columns, Scales(0, 0))[0][0]

    def _advance(self) -> None:
        integers, floats = self.system.integers, self.system.floats
        advance_columns(
            integers, floats, 0, np.zeros(ALL_FUNCTION_COUNT, dtype=np.int64), self.scratch, self.columns,
            self.method, self.h, self._new(), 1e-6,
        )  # fmt: skip

    def _accept(self) -> None:
        self._advance()
        accept_columns(self.system.integers, 0, self.columns)
        super()._accept()


def changed(network: Network, name: str, change: float) -> Network:
    parametric = ParametricNetwork.of(network)
    return parametric.at({name: parametric.values(parametric.nominal)[name] + change})


@METHODS
@pytest.mark.parametrize(
    "network",
    [
        *(parse_network(NETWORKS[name][0]) for name in NETWORKS if "stiff" not in name),
        *map(random_network, range(8)),
    ],
)
def test_sensitivities_are_derivatives_of_the_steps(method: int, network: Network) -> None:
    """With constant steps, sensitivities are those of the computed states, by both methods."""
    stepper, h = ColumnSteps(network, method), 0.02
    stepper.run(3 * h, 3)
    got = {theta: stepper.sensitivities(theta) for theta in (0.3, 1.0)}
    for j, parameter in enumerate(ParametricNetwork.of(network).parameters):
        for theta, sensitivities in got.items():

            def state(change: float, parameter: str = parameter, theta: float = theta) -> Values:
                other = FixedSteps(changed(network, parameter, change), method)
                other.run(3 * h, 3)
                return other.within_last_step(h, theta)

            e = 1e-3
            differences = 8.0 * (state(e) - state(-e)) - (state(2 * e) - state(-2 * e))
            np.testing.assert_allclose(sensitivities[:, j], differences / (12.0 * e), rtol=1e-7, atol=1e-9)


@METHODS
def test_error_falls_by_thirty_two_when_the_step_is_halved(method: int) -> None:
    """A + B -> C: B = b d / (a e^(k d t) - b) with d = a - b, differentiated by complex steps."""
    stepper = ColumnSteps(parse_network("A + B -> C [k = 1]\nA @initial 2\nB @initial 1"), method)
    row = list(stepper.reduction.core).index(1)

    def exact(k: complex, a: complex, b: complex) -> float:
        return (b * (a - b) / (a * np.exp(k * (a - b) * 2.0) - b)).imag / 1e-30

    derivatives = [exact(1 + 1e-30j, 2, 1), exact(1, 2 + 1e-30j, 1), exact(1, 2, 1 + 1e-30j)]
    errors = []
    for count in (32, 64):
        stepper.run(2.0, count)
        errors.append(float(np.abs(stepper.sensitivities()[row] - derivatives).max()))
    assert 4.7 < np.log2(errors[0] / errors[1]) < 6.2, errors


@pytest.mark.parametrize("name", NETWORKS)
def test_conserved_sums_stay_as_they_are(name: str) -> None:
    """Rates move the state within the stoichiometric subspace; the start moves conserved sums once."""
    parametric = ParametricNetwork.of(parse_network(NETWORKS[name][0]))
    run = simulate(parametric, NETWORKS[name][1], sensitivities=parametric.parameters)
    matrix = np.array(net_stoichiometry(parametric.network), dtype=np.float64)
    left, singular, _ = np.linalg.svd(matrix)
    conserved = left[:, int((singular > 1e-9).sum()) :]
    values = run.sensitivities.values
    sizes = np.abs(values).max(axis=(0, 1))
    drift = np.abs(np.einsum("tsp,sc->tcp", values - values[0], conserved)).max(axis=(0, 1), initial=0.0)
    assert np.all(drift <= 1e-11 * sizes)


def test_runs_are_chained_with_doses() -> None:
    """A dose of 1 of A at time 1, compared with differences of the same chain."""
    parametric = ParametricNetwork.of(parse_network(NETWORKS["reversible"][0]))
    solver = SensitivitySolver.of(parametric, rtol=1e-10)
    dose = np.array([1.0, 0.0, 0.0, 0.0])

    def end(values: dict[str, float]) -> tuple[Values, Values]:
        first = solver.run(values, 1.0, [1.0])
        last = solver.run(
            values, 2.0, [2.0], start=first.final + dose, start_sensitivities=first.sensitivities.final
        )
        return last.final, last.sensitivities.final

    _, exact = end({})
    for j, (name, value) in enumerate(zip(parametric.parameters, parametric.nominal, strict=True)):
        e = 1e-4
        change = (end({name: value + e})[0] - end({name: value - e})[0]) / (2.0 * e)
        np.testing.assert_allclose(exact[:, j], change, rtol=0, atol=1e-7)


def test_a_run_in_two_parts_is_the_run() -> None:
    parametric = ParametricNetwork.of(parse_network(ROBER))
    solver = SensitivitySolver.of(parametric, ("k2", "A_0"), rtol=1e-9)
    whole, first = (solver.run({}, t_end, [t_end]).sensitivities for t_end in (40.0, 10.0))
    middle = solver.run({}, 10.0, [10.0]).final
    rest = solver.run({}, 30.0, [30.0], start=middle, start_sensitivities=first.final).sensitivities
    np.testing.assert_allclose(rest.final, whole.final, rtol=1e-6)


def test_a_start_does_not_depend_on_parameters_unless_its_sensitivities_are_given() -> None:
    parametric = ParametricNetwork.of(parse_network("A -> B [k = 2]\nA @initial 3"))
    run = SensitivitySolver.of(parametric, ("A_0",)).run({}, 1.0, start=np.array([1.0, 0.0]))
    assert not run.sensitivities.values.any()


def with_formulas(
    text: str, nominal: dict[str, float], rates: list[str], start: list[str]
) -> ParametricNetwork:
    """Return the network of a text with the given formulas in place of its numbers."""
    of_rates, of_start = tuple(map(parse_expression, rates)), tuple(map(parse_expression, start))
    return ParametricNetwork(parse_network(text), tuple(nominal), tuple(nominal.values()), of_rates, of_start)


@pytest.mark.parametrize("nominal", [{"k": 2.0, "a": 1.0, "b": 0.5}, {"k": 2.0, "a": 1.0, "b": 0.0}])
def test_units_of_concentration_do_not_matter(nominal: dict[str, float]) -> None:
    """The same with concentrations in units of 2^30: the same bits, in these units."""
    text, unit = "A + B -> C [k = 2]", 2.0**30
    plain = with_formulas(text, nominal, ["k"], ["a + b", "b", "0"])
    large = with_formulas(text, nominal, [f"{unit} * k"], [f"(a + b) / {unit}", f"b / {unit}", "0"])
    one, other = (SensitivitySolver.of(network).run({}, 3.0).sensitivities for network in (plain, large))
    assert np.array_equal(one.values, unit * other.values)


def test_units_are_exact_even_where_a_power_of_two_is_no_number() -> None:
    values, exponents = np.array([1.5, 2.0**-500, 2.0**1000]), np.array([3, 1200, -1900])
    assert shifted(values, exponents).tolist() == [12.0, 2.0**700, 2.0**-900]
    assert shifted(values[:1], exponents[:1]).tolist() == [12.0]


def test_formulas_and_shared_parameters_follow_the_chain_rule() -> None:
    nominal = {"k": 1.5}
    shared = with_formulas("A -> B\nB -> C", nominal, ["k^2", "k^2"], ["exp(k)", "0", "0"])
    run = simulate(shared.at({}), 1.0, [1.0], rtol=1e-9, sensitivities=("k1", "k2", "A_0"))
    solver = SensitivitySolver.of(shared, rtol=1e-9)
    chained = solver.run({}, 1.0, [1.0]).sensitivities
    expected = run.sensitivities.final @ [3.0, 3.0, np.exp(1.5)]
    np.testing.assert_allclose(chained.final[:, 0], expected, rtol=1e-7)


def test_parameters_that_are_zero_have_sensitivities() -> None:
    """A reaction that does not run changes A by -3 t for every unit of its rate constant, in first order."""
    off = parse_parametric("parameter k = 0\nparameter b = 0\nA -> B [k = k]\nA @initial 3\nB @initial b")
    for scale in (1.0, 1e-9):
        run = SensitivitySolver.of(off).run({}, 2.0, [2.0], start=scale * np.array([3.0, 0.0]))
        np.testing.assert_allclose(run.sensitivities["k"][0], scale * np.array([-6.0, 6.0]), rtol=1e-12)
    assert run.sensitivities["b"].tolist() == [[0.0, 0.0]]


def test_without_error_control_the_steps_are_those_of_the_state() -> None:
    parametric = ParametricNetwork.of(parse_network(NETWORKS["oscillating"][0]))
    alone = simulate(parametric, 12.0)
    free, bound = (
        SensitivitySolver.of(parametric, error_control=control).run({}, 12.0) for control in (False, True)
    )
    assert np.array_equal(free.values, alone.values)
    assert free.steps == alone.steps < bound.steps


def test_errors_of_sensitivities_follow_the_tolerance_with_error_control() -> None:
    """The sensitivity of A grows like e^(20 t), that of the state, 1, has no error at all."""
    parametric = ParametricNetwork.of(parse_network("A -> 2A [k = 20]\n2A -> A [k = 20]\nA @initial 1"))
    run = SensitivitySolver.of(parametric, ("A_0",), rtol=1e-7).run({}, 1.0, [1.0])
    np.testing.assert_allclose(run.sensitivities.final, np.exp(-20.0), rtol=0, atol=1e-7)
    np.testing.assert_allclose(run.final, 1.0, rtol=1e-12)


def test_failures_keep_what_was_reached() -> None:
    explosion = ParametricNetwork.of(parse_network("2A -> 3A [k = 0.5]\nA @initial 4"))
    run = simulate(explosion, 1.0, sensitivities=("k1",))
    assert run.outcome == Outcome.BLOW_UP
    assert len(run.times) == len(run.sensitivities.values) < 101
    assert np.isfinite(run.sensitivities.values).all()


def test_nothing_that_changes_and_no_parameters_are_allowed() -> None:
    inert = simulate(parse_network("A -> A\nA @initial 1"), 1.0, [0.0, 0.5], sensitivities=("k1", "A_0"))
    assert inert.sensitivities.values.tolist() == [[[0.0, 1.0]], [[0.0, 1.0]]]
    decay = ParametricNetwork.of(parse_network("A -> B [k = 2]\nA @initial 1"))
    none = SensitivitySolver.of(decay, ()).run({}, 1.0, [0.5])
    assert none.sensitivities.values.shape == (1, 2, 0)
    assert np.array_equal(none.values, simulate(decay, 1.0, [0.5]).values)


def test_unknown_names_and_invalid_starts_are_refused() -> None:
    network = parse_network("A -> B [k = 2]\nA @initial 3")
    with pytest.raises(UnknownNameError, match=r"unknown parameter 'k11': did you mean 'k1'\?"):
        simulate(network, 1.0, sensitivities=("k11",))
    with pytest.raises(InvalidValueError, match="k1 is given twice"):
        simulate(network, 1.0, sensitivities=("k1", "k1"))
    with pytest.raises(InvalidValueError, match="omit until"):
        simulate(network, 1.0, sensitivities=("k1",), until=("B", 1.0))
    solver = SensitivitySolver.of(ParametricNetwork.of(network), ("k1",))
    with pytest.raises(InvalidValueError, match="2 species by 1 parameters"):
        solver.run({}, 1.0, start_sensitivities=np.zeros((1, 2)))
    with pytest.raises(InvalidValueError, match="ask for fewer times"):
        solver.run({}, 1.0, np.linspace(0.0, 1.0, 25_000_001))
    run = solver.run({}, 1.0)
    with pytest.raises(UnknownNameError, match="unknown parameter 'A_0'"):
        run.sensitivities["A_0"]

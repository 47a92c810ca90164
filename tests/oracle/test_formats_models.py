"""Models with rules, rates, fractions and events mean the same to us, to libRoadRunner and on paper."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.engines import simulate, simulate_events
from neuralcrn.errors import NeuralCRNError, NeuralCRNWarning, SimulationError
from neuralcrn.formats import SbmlModel, read_sbml_model
from neuralcrn.formats.antimony import antimony_to_sbml

TIMES = np.linspace(0.0, 3.7, 38)


def read(text: str) -> SbmlModel:
    return read_sbml_model(antimony_to_sbml(text, "memory"), "memory")


def columns(model: SbmlModel, names: list[str], times: np.ndarray = TIMES) -> np.ndarray:
    """Return the values of symbols over time, shape (n_times, n_names)."""
    run = simulate_events(model.network, model.events, float(times[-1]), times, rtol=1e-10, atol=1e-13)
    return np.array([model.column(name, run.times, run.values) for name in names]).T


CLOSED_FORMS = [
    # a rule is no constant, though its species has a start: 1 / (1/2 + t)
    (
        "compartment c = 1; species S1 in c = 2, S2 in c = 0; a = S1; p := S1; J: S1 -> S2; p*S1;",
        "S1",
        lambda t: 1.0 / (0.5 + t),
    ),
    # an initial assignment from a species is one
    (
        "compartment c = 1; species S1 in c = 2; a = S1; J: S1 ->; a*S1;",
        "S1",
        lambda t: 2.0 * np.exp(-2.0 * t),
    ),
    # a law that is called by its rule, or by the name of another reaction
    ("species A = 1, B = 0; v1 := k*A; k = 3; J: A -> B; v1;", "v1", lambda t: 3.0 * np.exp(-3.0 * t)),
    ("species A = 1, B = 0, C = 0; J: A -> B; A; R: -> C; 2*J;", "C", lambda t: 2.0 - 2.0 * np.exp(-t)),
    # what no law uses may be any function
    (
        "species A = 1, B = 0; y := A^2/(A + B) + sin(time); J: A -> B; A;",
        "y",
        lambda t: np.exp(-2.0 * t) + np.sin(t),
    ),
    (
        "species A = 1; J: A ->; A; y := piecewise(1, time < 1.05, 2, A > 0.1, 3);",
        "y",
        lambda t: np.where(t < 1.05, 1.0, np.where(np.exp(-t) > 0.1, 2.0, 3.0)),
    ),
    # rate rules of species and of parameters
    ("species A = 1; A' = -2*A*k; k = 1; k' = -k;", "A", lambda t: np.exp(-2.0 * (1.0 - np.exp(-t)))),
    # in a compartment of size 4, a rule speaks of the concentration
    ("compartment c = 4; species A in c = 1; A' = -A + 3;", "A", lambda t: 3.0 - 2.0 * np.exp(-t)),
    # fractions, and laws that do not hold all that they take
    ("species A = 1, B = 0; J: A -> 0.5 B; A;", "B", lambda t: 0.5 - 0.5 * np.exp(-t)),
    ("species A = 1, B = 0; J: 2 A -> B; A;", "B", lambda t: 0.5 - 0.5 * np.exp(-2.0 * t)),
    # an input that is switched on and off, decays, or grows with time
    (
        "species A = 0; s := piecewise(0, time < 1.05, 2, time <= 2.55, 1); J: -> A; s;",
        "A",
        lambda t: 2.0 * np.clip(t - 1.05, 0.0, 1.5) + np.maximum(t - 2.55, 0.0),
    ),
    (
        "species A = 0; b = 1.05; s := (time >= b) && (time < 2*b); J: -> A; 3*s;",
        "A",
        lambda t: 3.0 * np.clip(t - 1.05, 0.0, 1.05),
    ),
    ("species A = 0; s := 4*exp(-2*time); J: -> A; s;", "A", lambda t: 2.0 - 2.0 * np.exp(-2.0 * t)),
    ("species A = 1; J: A ->; 2*time*A;", "A", lambda t: np.exp(-(t**2))),
    # a dose at a time, over a threshold, after a delay; a parameter that is switched
    (
        "species A = 1; J: A ->; A; at (time >= 1.05): A = A + 1;",
        "A",
        lambda t: np.exp(-t) + np.where(t >= 1.05, np.exp(-(t - 1.05)), 0.0),
    ),
    (
        "species A = 1; k = 1; J: A ->; k*A; at (time > 1.05): k = 0;",
        "A",
        lambda t: np.exp(-np.minimum(t, 1.05)),
    ),
    (
        "species A = 1, B = 0; J: A -> B; A; at (B > 0.5): A = 1, B = 0;",
        "A",
        lambda t: np.exp(-np.mod(t, np.log(2.0))),
    ),
    (
        "species A = 1; J: A ->; A; at 0.35 after (A < 0.5): A = 2*A;",
        "A",
        lambda t: np.exp(-np.mod(t, np.log(2.0) + 0.35)),  # twice what it was when the condition turned
    ),
    (
        "species A = 1; J: A ->; A; at 0.35 after (A < 0.5), fromTrigger=false: A = 2*A;",
        "A",
        lambda t: np.where(
            t < np.log(2.0) + 0.35, np.exp(-t), np.exp(-0.35 - np.mod(t - np.log(2.0) - 0.35, np.log(2.0)))
        ),
    ),
]


@pytest.mark.parametrize(("text", "name", "value"), CLOSED_FORMS, ids=range(len(CLOSED_FORMS)))
def test_models_have_their_closed_form(text: str, name: str, value) -> None:
    assert columns(read(text), [name])[:, 0] == pytest.approx(value(TIMES), rel=1e-7, abs=1e-8)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (CLOSED_FORMS[0][0], ["S1", "S2", "p"]),
        ("compartment c = 2, d = 3; species A in c = 1, B in d = 0; tot := A + B; s := 2*tot;"
         "J: A -> 2.5 B; tot*A;", ["A", "B", "tot", "s", "J"]),
        ("compartment c = 2; substanceOnly species A in c = 4; species B in c = 1; q := A*B;"
         "J: A -> B; 0.1*q;", ["A", "B", "q"]),
        ("species A = 3, B = 1; k = 2; J: A -> B; 0.3*k*A; k' = -0.2*k*B; at B > 2: k = k/2, A = A + 1;"
         "E2: at time >= 2.05: B = 0.5;", ["A", "B", "k"]),
        ("species A = 1; n = 0; J: A ->; A; at (A < 0.3) && (n < 2): A = A + 1, n = n + 1;", ["A", "n"]),
    ],
    ids=range(5),
)  # fmt: skip
def test_models_agree_with_roadrunner(text: str, names: list[str]) -> None:
    roadrunner = pytest.importorskip("roadrunner")
    sbml = antimony_to_sbml(text, "memory")
    model = read_sbml_model(sbml)
    simulator = roadrunner.RoadRunner(sbml)
    simulator.integrator.relative_tolerance = 1e-11
    simulator.integrator.absolute_tolerance = 1e-14
    floating = {*simulator.model.getFloatingSpeciesIds(), *simulator.model.getBoundarySpeciesIds()}
    selections = [f"[{name}]" if name in floating and name not in ("A",) * ("substanceOnly" in text) else name
                  for name in names]  # fmt: skip
    reference = np.array(simulator.simulate(times=list(TIMES), selections=["time", *selections]))[:, 1:]
    scale = np.abs(reference).max(axis=0)
    assert np.abs(columns(model, names) - reference).max(axis=0) / scale == pytest.approx(0.0, abs=1e-6)


def test_what_is_not_given_is_taken_as_others_do_with_a_warning() -> None:
    with pytest.warns(NeuralCRNWarning, match="species B has no initial value: 0 is assumed"):
        model = read("compartment c = 1; species A in c = 1, B in c; J: A -> B; A;")
    assert model.network.initial == (1.0, 0.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("species A = 1; y := A/(1 + A); J: A ->; y;", "reaction J: a divisor depends on species A"),
        ("species A = 1; y := sin(time); J: A ->; y*A;", "'time' is not supported"),
        ("species A = 1, B = 1; A' = -B;", "consumes A without having it as a factor"),
        ("species A = 1; k = 1; J: A ->; A/k; at time > 1: k = 2;", "a divisor depends on species k"),
        ("compartment c = 1; species A in c = 1; c' = 1; J: A ->; A;", "c is changed by a rule or an event"),
        ("species A = 1; y := piecewise(1, time < 2); J: A ->; y*A;", "'time' is not supported"),
        ("species A = 1, B = 0; y := z; z := y; J: A -> B; y*A;", "Loop|depends on itself"),
    ],
)
def test_what_is_no_mass_action_stays_refused(text: str, said: str) -> None:
    with pytest.raises(NeuralCRNError, match=said):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("species A = 1; J: A ->; A; at time > 1: A = A - 2;", "A would become -1"),
        ("species A = 1; J: A ->; A; at time > 1: A = 2; at time > 1: A = 3;", "order affects the result"),
        ("species A = 1; at time > 1: A = 2; at time > 1: A = 3; at time > 1: A = 2;", "order affects"),
        ("species A = 1; n = 0; m = 0; J: A ->; A; at time > 1: n = 1; at n > 0: n = 0, m = 1;"
         "at m > 0: m = 0, n = 1;", "endlessly"),
    ],
)  # fmt: skip
def test_events_that_make_no_sense_stop_the_run(text: str, said: str) -> None:
    model = read(text)
    with pytest.raises(SimulationError, match=said):
        simulate_events(model.network, model.events, 2.0)


def test_molecules_are_not_counted_where_the_rates_alone_agree() -> None:
    for text in ("species A = 9, B = 0; J: A -> 0.5 B; A;", "species A = 9; A' = -A;", CLOSED_FORMS[-1][0]):
        with pytest.raises(NeuralCRNError, match="--method ode"):
            read_sbml_model(antimony_to_sbml(text, "memory"), discrete=True)


def test_rows_at_an_event_and_without_events() -> None:
    """Times in a condition are met exactly: >= at its time, > just after it."""
    times = np.array([0.0, 1.0, 2.0])
    for sign, expected in ((">=", [1.0, 5.0, 5.0]), (">", [1.0, 1.0, 5.0])):
        model = read(f"species A = 1; at time {sign} 1: A = 5;")
        assert columns(model, ["A"], times)[:, 0].tolist() == expected
    network = read("species A = 1; J: A ->; A;").network
    played, plain = simulate_events(network, (), 1.0), simulate(network, 1.0)
    assert np.array_equal(played.values, plain.values)

"""Stochastic simulation against closed forms, master equations and another simulator."""

from __future__ import annotations

import io
import math
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm

from neuralcrn.chemistry import Network, conservation_laws, parse_network
from neuralcrn.engines import Ensemble, simulate, simulate_stochastic
from neuralcrn.engines.native.integrate import NO_WATCH, Event
from neuralcrn.engines.native.jumps import PackedJumps, join_jumps, pack_jumps
from neuralcrn.engines.native.randomness import STATE_SIZE, mixed, next_word, normal, poisson, start_stream
from neuralcrn.engines.native.stochastic import LANGEVIN, SSA, TAU, Noise, advance_stochastic
from neuralcrn.engines.outcome import Outcome
from neuralcrn.errors import InvalidValueError, NeuralCRNWarning, SimulationError, UnknownNameError

METHODS = ("ssa", "tau", "langevin", "hybrid")
BIRTH_DEATH = parse_network("0 -> A [k = 3]\nA -> 0 [k = 2]\nA @initial 1")
DIMERISATION = parse_network("2A -> B [k = 1]\nB -> 2A [k = 0.5]\nA @initial 2")
LOTKA = parse_network("X -> 2X\nX + Y -> 2Y\nY -> 0\nX @initial 1\nY @initial 1.5")


def advance(
    network: Network,
    duration: float,
    *,
    method: int = SSA,
    volume: float = 1.0,
    run: int = 0,
    event: Event = NO_WATCH,
    max_steps: int = 10**9,
    epsilon: float = 0.03,
) -> tuple[Outcome, float, int, NDArray[np.float64]]:
    """Play one run of the kernel that training drives; return how it ended, and the counts."""
    packed = pack_jumps(network)
    state, random_state = np.rint(np.array(network.initial) * volume), np.empty(STATE_SIZE, np.uint64)
    start_stream(random_state, 0, run)
    outcome, time, jumps = call(
        packed, 0, state, duration, random_state, event, method, volume, max_steps, epsilon
    )
    return Outcome(outcome), time, jumps, state


def call(
    packed: PackedJumps,
    start: int,
    state: NDArray[np.float64],
    duration: float,
    random_state: NDArray[np.uint64],
    event: Event = NO_WATCH,
    method: int = SSA,
    volume: float = 1.0,
    max_steps: int = 10**9,
    epsilon: float = 0.03,
) -> tuple[int, float, int]:
    return advance_stochastic(
        Noise(method, float(volume), float(epsilon), np.array([max_steps])),
        packed.integers,
        packed.floats,
        start,
        state,
        float(duration),
        event,
        random_state,
        np.zeros(10 + packed.scratch_size),
        np.empty(0),
        np.empty((0, 0)),
    )


def random_state(run: int = 0) -> NDArray[np.uint64]:
    state = np.empty(STATE_SIZE, np.uint64)
    start_stream(state, 7, run)
    return state


def assert_moments(
    ensemble: Ensemble,
    name: str,
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    sigmas: float = 4.5,
) -> None:
    """Assert that mean and variance are those of the law, up to what so many runs scatter."""
    place = ensemble.species.index(name)
    error = np.sqrt(np.maximum(variance, 1e-12) / ensemble.runs)
    assert np.all(np.abs(ensemble.mean[:, place] - mean) <= sigmas * error + 1e-9)
    ratio = ensemble.deviation[variance > 0, place] ** 2 / variance[variance > 0]
    assert np.all(np.abs(ratio - 1.0) < 2.0 * sigmas * math.sqrt(2.0 / ensemble.runs))


def test_generator_gives_the_published_numbers() -> None:
    """The first outputs of the authors' C code for the state 1, 2, 3, 4 and for the seed 1234567."""
    state = np.array([1, 2, 3, 4], dtype=np.uint64)
    words = [int(next_word(state)) for _ in range(4)]
    assert words == [41943041, 58720359, 3588806011781223, 3591011842654386]
    assert int(mixed(np.uint64(1234567))) == 6457827717110365317


def test_streams_differ_in_seed_and_run() -> None:
    states = set()
    for seed in (0, 1, 2, 2**63 - 1):
        for run in range(200):
            state = np.empty(STATE_SIZE, np.uint64)
            start_stream(state, seed, run)
            states.add(tuple(state.tolist()))
    assert len(states) == 800


@pytest.mark.parametrize("mean", [0.0, 0.3, 4.0, 9.9, 10.0, 35.0, 400.0, 1e5])
def test_poisson_numbers_have_their_law(mean: float) -> None:
    """Mean, variance and, where it is not tiny, the chance of every value (chi-square of 99.99%)."""
    from scipy import stats

    state, size = random_state(), 40_000
    drawn = np.array([poisson(state, mean) for _ in range(size)])
    assert np.all(drawn == np.floor(drawn))
    assert abs(drawn.mean() - mean) <= 4.5 * math.sqrt(mean / size)
    if mean:
        law = stats.poisson(mean)
        edges = np.unique(law.ppf(np.linspace(0.02, 0.98, 25)))
        expected = size * np.diff([0.0, *law.cdf(edges), 1.0])
        found = np.histogram(drawn, [-1.0, *(edges + 0.5), np.inf])[0]
        assert ((found - expected) ** 2 / expected).sum() < stats.chi2(len(edges)).ppf(0.9999)


def test_normal_numbers_have_their_law() -> None:
    from scipy import stats

    state = random_state()
    assert stats.kstest([normal(state) for _ in range(40_000)], "norm").pvalue > 1e-4


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("volume", [20.0, 1000.0])
def test_birth_and_death_have_their_moments(method: str, volume: float) -> None:
    """A binomial of what was there, and a Poisson number of what came: m = a + b, v = a (1 - p) + b."""
    epsilon = 0.01
    times = np.array([0.0, 0.2, 0.7, 2.0])
    ensemble = simulate_stochastic(
        BIRTH_DEATH, 2.0, times, method=method, volume=volume, runs=3000, seed=3, epsilon=epsilon
    )
    survival = np.exp(-2.0 * times)
    born = 1.5 * volume * (1.0 - survival)
    assert_moments(ensemble, "A", volume * survival + born, volume * survival * (1.0 - survival) + born)


@pytest.mark.parametrize("method", METHODS)
def test_dimerisation_follows_the_master_equation(method: str) -> None:
    """2 A <-> B from 2 V molecules of A: the state is how many of B there are."""
    volume = 15 if method == "ssa" else 100  # fewer: test_scarce
    pairs = volume
    generator = np.zeros((pairs + 1, pairs + 1))
    for b in range(pairs + 1):
        a = 2 * (pairs - b)
        up, down = a * (a - 1) / volume, 0.5 * b
        if b < pairs:
            generator[b + 1, b] += up
        if b:
            generator[b - 1, b] += down
        generator[b, b] -= up * (b < pairs) + down
    times = np.array([0.1, 0.5, 2.0])
    laws = np.array([expm(generator * t)[:, 0] for t in times])
    values = np.arange(pairs + 1)
    mean = laws @ values
    variance = laws @ values**2 - mean**2
    ensemble = simulate_stochastic(
        DIMERISATION, 2.0, times, method=method, volume=volume, runs=4000, seed=2, epsilon=0.01
    )
    assert_moments(ensemble, "B", mean, variance, sigmas=4.5 if method == "ssa" else 6.0)


def test_third_order_follows_the_master_equation() -> None:
    """3 A -> 0 in volume V has the propensity k V^-2 n (n - 1) (n - 2)."""
    network = parse_network("3A -> 0 [k = 2]\nA @initial 3")
    volume, molecules = 4.0, 12
    generator = np.zeros((molecules + 1, molecules + 1))
    for n in range(3, molecules + 1):
        rate = 2.0 / volume**2 * n * (n - 1) * (n - 2)
        generator[n - 3, n] += rate
        generator[n, n] -= rate
    times = np.array([0.05, 0.3])
    laws = np.array([expm(generator * t)[:, -1] for t in times])
    values = np.arange(molecules + 1)
    mean = laws @ values
    ensemble = simulate_stochastic(network, 0.3, times, volume=volume, runs=4000)
    assert_moments(ensemble, "A", mean, laws @ values**2 - mean**2)


def test_first_passage_times_have_their_mean() -> None:
    """Births at rate 3 V reach n molecules after a gamma distributed time."""
    network = parse_network("0 -> A [k = 3]")
    times = [advance(network, 1e9, volume=10.0, run=run, event=Event(0, 12.0)) for run in range(2000)]
    assert all(outcome is Outcome.SUCCESS and state[0] == 12.0 for outcome, _, _, state in times)
    passage = np.array([time for _, time, _, _ in times])
    assert abs(passage.mean() - 12 / 30) < 4.5 * math.sqrt(12) / 30 / math.sqrt(2000)


@pytest.mark.parametrize("method", [SSA, TAU, LANGEVIN])
def test_waiting_in_vain_is_said(method: int) -> None:
    outcome, time, _, _ = advance(BIRTH_DEATH, 1.0, method=method, volume=100.0, event=Event(0, 1e6))
    assert (outcome, time) == (Outcome.NO_EVENT, 1.0)


@pytest.mark.parametrize("method", METHODS)
def test_conservation_laws_and_signs_hold_in_every_run(method: str) -> None:
    network = parse_network(
        "A + B -> C [k = 3]\nC -> A + B [k = 2]\nC + D -> 2E [k = 5]\n2E -> C + D [k = 1]\n3D -> F [k = 2]\n"
        "A @initial 1\nB @initial 2\nD @initial 1.5"
    )
    ensemble = simulate_stochastic(
        network, 5.0, method=method, volume=40.0, runs=100, seed=5, keep_runs=True, epsilon=0.1
    )
    assert ensemble.values is not None
    laws = np.array(conservation_laws(network), dtype=float)
    totals = ensemble.values @ laws.T
    assert len(laws) == 3
    np.testing.assert_allclose(totals, np.broadcast_to(totals[:, :1], totals.shape), rtol=1e-10)
    assert ensemble.values.min() >= 0.0
    if method != "langevin":
        assert np.all(totals == totals[:, :1])
        assert np.all(ensemble.values == np.floor(ensemble.values))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore:.* is in no reaction")
def test_absorbing_states_and_networks_without_reactions_end_at_once(method: str) -> None:
    for text in ("A -> 0 [k = 1]\nB @initial 1", "A -> B [k = 0]\nA @initial 2", "A @initial 3", "A -> A"):
        network = parse_network(text)
        ensemble = simulate_stochastic(
            network, 1e12, [0.0, 5.0, 1e12], method=method, volume=10.0, max_steps=5
        )
        assert np.all(ensemble.mean == 10.0 * np.array(network.initial))
        assert np.all(ensemble.deviation == 0.0)


def test_everything_decays_and_stays_away() -> None:
    ensemble = simulate_stochastic(parse_network("A -> 0\nA @initial 1"), 1e6, [1e3, 1e6], volume=100, runs=5)
    assert np.all(ensemble.mean == 0.0)
    assert ensemble.steps == 500


@pytest.mark.parametrize("method", METHODS)
def test_threads_and_the_number_of_runs_change_nothing(method: str) -> None:
    def made(runs: int, threads: int) -> Ensemble:
        return simulate_stochastic(
            LOTKA, 2.0, method=method, volume=30.0, runs=runs, seed=11, threads=threads, keep_runs=True
        )

    one, two, three = made(90, 1), made(90, 2), made(90, 3)
    few = made(17, 2)
    assert one.values is not None
    assert few.values is not None
    for other in (two, three):
        assert other.values is not None
        assert one.mean.tobytes() == other.mean.tobytes()
        assert one.deviation.tobytes() == other.deviation.tobytes()
        assert one.values.tobytes() == other.values.tobytes()
    assert few.values.tobytes() == one.values[:17].tobytes()
    np.testing.assert_allclose(one.mean, one.values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(one.deviation, one.values.std(axis=0, ddof=1), rtol=1e-10)


def test_exact_runs_do_not_depend_on_the_times_that_are_recorded() -> None:
    few = simulate_stochastic(LOTKA, 2.0, [2.0], volume=30.0, runs=20)
    many = simulate_stochastic(LOTKA, 2.0, np.linspace(0.0, 2.0, 501), volume=30.0, runs=20)
    assert np.all(few.mean[-1] == many.mean[-1])


def test_systems_behind_one_another_run_as_they_do_alone() -> None:
    networks = [BIRTH_DEATH, parse_network("A + B -> 2B [k = 2]\nB -> C [k = 1]"), parse_network("C -> A")]
    positions = {"C": 0, "A": 1, "B": 2}
    alone = [pack_jumps(network, positions) for network in networks]
    joined, starts = join_jumps(alone)
    for packed, start in zip(alone, starts, strict=True):
        ends = []
        for system, where in ((packed, 0), (joined, int(start))):
            state = np.array([20.0, 30.0, 5.0])
            call(PackedJumps(system.integers, system.floats), where, state, 0.7, random_state(), volume=10.0)
            ends.append(state)
        assert np.all(ends[0] == ends[1])
        assert np.any(ends[0] != [20.0, 30.0, 5.0])


def test_positions_that_a_network_does_not_name_are_left_alone() -> None:
    packed = pack_jumps(parse_network("A -> B [k = 1]"), {"X": 0, "B": 1, "Y": 2, "A": 3})
    state = np.array([3.0, 0.0, 0.5, 8.0])
    assert call(packed, 0, state, 1e3, random_state())[0] == Outcome.SUCCESS
    assert state.tolist() == [3.0, 8.0, 0.5, 0.0]


@pytest.mark.parametrize("method", [SSA, TAU, LANGEVIN])
def test_step_limit_is_kept_and_said(method: int) -> None:
    outcome, time, jumps, _ = advance(BIRTH_DEATH, 1e6, method=method, volume=50.0, max_steps=250)
    assert (outcome, jumps) == (Outcome.MAX_STEPS, 250)
    assert 0.0 < time < 1e6


RUNNING_AWAY = (
    "2A -> 4A [k = 1]\nA @initial 20",
    "2A -> 3A\nA @initial 10\nB @initial 1e9",
    "A -> 2A\nA @initial 1",
)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", RUNNING_AWAY)
@pytest.mark.filterwarnings("ignore:.* is in no reaction")
def test_a_population_that_runs_away_is_stopped_and_named(method: str, text: str) -> None:
    """In finite time, or to more molecules than any simulation counts; a plentiful bystander is not named."""
    with pytest.raises(SimulationError, match=r"run 0 stopped at time \d+\.\d+: A grows without bound"):
        simulate_stochastic(parse_network(text), 100.0, method=method, volume=1.0, runs=20)


@pytest.mark.parametrize("method", METHODS)
def test_growth_that_something_ends_is_no_explosion(method: str) -> None:
    """By want of food after three million jumps, at a stationary state, or by the end of the run."""
    for text, duration, mean, tolerance in (
        ("2A + F -> 3A [k = 1]\nA @initial 10\nF @initial 3e6", 1.0, 3_000_010, 1e-9),
        ("2A -> 3A [k = 2e-4]\n3A -> 2A [k = 2e-9]\nA @initial 9e4", 0.6, 1e5, 0.05),
        ("A -> 2A [k = 1]\nA @initial 1e5", 3.0, 1e5 * math.exp(3.0), 0.02 if method == "ssa" else 0.06),
    ):
        ensemble = simulate_stochastic(parse_network(text), duration, [duration], method=method, volume=1.0)
        assert ensemble["A"][0] == pytest.approx(mean, rel=tolerance), text


def test_long_exact_runs_are_recorded_as_they_happen() -> None:
    """Births are Poisson between any two of the times, before and after every look ahead."""
    times = np.linspace(0.0, 1.0, 41)
    ensemble = simulate_stochastic(parse_network("0 -> A [k = 5e6]"), 1.0, times, volume=1.0)
    births = np.diff(ensemble["A"])
    assert np.all(np.abs(births - 125_000.0) < 5.0 * math.sqrt(125_000.0))


def test_an_interruption_ends_the_runs_that_are_being_made(interrupting: Callable[[float], None]) -> None:
    """All ten billion jumps would take minutes: the threads that make them are gone before."""
    endless = parse_network("A -> B [k = 1e6]\nB -> A [k = 1e6]\nA @initial 1000")
    before = threading.enumerate()
    interrupting(0.5)
    with pytest.raises(KeyboardInterrupt):
        simulate_stochastic(endless, 1e6, volume=1.0, runs=2)
    begun = [thread for thread in threading.enumerate() if thread not in before]
    assert all(isinstance(thread, threading.Timer) for thread in begun)


def test_limit_of_an_exact_explosion() -> None:
    with pytest.raises(SimulationError, match=r"run 0 stopped .* raise max_steps"):
        simulate_stochastic(parse_network("2A -> 4A\nA @initial 2"), 10.0, volume=9.0, max_steps=1000)


@pytest.mark.parametrize("method", ["tau", "langevin"])
def test_leaps_approach_the_exact_law_as_they_shorten(method: str) -> None:
    """The stationary variance of leaps of length h is that of the law over 1 - h k / 2."""
    network = parse_network("0 -> A [k = 1]\nA -> 0 [k = 1]\nA @initial 1")
    ratios = [
        simulate_stochastic(
            network, 8.0, [8.0], method=method, volume=1e4, runs=4000, epsilon=epsilon
        ).deviation[0, 0]
        ** 2
        / 1e4
        for epsilon in (0.4, 0.02)
    ]
    assert abs(ratios[0] - 1.0 / 0.8) < 0.12
    assert abs(ratios[1] - 1.0) < 0.1


@pytest.mark.parametrize(
    ("text", "largest"), [("A <-> B [kf = 1e3, kr = 1e3]\nB -> C [k = 1]\nA @initial 2", 20_000)]
)
def test_leaps_stay_stable_where_a_fast_pair_is_balanced(text: str, largest: int) -> None:
    """The pair loses its sum at half the rate of B -> C; each half of it is binomial."""
    ensemble = simulate_stochastic(parse_network(text), 1.0, [1.0], method="tau", volume=1e5, runs=50)
    total = 2e5 * math.exp(-0.5)
    assert abs(ensemble["A"][0] - 0.5 * total) < 0.01 * total
    assert ensemble.deviation[0, 0] < 2.0 * math.sqrt(0.25 * total)
    assert ensemble.steps / 50 < 5 * largest


def test_rebop_has_the_same_means() -> None:
    rebop = pytest.importorskip("rebop")
    network = parse_network(
        "A + B -> C [k = 2]\nC -> A + 2B [k = 1]\n2B -> B [k = 0.5]\nA @initial 3\nB @initial 2"
    )
    volume, runs, times = 30.0, 2000, np.linspace(0.0, 2.0, 5)
    ours = simulate_stochastic(network, 2.0, times, volume=volume, runs=runs)
    peer = rebop.Gillespie()
    peer.add_reaction(2.0 / volume, ["A", "B"], ["C"])
    peer.add_reaction(1.0, ["C"], ["A", "B", "B"])
    peer.add_reaction(0.5 / volume, ["B", "B"], ["B"])
    start = {"A": 90, "B": 60}
    theirs = np.array(
        [
            [peer.run(start, tmax=2.0, nb_steps=4, rng=seed)[name].to_numpy() for name in network.species]
            for seed in range(runs)
        ]
    ).astype(float)
    error = np.sqrt((ours.deviation**2 + theirs.var(axis=0).T) / runs)
    assert np.all(np.abs(ours.mean - theirs.mean(axis=0).T) <= 4.5 * error)


REFUSED = {
    "volume": [0.0, -1.0, math.nan, math.inf, 1e300, 0.1],
    "runs": [0, -3, 10**12],
    "seed": [-1, 2**64],
    "threads": [0],
    "epsilon": [0.0, 1.0, math.nan],
    "max_steps": [0],
    "times": [[3.0], [], [1.0, 0.5], [math.nan]],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values]
)
def test_options_out_of_range_are_refused(name: str, value: object) -> None:
    options: dict[str, object] = {"volume": 10.0, name: value}
    with pytest.raises(InvalidValueError, match=name):
        simulate_stochastic(BIRTH_DEATH, 2.0, **options)


def test_unknown_methods_and_too_many_kept_numbers_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'langevin'"):
        simulate_stochastic(BIRTH_DEATH, 1.0, method="langewin", volume=10.0)
    with pytest.raises(InvalidValueError, match="505,000,000 numbers, at most"):
        simulate_stochastic(BIRTH_DEATH, 1.0, volume=10.0, runs=5_000_000, keep_runs=True)


def test_initial_counts_are_rounded_to_whole_molecules() -> None:
    network = parse_network("A @initial 0.26\nB @initial 0.04\nC @initial 0\nD @initial 1000.04")
    with pytest.warns(NeuralCRNWarning, match="start, A = 2.6, B = 0.4: rounding"):
        ensemble = simulate_stochastic(network, 1.0, [1.0], volume=10.0)
    assert ensemble.mean.tolist() == [[3.0, 0.0, 0.0, 10000.0]]
    with pytest.warns(NeuralCRNWarning, match="start, B = 0.4: .* variance is too small"):
        ensemble = simulate_stochastic(network, 1.0, [1.0], volume=10.0, method="langevin")
    np.testing.assert_allclose(ensemble.mean, [[2.6, 0.4, 0.0, 10000.4]])


def test_tables_hold_moments_and_runs() -> None:
    ensemble = simulate_stochastic(LOTKA, 1.0, [0.0, 1.0], volume=20.0, runs=3, keep_runs=True)
    stream = io.StringIO()
    ensemble.write_csv(stream)
    head, first, last = stream.getvalue().splitlines()
    assert head == "time,X_mean,X_sd,Y_mean,Y_sd"
    assert first == "0.0,20.0,0.0,30.0,0.0"
    assert [float(cell) for cell in last.split(",")] == [1.0, *ensemble.table[1]]
    stream = io.StringIO()
    ensemble.write_runs_csv(stream)
    rows = np.array([line.split(",") for line in stream.getvalue().splitlines()[1:]], dtype=float)
    assert ensemble.values is not None
    assert np.all(rows[:, 2:].reshape(3, 2, 2) == ensemble.values)
    assert np.all(rows[:, 0] == [0, 0, 1, 1, 2, 2])
    assert ensemble.to_pandas()["X_sd"][1.0] == ensemble.deviation[1, 0]
    assert ensemble.to_xarray()["molecules"].sel(run=2, time=1.0, species="Y") == ensemble.values[2, 1, 1]
    assert "<svg" in ensemble._repr_html_()
    with pytest.raises(InvalidValueError, match="keep_runs"):
        simulate_stochastic(LOTKA, 1.0, volume=20.0).write_runs_csv(stream)
    with pytest.raises(InvalidValueError, match="no species 'Z'"):
        ensemble["Z"]


@pytest.mark.parametrize("library", ["pandas", "xarray"])
def test_tables_of_a_library_that_is_not_there_name_the_extra(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    for result in (simulate(BIRTH_DEATH, 1.0), simulate_stochastic(BIRTH_DEATH, 1.0, volume=9.0)):
        with pytest.raises(InvalidValueError, match=rf"{library} .*install the extra 'neuralcrn\[tables\]'"):
            getattr(result, f"to_{library}")()

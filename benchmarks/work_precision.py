"""Seconds against error of the result, at five tolerances, of our engine and of other simulators.

    python benchmarks/work_precision.py [--only NAME ...] [--plot FILE.png] [--json]

- Training: three circuits learn the same few samples. The error is the largest difference of a parameter from
  the reference executor at rtol 1e-12, relative to the largest parameter; seconds are those of one sample.
- The autonomous pot of linear regression, five periods of its clock: the error is that of `one_pot.py`.
- ROBER, to t = 1e11, and the network of `large_network.py`, to t = 100: the largest difference of a species
  from a reference, relative to its largest value at the recorded times.

The absolute tolerance is a hundredth of the relative one in trainings and 1e-3 of it in our pots; our other
simulations use the default of `neuralcrn.engines.simulate`, and those of libRoadRunner a fixed one that is
small enough. The row "default" is our engine at the tolerances that neuralcrn uses if none are given.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from large_network import large_network, reference_values
from neuralcrn.chemistry import Network, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.engines import EXECUTORS, Tolerances, default_tolerances, simulate
from neuralcrn.engines.native.lowering import specialised
from one_pot import error as pot_error
from one_pot import filled_pot, our_run, roadrunner_run
from peers import RoadRunnerPeer
from training_loop import Case, cases, learned, learned_by_peer, prepared

RTOLS = (1e-3, 1e-4, 1e-6, 1e-8, 1e-10)
SAMPLES = 5
REPEATS = 20
ROBER = """
A -> B [k = 0.04]
2 B -> B + C [k = 3e7]
B + C -> A + C [k = 1e4]
A @initial 1
"""
PERIODS = 5


class Point(NamedTuple):
    """One run: its engine, tolerances, seconds, and error."""

    engine: str
    rtol: float
    seconds: float
    error: float


def training(case: Case) -> Iterator[Point]:
    """Yield the points of a circuit that learns."""
    few = case.head(SAMPLES)
    reference = EXECUTORS.find("reference").prepare(
        case.circuit.compile(), Tolerances(1e-12, 1e-14, 1_000_000)
    )
    _, exact = learned(reference, few)
    driven = prepared(few)
    code = specialised(driven.lowered)
    default = default_tolerances("staged")

    def point(
        engine: str, run: Callable[[Case], tuple[float, np.ndarray]], rtol: float, long: Case, repeats: int
    ) -> Point:
        error = np.abs(run(few)[1] - exact).max() / np.abs(exact).max()
        seconds = min(run(long)[0] for _ in range(repeats)) / len(long.features)
        return Point(engine, rtol, seconds, float(error))

    for rtol in RTOLS:
        for engine, form in (("data-driven", driven.lowered), ("specialised", code)):
            run = partial(learned, prepared(few, form, rtol, 1e-2 * rtol))
            yield point(f"neuralcrn, {engine}", run, rtol, case, 3)
        peer = partial(learned_by_peer, RoadRunnerPeer, driven, rtol=rtol, atol=1e-2 * rtol)
        yield point("libRoadRunner", peer, rtol, case.head(REPEATS), 1)
    run = partial(learned, prepared(few, code, default.rtol, default.atol))
    yield point("neuralcrn, default", run, default.rtol, case, 3)


def xor_case(count: int) -> Case:
    """Return the wide circuit of the publication's XOR with random samples."""
    x = np.random.default_rng(0).uniform(0.5, 1.5, (count, 2))
    y = (np.prod(x - 1.0, axis=1, keepdims=True) < 0.0) + 0.5
    return Case(make_circuit("cubic-quadratic", 2), x, y)


def pot() -> Iterator[Point]:
    """Yield the points of the autonomous pot of linear regression."""
    lowered, start = filled_pot("linear-regression", "linear")
    duration = PERIODS * lowered.program.phases[0].duration
    times = np.linspace(0.0, duration, 16 * PERIODS + 1)[1:]
    ours, theirs = our_run(lowered, start, times), roadrunner_run(lowered, start, times)
    exact = ours(1e-12, 1e-16)[1]
    default = default_tolerances("autonomous")
    runs = [("neuralcrn, specialised", ours, rtol, 1e-3 * rtol) for rtol in RTOLS]
    runs += [("libRoadRunner", theirs, rtol, 1e-14) for rtol in RTOLS]
    runs.append(("neuralcrn, default", ours, default.rtol, default.atol))
    for engine, run, rtol, atol in runs:
        timed = [run(rtol, atol) for _ in range(3)]
        yield Point(engine, rtol, min(seconds for seconds, _ in timed), pot_error(timed[0][1], exact))


def simulation(network: Network, times: np.ndarray, exact: np.ndarray, repeats: int) -> Iterator[Point]:
    """Yield the points of one simulation."""
    scale = np.maximum(np.abs(exact).max(axis=0), 1e-300)

    def point(engine: str, run: Callable[[], np.ndarray], rtol: float) -> Point:
        timed = [_timed(run) for _ in range(repeats)]
        values = timed[0][1]
        return Point(engine, rtol, min(s for s, _ in timed), float((np.abs(values - exact) / scale).max()))

    for rtol in RTOLS:
        yield point("neuralcrn, data-driven", partial(_simulated, network, times, rtol), rtol)
        yield point("libRoadRunner", _roadrunner(network, times, rtol), rtol)
    yield point("neuralcrn, default", lambda: simulate(network, times[-1], times).values, 1e-6)


def _simulated(network: Network, times: np.ndarray, rtol: float) -> np.ndarray:
    run = simulate(network, times[-1], times, rtol=rtol)
    if len(run.times) < len(times):
        raise SystemExit(f"our engine at rtol {rtol:g}: {run.outcome.advice}")
    return run.values


def _roadrunner(network: Network, times: np.ndarray, rtol: float) -> Callable[[], np.ndarray]:
    import roadrunner

    from neuralcrn.formats import write_sbml

    runner = roadrunner.RoadRunner(write_sbml(network))
    runner.integrator.maximum_num_steps = 10_000_000
    runner.integrator.relative_tolerance = rtol
    runner.integrator.absolute_tolerance = 1e-14 * max(network.initial)
    runner.selections = [f"[{name}]" for name in network.species]

    def run() -> np.ndarray:
        runner.reset()
        return np.array(runner.simulate(times=[0.0, *times.tolist()]))[1:]

    return run


def _timed(run: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    begin = time.perf_counter()
    values = run()
    return time.perf_counter() - begin, values


def rober() -> Iterator[Point]:
    """Yield the points of Robertson's problem."""
    network, times = parse_network(ROBER), 10.0 ** np.arange(-5.0, 12.0)
    exact = _simulated(network, times, 1e-12)
    return simulation(network, times, exact, 5)


def large() -> Iterator[Point]:
    """Yield the points of the large network."""
    network, times = large_network(), np.array([0.1, 1.0, 10.0, 100.0])
    return simulation(network, times, reference_values(network, times), 1)


def problems() -> dict[str, Callable[[], Iterable[Point]]]:
    """Return everything that is measured."""
    circuits = cases(500)
    return {
        "quadratic": partial(training, circuits["quadratic"]),
        "perceptron": partial(training, circuits["perceptron"]),
        "cubic-quadratic": lambda: training(xor_case(100)),
        "pot": pot,
        "ROBER": rober,
        "large network": large,
    }


def ratios(points: list[Point]) -> dict[str, float]:
    """Return how much faster our fastest run is than libRoadRunner's at errors that both reach."""
    found: dict[str, float] = {}
    for limit in (1e-3, 1e-6):
        ours = [p.seconds for p in points if p.engine.startswith("neuralcrn") and p.error <= limit]
        theirs = [p.seconds for p in points if p.engine == "libRoadRunner" and p.error <= limit]
        if ours and theirs:
            found[f"ratio_at_{limit:g}"] = min(theirs) / min(ours)
    return found


def draw(results: dict[str, list[Point]], file: Path) -> None:
    """Draw seconds against error of every problem."""
    from matplotlib.figure import Figure

    columns = min(len(results), 3)
    rows = -(-len(results) // columns)
    figure = Figure(figsize=(3.7 * columns, 3.0 * rows + 0.5), layout="constrained")
    engines = list(dict.fromkeys(point.engine for points in results.values() for point in points))
    curves: dict[str, Any] = {}
    for place, (name, points) in enumerate(results.items(), start=1):
        axes = figure.add_subplot(rows, columns, place)
        for engine in dict.fromkeys(point.engine for point in points):
            own = [point for point in points if point.engine == engine]
            style = {"marker": "*", "ls": "", "ms": 10} if engine.endswith("default") else {"marker": "o"}
            curves[engine], *_ = axes.loglog(
                [max(p.error, 1e-16) for p in own],
                [p.seconds for p in own],
                color=f"C{engines.index(engine)}",
                **style,
            )
        axes.set(title=name, xlabel="error", ylabel="seconds")
    figure.legend(list(curves.values()), list(curves), loc="outside lower center", ncols=columns)
    figure.savefig(file)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = problems()
    parser.add_argument("--only", nargs="+", choices=sorted(known), default=list(known), metavar="NAME")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: dict[str, list[Point]] = {}
    summary: dict[str, Any] = {}
    for name in options.only:
        results[name] = list(known[name]())
        summary |= {f"{name}_{key}": value for key, value in ratios(results[name]).items()}
        if not options.json:
            print(f"{name}:")
            for point in results[name]:
                print(
                    f"  {point.engine:24} rtol {point.rtol:7.0e} {point.seconds:10.3g} s",
                    f"  error {point.error:.1e}",
                )
            for key, value in ratios(results[name]).items():
                print(f"  {key}: {value:.1f} times faster than libRoadRunner")
    if options.plot:
        draw(results, options.plot)
    if options.json:
        points = {name: [point._asdict() for point in found] for name, found in results.items()}
        print(json.dumps({**summary, "points": points}))


if __name__ == "__main__":
    main()

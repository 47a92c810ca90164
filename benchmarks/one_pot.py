"""One pot with a chemical clock: how fast it is simulated, and what it learns with nothing but dosing.

    python benchmarks/one_pot.py [--speed] [--periods 20] [--json]
    python benchmarks/one_pot.py --learn [--seeds 5] [--jobs 2] [--only WORD ...] [--quick] [--json]

Speed: the autonomous pots of linear regression and of XOR, with parameters and one sample in them, run
through a number of periods of their clock, undosed, in our engine and in libRoadRunner, on the same
network. The error is the largest distance of any species at any of 16 times a period from a reference at
rtol 1e-11, in units of that species' largest concentration; over many cycles it is mostly the phase of
the clock. First we have our tolerances of training, then each the fastest that keeps below a limit; the
peer always has the fastest of many tolerances that is as accurate. Times are of the processor.

Learning: the same circuit, samples, seeds and epochs at both levels, staged (phases run by a script) and
autonomous (one network; the script doses when the clock says so). Seconds are of the processor, with
compilation and predictions; a seed that fails counts as the worst value.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.compiler.program import Dose
from neuralcrn.engines.integrate import NO_WATCH, integrate
from neuralcrn.engines.outcome import Outcome
from neuralcrn.errors import NeuralCRNError
from neuralcrn.formats import write_sbml
from neuralcrn.tasks import make_task
from neuralcrn.training import (
    LoweredProgram,
    circuit_for,
    default_tolerances,
    initial_laws,
    lower,
    plan,
    specialised,
    train_task,
)
from neuralcrn.training.trainer import dose_parameters, draw_parameters

LEVELS = ("staged", "autonomous")
LOSS, GRID, HELD = "validation_loss", "test_accuracy", "accuracy"


@dataclass(frozen=True)
class Experiment:
    """One row: a task and a circuit, what is measured, and what the autonomous median must reach.

    The goal is a number, or, if it is `relative`, how far from the staged median it may be: a fraction
    of a loss, points of an accuracy. A row without a goal stands beside the one that has it.
    """

    name: str
    task: str
    circuit: str
    gradient: str
    measure: str
    goal: float | None
    epochs: int
    options: tuple[tuple[str, float], ...] = ()
    relative: bool = False

    @property
    def smaller_is_better(self) -> bool:
        """Whether the measure is a loss."""
        return self.measure == LOSS

    def bound(self, staged: float) -> float | None:
        """Return what the autonomous median must reach, given that of the staged runs."""
        if self.goal is None or not self.relative:
            return self.goal
        return staged * (1.0 + self.goal) if self.smaller_is_better else staged - self.goal


REDUCED, REGRESSION = "cubic-quadratic", "linear-regression"
UNIT, THREE, FOUR = (("supply", 1.0),), (("hidden", 3),), (("hidden", 4),)
SLOWER = (("rate", 0.15),)
EXPERIMENTS = (
    Experiment("linear regression, h = 0.1", REGRESSION, "linear", "exact", LOSS, None, 10),
    Experiment("linear regression, h = 1", REGRESSION, "linear", "exact", LOSS, 0.12, 10, UNIT),
    Experiment("  minimal circuit", REGRESSION, "minimal", "exact", LOSS, 0.12, 10, UNIT),
    Experiment("linear classification", "linear-classification", "linear", "exact", HELD, 0.97, 10),
    Experiment("  mixing, 3 states", "linear-classification", "mixing", "exact", HELD, 0.97, 20, THREE),
    Experiment("bilinear first-order", "bilinear", "quadratic", "first-order", LOSS, 0.15, 50, (), True),
    Experiment("bilinear exact", "bilinear", "quadratic", "exact", LOSS, 0.15, 80, (), True),
    Experiment("XOR cubic-quadratic", "xor", REDUCED, "linear-reversal", GRID, 0.03, 80, (), True),
    Experiment("  mixing, 4 states", "xor", "mixing", "exact", GRID, 0.03, 100, FOUR, True),
    Experiment("rings cubic-quadratic", "rings", REDUCED, "linear-reversal", HELD, 0.03, 80, (), True),
    Experiment("  at rate 0.15", "rings", REDUCED, "linear-reversal", HELD, 0.03, 80, SLOWER, True),
    Experiment("  mixing, 4 states", "rings", "mixing", "exact", HELD, 0.03, 100, FOUR, True),
    Experiment("iris quadratic", "iris", "quadratic", "exact", HELD, 0.03, 40, (("rate", 0.1),), True),
    Experiment("  mixing, 3 states", "iris", "mixing", "exact", HELD, 0.03, 40, THREE, True),
)
Job = tuple[Experiment, str, int, int]


def learn(job: Job) -> dict[str, Any]:
    """Train once; return the measure, the cycles and the seconds of processor time, or the failure."""
    experiment, level, seed, epochs = job
    start = time.process_time()
    row: dict[str, Any] = {"experiment": experiment, "level": level, "seed": seed, "failure": None}
    try:
        trained = train_task(
            experiment.task,
            experiment.circuit,
            gradient=experiment.gradient,
            autonomy=level,
            seed=seed,
            epochs=epochs,
            **dict(experiment.options),
        )
    except NeuralCRNError as error:
        worst = float("inf") if experiment.smaller_is_better else 0.0
        return {**row, "value": worst, "failure": str(error), "seconds": time.process_time() - start}
    program, metrics = trained.trainer.lowered.program, trained.metrics[-1]
    return {
        **row,
        "value": float(getattr(metrics, experiment.measure)),
        "cycles": epochs * len(trained.trainer.task.train),
        "period": metrics.period,
        "species": len(program.species),
        "reactions": program.reaction_count,
        "max_order": program.max_order,
        "seconds": time.process_time() - start,
    }


def report_learning(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Train every row at both levels over all seeds; return the rows of the table."""
    chosen = [
        e
        for e in EXPERIMENTS
        if not options.only or any(w in f"{e.name} {e.task} {e.circuit}" for w in options.only)
    ]
    seeds = 1 if options.quick else options.seeds
    jobs = [
        (e, level, seed, 2 if options.quick else e.epochs)
        for e in chosen
        for level in LEVELS
        for seed in range(seeds)
    ]
    runs: list[dict[str, Any]] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for run in pool.map(learn, jobs):
            runs.append(run)
            row = run["experiment"]
            line = f"{row.task} {row.circuit}, {run['level']}, seed {run['seed']}: {run['value']:.4f}"
            print(f"{line} in {run['seconds']:.1f} s {run['failure'] or ''}", file=sys.stderr, flush=True)
    return [summarise(e, [run for run in runs if run["experiment"] == e]) for e in chosen]


def summarise(experiment: Experiment, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one row of the table: both levels and whether the autonomous one reaches the goal."""
    row: dict[str, Any] = {
        "name": experiment.name,
        "measure": experiment.measure,
        "task": experiment.task,
        "circuit": experiment.circuit,
        "epochs": experiment.epochs,
        "options": dict(experiment.options),
    }
    for level in LEVELS:
        own = [run for run in runs if run["level"] == level]
        values = [run["value"] for run in own]
        finished = [run for run in own if run["failure"] is None]
        last = finished[-1] if finished else {}
        row[level] = {
            "median": statistics.median(values),
            "lowest": min(values),
            "highest": max(values),
            "values": values,
            "seconds": statistics.median(run["seconds"] for run in own),
            "failures": [run["failure"] for run in own if run["failure"] is not None],
            **{key: last.get(key) for key in ("cycles", "period", "species", "reactions", "max_order")},
        }
    bound = experiment.bound(row["staged"]["median"])
    median = row["autonomous"]["median"]
    row["goal"] = bound
    row["met"] = None
    if bound is not None:
        row["met"] = median <= bound if experiment.smaller_is_better else median >= bound
    return row


def print_learning(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table of learning."""
    print(f"{'':26} {'':15}  {'staged':^31}  {'autonomous: one pot, only dosed':^54}")
    print(f"{'experiment':26} {'measure':15} ", end="")
    print(f"{'median':>7} {'range':>15} {'CPU s':>7}  ", end="")
    print(f"{'median':>7} {'range':>15} {'CPU s':>7} ", end="")
    print(f"{'cycles':>6} {'species':>7} {'reactions':>9}  {'goal':>6}  met")
    for row in rows:
        staged, pot = row["staged"], row["autonomous"]
        goal = "" if row["goal"] is None else f"{row['goal']:.4f}"
        met = {None: "", True: "yes", False: "no"}[row["met"]]
        print(f"{row['name']:26} {row['measure']:15} {_figures(staged)}  {_figures(pot)} ", end="")
        print(f"{pot['cycles']:>6} {pot['species']:>7} {pot['reactions']:>9}  {goal:>6}  {met}")


def _figures(level: dict[str, Any]) -> str:
    spread = f"{level['lowest']:.4f}-{level['highest']:.4f}"
    return f"{level['median']:7.4f} {spread:>15} {level['seconds']:7.1f}"


POTS = (("linear regression", "linear-regression", "linear"), ("XOR", "xor", REDUCED))
LIMITS = (1e-3, 1e-5)
OURS = [(rtol, 1e-3 * rtol) for rtol in np.logspace(-3.0, -9.0, 25)]
"""Relative and absolute tolerances that we choose from; the clock has its own absolute one."""
PEER = [(rtol, atol) for rtol in np.logspace(-4.0, -11.0, 29) for atol in (1e-12, 1e-14)]
"""The same of the peer: one absolute tolerance for all, as low as the clock needs, or lower."""
RECORDS = 16
Run = Callable[[float, float], tuple[float, NDArray[np.float64]]]
"""Relative and absolute tolerance to seconds and what was recorded, shape (times, core species)."""


def filled_pot(task: str, circuit: str) -> tuple[LoweredProgram, NDArray[np.float64]]:
    """Return the autonomous program of a task and what is in its pot: parameters and one sample."""
    name, mode, setting = plan(task, circuit)
    data = make_task(task, 0, **setting.task_options)
    lowered = specialised(lower(circuit_for(data, name, mode, setting).compile("autonomous")))
    state = dose_parameters(lowered, draw_parameters(lowered.program.circuit, initial_laws(name, setting), 0))
    sources = {"feature": data.train.features[0], "target": data.train.targets[0], "constant": np.ones(1)}
    for step in lowered.program.training:
        if isinstance(step, Dose):
            amount = step.factor * sources[step.source][step.index]
            positive, negative = lowered.places([step.variable])[0]
            state[positive if amount >= 0.0 else negative] += abs(amount)
    return lowered, state


def our_run(lowered: LoweredProgram, start: NDArray[np.float64], times: NDArray[np.float64]) -> Run:
    """Return a run in our engine."""

    def run(rtol: float, atol: float) -> tuple[float, NDArray[np.float64]]:
        state, scratch = start.copy(), np.zeros(lowered.scratch_size)
        records = np.zeros((len(times), len(lowered.reductions[0].core)))
        controls, systems = lowered.controls(rtol, atol, 100_000_000), lowered.systems
        begin = time.thread_time()
        outcome, _, _ = integrate(
            systems.integers,
            systems.floats,
            lowered.starts[0],
            lowered.functions[0],
            state,
            float(times[-1]),
            NO_WATCH,
            controls,
            scratch,
            times,
            records,
        )
        seconds = time.thread_time() - begin
        if outcome != Outcome.SUCCESS:
            raise SystemExit(f"our engine at rtol {rtol:g}: {Outcome(outcome).advice}")
        return seconds, records

    return run


def roadrunner_run(lowered: LoweredProgram, start: NDArray[np.float64], times: NDArray[np.float64]) -> Run:
    """Return the same run in libRoadRunner."""
    import roadrunner

    network = lowered.program.phases[0].network
    filled = {name: float(start[lowered.positions[name]]) for name in network.species}
    runner = roadrunner.RoadRunner(write_sbml(network.with_initial(filled)))
    runner.integrator.maximum_num_steps = 1_000_000
    names = list(lowered.positions)
    runner.selections = ["time", *(f"[{names[i]}]" for i in lowered.reductions[0].core)]

    def run(rtol: float, atol: float) -> tuple[float, NDArray[np.float64]]:
        runner.reset()
        runner.integrator.relative_tolerance = rtol
        runner.integrator.absolute_tolerance = atol
        begin = time.thread_time()
        records = runner.simulate(times=[0.0, *times.tolist()])
        return time.thread_time() - begin, np.array(records)[1:, 1:]

    return run


def report_speed(periods: int) -> dict[str, Any]:
    """Measure every pot at every accuracy; the first ratio is that of the linear pot."""
    pots = [measure_pot(*pot, periods) for pot in POTS]
    return {"ratio": pots[0]["comparisons"][0]["ratio"], "periods": periods, "pots": pots}


def measure_pot(name: str, task: str, circuit: str, periods: int) -> dict[str, Any]:
    """Compare the engines on one pot."""
    lowered, start = filled_pot(task, circuit)
    duration = periods * lowered.program.phases[0].duration
    times = np.linspace(0.0, duration, periods * RECORDS + 1)[1:]
    ours, theirs = our_run(lowered, start, times), roadrunner_run(lowered, start, times)
    exact = ours(1e-11, 1e-15)[1]
    training = default_tolerances("autonomous")
    chosen = training.rtol, training.atol
    tried = {run: ladder(run, settings, exact) for run, settings in ((ours, OURS), (theirs, PEER))}
    reached = error(ours(*chosen)[1], exact)
    pairs = [(reached, chosen, fastest(tried[theirs], reached))]
    pairs += [(limit, fastest(tried[ours], limit), fastest(tried[theirs], limit)) for limit in LIMITS]
    comparisons: list[dict[str, Any]] = []
    for limit, own, other in pairs:
        rows = {
            "neuralcrn": timed(ours, own, exact, periods),
            "libRoadRunner": timed(theirs, other, exact, periods),
        }
        ratio = rows["neuralcrn"]["cycles_per_second"] / rows["libRoadRunner"]["cycles_per_second"]
        comparisons.append({"limit": limit, "ratio": ratio, "rows": rows})
    return {
        "name": name,
        "species": len(lowered.program.species),
        "reactions": lowered.program.reaction_count,
        "specialised": bool(lowered.functions.any()),
        "comparisons": comparisons,
    }


def ladder(
    run: Run, settings: Sequence[tuple[float, float]], exact: NDArray[np.float64]
) -> list[tuple[float, float, tuple[float, float]]]:
    """Return error, seconds and tolerances of a run at every setting."""
    rows: list[tuple[float, float, tuple[float, float]]] = []
    for setting in settings:
        runs = [run(*setting) for _ in range(3)]
        rows.append((error(runs[0][1], exact), min(seconds for seconds, _ in runs), setting))
    return rows


def fastest(rows: Sequence[tuple[float, float, tuple[float, float]]], limit: float) -> tuple[float, float]:
    """Return the tolerances of the fastest run whose error is within the limit."""
    return min((row for row in rows if row[0] <= limit), key=lambda row: row[1])[2]


def error(records: NDArray[np.float64], exact: NDArray[np.float64]) -> float:
    """Return the largest distance, each species in units of its largest concentration; see above."""
    scale = exact.max(axis=0)
    present = scale > 1e-9
    return float(np.max(np.abs(records - exact)[:, present] / scale[present]))


def timed(run: Run, setting: tuple[float, float], exact: NDArray[np.float64], periods: int) -> dict[str, Any]:
    """Return one row: the best of seven runs."""
    runs = [run(*setting) for _ in range(7)]
    return {
        "rtol": setting[0],
        "atol": setting[1],
        "error": error(runs[0][1], exact),
        "cycles_per_second": periods / min(seconds for seconds, _ in runs),
    }


def print_speed(result: dict[str, Any]) -> None:
    """Print a block for each pot."""
    for pot in result["pots"]:
        size = f"{pot['species']} species, {pot['reactions']} reactions"
        code = "machine code" if pot["specialised"] else "data-driven"
        print(f"{pot['name']}: {size}, {result['periods']} periods of the clock, ours {code}")
        for comparison in pot["comparisons"]:
            print(f"  errors up to {comparison['limit']:.1e}: {comparison['ratio']:.1f} times faster")
            for engine, row in comparison["rows"].items():
                print(f"    {engine:14} {row['cycles_per_second']:8.1f} cycles/s, ", end="")
                print(f"error {row['error']:.1e} at rtol {row['rtol']:.1e}, atol {row['atol']:.1e}")


def main() -> None:
    """Measure one of the two parts, print the table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--speed", action="store_true", help="the default")
    part.add_argument("--learn", action="store_true")
    parser.add_argument("--periods", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--quick", action="store_true", help="one seed, two epochs: does it run?")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result: Any = report_learning(options) if options.learn else report_speed(options.periods)
    if options.json:
        print(json.dumps(result))
    elif options.learn:
        print_learning(result)
    else:
        print_speed(result)


if __name__ == "__main__":
    main()

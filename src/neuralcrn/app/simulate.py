"""Deterministic or stochastic simulation of a network or circuit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from neuralcrn.app.simulations.changes import Changes
from neuralcrn.app.simulations.columns import Table
from neuralcrn.app.simulations.options import SimulationOptions
from neuralcrn.app.simulations.results import Ensembles, Plan, Simulated, Trajectories
from neuralcrn.app.simulations.sensitivities import check_sizes, parametric_networks
from neuralcrn.app.sources import Source
from neuralcrn.errors import InvalidValueError, shown_path
from neuralcrn.status import OnStatus, Status, ignore_status

if TYPE_CHECKING:
    from neuralcrn.chemistry import ParametricNetwork
    from neuralcrn.engines import Ensemble, Trajectory
    from neuralcrn.formats import SbmlModel


def simulate(
    source: Source,
    options: SimulationOptions,
    changes: Changes | None = None,
    *,
    on_status: OnStatus = ignore_status,
) -> Simulated:
    """Simulate a network by mass action, once or for each value of a scan.

    Parameters
    ----------
    source : Source
        A file, a phase of a circuit, or a pot.
    options : SimulationOptions
        Options of the simulation and of its output.
    changes : Changes, optional
        Changed values, and a scan.
    on_status : callable
        Called with the number of completed runs; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError, InvalidValueError, ParseError, NetworkError
        If the source cannot be read or compiled, or a name is unknown.
    SimulationError
        If a stochastic run stops early.

    Examples
    --------
    >>> from neuralcrn.app import Scan
    >>> decay = Source("decay.crn", text="A -> B [k = 2]" + chr(10) + "A @initial 3")
    >>> print(simulate(decay, SimulationOptions(t_end=1.0, steps=1)).csv().splitlines()[0])
    time,A,B
    >>> scan = simulate(decay, SimulationOptions(t_end=1.0), Changes(scan=Scan("A", (1.0, 2.0))))
    >>> [one["value"] for one in scan.to_json()["results"]]
    [1.0, 2.0]
    """
    changes = changes or Changes()
    plan = _plan(source, options, changes)
    if options.counted:
        return Ensembles(plan, _ensembles(plan, on_status))
    return Trajectories(plan, _trajectories(_runs(plan, source, changes), on_status))


def _plan(source: Source, options: SimulationOptions, changes: Changes) -> Plan:
    """Read the source with each of the changes, and check all names before the simulation."""
    counts = options.counted and options.volume is None  # if the file has explicit laws
    read = partial(source.models, discrete=counts)
    show = partial(
        Table.of,
        species=options.species,
        columns=options.columns,
        units=options.units,
        counted=options.counted,
    )
    (model,) = read(changes.each[:1])
    changes.check(model)
    scale = 1.0
    if options.counted:
        model, scale = _with_volume(source, model, options.volume)
    tables = [show(model)]
    rows = (options.steps + 1) * len(changes.each) * (options.runs if options.all_runs else 1)
    moments = options.counted and not options.all_runs
    tables[0].check_size(rows, 2 if moments else 1 + len(options.sensitivities))
    for other in read(changes.each[1:]) if changes.scan else ():
        tables.append(show(_with_volume(source, other, options.volume)[0] if options.counted else other))
    return Plan(source.name, changes.scan, options, scale, tables, options.times, options.grid)


def _runs(plan: Plan, source: Source, changes: Changes) -> list[Callable[[], Trajectory]]:
    """Return the integration of every model."""
    models = [table.model for table in plan.tables]
    if not plan.options.sensitivities:
        return [partial(_integrate, plan, model) for model in models]
    check_sizes(source, plan.tables[0], plan.options.sensitivities)
    return [
        partial(_differentiate, plan, network)
        for network in parametric_networks(source, models, changes.each)
    ]


def _trajectories(runs: Sequence[Callable[[], Trajectory]], on_status: OnStatus) -> list[Trajectory]:
    """Integrate every model."""
    made: list[Trajectory] = []
    on_status(Status("values", 0, len(runs)))
    for run in runs:
        made.append(run())
        on_status(Status("values", len(made), len(runs)))
    return made


def _differentiate(plan: Plan, network: ParametricNetwork) -> Trajectory:
    from neuralcrn.engines import simulate

    end, options = float(plan.grid[-1]), plan.options
    return simulate(
        network, end, plan.grid, rtol=options.rtol, atol=options.atol, sensitivities=options.sensitivities
    )


def _integrate(plan: Plan, model: SbmlModel) -> Trajectory:
    from neuralcrn.engines import simulate

    end, options = float(plan.grid[-1]), plan.options
    if model.events:
        from neuralcrn.engines.native.events import simulate_events

        return simulate_events(
            model.network, model.events, end, plan.grid, rtol=options.rtol, atol=options.atol
        )
    return simulate(model.network, end, plan.grid, rtol=options.rtol, atol=options.atol)


def _ensembles(plan: Plan, on_status: OnStatus) -> list[Ensemble]:
    """Simulate every model stochastically."""
    from neuralcrn.engines import simulate_stochastic

    options = plan.options
    made: list[Ensemble] = []

    def tell(done: int) -> None:
        on_status(Status("runs", len(made) * options.runs + done, len(plan.tables) * options.runs))

    tell(0)
    for table in plan.tables:
        made.append(
            simulate_stochastic(
                table.model.network,
                float(plan.grid[-1]),
                plan.grid,
                method=options.method,
                volume=plan.scale,
                runs=options.runs,
                seed=options.seed,
                keep_runs=options.all_runs,
                progress=tell,
            )
        )
    return made


def _with_volume(source: Source, model: SbmlModel, volume: float | None) -> tuple[SbmlModel, float]:
    """Return a model with states in numbers of molecules, and the number of molecules per unit."""
    shown = shown_path(source.name)
    if volume is None:
        if model.unit == "concentration":
            largest = max(model.network.initial, default=0.0)
            raise InvalidValueError(
                "volume is needed: molecules per unit concentration; the largest initial concentration of "
                f"{shown} is {largest:g}"
            )
        _check_whole(shown, model)  # its laws are propensities
        return model, 1.0
    if not 0.0 < volume < float("inf"):
        raise InvalidValueError(f"volume = {volume:g}: it must be positive and finite")
    sizes = [1.0 if model.unit == "concentration" else size for size in model.sizes]
    scaled = tuple(None if size is None else size * volume for size in sizes)
    return replace(model, unit="amount", sizes=scaled), volume


def _check_whole(shown: str, model: SbmlModel) -> None:
    """Reject initial values that are not integers, which indicate other units in the file."""
    start = zip(model.network.species, model.network.initial, strict=True)
    if parts := [f"{name} = {count:g}" for name, count in start if abs(count - round(count)) > 1e-9 * count]:
        raise InvalidValueError(
            f"{shown}: {', '.join(parts[:3])} at the start: not whole numbers of molecules; say by a volume "
            "how many molecules one unit of concentration has (of amount, where sizes of compartments differ)"
        )

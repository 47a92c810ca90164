"""``neuralcrn train``: learn a task and leave a run folder."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuralcrn.cli.circuit_options import (
    AutonomyOption,
    ClockOption,
    GradientOption,
    HiddenOption,
    OptimiserOption,
    read_optimiser,
)
from neuralcrn.cli.output import (
    FiguresOption,
    ImageFormat,
    JsonOption,
    MethodOption,
    VolumeOption,
    console,
    print_json,
    refuse,
)
from neuralcrn.cli.tables import (
    CategoricalOption,
    DecimalOption,
    DropOption,
    FeaturesOption,
    KindOption,
    MissingOption,
    SeparatorOption,
    TargetOption,
    ThousandsOption,
    reading_of,
)
from neuralcrn.errors import DivergenceError, InvalidValueError

if TYPE_CHECKING:
    from neuralcrn.learning import TrainingSpec


def train(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="TASK|FILE.csv", help="A task ('neuralcrn list'), or a CSV file with a header."
        ),
    ] = None,
    target: TargetOption = None,
    features: FeaturesOption = None,
    drop: DropOption = None,
    categorical: CategoricalOption = None,
    missing: MissingOption = None,
    kind: KindOption = None,
    separator: SeparatorOption = None,
    decimal: DecimalOption = None,
    thousands: ThousandsOption = None,
    circuit: Annotated[
        str | None,
        typer.Option(
            help="A circuit ('neuralcrn list'); each task has one, a file mixing or, above 8 columns, linear."
        ),
    ] = None,
    gradient: GradientOption = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training samples; of a file, what makes 8,000 steps.")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            help="Fraction of a gradient that reaches its parameter, in (0, 1]; halved if an epoch diverges."
        ),
    ] = None,
    autonomy: AutonomyOption = "staged",
    clock: ClockOption = "",
    optimiser: OptimiserOption = None,
    method: MethodOption = "ode",
    volume: VolumeOption = None,
    hidden: HiddenOption = None,
    horizon: Annotated[float | None, typer.Option(help="Duration of the feedforward phase.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; it must not exist. [default: runs/ID]")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with the run in this folder, to --epochs in all.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=2**63 - 1, help="Seed of everything random: the same, the same bytes. [default: 0]"
        ),
    ] = None,
    figures: FiguresOption = ImageFormat.PNG,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Draw no figures at the end.")] = False,
    json: JsonOption = False,
) -> None:
    """Train a circuit by simulating its reactions, and leave a run folder.

    The folder holds the configuration, the program in words, the trained networks, the metrics,
    checkpoints and figures. Ctrl-C saves; `--resume` goes on to the same bytes, and with `--epochs` extends a
    finished run. Of a CSV file, the row and column of what cannot be read are named, with what to declare.

    **Examples:** `neuralcrn train xor`, `neuralcrn train rings --circuit mixing --hidden 8`,
    `neuralcrn train bilinear --autonomy autonomous`, `neuralcrn train data.csv --target price`,
    `neuralcrn train data.csv --target price --drop id,date --categorical colour --missing mean --decimal ,`,
    `neuralcrn train --resume runs/ID --epochs 100`
    """
    from neuralcrn.engines import Kinetics
    from neuralcrn.learning import progress_bar
    from neuralcrn.runs import resume as resume_run

    chosen = {"epochs": epochs, "rate": rate, "hidden": hidden, "horizon": horizon}
    table = {
        "features": features, "drop": drop, "categorical": categorical, "missing": missing, "kind": kind,
        "separator": separator, "decimal": decimal, "thousands": thousands,
    }  # fmt: skip
    if resume is not None:
        named = {
            "TASK": task,
            "target": target,
            "circuit": circuit,
            "gradient": gradient,
            "out": out,
            "seed": seed,
            "autonomy": autonomy if autonomy != "staged" else None,
            "clock": clock or None,
            "optimiser": optimiser,
            "method": method if method != "ode" else None,
            "volume": volume,
        }
        others = {**named, **table, **chosen, "epochs": None}
        if given := [name for name, value in others.items() if value is not None]:
            raise InvalidValueError(f"--resume goes on with a run as it was: leave out {', '.join(given)}")
        session = resume_run(resume, epochs=epochs)
        for reason in session.refused:
            refuse(f"{reason}; the checkpoint before it is used")
    elif task is None:
        raise InvalidValueError("name a task ('neuralcrn list' shows them), a CSV file, or --resume a run")
    else:
        chosen |= read_optimiser(optimiser)
        level = _level(autonomy, clock)
        law = Kinetics(method, volume or 0.0)
        session = _start(task, target, table, circuit, gradient, level, law, seed or 0, out, chosen)
    _announce(session)
    try:
        with progress_bar(console) as bar:
            summary = session.run(bar)
    except KeyboardInterrupt:
        refuse(f"saved; go on with: neuralcrn train --resume {session.folder}")
        raise
    except DivergenceError as error:
        raise DivergenceError(f"{error}. The last good state is kept in {session.folder}") from error
    if not no_figures:
        from neuralcrn.cli.figures import draw_run

        draw_run(session, figures)
    from neuralcrn.studies.baselines import baselines

    summary = {**summary, "baselines": dict(baselines(session.task))}
    if json:
        print_json(summary)
    else:
        _report(summary, len(session.task.validation))


def _level(autonomy: str, clock: str) -> dict[str, str]:
    """Return the level and its clock, or refuse what does not fit together."""
    from neuralcrn.compiler.pot.clocks import DEFAULT_CLOCK, find_clock

    if autonomy != "autonomous":
        if clock:
            raise InvalidValueError(f"--clock {clock} belongs to --autonomy autonomous")
        return {"level": autonomy, "clock": ""}
    return {"level": autonomy, "clock": find_clock(clock or DEFAULT_CLOCK).name}


def _start(
    task: str,
    target: str | None,
    table: dict[str, str | None],
    circuit: str | None,
    gradient: str | None,
    level: dict[str, str],
    law: Any,
    seed: int,
    out: Path | None,
    chosen: dict[str, Any],
) -> Any:
    """Build the description of a new run and begin it."""
    from neuralcrn.learning import DataFile, plan
    from neuralcrn.runs import start
    from neuralcrn.tasks import TASKS, read_csv

    data = Path(task) if task.endswith(".csv") or Path(task).is_file() else None
    if data is not None and not target:
        raise InvalidValueError(f"{task}: name the column to predict with --target")
    if data is None:
        for name, value in {"target": target, **table}.items():
            if value is not None:
                raise InvalidValueError(f"--{name} belongs to a CSV file, but {task!r} is no such file")
        TASKS.find(task)
    reading = reading_of(**table)
    planned = read_csv(data, target or "", reading, rng=seed).task if data else task
    spec = replace(
        plan(planned, circuit, rule=gradient, **chosen),
        task=data.stem if data else task,
        data=DataFile(target or "", reading) if data else None,
        **level,
        seed=seed,
        kinetics=law,
    )
    return start(spec, out or _free_folder(spec), data, refuse=_refuse_unfit_clock)


def _refuse_unfit_clock(spec: TrainingSpec, task: Any) -> None:
    """Let the clock of an autonomous run tick through what is planned, up to a thousand cycles."""
    if spec.level != "autonomous":
        return
    from neuralcrn.compiler.pot.clocks import find_clock
    from neuralcrn.studies.clock import refuse_unfit_clock, tolerated_overlap

    overlap = tolerated_overlap(spec.make_circuit(task))
    planned = spec.epochs * len(task.train)
    refuse_unfit_clock(find_clock(spec.clock), overlap, cycles=max(2, min(planned, 1_000)))


def _free_folder(spec: TrainingSpec) -> Path:
    """Return a folder under runs/ that does not exist yet."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", spec.task)[:40]
    time = datetime.now().strftime("%Y%m%d-%H%M%S")
    base = f"{stem}-{spec.circuit}-{spec.seed}-{time}"
    candidates = [Path("runs") / base, *(Path("runs") / f"{base}-{i}" for i in range(2, 1000))]
    return next(path for path in candidates if not path.exists())


def _announce(session: Any) -> None:
    """Say what is trained, before anything slow happens."""
    program = session.trainer.program
    for note in session.notes:
        console.print(f"{session.spec.task}: {note}", soft_wrap=True, markup=False)
    console.print(
        f"{session.spec.task}: circuit {program.circuit.name}, {program.circuit.gradient} gradient, "
        f"{len(program.species)} species, {program.reaction_count} reactions, run {session.folder}",
        soft_wrap=True,
    )


def _report(summary: dict[str, Any], rows: int) -> None:
    """Print the result for a person: what is measured on the validation rows, beside other models."""
    name, value = "accuracy", summary["val_accuracy"]
    if value is None:
        name, value = "R²", summary["val_r2"]
    others = ", ".join(f"{model} {_shown(name, known)}" for model, known in summary["baselines"].items())
    typer.echo(f"validation {name} {_shown(name, value)} ({rows:,} rows); without chemistry: {others}")
    if summary["test_accuracy"] is not None:
        typer.echo(f"test accuracy {_shown('accuracy', summary['test_accuracy'])} (grid)")
    typer.echo(
        f"train loss {summary['train_loss']:.4f}, validation loss {summary['val_loss']:.4f} (scaled) after "
        f"{summary['epochs']} epochs in {summary['seconds']:.1f} s "
        f"({summary['samples_per_second']:.0f} samples learned a second)\n{summary['run']}"
    )


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "undefined (all targets equal)"
    return f"{value:.1%}" if name == "accuracy" else f"{value:.4f}"

"""``neuralcrn train``: training with a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuralcrn.cli.circuit_options import (
    ActivationOption,
    ClockOption,
    ConstantOption,
    HiddenOption,
    LevelOption,
    LossOption,
    OptimiserOption,
    RuleOption,
    read_constants,
    read_optimiser,
)
from neuralcrn.cli.output import (
    FiguresOption,
    ImageFormat,
    JsonOption,
    MethodOption,
    ReadingsOption,
    VolumeOption,
    console,
    print_error,
    print_result,
    progress_bar,
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
from neuralcrn.errors import InvalidValueError

if TYPE_CHECKING:
    from neuralcrn.app import TrainingOptions
    from neuralcrn.runs import Session


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
    learner: Annotated[
        str | None,
        typer.Option(help="Learner ('neuralcrn list'), which determines circuit and rule."),
    ] = None,
    circuit: Annotated[
        str | None,
        typer.Option(help="Circuit ('neuralcrn list'). [default: perceptron]"),
    ] = None,
    rule: RuleOption = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="Passes over the training samples. [default: about 60,000 steps, or as recorded]"),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Learning rate; halved if an epoch diverges."),
    ] = None,
    level: LevelOption = "staged",
    clock: ClockOption = "",
    optimiser: OptimiserOption = None,
    constant: ConstantOption = None,
    method: MethodOption = "ode",
    volume: VolumeOption = None,
    readings: ReadingsOption = 1,
    executor: Annotated[
        str | None, typer.Option(help="What runs the program ('neuralcrn list'). [default: native]")
    ] = None,
    hidden: HiddenOption = None,
    activation: ActivationOption = None,
    loss: LossOption = None,
    horizon: Annotated[float | None, typer.Option(help="Duration of the feedforward phase.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; it must not exist. [default: runs/ID]")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Resume the run in this folder, up to --epochs in total.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=2**63 - 1, help="Random seed; the same seed gives identical results. [default: 0]"
        ),
    ] = None,
    figures: FiguresOption = ImageFormat.PNG,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Do not draw figures.")] = False,
    json: JsonOption = False,
) -> None:
    """Train a circuit by simulating its reactions, and write a run folder.

    The folder contains the configuration, the program as text, the trained networks, the metrics, checkpoints
    and figures. Ctrl-C saves a checkpoint. `--resume` continues with identical results, and with `--epochs`
    extends a finished run. For a CSV file, errors give the row and the column, and the option to use.

    **Examples:** `neuralcrn train xor`, `neuralcrn train rings --hidden 16,8 --optimiser chop`,
    `neuralcrn train bilinear --circuit quadratic --level autonomous`, `neuralcrn train xor --learner svm`,
    `neuralcrn train data.csv --target price`,
    `neuralcrn train data.csv --target price --drop id,date --categorical colour --missing mean --decimal ,`,
    `neuralcrn train --resume runs/ID --epochs 100`
    """
    from neuralcrn import app
    from neuralcrn.learners import LEARNERS

    chosen = {
        "learning_rate": learning_rate, "hidden": hidden, "activation": activation, "loss": loss,
        "horizon": horizon,
    }  # fmt: skip
    table = {
        "features": features, "drop": drop, "categorical": categorical, "missing": missing, "kind": kind,
        "separator": separator, "decimal": decimal, "thousands": thousands,
    }  # fmt: skip
    if resume is not None:
        _check_no_file_options(
            TASK=task, target=target, learner=learner, circuit=circuit, rule=rule, out=out, seed=seed,
            level=None if level == "staged" else level, clock=clock or None, optimiser=optimiser,
            constant=constant,
            executor=executor, method=None if method == "ode" else method, volume=volume,
            readings=None if readings == 1 else readings, **table, **chosen,
        )  # fmt: skip
        run = app.resume_run(resume, epochs=epochs)
    elif task is None:
        raise InvalidValueError("name a task ('neuralcrn list' shows them), a CSV file, or --resume a run")
    else:
        _check_table(task, target=target, **table)
        options = app.TrainingOptions(
            learner=learner or "", circuit=circuit, rule=rule,
            circuit_options={
                **chosen,
                "rule_constants": read_constants(constant) or None,
                **read_optimiser(optimiser),
            },
            level=level, clock=clock, method=method, volume=volume or 0.0, readings=readings, seed=seed or 0,
            epochs=epochs, executor=executor, target=target or "", reading=reading_of(**table),
        )  # fmt: skip
        if learner is not None and LEARNERS.find(learner).in_silico:
            _train_in_silico(task, out, options, json)
            return
        run = app.begin_run(task, out, options)
    _announce(run)
    try:
        with progress_bar() as bar:
            trained = app.train(run, image=None if no_figures else figures, on_status=bar)
    except KeyboardInterrupt:
        print_error(f"saved; go on with: neuralcrn train --resume {run.folder}")
        raise
    print_result(trained, json)


def _train_in_silico(task: str, out: Path | None, options: TrainingOptions, json: bool) -> None:
    """Train by conventional computation, and print the scores of the simulated reactions."""
    from neuralcrn import app

    with progress_bar() as bar:
        trained = app.train_in_silico(task, out, options, on_status=bar)
    print_result(trained, json)


def _check_no_file_options(**given: Any) -> None:
    """Reject options that would change a resumed run."""
    if named := [name for name, value in given.items() if value is not None]:
        raise InvalidValueError(
            f"--resume does not accept options that change the run: omit {', '.join(named)}"
        )


def _check_table(task: str, **given: str | None) -> None:
    """Reject options of a file if the task is not a file."""
    if task.endswith(".csv") or Path(task).is_file():
        return
    for name, value in given.items():
        if value is not None:
            raise InvalidValueError(f"--{name} belongs to a CSV file, but {task!r} is no such file")


def _announce(run: Session) -> None:
    """Print what is trained, before anything slow happens."""
    for reason in run.skipped:
        print_error(f"{reason}; the checkpoint before it is used")
    for note in run.notes:
        console.print(f"{run.spec.task}: {note}", soft_wrap=True, markup=False)
    program = run.trainer.program
    console.print(
        f"{run.spec.task}: circuit {program.circuit.name}, {program.circuit.rule} rule, "
        f"{len(program.species)} species, {program.reaction_count} reactions, run {run.folder}",
        soft_wrap=True,
    )

"""What is taken away repeats the training: scripts, commands, networks, figures, animation, run folder."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from neuralcrn.app.live import (
    Function,
    LiveTraining,
    Points,
    RegistryTask,
    Scene,
    Table,
    chemistry_of,
    command,
    listing,
    script,
    take,
)
from neuralcrn.app.train import TrainingOptions, begin_run, train
from neuralcrn.cli.main import app as commands
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.formats import FORMATS
from neuralcrn.runs.spec_file import spec_to_json

LINE = Scene(task=RegistryTask("linear-regression"), circuit="linear", epochs=3)
XOR = Scene(task=RegistryTask("xor"), options={"hidden": 4}, epochs=3)
POINTS = Points(tuple((k % 5 / 5, k % 7 / 7, k % 2) for k in range(20)))


def at(scene: Scene, samples: int) -> LiveTraining:
    training = LiveTraining.begin(scene)
    training.advance(samples)
    return training


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_script_repeats_every_number() -> None:
    training = at(Scene(task=POINTS, options={"hidden": 3}), 25)
    training.change(
        training.scene.patched({"errors": {"rates": 0.3}, "options": {"hidden": 5}}), 'a "change"'
    )
    training.advance(1)
    training.change(training.scene.patched({"removed": ["z1_p"]}), "removed")
    training.change(training.scene.patched({"seed": 4}), "another order")
    training.advance(29)
    done = subprocess.run(
        [sys.executable, "-"], input=script(training), capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    first, *losses, parameters = done.stdout.splitlines()
    assert first == f"55 samples, {training.epoch} epochs "
    assert losses == [
        f"training loss {training.losses[-1].train} validation loss {training.losses[-1].validation}"
    ]
    own = training.progress.trainer.parameters(training.progress.state).tolist()
    assert parameters == f"parameters {own}"


def test_the_script_says_nothing_of_what_was_undone() -> None:
    training = at(LINE, 5)
    training.change(LINE.patched({"errors": {"leaks": 0.1}}), "leaks")
    training.undo()
    assert "leaks" not in script(training)


@pytest.mark.parametrize(
    "scene",
    [
        LINE,
        Scene(task=RegistryTask("bilinear"), circuit="quadratic", rule="first-order", seed=3),
        XOR.patched({"options": {"hidden": [4, 3], "optimiser": "chop", "momentum": 0.5, "batch": 2}}),
        XOR.patched({"options": {"activation": "leaky-relu", "loss": "squared-hinge", "hidden": 3}}),
        LINE.patched({"level": "autonomous", "circuit": "minimal", "clock": "restored-7"}),
        LINE.patched({"method": "ssa", "volume": 200, "options": {"horizon": 0.4, "update": "transfer"}}),
        XOR.patched({"options": {"hidden": 3, "update": "direct", "decay": 1e-4}}),
        Scene(
            task=RegistryTask("logic"), circuit="symmetric-network",
            options={"rule_constants": {"nudge": 0.25}},
        ),
        Scene(task=POINTS, options={"hidden": 3}),
        Scene(task=Function("sin(3*x)", samples=20), options={"hidden": 3}),
        Scene(task=Table("a,the kind\n1,u\n2,u\n3,v\n4,v\n", "the kind"), options={"hidden": 3}),
    ],
)  # fmt: skip
def test_the_command_line_describes_the_same_training(scene: Scene, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    short = scene.patched({"epochs": 1})
    *files, line = take(LiveTraining.begin(short), "command.txt").decode().splitlines()
    if files:
        name = files[0].split()[2]
        assert files[0] == f"cat > {name} <<'END'"
        Path(name).write_text("\n".join(files[1:-1]) + "\n")
    words = shlex.split(line)
    assert words[:2] == ["neuralcrn", "train"]
    done = CliRunner().invoke(commands, [*words[1:], "--out", "run", "--no-figures"])
    assert done.exit_code == 0, done.output
    spec = chemistry_of(short).spec
    assert json.loads(Path("run/config.json").read_text()) == json.loads(json.dumps(spec_to_json(spec)))


def test_what_the_command_line_cannot_express_is_named() -> None:
    scene = XOR.patched({
        "errors": {"rates": 0.5}, "removed": ["z1_p"], "factors": {"a": 2.0}, "equation": "x - z",
        "options": {"annihilation": 50}, "task": {"kind": "registry", "name": "xor", "options": {"train": 9}},
    })  # fmt: skip
    with pytest.raises(InvalidValueError) as caught:
        command(scene)
    assert str(caught.value) == (
        "the command line has no option for equation, errors, factors, removed, task options, "
        "annihilation = 50 of this scene: take the Python script"
    )


def test_networks_are_those_that_the_command_converts(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    training = at(LINE, 10_000)
    run = begin_run("linear-regression", tmp_path / "run", TrainingOptions(circuit="linear", epochs=3))
    train(run, image=None)
    for name, entry in FORMATS.items():
        if entry.write is None:
            continue
        files = unzipped(take(training, f"network-{name}.zip"))
        assert len(files) == len(training.program.phases)
        file, content = list(files.items())[-1]
        phase = Path(file).stem
        done = CliRunner().invoke(
            commands, ["convert", f"run/networks/{phase}.crn", "out", "--to", name, "--force"]
        )
        assert done.exit_code == 0, done.output
        assert Path("out").read_bytes() == content, name


def test_the_run_folder_and_its_figures_are_those_of_the_command(tmp_path) -> None:
    run = begin_run("xor", tmp_path / "run", TrainingOptions(circuit_options={"hidden": 4}, epochs=3))
    train(run, image="png")
    training = at(XOR, 10_000)
    files = unzipped(take(training, "run.zip"))
    for name in ("config.json", "program.txt", "metrics.csv", "network.json", "figures/decision.png"):
        assert files[f"run/{name}"] == (tmp_path / "run" / name).read_bytes(), name
    for name, drawn in (
        ("loss", "loss"),
        ("parameters", "parameters"),
        ("step", "step"),
        ("fit", "decision"),
    ):
        assert take(training, f"{name}.png") == (tmp_path / "run/figures" / f"{drawn}.png").read_bytes(), name


def test_files_are_functions_of_the_training() -> None:
    first, second = at(XOR, 150), at(XOR, 150)
    for file in listing():
        if file["group"] != "run":
            assert take(first, file["name"]) == take(second, file["name"]), file["name"]


def test_the_animation_shows_what_had_been_learned() -> None:
    training = at(Scene(task=RegistryTask("xor"), options={"hidden": 3}, epochs=100), 4 * 101)
    training.change(training.scene.patched({"options": {"hidden": 4}}), "width 4")
    training.advance(50 * 101)
    with Image.open(io.BytesIO(take(training, "animation.gif"))) as image:
        count = image.n_frames  # type: ignore[attr-defined]
        first = np.asarray(image.convert("RGB"))
        image.seek(count - 1)
        last = np.asarray(image.convert("RGB"))
    assert count == 27
    assert (first != last).any(axis=-1).mean() > 0.05


def test_changed_trainings_can_be_drawn() -> None:
    training = at(XOR, 101)
    training.change(training.scene.patched({"options": {"hidden": 3}, "errors": {"rates": 0.1}}), "changed")
    with pytest.raises(
        InvalidValueError, match=r"parameters\.svg: shows epochs: wait until the first is over"
    ):
        take(training, "parameters.svg")
    training.advance(101)
    for name in ("parameters.svg", "loss.svg", "fit.svg", "step.svg"):
        assert b"</svg>" in take(training, name)
    assert "run/lab.json" in unzipped(take(training, "run.zip"))
    assert "run/config.json" not in unzipped(take(training, "run.zip"))


def test_before_the_first_epoch_what_shows_epochs_is_refused_kindly() -> None:
    training = at(XOR, 3)
    for name in ("loss.png", "parameters.png", "animation.gif"):
        with pytest.raises(InvalidValueError, match="wait until the first is over"):
            take(training, name)
    with pytest.raises(UnknownNameError, match=r"unknown file 'fit\.bmp'"):
        take(training, "fit.bmp")

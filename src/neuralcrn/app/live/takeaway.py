"""What can be taken away from a live training, as files.

Every file is a function of the training alone. A run without changes gives the files that the command line
writes, byte for byte.
"""

from __future__ import annotations

import dataclasses
import io
import json
import pprint
import shlex
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from neuralcrn.app.live.animation import animation
from neuralcrn.app.live.chemistry import csv_of, file_name
from neuralcrn.app.live.keeping import save_training
from neuralcrn.app.live.scene import RegistryTask, Scene
from neuralcrn.app.live.training import LiveTraining
from neuralcrn.app.run_figures import RUN_FIGURES, draw_run
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.formats import FORMATS, network_text
from neuralcrn.plots import image_of
from neuralcrn.runs import Session

_IMAGES = ("svg", "png")
_FIGURES = {
    "fit": ("What was learned", "predictions beside the samples"),
    "step": ("One training step", "concentrations during all phases"),
    "loss": ("Loss", "after each epoch"),
    "parameters": ("Weights", "after each epoch"),
}
"""Title and contents of the figures."""
_WIDTH = 88
_COMMAND: Mapping[str, str] = {
    "learning_rate": "--learning-rate",
    "hidden": "--hidden",
    "activation": "--activation",
    "loss": "--loss",
    "horizon": "--horizon",
}
"""Options of ``neuralcrn train`` for options of a circuit."""
_WORDS: Mapping[tuple[str, str], str] = {
    ("optimiser", "chop"): "chop",
    ("update", "direct"): "direct",
    ("update", "transfer"): "transfer",
}
_NUMBERS = ("momentum", "decay", "batch")


@final
@dataclass(frozen=True, slots=True)
class File:
    """A file that can be taken away.

    Attributes
    ----------
    name, title, group, contents : str
        File name, title, one of ``code``, ``network``, ``figure`` and ``run``, and what is in it.
    make : callable
        Function of a training that returns its contents.
    """

    name: str
    title: str
    group: str
    contents: str
    make: Callable[[LiveTraining], bytes]


def listing() -> list[dict[str, str]]:
    """Return name, title, group and contents of every file.

    Examples
    --------
    >>> [file["name"] for file in listing() if file["group"] == "code"]
    ['script.py', 'command.txt', 'scene.json']
    """
    return [
        {"name": file.name, "title": file.title, "group": file.group, "contents": file.contents}
        for file in _FILES.values()
    ]


def take(training: LiveTraining, name: str) -> bytes:
    """Return the contents of a file.

    Raises
    ------
    UnknownNameError
        If there is no such file.
    InvalidValueError
        If it cannot express the training; the message says what.
    """
    if name not in _FILES:
        raise UnknownNameError("file", name, _FILES)
    return _FILES[name].make(training)


def script(training: LiveTraining) -> str:
    """Return a program in Python that repeats the training with the same numbers."""
    lines = [
        '"""Training by simulated reactions, with every change at the sample at which it was made."""',
        "",
        "from neuralcrn.app.live import LiveTraining, Scene, map_view",
        "",
    ]
    learned = 0
    for number, change in enumerate(training.log):
        if number and change.samples > learned:
            lines.append(f"training.advance({change.samples - learned})")
        learned = change.samples
        values = pprint.pformat(change.scene.to_json(complete=False), width=_WIDTH, sort_dicts=False)
        lines.append(f"scene = Scene.from_json({values})")
        began = "training = LiveTraining.begin(scene)"
        lines.append(began if not number else f"training.change(scene, {change.label!r})")
    if training.samples > learned:
        lines.append(f"training.advance({training.samples - learned})")
    lines += [
        "",
        'print(training.samples, "samples,", training.epoch, "epochs", training.stopped or "")',
        "for loss in training.losses[-1:]:",
        '    print("training loss", loss.train, "validation loss", loss.validation)',
        'print("parameters", training.progress.trainer.parameters(training.progress.state).tolist())',
        "learned = map_view(training)  # predictions by simulated reactions",
        "",
    ]
    return "\n".join(lines)


def command(scene: Scene) -> str:
    """Return the command line that trains a scene.

    Raises
    ------
    InvalidValueError
        If it cannot express the scene; the message names the entries.

    Examples
    --------
    >>> scene = Scene(task=RegistryTask("xor"), options={"hidden": 8, "optimiser": "chop"}, epochs=9)
    >>> command(scene)
    'neuralcrn train xor --hidden 8 --optimiser chop --epochs 9'
    """
    if lacking := _inexpressible(scene):
        raise InvalidValueError(
            f"the command line has no option for {', '.join(lacking)} of this scene: take the Python script"
        )
    given = {
        "circuit": scene.circuit,
        "rule": scene.rule,
        "level": None if scene.level == "staged" else scene.level,
        "clock": scene.clock or None,
        "method": None if scene.method == "ode" else scene.method,
        "volume": scene.volume or None,
        "seed": scene.seed or None,
    }
    words = ["neuralcrn", "train", *_task_words(scene)]
    for option, value in given.items():
        words += [] if value is None else [f"--{option}", _plain(value)]
    words += _circuit_words(scene)
    words += [] if scene.epochs is None else ["--epochs", str(scene.epochs)]
    return shlex.join(words)


def _task_words(scene: Scene) -> list[str]:
    """Return the task or the file of samples with the options for reading it."""
    if isinstance(scene.task, RegistryTask):
        return [scene.task.name]
    _, target, reading = csv_of(scene)
    kind = ["--kind", reading.kind] if reading.kind else []
    return [file_name(scene), "--target", target, *kind]


def _circuit_words(scene: Scene) -> list[str]:
    words: list[str] = []
    optimiser: list[str] = []
    for name, value in scene.options.items():
        if name in _COMMAND:
            words += [_COMMAND[name], ",".join(map(str, value)) if isinstance(value, list) else _plain(value)]
        elif name in _NUMBERS:
            optimiser.append(f"{name}={_plain(value)}")
        elif (word := _WORDS.get((name, str(value)))) is not None:
            optimiser.append(word)
        elif name == "rule_constants":
            for constant, number in value.items():
                words += ["--constant", f"{constant}={_plain(number)}"]
    return [*words, *(["--optimiser", ",".join(optimiser)] if optimiser else [])]


def _plain(value: Any) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _inexpressible(scene: Scene) -> list[str]:
    """Return the entries of a scene that the command line cannot express."""
    entries = {
        "equation": scene.equation is not None,
        "errors": any(scene.errors.values()),
        "factors": bool(scene.factors),
        "removed": bool(scene.removed),
        "clock_stopped": scene.clock_stopped,
        "task options": isinstance(scene.task, RegistryTask) and bool(scene.task.options),
    }
    known = {*_COMMAND, *_NUMBERS, "rule_constants"}
    options = [
        f"{name} = {value}"
        for name, value in scene.options.items()
        if name not in known and (name, str(value)) not in _WORDS
    ]
    return [*(name for name, present in entries.items() if present), *options]


def _command_file(training: LiveTraining) -> bytes:
    """Return the command, with the file of samples, if there is one, as a comment."""
    try:
        lines = [command(training.scene)]
    except InvalidValueError as error:
        return f"# {error}\n".encode()
    if len(training.log) > 1:
        lines.insert(0, "# This trains the present scene from the beginning, without the changes before it.")
    data = training.moment.chemistry.data
    if data is not None:
        name = file_name(training.scene)
        lines = [f"cat > {name} <<'END'", data.rstrip("\n"), "END", *lines]
    return ("\n".join(lines) + "\n").encode()


def _session(training: LiveTraining, folder: Path) -> Session:
    """Return the training as a run, with the metrics since the number of parameters changed last."""
    progress, count = training.progress, len(training.program.circuit.trained_parameters)
    metrics = tuple(row for row in progress.metrics if len(row.parameters) == count)
    run = dataclasses.replace(progress, metrics=metrics)
    return Session(folder, training.moment.chemistry.spec, training.task, run)


def _networks(format_name: str) -> Callable[[LiveTraining], bytes]:
    """Return the function that writes the networks of all phases in a format."""

    def make(training: LiveTraining) -> bytes:
        ending = next(iter(FORMATS[format_name].endings), ".txt")
        networks = _session(training, Path()).trained_networks()
        return _zipped(
            {f"{phase}{ending}": network_text(n, format_name).encode() for phase, n in networks.items()}
        )

    return make


def _figure(name: str, image: str) -> Callable[[LiveTraining], bytes]:
    """Return the function that draws one figure of the run."""

    def make(training: LiveTraining) -> bytes:
        session = _session(training, Path())
        if name in ("loss", "parameters") and not session.metrics:
            raise InvalidValueError(f"{name}.{image}: shows epochs: wait until the first is over")
        return image_of(RUN_FIGURES[name](session)[1], image)

    return make


def _run_folder(training: LiveTraining) -> bytes:
    """Return the run folder, with the figures of a finished run."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        save_training(training, folder)
        if training.finished:
            draw_run(_session(training, folder), "png")
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return _zipped({f"run/{path.relative_to(folder)}": path.read_bytes() for path in files})


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Return an archive; the same files always give identical bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _files() -> Iterator[File]:
    repeated = "repeats this training with all its changes"
    yield File("script.py", "Python script", "code", repeated, lambda training: script(training).encode())
    trained = "trains the present scene from its beginning"
    yield File("command.txt", "Command line", "code", trained, _command_file)
    settings = "samples, circuit and settings, as in the address"
    yield File("scene.json", "Scene", "code", settings, _scene_file)
    for name, entry in FORMATS.items():
        if entry.write is not None:
            title = entry.title[0].upper() + entry.title[1:]
            yield File(f"network-{name}.zip", title, "network", "", _networks(name))
    for name, (title, contents) in _FIGURES.items():
        for image in _IMAGES:
            yield File(
                f"{name}.{image}", f"{title}, {image.upper()}", "figure", contents, _figure(name, image)
            )
    played = "what was learned after each epoch; plays in browsers and slides"
    yield File("animation.gif", "Animation", "run", played, animation)
    yield File("run.zip", "Run folder", "run", "settings, checkpoint and losses", _run_folder)


def _scene_file(training: LiveTraining) -> bytes:
    return (json.dumps(training.scene.to_json(), indent=2) + "\n").encode()


_FILES = {file.name: file for file in _files()}

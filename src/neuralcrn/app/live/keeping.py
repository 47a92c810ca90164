"""Live trainings in run folders.

The file ``lab.json`` contains everything that is needed to continue: scenes, the contents of the pot, losses,
and the last changes that can be undone. A run without changes of its reactions also has all files of an
ordinary run, which ``neuralcrn train`` would write, and can be resumed with it.
"""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from neuralcrn.app.live.chemistry import chemistry_of, is_plain
from neuralcrn.app.live.scene import VERSION, Scene
from neuralcrn.app.live.training import Change, LiveTraining, Loss, Moment
from neuralcrn.errors import InvalidValueError, RunError
from neuralcrn.files import make_folder, read_json, write_bytes, write_json
from neuralcrn.learning import Metrics, Progress
from neuralcrn.runs import Session
from neuralcrn.runs.listing import LAB_FILE, SUMMARY
from neuralcrn.runs.session import SPEC_FILE

_UNDONE = 20
"""Number of changes that can be undone after loading."""
_ARRAYS = ("pot", "errors", "times", "begun")


class _Moment(msgspec.Struct, forbid_unknown_fields=True):
    """A moment of the file; scenes, metrics and losses are numbers of entries of its lists."""

    scene: int
    log: list[tuple[int, str, int]]
    metrics: list[int]
    losses: list[int]
    samples: int
    stopped: str | None
    epoch: int
    position: int
    arrays: dict[str, tuple[list[int], str]]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """Contents of the file."""

    version: int
    scenes: list[dict[str, Any]]
    metrics: list[Any]
    """`Metrics`, or after reading what `Metrics.from_json` restores them from."""
    losses: list[Loss]
    labels: list[str]
    present: int
    moments: list[_Moment]
    """Those that can be undone, the present one, and those that can be made again."""


class _Entries:
    """Different values and their numbers, by identity."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[int, int] = {}

    def number(self, value: object) -> int:
        """Return the number of a value, which is added if it is new."""
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self.values)
            self.values.append(value)
        return self._numbers[id(value)]


def save_training(training: LiveTraining, folder: Path) -> None:
    """Write a live training to a folder, which is created if it does not exist.

    Raises
    ------
    RunError
        If the folder cannot be written; each of its files is then as before, or complete.
    """
    scenes, metrics, losses = _Entries(), _Entries(), _Entries()
    before, after = training.history
    before = before[-_UNDONE:]

    def described(moment: Moment) -> _Moment:
        state = moment.progress.state
        arrays = {name: getattr(state, name) for name in _ARRAYS if getattr(state, name) is not None}
        return _Moment(
            scene=scenes.number(moment.scene),
            log=[(change.samples, change.label, scenes.number(change.scene)) for change in moment.log],
            metrics=list(map(metrics.number, moment.progress.metrics)),
            losses=list(map(losses.number, moment.losses)),
            samples=moment.samples,
            stopped=moment.stopped,
            epoch=state.epoch,
            position=state.position,
            arrays={name: _text_of(array) for name, array in arrays.items()},
        )

    moments = [described(m) for m in (*(m for _, m in before), training.moment, *(m for _, m in after))]
    labels = [*(label for label, _ in before), *(label for label, _ in after)]
    plain = [scene.to_json() for scene in scenes.values]
    file = _File(VERSION, plain, metrics.values, losses.values, labels, len(before), moments)
    make_folder(folder)
    write_bytes(folder / LAB_FILE, msgspec.json.encode(file))
    _write_run(training, folder)


def load_training(folder: Path, threads: int = 1) -> LiveTraining:
    """Return the live training of a folder, which continues bit for bit as if it had not been interrupted.

    The last 20 changes can be undone.

    Raises
    ------
    RunError
        If there is none, it is damaged, or another version wrote it.
    """
    where = folder / LAB_FILE
    data = read_json(where)
    try:
        file = msgspec.convert(data, _File)
        if not 0 <= file.present < len(file.moments):
            raise InvalidValueError("it has no present")
        if file.version != VERSION:
            raise RunError(f"{where}: has version {file.version}, and this neuralcrn reads {VERSION}")
        scenes = [Scene.from_json(scene) for scene in file.scenes]
        metrics = list(map(Metrics.from_json, file.metrics))
        moments = [_moment(entry, file, scenes, metrics, threads) for entry in file.moments]
        present = moments[file.present]
        before = list(zip(file.labels[: file.present], moments[: file.present], strict=True))
        after = list(zip(file.labels[file.present :], moments[file.present + 1 :], strict=True))
    except (msgspec.ValidationError, TypeError, ValueError, LookupError) as error:
        raise RunError(f"{where}: is damaged: {error}") from error
    return LiveTraining(present, threads=threads, history=(before, after))


def _moment(entry: _Moment, file: _File, scenes: list[Scene], metrics: list[Metrics], threads: int) -> Moment:
    scene = scenes[entry.scene]
    chemistry = chemistry_of(scene)
    new = chemistry.begin(threads)
    arrays = {name: _array_of(*packed) for name, packed in entry.arrays.items()}
    shapes = {name: getattr(new.state, name).shape for name in ("pot", "errors", "times")}
    shapes["begun"] = shapes["pot"]
    for name, array in arrays.items():
        if name not in shapes or array.shape != shapes[name]:
            raise InvalidValueError(f"{name} has shape {array.shape}")
    state = dataclasses.replace(new.state, epoch=entry.epoch, position=entry.position, **arrays)
    log = tuple(Change(samples, label, scenes[k]) for samples, label, k in entry.log)
    losses = tuple(file.losses[k] for k in entry.losses)
    progress = Progress(new.trainer, state, new.epochs, tuple(metrics[k] for k in entry.metrics))
    return Moment(scene, chemistry, progress, entry.samples, log, losses, entry.stopped)


def _write_run(training: LiveTraining, folder: Path) -> None:
    """Write the files of an ordinary run, if the training is one; otherwise its description is removed."""
    run = session_of(training, folder)
    if run is None:
        (folder / SPEC_FILE).unlink(missing_ok=True)
        return
    if not (folder / SPEC_FILE).exists():
        data = training.moment.chemistry.data
        run.create(None if data is None else data.encode("utf-8"))
    run.save()
    if training.finished:
        run.write_results()
    write_json(folder / SUMMARY, run.summary("finished" if training.finished else "unfinished"))


def session_of(training: LiveTraining, folder: Path) -> Session | None:
    """Return a training as an ordinary run, or None if it was changed or its reactions are not those of a
    circuit of the registry.
    """
    chemistry = training.moment.chemistry
    if len(training.log) > 1 or not is_plain(training.scene):
        return None
    return Session(folder, chemistry.spec, training.task, training.progress)


def _text_of(array: NDArray[np.float64]) -> tuple[list[int], str]:
    packed = np.ascontiguousarray(array, dtype="<f8")
    return list(packed.shape), base64.b64encode(packed.tobytes()).decode()


def _array_of(shape: list[int], text: str) -> NDArray[np.float64]:
    values = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f8").reshape(shape)
    if not np.isfinite(values).all():
        raise InvalidValueError("an array has numbers that are not finite")
    return values.astype(np.float64)

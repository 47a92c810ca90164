"""Runs that were damaged, forged or short of disk: refused or passed over, never another result."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cases import no_progress, run_results, small_spec

from neuralcrn.errors import NeuralCRNError, RunError
from neuralcrn.files import write_bytes, write_text
from neuralcrn.runs import resume, start
from neuralcrn.runs.checkpoint import checkpoints
from neuralcrn.runs.folders import check_folder, new_folder
from neuralcrn.runs.spec_file import spec_digest, spec_from_json, spec_to_json


def newest(folder: Path) -> Path:
    return checkpoints(folder / "checkpoints")[-1]


def damage_truncated(path: Path) -> None:
    file = path / "arrays.npz"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def damage_emptied(path: Path) -> None:
    (path / "state.json").write_bytes(b"")


def damage_zeroed(path: Path) -> None:
    file = path / "arrays.npz"
    file.write_bytes(bytes(file.stat().st_size))


def damage_deleted_file(path: Path) -> None:
    (path / "arrays.npz").unlink()


def damage_deleted_manifest(path: Path) -> None:
    (path / "manifest.json").unlink()


def damage_manifest_of_another_kind(path: Path) -> None:
    (path / "manifest.json").write_text("[1, 2]")


def damage_added_file(path: Path) -> None:
    (path / "more.txt").write_text("x")


def seal(path: Path) -> None:
    """Make the manifest fit what is in the folder, as a forger would."""
    files = [p for p in sorted(path.iterdir()) if p.name != "manifest.json"]
    digests = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
    (path / "manifest.json").write_text(json.dumps(digests))


def change_state(path: Path, **changes: Any) -> None:
    data = json.loads((path / "state.json").read_text())
    (path / "state.json").write_text(json.dumps({**data, **changes}))
    seal(path)


def damage_foreign(path: Path) -> None:
    change_state(path, configuration="0" * 64)


def damage_metrics_of_another_kind(path: Path) -> None:
    change_state(path, metrics=[{"epoch": 1}])


def damage_negative_epoch(path: Path) -> None:
    change_state(path, epoch=-1)


def damage_position_beyond_the_data(path: Path) -> None:
    change_state(path, position=10**9)


def damage_epoch_without_its_metrics(path: Path) -> None:
    change_state(path, epoch=2, metrics=[])


def damage_state_of_another_kind(path: Path) -> None:
    (path / "state.json").write_text("[]")
    seal(path)


def save_arrays(path: Path, **arrays: Any) -> None:
    with np.load(path / "arrays.npz") as archive:
        known = {name: archive[name] for name in archive}
    buffer = io.BytesIO()
    np.savez(buffer, **{**known, **arrays})
    (path / "arrays.npz").write_bytes(buffer.getvalue())
    seal(path)


def damage_not_finite(path: Path) -> None:
    with np.load(path / "arrays.npz") as archive:
        save_arrays(path, pot=np.full_like(archive["pot"], np.nan))


def damage_wrong_shape(path: Path) -> None:
    save_arrays(path, pot=np.zeros(3))


def damage_wrong_type(path: Path) -> None:
    with np.load(path / "arrays.npz") as archive:
        save_arrays(path, pot=archive["pot"].astype(np.float32))


def damage_pickle(path: Path) -> None:
    save_arrays(path, pot=np.array([{"a": 1}], dtype=object))


def damage_no_archive(path: Path) -> None:
    (path / "arrays.npz").write_bytes(b"PK\x03\x04 this is no archive")
    seal(path)


def damage_huge_shape(path: Path) -> None:
    """An array that says it has 8 TB."""
    import zipfile

    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"
    header = header.ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(path / "arrays.npz", "w") as archive:
        archive.writestr("pot.npy", array)
        archive.writestr("errors.npy", array)
    seal(path)


DAMAGES = [value for name, value in sorted(globals().items()) if name.startswith("damage_")]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__.removeprefix("damage_"))
def test_damaged_newest_checkpoint_is_passed_over_and_named(
    damage: Callable[[Path], None], interrupted: Path, finished: Path
) -> None:
    older, spoiled = checkpoints(interrupted / "checkpoints")
    damage(spoiled)
    session = resume(interrupted)
    assert len(session.skipped) == 1
    assert str(spoiled) in session.skipped[0]
    assert f"{session.state.epoch:07d}-{session.state.position:07d}" == older.name
    session.run(no_progress)
    assert run_results(interrupted) == run_results(finished)


def test_deleted_newest_checkpoint_costs_only_time(interrupted: Path, finished: Path) -> None:
    shutil.rmtree(newest(interrupted))
    resume(interrupted).run(no_progress)
    assert run_results(interrupted) == run_results(finished)


@pytest.mark.parametrize("file", ["arrays.npz", "state.json", "manifest.json"])
def test_any_flipped_bit_is_seen_or_harmless(file: str, interrupted: Path) -> None:
    whole = resume(interrupted).state
    path = newest(interrupted) / file
    original = path.read_bytes()
    rng = np.random.default_rng(9)
    for _ in range(40):
        spoiled = bytearray(original)
        spoiled[rng.integers(len(spoiled))] ^= 1 << int(rng.integers(8))
        path.write_bytes(spoiled)
        session = resume(interrupted)
        if not session.skipped:
            assert file == "manifest.json"
            assert np.array_equal(session.state.pot, whole.pot)
            assert np.array_equal(session.state.errors, whole.errors)


def test_two_damaged_checkpoints_are_refused(interrupted: Path) -> None:
    for path in checkpoints(interrupted / "checkpoints"):
        damage_truncated(path)
    with pytest.raises(RunError, match=r"no checkpoint can be used.*arrays.npz.*damaged"):
        resume(interrupted)
    shutil.rmtree(interrupted / "checkpoints")
    with pytest.raises(RunError, match="no checkpoint can be used: there is none"):
        resume(interrupted)


def test_half_written_checkpoint_is_no_checkpoint(interrupted: Path, finished: Path) -> None:
    shutil.copytree(newest(interrupted), interrupted / "checkpoints" / ".0000009-0000000.part")
    session = resume(interrupted)
    assert session.skipped == []
    session.run(no_progress)
    assert run_results(interrupted) == run_results(finished)


def edited(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    data = json.loads(path.read_text())
    path.write_text(
        json.dumps({key: value for key, value in {**data, **changes}.items() if value is not Ellipsis})
    )


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"more": 1}, "more"),
        ({"seed": ...}, "seed"),
        ({"seed": "5"}, "seed"),
        ({"seed": True}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"seed": -1}, "seed"),
        ({"epochs": None}, "epochs"),
        ({"epochs": -3}, "epochs"),
        ({"rtol": "small"}, "rtol"),
        ({"rtol": float("nan")}, "rtol"),
        ({"rtol": 0.0}, "rtol"),
        ({"atol": float("inf")}, "atol"),
        ({"max_steps": 0}, "max_steps"),
        ({"format": 5}, "format 5"),
        ({"task_options": [1]}, "task_options"),
        ({"task_options": {"train": "many"}}, "task_options"),
        ({"circuit_options": {"learning_rate": [1]}}, "circuit_options"),
        ({"initializers": {"theta": ["normal", 0.0]}}, "initializers"),
        ({"initializers": {"theta": "normal"}}, "initializers"),
        ({"circuit": 3}, "circuit"),
    ],
)
def test_wrong_configurations_are_refused_by_name(
    changes: dict[str, Any], word: str, interrupted: Path
) -> None:
    """What has the right type but no sense at least does not fit the seal."""
    edited(interrupted, **changes)
    with pytest.raises(NeuralCRNError, match=f"{word}|changed since"):
        resume(interrupted)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", "[" * 100_000, '{"format": 1', "\xff"])
def test_configurations_that_are_none_are_refused(text: str, interrupted: Path) -> None:
    (interrupted / "config.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(RunError, match=r"config\.json"):
        resume(interrupted)


@pytest.mark.parametrize("changes", [{"seed": 6}, {"epochs": 4}, {"epochs": 2}])
def test_a_changed_configuration_is_refused(changes: dict[str, Any], interrupted: Path) -> None:
    edited(interrupted, **changes)
    with pytest.raises(RunError, match=r"config\.json: is damaged: it was changed since"):
        resume(interrupted)


def test_another_configuration_does_not_take_the_checkpoints_over(interrupted: Path) -> None:
    (interrupted / "config.json").write_text(json.dumps(spec_to_json(small_spec(seed=6))))
    with pytest.raises(RunError, match="another configuration"):
        resume(interrupted)


def test_a_run_of_another_version_is_refused_by_its_name(interrupted: Path) -> None:
    edited(interrupted, format=3, version=..., sha256=...)
    with pytest.raises(RunError, match=r"made by neuralcrn 0\.1\.0 \(format 3\).* or train it again"):
        resume(interrupted)
    edited(interrupted, format=5, version="9.9.9")
    with pytest.raises(RunError, match=r"made by neuralcrn 9\.9\.9 \(format 5\)"):
        resume(interrupted)


@pytest.mark.parametrize("target", ["", "price"])
def test_descriptions_survive_json(target: str) -> None:
    given = small_spec(target=target)
    again = spec_from_json(json.loads(json.dumps(spec_to_json(given))), Path("here"))
    assert again == given
    assert spec_digest(again) == spec_digest(given)
    assert spec_digest(small_spec(seed=6)) != spec_digest(given)
    assert spec_digest(given.with_options(epochs=7)) == spec_digest(given)


def no_space(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("function", ["replace", "fsync"])
def test_full_disk_leaves_nothing_under_the_final_name(
    function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / "old.txt", "as it was")
    monkeypatch.setattr(os, function, no_space)
    for name in ("new.txt", "old.txt"):
        with pytest.raises(RunError, match=f"{name}: cannot be written: No space left"):
            write_bytes(tmp_path / name, b"half")
    assert (tmp_path / "old.txt").read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]


def test_full_disk_leaves_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(RunError, match="No space left"), new_folder(tmp_path / "folder") as fresh:
        (fresh / "file").write_text("x")
    assert not (tmp_path / "folder").exists()
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_filled_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError), new_folder(tmp_path / "folder") as fresh:
        write_text(fresh / "missing" / "file", "x")
    assert list(tmp_path.iterdir()) == []


def test_run_on_a_full_disk_says_so_and_resumes(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    session = start(small_spec(), folder)
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_space)
        with pytest.raises(RunError, match="cannot be written: No space left"):
            session.run(no_progress)
    assert not (folder / "metrics.csv").exists()
    for path in checkpoints(folder / "checkpoints"):
        check_folder(path)
    resume(folder).run(no_progress)
    assert run_results(folder) == run_results(finished)

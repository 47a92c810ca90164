"""One function writes files: whole or not at all, through what is no regular file, along links."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import neuralcrn
from neuralcrn.errors import RunError
from neuralcrn.files import check_folder, write_bytes, write_text
from neuralcrn.plots import new_figure, save

PACKAGE = Path(neuralcrn.__file__).parent


def test_a_new_file_has_the_permissions_that_the_user_asks_for(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_text(tmp_path / "new", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o444])
def test_an_old_file_keeps_its_permissions(mode: int, tmp_path: Path) -> None:
    target = tmp_path / "old"
    target.write_text("before, and longer")
    target.chmod(mode)
    write_text(target, "after")
    assert target.read_text() == "after"
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.svg"
    os.mkfifo(pipe)
    for write, expected in (
        (lambda: write_text(pipe, "A -> B\n"), b"A -> B"),
        (lambda: save(new_figure(), pipe), b"<?xml"),
    ):
        writer = threading.Thread(target=write)
        writer.start()
        assert pipe.read_bytes().startswith(expected)
        writer.join(timeout=30)
        assert pipe.is_fifo()


def test_devices_stay_devices(tmp_path: Path) -> None:
    link = tmp_path / "link"
    for device in ("/dev/null", "/dev/full"):
        before = os.stat(device)
        link.unlink(missing_ok=True)
        link.symlink_to(device)
        for path in (Path(device), link):
            if device == "/dev/null":
                write_text(path, "nothing")
            else:
                with pytest.raises(RunError, match=f"{path}: cannot be written: No space left on device"):
                    write_text(path, "nothing")
            after = os.stat(device)
            assert (after.st_ino, after.st_mode, after.st_rdev) == (
                before.st_ino,
                before.st_mode,
                before.st_rdev,
            )
        assert link.is_symlink()


@pytest.mark.parametrize("mode", ["wb", "ab"])
def test_standard_output_is_added_to_whatever_it_is(mode: str, tmp_path: Path) -> None:
    """As `command --out /dev/stdout >> file` must: the file keeps what it has, and stays what it is."""
    code = (
        "from neuralcrn.files import replaces, write_text; assert not replaces('/dev/stdout'); "
        "print('one', flush=True); write_text('/dev/stdout', 'two\\n'); print('three')"
    )
    (tmp_path / "log").write_bytes(b"before\n" if mode == "ab" else b"")
    number = (tmp_path / "log").stat().st_ino
    with open(tmp_path / "log", mode) as stream:
        subprocess.run([sys.executable, "-c", code], stdout=stream, check=True)
    assert (tmp_path / "log").read_text() == ("before\n" if mode == "ab" else "") + "one\ntwo\nthree\n"
    assert (tmp_path / "log").stat().st_ino == number


def test_links_stay_and_what_they_name_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    old, new = tmp_path / "real" / "old.csv", tmp_path / "real" / "new.csv"
    old.write_text("before")
    for target in (old, new):
        link = tmp_path / f"link_{target.name}"
        link.symlink_to(Path("real") / target.name)
        write_text(link, "after")
        assert os.readlink(link) == f"real/{target.name}"
        assert target.read_text() == "after"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RunError, match="loop: cannot be written: Too many levels"):
        write_text(tmp_path / "loop", "x")


def test_folders_and_missing_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written: Is a directory"):
        write_bytes(tmp_path, b"x")
    with pytest.raises(RunError, match=r"missing/a: cannot be written: No such file"):
        write_bytes(tmp_path / "missing" / "a", b"x")


def test_a_folder_that_cannot_be_made_is_refused_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_folder(tmp_path)
    check_folder(tmp_path / "new" / "newer")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="file: is not a folder: choose another folder"):
        check_folder(tmp_path / "file" / "inside")
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)
    with pytest.raises(RunError, match=f"{tmp_path.name}: cannot be written: choose another folder"):
        check_folder(tmp_path / "new")


def test_the_longest_name_that_a_system_allows_is_written(tmp_path: Path) -> None:
    write_text(tmp_path / ("n" * 255), "x")
    assert (tmp_path / ("n" * 255)).read_text() == "x"


def test_threads_that_write_one_file_leave_what_one_of_them_wrote(tmp_path: Path) -> None:
    texts = [letter * 200_000 for letter in "abcd"]
    threads = [threading.Thread(target=write_text, args=(tmp_path / "f", text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (tmp_path / "f").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def _writes(node: ast.AST) -> bool:
    """Tell whether a call writes or renames a file by itself."""
    match node:
        case ast.Call(func=ast.Name(id="open")):
            return len(node.args) > 1
        case ast.Call(
            func=ast.Attribute(attr="write_text" | "write_bytes" | "savefig" | "NamedTemporaryFile")
        ):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="replace" | "rename")):
            return True
    return False


def test_no_other_function_of_the_package_writes_a_file() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _writes(node)
    }
    # folders of runs are renamed whole, and figures are drawn into memory
    assert found == {"files.py", "runs/folders.py", "plots/style.py", "display/html.py"}

"""What the files around the package say of it agrees with the package."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import neuralcrn

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOR_DEVELOPERS = {"bench", "docs", "test"}


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def pin_of(line: str) -> tuple[str, str]:
    name, _, version_ = line.partition("==")
    return name, version_


def test_there_is_one_version() -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert version("neuralcrn") == neuralcrn.__version__
    assert re.findall(r"^version: (.+)$", text_of("CITATION.cff"), re.MULTILINE) == [neuralcrn.__version__]


def test_every_extra_is_offered_by_a_message_or_docstring_and_every_one_offered_exists() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    offered = {*re.findall(r"neuralcrn\[(\w+)\]", sources), *re.findall(r"extra `+(\w+)`", sources)}
    declared = set(PROJECT["optional-dependencies"])
    assert offered <= declared
    assert declared <= offered | FOR_DEVELOPERS


def test_files_with_recorded_hashes_have_the_versions_of_the_constraints() -> None:
    """`.ci/lock` writes them anew."""
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", text_of(".ci/requirements.txt"), re.MULTILINE))
    pinned = {
        name.lower().replace("_", "-"): pin for name, pin in map(pin_of, text_of("constraints.txt").split())
    }
    assert pinned.items() <= {name.lower(): pin for name, pin in locked.items()}.items()
    assert text_of(".ci/requirements.txt").count("--hash=sha256:") >= len(locked)
    needed = {
        re.split(r"[ <>=\[]", requirement)[0].lower()
        for extra in ("test", "docs")
        for requirement in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"][extra]]
    }
    assert needed <= set(locked)
    assert "://" not in text_of(".ci/requirements.txt")


def test_public_ci_runs_the_pythons_that_the_package_names() -> None:
    named = [kind.rpartition(" ")[2] for kind in PROJECT["classifiers"] if "Python :: 3." in kind]
    (matrix,) = re.findall(r"python: \[(.+)\]", text_of(".github/workflows/ci.yml"))
    assert re.findall(r'"([\d.]+)"', matrix) == named
    assert PROJECT["requires-python"] == f">={named[0]}"

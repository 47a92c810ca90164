"""Packages that extend neuralcrn, built and installed by pip: the example, and two that are wrong."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cases import PATIENCE, command_line

from neuralcrn.tasks import TASKS

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin"
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{package}"
version = "1.0"
"""
EVERY_GROUP = """\
import dataclasses
from neuralcrn import FAMILIES, RULES
from neuralcrn.compiler.pot.clocks import CLOCKS
from neuralcrn.engines import EXECUTORS
from neuralcrn.formats import FORMATS
from neuralcrn.learners import LEARNERS
from neuralcrn.studies.robustness import DISTURBANCES
from neuralcrn.tasks import TASKS
circuits = dataclasses.replace(FAMILIES["linear"], name="mine")
class Rule(type(RULES["exact"])):
    name = "mine"
rules = Rule()
class Executor(type(EXECUTORS["reference"])):
    name = "mine"
executors = Executor()
clocks = dataclasses.replace(CLOCKS["ring-3"], name="mine")
tasks = dataclasses.replace(TASKS["xor"], name="mine")
formats = dataclasses.replace(FORMATS["crn"], name="mine", endings=(".mine",))
disturbances = dataclasses.replace(DISTURBANCES["rates"], name="mine")
learners = dataclasses.replace(LEARNERS["perceptron"], name="mine")
"""


def install(source: Path, target: Path) -> None:
    """Install a package from its source into a folder of its own, without a network."""
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, target, source], check=True, timeout=PATIENCE
    )


def install_code(folder: Path, package: str, code: str, **names: str) -> Path:
    """Install a package in which the variable GROUP is declared under the name of that group."""
    module, source = package.replace("-", "_"), folder / "source"
    source.mkdir()
    (source / f"{module}.py").write_text(code)
    points = [
        f'[project.entry-points."neuralcrn.{group}"]\n{name} = "{module}:{group}"\n'
        for group, name in names.items()
    ]
    (source / "pyproject.toml").write_text("".join([PROJECT.format(package=package), *points]))
    install(source, folder / "target")
    return folder / "target"


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the example package is installed."""
    target = tmp_path_factory.mktemp("example")
    install(EXAMPLE, target)
    return target


def on_path(*folders: Path) -> dict[str, str]:
    """Return the environment in which these folders are searched for packages."""
    before = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([*map(str, folders), *([before] if before else [])])}


def test_list_shows_the_circuit_and_the_rule(example: Path, tmp_path: Path) -> None:
    def listed(**environment: str) -> Any:
        return json.loads(command_line("list", "--json", cwd=tmp_path, **environment).stdout)

    ours, all_of_them = listed(), listed(**on_path(example))
    assert set(all_of_them["circuits"]) - set(ours["circuits"]) == {"leaky"}
    assert set(all_of_them["rules"]) - set(ours["rules"]) == {"feedback-alignment"}
    text = command_line("list", cwd=tmp_path, **on_path(example)).stdout
    assert "leaky" in text
    assert "feedback-alignment" in text


def test_the_circuit_is_certified_and_learns(example: Path, tmp_path: Path) -> None:
    certificate = command_line("certify", "leaky", cwd=tmp_path, **on_path(example)).stdout
    assert "certificate of leaky, rule exact: passed" in certificate
    options = ("--circuit", "leaky", "--rule", "feedback-alignment", "--epochs", "2", "--out", "run")
    command_line("train", "linear-regression", *options, cwd=tmp_path, **on_path(example))
    with (tmp_path / "run" / "metrics.csv").open(encoding="utf-8") as stream:
        losses = [float(row["train_loss"]) for row in csv.DictReader(stream)]
    assert losses[-1] < losses[0]


def test_the_rule_is_checked(example: Path) -> None:
    """On a circuit whose readout has other weights than those along which the errors go back."""
    code = (
        "from neuralcrn import make_circuit; from neuralcrn.verify import check_rule; "
        "check_rule('feedback-alignment', make_circuit('mixing', inputs=1, hidden=2))"
    )
    environment = {**os.environ, **on_path(example)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE, env=environment)


def test_two_packages_that_declare_one_name_are_refused_with_both(example: Path, tmp_path: Path) -> None:
    rival = install_code(tmp_path, "rival-circuits", "circuits = None\n", circuits="leaky")
    done = command_line("list", cwd=tmp_path, status=2, **on_path(example, rival))
    assert "two packages declare a circuit called 'leaky'" in done.stderr
    assert "neuralcrn-example" in done.stderr
    assert "rival-circuits" in done.stderr


def test_a_package_that_does_not_import_is_left_out_with_a_warning(example: Path, tmp_path: Path) -> None:
    broken = install_code(tmp_path, "broken-rules", "import module_that_nobody_has\n", rules="oja")
    done = command_line("list", cwd=tmp_path, **on_path(example, broken))
    assert "feedback-alignment" in done.stdout
    assert "oja" not in done.stdout
    (warning,) = done.stderr.splitlines()
    assert warning.startswith(
        "neuralcrn: warning: the rule 'oja' of the package broken-rules cannot be imported"
    )


def test_every_registry_takes_what_packages_declare(tmp_path: Path) -> None:
    groups = json.loads(command_line("list", "--json", cwd=tmp_path).stdout)
    mine = install_code(tmp_path, "mine-of-all", EVERY_GROUP, **dict.fromkeys(groups, "mine"))
    listed = json.loads(command_line("list", "--json", cwd=tmp_path, **on_path(mine)).stdout)
    assert all("mine" in names for names in listed.values())
    (tmp_path / "decay.mine").write_text("A -> B [k = 2]\n")
    assert (
        "A -> B [k = 2]"
        in command_line("convert", "decay.mine", "-", "--to", "crn", cwd=tmp_path, **on_path(mine)).stdout
    )
    command_line("train", "mine", "--epochs", "1", "--out", "run", cwd=tmp_path, **on_path(mine))
    assert json.loads((tmp_path / "run" / "config.json").read_text())["circuit"] == TASKS["xor"].circuit

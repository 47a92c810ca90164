"""Commands that take circuits: the same options give the same circuit everywhere; files are told apart."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from neuralcrn.chemistry import parse_network
from neuralcrn.circuits import FAMILIES, make_circuit
from neuralcrn.cli.main import app
from neuralcrn.compiler.pot.clocks import CLOCKS
from neuralcrn.formats import network_from_json
from neuralcrn.in_silico.design.notation import parse_goal
from neuralcrn.in_silico.dynamics.equations import Equations
from neuralcrn.studies.reproduction import EXPERIMENTS
from neuralcrn.studies.reproduction.experiments import GROUPS
from neuralcrn.tasks import TASKS

CHOSEN = ("--inputs", "1", "--hidden", "3", "--outputs", "2", "--rule", "frozen", "--signed",
          "--optimiser", "momentum=0.5,decay=0.01,batch=2")  # fmt: skip
PROGRAM = make_circuit(
    "quadratic", 1, hidden=3, outputs=2, rule="frozen", non_negative=False,
    momentum=0.5, decay=0.01, batch=2,
).compile()  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds one network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.crn").write_text("A + B -> 2B\nA @initial 1\n")
    return tmp_path


def run(*arguments: str, status: int = 0) -> str:
    """Run a command in this process; return what it prints, or how it refuses."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == status, done.output
    return done.stderr if status else done.stdout


def test_the_same_options_are_the_same_circuit_in_every_command() -> None:
    shown = json.loads(run("show", "quadratic", *CHOSEN, "--json"))
    described = json.loads(run("info", "quadratic", *CHOSEN, "--json"))["phases"]
    assert set(shown["phases"]) == set(described) == {phase.name for phase in PROGRAM.phases}
    for phase in PROGRAM.phases:
        assert network_from_json(shown["phases"][phase.name]) == phase.network
        assert described[phase.name]["reactions"] == len(phase.network.reactions)
    text = run("convert", "quadratic", "-", "--to", "crn", "--phase", "feedback", *CHOSEN)
    feedback = next(phase.network for phase in PROGRAM.phases if phase.name == "feedback")
    assert parse_network(text) == feedback
    run("draw", "quadratic", "f.svg", "--phase", "feedback", *CHOSEN)
    titles = [e.text or "" for e in ElementTree.parse("f.svg").iter("{http://www.w3.org/2000/svg}title")]
    assert all(any(title.startswith(f"{name}, ") for title in titles) for name in feedback.species)


def test_certify_checks_the_circuit_that_is_chosen() -> None:
    report = run("certify", "quadratic", "--inputs", "1", "--hidden", "2", "--signed",
                 "--optimiser", "momentum=0.5,batch=2")  # fmt: skip
    chosen = make_circuit("quadratic", 1, hidden=2, non_negative=False, momentum=0.5, batch=2).compile()
    assert f"{len(chosen.species)} species, {chosen.reaction_count} reactions" in report
    assert "passed" in report.splitlines()[0]
    assert "at most 100" in run("certify", "quadratic", "--inputs", "101", status=2)


@pytest.mark.parametrize("command", ["show", "certify", "info", "convert", "draw", "train"])
def test_both_spellings_of_optimiser_are_accepted(command: str) -> None:
    rest = {"convert": ["b.crn"], "draw": ["b.svg"]}.get(command, [])
    name = "xor" if command == "train" else "linear"
    messages = {run(command, name, *rest, word, "speed", status=2) for word in ("--optimiser", "--optimizer")}
    assert len(messages) == 1
    assert "unknown optimiser 'speed'" in messages.pop()


@pytest.mark.parametrize("command", ["show", "certify"])
def test_a_file_in_place_of_a_circuit_is_told_its_commands(command: str) -> None:
    message = run(command, "a.crn", status=2)
    assert "a.crn: is a file, but a circuit is expected" in message
    assert all(word in message for word in ("info", "draw", "simulate", "convert", "dna"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.crn", "--hidden", "3", "--signed"), ("a.crn: is a file", "hidden, signed")),
        (("a.crn", "--phase", "feedback"), ("a.crn: is a file", "phase")),
        (("xor",), ("xor is a task", "neuralcrn train xor")),
        (("quadratc",), ("did you mean 'quadratic'",)),
        (("quadratic", "--from", "crn"), ("format crn", "is a circuit")),
        (("quadratic", "--phase", "feedbak"), ("did you mean 'feedback'",)),
        (("quadratic", "--clock", "ring-5"), ("--level autonomous",)),
        (("quadratic", "--level", "gate"), ("did you mean 'gated'",)),
        (("perceptron", "--hidden", "3,0"), ("--hidden 3,0", "be from 1 to")),
        (("perceptron", "--activation", "rleu"), ("did you mean 'relu'",)),
        (("perceptron", "--optimiser", "chop,batch=3"), ("pairs of samples", "choose an even number")),
        (("quadratic", "--hidden", "3,2"), ("no layers, give one number",)),
        (("perceptron", "--rule", "exact"), ("choose backpropagation",)),
    ],
)
def test_sources_that_do_not_fit_are_refused(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    message = run("info", *arguments, status=2)
    assert all(word in message for word in words), message


def test_info_describes_every_phase_or_the_pot() -> None:
    text = run("info", "linear", "--inputs", "1")
    phases = make_circuit("linear", 1).compile().phases
    assert [line for line in text.splitlines() if line.startswith("# ")] == [f"# {p.name}" for p in phases]
    pot = make_circuit("linear", 1).compile("gated")
    assert f"{len(pot.species)} species, {pot.reaction_count} reactions" in run(
        "info", "linear", "--inputs", "1", "--level", "gated"
    )


def test_examples_of_the_help_name_what_there_is() -> None:
    """A command's first argument is a file, a run, what its registry knows, or a text that it can read; its
    options are its own.
    """
    group: Any = get_command(app)
    registries = {
        "train": TASKS,
        "compare": TASKS,
        "clock": CLOCKS,
        "reproduce": {*GROUPS, *(e.name for e in EXPERIMENTS)},
    }
    readers = {"approximate": Equations.parse, "design": parse_goal}
    found = 0
    for command in group.commands.values():
        for example in re.findall(r"`neuralcrn ([^`]+)`", command.help or ""):
            words = shlex.split(example)
            called, first = group.commands[words[0]], words[1] if len(words) > 1 else "--"
            options = {option for parameter in called.params for option in parameter.opts}
            assert {word for word in words[1:] if word.startswith("--")} <= options, example
            found += 1
            if words[0] in readers:
                assert readers[words[0]](first), example
                continue
            named = first.isupper() or first.startswith("--") or re.search(r"[./]", first)
            assert named or first in registries.get(words[0], FAMILIES), example
    assert found > 20

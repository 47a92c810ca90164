"""What notebooks show: valid markup, foreign text escaped, bounded in size, without colours of its own."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from neuralcrn import (
    CLOCKS,
    Network,
    Polynomial,
    Reaction,
    SignedSystem,
    Task,
    Trained,
    Variable,
    certify,
    make_circuit,
    make_task,
    parse_network,
    report_clock,
    simulate,
    train_task,
)
from neuralcrn.algebra.latex import polynomial_latex, system_latex
from neuralcrn.display import SHOWN_ROWS
from neuralcrn.engines import Trajectory
from neuralcrn.engines.outcome import Outcome
from neuralcrn.verify import Check

PASSED, FAILED = "✓\N{NO-BREAK SPACE}passed", "✗\N{NO-BREAK SPACE}FAILED"
EVIL = """<script>alert("1")</script>&'"""


def tree_of(page: str) -> ElementTree.Element:
    """Parse what is shown, strictly."""
    return ElementTree.fromstring(f"<div>{page}</div>")


def names(tree: ElementTree.Element) -> set[str]:
    return {node.tag.rpartition("}")[2] for node in tree.iter()}


def text_of(tree: ElementTree.Element) -> str:
    return "".join(tree.itertext())


def rows_of(tree: ElementTree.Element) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in tree.iter("tr")]


CURVE = parse_network("A -> B [k = 2]\nB -> A\nA @initial 3")


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_task("linear-regression", "linear", epochs=3)


@pytest.fixture(scope="module")
def shown(trained: Trained) -> dict[str, object]:
    circuit = make_circuit("linear", inputs=1)
    return {
        "network": CURVE,
        "reaction": CURVE.reactions[0].labelled("to and fro"),
        "staged program": circuit.compile(),
        "batched pot": make_circuit("linear", batch=3).compile("autonomous"),
        "trajectory": simulate(CURVE, 5.0),
        "certificate": certify(circuit, samples=1),
        "pot certificate": certify(circuit, level="gated", samples=1),
        "clock report": report_clock(CLOCKS.find("ring-3"), cycles=3),
        "trained": trained,
        "regression": make_task("linear-regression"),
        "classification": make_task("iris"),
    }


KINDS = [
    "network", "reaction", "staged program", "batched pot", "trajectory", "certificate", "pot certificate",
    "clock report", "trained", "regression", "classification",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
class TestEverything:
    def test_it_is_valid_markup_without_colours_or_programs(
        self, kind: str, shown: dict[str, object]
    ) -> None:
        page = shown[kind]._repr_html_()  # type: ignore[attr-defined]
        assert names(tree_of(page)).isdisjoint({"script", "style", "link", "iframe", "img"})
        assert "background" not in page
        assert "#000000" not in page
        assert "#ffffff" not in page
        assert not re.search(r"\son\w+=", page)

    def test_the_same_object_is_shown_the_same(self, kind: str, shown: dict[str, object]) -> None:
        item = shown[kind]
        assert item._repr_html_() == item._repr_html_()  # type: ignore[attr-defined]

    def test_its_text_form_is_one_short_line(self, kind: str, shown: dict[str, object]) -> None:
        if kind in {"certificate", "pot certificate", "reaction"}:
            return  # plain values of a few numbers
        text = repr(shown[kind])
        assert text.startswith("<")
        assert "\n" not in text
        assert len(text) < 300


class TestChemistry:
    def test_labels_of_reactions_are_escaped(self) -> None:
        net = Network.of([Reaction.of({"A": 1}, {"B": 1}, label=EVIL)])
        for item in (net, net.reactions[0]):
            tree = tree_of(item._repr_html_())
            assert "script" not in names(tree)
            assert EVIL in text_of(tree)

    def test_a_large_program_is_bounded(self) -> None:
        program = make_circuit("mixing", inputs=8, hidden=12).compile()
        page = program._repr_html_()
        reactions = {phase.name: len(phase.network.reactions) for phase in program.phases}
        assert max(reactions.values()) > SHOWN_ROWS
        tree = tree_of(page)
        tables = [node.find("table") for node in tree.iter("details")]
        assert all(len(one.findall("tr")) <= SHOWN_ROWS + 2 for one in tables if one is not None)
        for count in reactions.values():
            assert count <= SHOWN_ROWS or f"… and {count - SHOWN_ROWS:,} more" in page

    def test_a_program_shows_counts_reactions_and_protocol(self, shown: dict[str, object]) -> None:
        program = make_circuit("linear", inputs=1).compile()
        tree = tree_of(program._repr_html_())
        counts = rows_of(next(tree.iter("table")))
        assert counts[1:] == [
            [p.name, f"{p.duration:g}", str(len(p.network.species)), str(len(p.network.reactions))]
            for p in program.phases
        ]
        folds = [text_of(node.find("summary")) for node in tree.iter("details")]  # type: ignore[arg-type]
        assert folds == [f"reactions of {phase.name}" for phase in program.phases]
        sentences = [text_of(node) for node in tree.iter("li")]
        numbered = re.findall(r"^\d+\. (.*)$", str(program), re.MULTILINE)
        assert sentences == numbered != []


class TestMathematics:
    Z, X = Variable("z", (0,)), Variable("theta", (0, 1))

    @pytest.mark.parametrize(
        ("text", "latex"),
        [
            ("0", "0"),
            ("-z[0] + 1", "-z_{1} + 1"),
            ("0.5*z[0]*abs(z[0])", r"0.5\,z_{1}\,\lvert z_{1}\rvert"),
            ("z[0]^3*theta[0,1]", r"\theta_{1,2}\,z_{1}^{3}"),
            ("1e-9*abs(z[0]) - 2.5*z[0]", r"-2.5\,z_{1} + 10^{-9}\,\lvert z_{1}\rvert"),
        ],
    )
    def test_polynomials(self, text: str, latex: str) -> None:
        system = SignedSystem.parse(f"dz[0] = {text}", states={"z": 1}, parameters={"theta": (1, 2)})
        polynomial = system.equations[0][1]
        assert polynomial_latex(polynomial) == latex
        assert polynomial._repr_latex_() == f"$\\displaystyle {latex}$"

    def test_a_power_of_a_name_with_an_exponent_is_bracketed(self) -> None:
        variable = Polynomial.of(Variable("z_p"))
        assert polynomial_latex(variable * variable) == "{z^{+}}^{2}"

    def test_systems_are_aligned_and_bounded(self) -> None:
        system = SignedSystem.parse(
            "dz = theta*x", states={"z": 60}, inputs={"x": 60}, parameters={"theta": (60, 60)}
        )
        latex = system._repr_latex_()
        assert latex.count(r"\frac") == 20
        assert r"\text{… and 40 more}" in latex
        assert latex.count("theta_{1,") == 40
        assert latex.count(r"+ \cdots") == 20
        assert latex.count("{") == latex.count("}")
        assert system_latex(system, limit=1).count("&=") == 1


class TestTrajectories:
    def many(self, species: int, times: int) -> Trajectory:
        grid = np.linspace(0.0, 1.0, times)
        values = np.sin(40.0 * np.outer(grid, np.arange(species)))
        named = tuple(f"S{i}" for i in range(species))
        return Trajectory(named, grid, values, Outcome.SUCCESS, 1.0, 10, values[-1])

    def test_every_species_is_drawn_and_listed(self) -> None:
        run = simulate(CURVE, 5.0)
        tree = tree_of(run._repr_html_())
        drawn = [text_of(node) for node in tree.iter("{http://www.w3.org/2000/svg}text")]
        assert {"A", "B", "time", "concentration"} <= set(drawn)
        first, last = run["A"][0], run["A"][-1]
        assert rows_of(tree)[1] == ["A", "3", f"{last:.4g}", f"{first:.4g}", f"{last:.4g}"]

    def test_a_large_one_is_bounded(self) -> None:
        page = self.many(500, 50_000)._repr_html_()
        assert len(page) < 600_000
        assert "drawn: the 10 that change most" in page
        assert "… and 300 more" in page

    def test_one_without_times_is_shown_by_its_end(self) -> None:
        run = simulate(CURVE, 5.0)
        empty = dataclasses.replace(run, times=run.times[:0], values=run.values[:0])
        assert rows_of(tree_of(empty._repr_html_()))[1][0] == "A"

    def test_without_matplotlib_there_is_a_table(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        tree = tree_of(simulate(CURVE, 5.0)._repr_html_())
        assert "svg" not in names(tree)
        assert [row[0] for row in rows_of(tree)] == ["species", "A", "B"]


class TestTables:
    def test_a_certificate_shows_each_check_with_its_mark(self, shown: dict[str, object]) -> None:
        certificate = certify(make_circuit("linear", inputs=1), samples=1)
        failed = Check("forward", 0.5, 1e-3, False, EVIL)
        broken = dataclasses.replace(certificate, checks=(failed, *certificate.checks))
        tree = tree_of(broken._repr_html_())
        rows = rows_of(tree)
        assert rows[1] == ["forward", "0.5", "0.001", FAILED, EVIL]
        marks = {True: PASSED, False: FAILED}
        states = ["reported" if c.bound is None else marks[c.passed] for c in broken.checks]
        assert [row[3] for row in rows[1 : 1 + len(states)]] == states
        assert FAILED in text_of(tree[0][0])
        assert PASSED in text_of(tree_of(certificate._repr_html_())[0][0])

    def test_a_pot_certificate_shows_each_mechanism(self, shown: dict[str, object]) -> None:
        certificate = shown["pot certificate"]
        rows = rows_of(tree_of(certificate._repr_html_()))  # type: ignore[attr-defined]
        mechanisms = [row.mechanism for row in certificate.convergence]  # type: ignore[attr-defined]
        assert [row[0] for row in rows[-len(mechanisms) :]] == mechanisms

    def test_a_clock_report_shows_what_its_text_says(self, shown: dict[str, object]) -> None:
        report = shown["clock report"]
        told = str(report).split()
        for row in rows_of(tree_of(report._repr_html_())):  # type: ignore[attr-defined]
            for cell in row:
                assert set(cell.split()) <= set(told), cell

    def test_a_training_shows_losses_and_parameters(self, trained: Trained) -> None:
        tree = tree_of(trained._repr_html_())
        first, last = trained.metrics[0], trained.metrics[-1]
        rows = rows_of(tree)
        assert rows[0] == ["", "epoch 1", "epoch 3"]
        assert rows[1] == ["training loss", f"{first.train_loss:.4g}", f"{last.train_loss:.4g}"]
        assert [row[0] for row in rows[2:4]] == ["validation loss", "time from dose to dose"]
        values = dict(row for row in rows if row[0].startswith("theta"))
        assert list(map(float, values.values())) == pytest.approx(last.parameters, rel=1e-5)
        assert "svg" in names(tree)

    def test_a_training_of_one_epoch_has_no_curve(self, trained: Trained) -> None:
        short = dataclasses.replace(trained, metrics=trained.metrics[:1])
        tree = tree_of(short._repr_html_())
        assert rows_of(tree)[0] == ["", "epoch 1"]
        assert "svg" not in names(tree)

    def test_a_training_without_matplotlib_has_its_tables(
        self, trained: Trained, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        assert "svg" not in names(tree_of(trained._repr_html_()))


def foreign(task: Task) -> Iterator[Task]:
    """Yield tasks whose every text comes from elsewhere."""
    yield dataclasses.replace(task, name=EVIL)
    yield dataclasses.replace(task, feature_names=(EVIL, *task.feature_names[1:]))
    yield dataclasses.replace(task, classes=(EVIL, *task.classes[1:]))
    yield dataclasses.replace(task, target_names=(EVIL, *task.target_names[1:]))


class TestTasks:
    @pytest.mark.parametrize("place", range(4))
    def test_foreign_texts_are_escaped(self, place: int) -> None:
        task = list(foreign(make_task("iris")))[place]
        tree = tree_of(task._repr_html_())
        assert "script" not in names(tree)
        assert EVIL in text_of(tree)

    def test_the_name_of_a_task_is_escaped_in_a_training(self, trained: Trained) -> None:
        task = dataclasses.replace(trained.trainer.task, name=EVIL)
        trainer = SimpleNamespace(
            task=task, program=trained.trainer.program, parameters=trained.trainer.parameters
        )
        tree = tree_of(dataclasses.replace(trained, trainer=trainer)._repr_html_())  # type: ignore[arg-type]
        assert "script" not in names(tree)
        assert EVIL in text_of(tree)

    def test_columns_are_summed_up(self) -> None:
        task = make_task("linear-regression")
        caption = text_of(next(tree_of(task._repr_html_()).iter("p")))
        assert f"{len(task.train)} training, {len(task.validation)} validation" in caption
        rows = rows_of(tree_of(task._repr_html_()))
        low, high = task.train.features[:, 0].min(), task.train.features[:, 0].max()
        assert rows[1][:3] == ["feature", task.feature_names[0], f"{low:.4g}"]
        assert rows[1][4] == f"{high:.4g}"
        assert [row[0] for row in rows[1:]] == ["feature"] * task.inputs + ["target"] * task.outputs

    def test_many_columns_end(self) -> None:
        task = make_task("linear-regression")
        wide = np.random.default_rng(0).random((9, 1_000))
        samples = type(task.train)(wide, wide[:, :1])
        large = dataclasses.replace(
            task,
            train=samples,
            validation=samples,
            test=None,
            feature_names=tuple(f"gene {i}" for i in range(1_000)),
            bounds=np.array([[0.0, 1.0]] * 1_000),
        )
        assert len(large._repr_html_()) < 20_000
        assert "… and 981 more" in large._repr_html_()

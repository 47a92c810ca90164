"""Every scene of the gallery does what its sentence says, in short trainings by simulated reactions."""

from __future__ import annotations

import re

import pytest

from neuralcrn.app.live import GALLERY, LiveTraining, Scene, load_training, map_view, save_training
from neuralcrn.learning.trainer import determination, half_squared_error


def trained(scene: Scene, samples: int) -> LiveTraining:
    training = LiveTraining.begin(scene)
    training.advance(samples)
    return training


def score(training: LiveTraining) -> float:
    """Return the accuracy for the test grid, or the validation samples; R² of a regression."""
    task, trainer = training.task, training.progress.trainer
    small = task.test is not None and not training.program.is_pot
    judged = task.test if small and task.test is not None else task.validation
    outputs = trainer.predict(training.progress.state, judged.features)
    if task.kind == "classification":
        return task.accuracy(outputs, judged.targets)
    return determination(half_squared_error(outputs - judged.targets), judged.targets) or 0.0


def test_there_are_twelve_with_different_titles_and_one_sentence_each() -> None:
    assert len(GALLERY) == 12
    assert len({entry.title for entry in GALLERY.values()}) == 12
    for entry in GALLERY.values():
        assert re.fullmatch(r"[A-Z][^\n]{20,140}\.", entry.sentence)
        for scene in (entry.scene, *entry.others):
            assert Scene.from_address(scene.to_address()) == scene
            assert (scene.task, scene.seed) == (entry.scene.task, entry.scene.seed)


def test_the_first_is_broken_by_errors_of_rates_and_healed_by_the_chopper() -> None:
    training = trained(next(iter(GALLERY.values())).scene, 2_000)
    assert score(training) > 0.9
    training.change(training.scene.patched({"errors": {"rates": 0.5}}), "errors of rates 50%")
    assert score(training) < 0.6
    for _ in range(4):
        training.advance(1_000)
        assert score(training) < 0.82
    training.change(training.scene.patched({"options": {"optimiser": "chop"}}), "chopper")
    training.advance(2_000)
    assert score(training) > 0.9


@pytest.mark.parametrize(
    ("name", "samples", "least"),
    [
        ("chopper", 4_000, 0.9),
        ("one-pot", 120, 1.0),
        ("molecules", 303, 0.9),
        ("first-order", 1_000, 0.9),
        ("published", 4_000, 0.95),
        ("everything-wrong", 4_000, 0.87),
        ("iris", 6_000, 0.9),
        ("sine", 2_400, 0.97),
        ("painted", 960, 0.95),
        ("equilibrium", 400, 1.0),
    ],
)
def test_what_is_said_to_be_learned_is_learned(name: str, samples: int, least: float) -> None:
    entry = GALLERY[name]
    for scene in (entry.scene, *entry.others):
        assert score(trained(scene, samples)) >= least, scene


def test_without_the_chopper_the_errors_are_not_tolerated() -> None:
    for name in ("chopper", "everything-wrong"):
        scene = GALLERY[name].scene
        assert score(trained(scene.patched({"options": {"optimiser": "plain"}}), 4_000)) < 0.85, name


def test_three_clocks_keep_time_and_the_leaky_ring_does_not() -> None:
    entry = GALLERY["clocks"]
    scores, ratios = {}, {}
    for scene in (entry.scene, *entry.others):
        training = trained(scene, 410)
        scores[scene.clock] = score(training)
        first, *_, last = training.progress.metrics
        ratios[scene.clock] = last.period / first.period
    assert len(scores) == 4
    assert {clock for clock, value in scores.items() if value > 0.9} == {
        "restored-5",
        "red-green-blue",
        "crn++",
    }
    assert scores["ring-5"] < 0.5
    assert ratios["ring-5"] < 0.85
    assert all(abs(ratio - 1.0) < 0.1 for clock, ratio in ratios.items() if clock != "ring-5")


def test_numbers_in_sentences_are_those_of_the_reactions() -> None:
    pairs = {"one-pot": 1, "first-order": 2}
    for name, count in pairs.items():
        entry = GALLERY[name]
        stated = [int(number) for number in re.findall(r"\d+", entry.sentence)]
        programs = [LiveTraining.begin(scene).program for scene in (entry.scene, *entry.others)]
        assert stated == [program.reaction_count for program in programs]
        assert len(stated) == count


@pytest.mark.parametrize("name", [*GALLERY])
def test_every_scene_can_be_shown_and_kept(name: str, tmp_path) -> None:
    training = trained(GALLERY[name].scene, 3)
    shown = map_view(training, 8)
    save_training(training, tmp_path / "lab")
    assert map_view(load_training(tmp_path / "lab"), 8) == shown

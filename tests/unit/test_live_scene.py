"""Scenes as JSON and in addresses: nothing is lost, and nothing unknown is read."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralcrn.app.live import Function, Points, RegistryTask, Scene, Table
from neuralcrn.errors import InvalidValueError, NeuralCRNError

XOR = Scene(task=RegistryTask("xor"))
TASKS = (
    RegistryTask("rings", {"train": 100, "inner": 0.4}),
    Points(((0.1, 0.2, 0), (1.0, 0.0, 2))),
    Table("größe,kind\n1,a\n", "kind"),
    Function("sin(3*x) + y", ("x", "y"), -1.0, 2.5, 20),
)


@given(
    task=st.sampled_from(TASKS),
    seed=st.integers(0, 2**63 - 1),
    strength=st.floats(0.0, 1.0),
    factor=st.floats(0.0, 1e6),
    label=st.text(max_size=20),
    rate=st.floats(allow_nan=False, allow_infinity=False),
)
@settings(max_examples=60, deadline=None)
def test_addresses_and_json_keep_every_entry(
    task: Any, seed: int, strength: float, factor: float, label: str, rate: float
) -> None:
    scene = Scene(
        task=task, seed=seed, errors={"rates": strength}, factors={label: factor}, removed=(label,),
        options={"learning_rate": rate, "hidden": [3, 4]}, equation=label, clock_stopped=True,
    )  # fmt: skip
    address = scene.to_address()
    assert address.replace("-", "").replace("_", "").isalnum()
    assert Scene.from_address(address) == scene
    for complete in (True, False):
        assert Scene.from_json(json.loads(json.dumps(scene.to_json(complete=complete)))) == scene


def test_numbers_keep_their_type() -> None:
    scene = Scene.from_address(Scene(task=TASKS[0]).to_address())
    assert isinstance(scene.task, RegistryTask)
    assert {name: type(value) for name, value in scene.task.options.items()} == {"train": int, "inner": float}


def test_short_descriptions_have_only_what_differs() -> None:
    assert XOR.to_json(complete=False) == {"task": {"kind": "registry", "name": "xor", "options": {}}}
    assert len(XOR.to_address()) < 80


def test_patches_are_json_merge_patches_but_for_the_task() -> None:
    scene = XOR.patched({"options": {"hidden": 4, "learning_rate": 0.1}, "errors": {"rates": 0.5}})
    narrow = scene.patched({"options": {"learning_rate": None}, "errors": None, "rule": "frozen"})
    assert narrow == Scene(task=XOR.task, options={"hidden": 4}, rule="frozen")
    painted = scene.patched({"task": {"kind": "points", "points": [[0, 1, 1]]}})
    assert painted.task == Points(((0.0, 1.0, 1),))
    assert painted.options == scene.options


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ({}, "missing required field `task`"),
        ([], "scene: "),
        ({"task": {"kind": "file", "name": "xor"}}, "scene: Invalid value 'file'"),
        ({"task": {"kind": "registry"}}, "missing required field `name`"),
        ({"seed": -1}, "seed = -1: give a whole number from 0"),
        ({"seed": 1.5}, "$.seed"),
        ({"version": 2}, "version 2: this neuralcrn reads version 1"),
        ({"epochs": 0}, "epochs = 0"),
        ({"errors": {"rats": 0.5}}, "unknown disturbance 'rats': did you mean 'rates'"),
        ({"errors": {"rates": 1.5}}, "strength 1.5 is out of range"),
        ({"factors": {"a": -1.0}}, "factor -1 of a: give a number from 0"),
        ({"factors": {"a": float("nan")}}, "factor nan of a"),
        ({"removed": "z1_p"}, "$.removed"),
        ({"task": {"kind": "points", "points": [[2.0, 0.0, 1]]}}, "point 1 at (2, 0): give coordinates"),
        ({"task": {"kind": "points", "points": [[0.5, 0.0, 3]]}}, "point 1 of class 3: the classes are"),
        ({"task": {"kind": "points", "points": [[0.5, 0.0, 1]] * 2001}}, "2,001 were given, at most 2,000"),
        ({"task": {"kind": "table", "text": "x" * 1_000_001, "target": "y"}}, "1,000,001 characters"),
        ({"task": {"kind": "function", "formula": "x", "inputs": []}}, "give 1 to 8 different names"),
        ({"task": {"kind": "function", "formula": "x", "inputs": ["x", "x"]}}, "give 1 to 8 different names"),
        ({"task": {"kind": "function", "formula": "x", "low": 1.0}}, "range 1 to 1: give a rising range"),
        ({"task": {"kind": "function", "formula": "x", "samples": 3}}, "samples = 3: give a number from 4"),
    ],
)
def test_invalid_scenes_are_refused_in_one_sentence(data: Any, what: str) -> None:
    complete = data if not isinstance(data, dict) or not data else {"task": XOR.to_json()["task"], **data}
    with pytest.raises(NeuralCRNError) as caught:
        Scene.from_json(complete)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["", "!", "eJw", XOR.to_address()[:-4], XOR.to_address() + "AAAA" * 3, "A" * 1000, "ä", "eJyrrgUAAXUA+Q"],
)
def test_incomplete_addresses_are_refused(address: str) -> None:
    if address == XOR.to_address() + "AAAA" * 3:
        assert Scene.from_address(address) == XOR  # what follows the end is not read
        return
    with pytest.raises(NeuralCRNError, match=r"address: |scene: "):
        Scene.from_address(address)


def test_a_small_address_cannot_become_a_large_text() -> None:
    bomb = zlib.compress(b" " * 100_000_000 + b"{}")
    with pytest.raises(InvalidValueError, match="address: "):
        Scene.from_address(base64.urlsafe_b64encode(bomb).decode().rstrip("="))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_address_is_read_or_refused(address: str) -> None:
    with pytest.raises(NeuralCRNError):
        Scene.from_address("eJyr" + address)


def test_a_table_without_a_column_to_predict_is_refused() -> None:
    task = {"kind": "table", "text": "x,y\n1,2\n", "target": ""}
    with pytest.raises(InvalidValueError, match=r"^table: name the column to predict as its target$"):
        Scene.from_json({"task": task})

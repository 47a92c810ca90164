"""The lab as a page uses it: routes, commands, events, and what is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.lab import PATIENCE, SMALL, XOR, Served

from neuralcrn.circuits import FAMILIES
from neuralcrn.engines.kinetics import METHODS


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with Served(tmp_path_factory.mktemp("lab") / "runs") as server:
        yield server
        assert "Traceback" not in server.errors.read_text()


@pytest.fixture
def lab(served: Served) -> Generator[str]:
    """A small lab that is paused."""
    made = served.new_lab(SMALL)
    paused(served, made)
    yield made
    served.client.delete(f"/api/labs/{made}")


def paused(served: Served, lab: str) -> Any:
    """Pause a lab, and return its progress."""
    return after(served, lab, served.command(lab, "pause"))


def after(served: Served, lab: str, number: int) -> Any:
    """Return the progress after a command."""
    return served.wait_for(lab, "progress", lambda progress: progress["command"] >= number)


def amounts(served: Served, lab: str, samples: int) -> Any:
    """Return the contents of the pot after a number of samples."""
    return served.wait_for(lab, "amounts", lambda value: value["samples"] == samples)["values"]


def scene(served: Served, lab: str) -> Any:
    return served.wait_for(lab, "scene")["scene"]


def refusal(answer: httpx.Response, *statuses: int) -> str:
    """Return the sentence of a refused request."""
    assert answer.status_code in statuses, answer.text
    value = answer.json()
    assert [*value] == ["error"], value
    assert 0 < len(value["error"]) < 2_000
    assert "Traceback" not in value["error"]
    assert str(Path.home()) not in value["error"]
    return value["error"]


def test_a_lab_learns_at_once_and_shows_everything(served: Served) -> None:
    lab = served.new_lab(XOR)
    seen: dict[str, Any] = {}
    with served.events(lab) as events:
        for _, kind, value in events:
            seen.setdefault(kind, value)
            learned = kind == "progress" and value["samples"] > 300 and value["loss"]
            if learned and {"scene", "circuit", "map", "step", "amounts", "status"} <= seen.keys():
                break
    assert seen["map"]["kind"] == "map"
    assert seen["map"]["grid"]["shape"] == [24, 24]
    assert seen["amounts"]["values"]["shape"] == [seen["circuit"]["counts"]["species"]]
    assert seen["scene"]["scene"]["task"] == XOR["task"] | {"options": {}}
    again = served.client.post("/api/labs", json={"address": seen["scene"]["address"]}).json()["lab"]
    assert scene(served, again) == seen["scene"]["scene"]
    for name in (lab, again):
        assert served.client.delete(f"/api/labs/{name}").status_code == 204


def test_without_a_scene_the_first_one_is_opened(served: Served) -> None:
    lab = served.client.post("/api/labs", json={}).json()["lab"]
    assert scene(served, lab)["task"]["name"] == "xor"
    served.client.delete(f"/api/labs/{lab}")


def test_steps_are_counted_exactly_and_pause(served: Served, lab: str) -> None:
    before = paused(served, lab)
    assert not before["playing"]
    one = after(served, lab, served.command(lab, "step", unit="sample"))
    assert one["samples"] == before["samples"] + 1
    epoch = after(served, lab, served.command(lab, "step", unit="epoch"))
    assert epoch["samples"] % epoch["size"] == 0
    assert epoch["samples"] - one["samples"] <= epoch["size"]
    assert epoch["loss"][-1][0] == epoch["samples"]


def test_a_rewound_training_is_repeated_bit_for_bit_and_a_new_seed_differs(served: Served, lab: str) -> None:
    pots = []
    for name in ("rewind", "rewind", "reseed"):
        served.command(lab, name)
        amounts(served, lab, 0)
        numbers = [served.command(lab, "step") for _ in range(3)]
        assert after(served, lab, numbers[-1])["samples"] == 3
        pots.append(amounts(served, lab, 3))
    assert pots[0] == pots[1] != pots[2]
    assert scene(served, lab)["seed"] != 0
    after(served, lab, served.command(lab, "reseed", seed=0))
    assert scene(served, lab)["seed"] == 0


def test_changes_are_undone_and_made_again(served: Served, lab: str) -> None:
    number = served.command(
        lab, "change", patch={"options": {"learning_rate": 0.05}}, label="Learning rate 0.05"
    )
    assert after(served, lab, number)["undo"] == "Learning rate 0.05"
    assert scene(served, lab)["options"] == {"learning_rate": 0.05}
    served.wait_for(lab, "circuit", lambda circuit: circuit["options"]["learning_rate"] == 0.05)
    undone = after(served, lab, served.command(lab, "undo"))
    assert undone["redo"] == "Learning rate 0.05"
    assert scene(served, lab)["options"] == {}
    after(served, lab, served.command(lab, "redo"))
    assert scene(served, lab)["options"] == {"learning_rate": 0.05}


def test_of_a_drag_the_last_value_always_arrives(served: Served, lab: str) -> None:
    served.command(lab, "play")
    numbers = [
        served.command(
            lab, "change", patch={"options": {"learning_rate": step / 200}}, label="rate", key="rate"
        )
        for step in range(1, 101)
    ]
    after(served, lab, numbers[-1])
    assert scene(served, lab)["options"] == {"learning_rate": 0.5}
    after(served, lab, served.command(lab, "undo"))
    assert scene(served, lab)["options"] == {}


@pytest.mark.parametrize(
    "patch",
    [
        {"nothing_of_this_name": 1},
        {"options": {"learning_rate": 7.0}},
        {"options": {"learning_rate": "fast"}},
        {"circuit": "../../etc/passwd"},
        {"errors": {"rates": 2.0}},
        {"removed": ["nothing"]},
        {"equation": "__import__('os').system('true')"},
        {"task": {"kind": "function", "formula": "9**9**9**9**x", "inputs": ["x"]}},
        {"task": {"kind": "table", "text": "a,b\n1,2\n", "target": "c"}},
        {"task": {"kind": "points", "points": [[2.0, 0.0, 0]]}},
        {"seed": -1},
    ],
)
def test_a_wrong_change_is_named_and_changes_nothing(served: Served, lab: str, patch: Any) -> None:
    before = scene(served, lab)
    number = served.command(lab, "change", patch=patch, label="wrong")
    error = served.wait_for(lab, "error", lambda value: value["command"] == number)["error"]
    assert 0 < len(error) < 2_000
    assert "Traceback" not in error
    assert "internal" not in error
    assert str(served.runs) not in error
    assert scene(served, lab) == before
    number = served.command(lab, "step")
    assert served.wait_for(lab, "error", lambda value: value["command"] == number)["error"] is None


def test_a_slow_training_waits_and_a_fast_one_does_not(served: Served, lab: str) -> None:
    served.command(lab, "speed", value=1e-6)
    number = served.command(lab, "play")
    before = after(served, lab, number)
    later = after(served, lab, served.command(lab, "view", resolution=8))
    assert before["playing"]
    assert later["samples"] == before["samples"]
    served.command(lab, "speed", value=0)
    served.wait_for(lab, "progress", lambda progress: progress["samples"] > before["samples"] + 100)


def test_the_map_has_the_resolution_that_is_asked_for(served: Served) -> None:
    lab = served.new_lab(XOR)
    paused(served, lab)
    served.command(lab, "view", resolution=5, sample=3)
    assert served.wait_for(lab, "map", lambda value: value["grid"]["shape"] == [10, 10])
    assert served.wait_for(lab, "step", lambda value: value["row"] == 3)
    served.client.delete(f"/api/labs/{lab}")


def test_the_chemistry_is_certified(served: Served, lab: str) -> None:
    served.command(lab, "certify")
    table = served.wait_for(lab, "certificate", lambda value: value["passed"] is not None)
    assert table["passed"]
    assert {"name", "measured", "bound", "passed"} <= table["rows"][0].keys()


def test_a_reader_that_reconnects_misses_no_epoch(served: Served) -> None:
    lab = served.new_lab(XOR)
    served.command(lab, "speed", value=0)
    rows, number = [], 0
    while len(rows) < 300:
        with served.events(lab, number) as events:
            for number, kind, value in events:  # noqa: B007
                if kind == "progress":
                    rows = [] if value["whole"] else rows
                    rows += value["loss"]
                    break
    size = rows[0][0]
    assert [row[0] for row in rows] == [size * (epoch + 1) for epoch in range(len(rows))]
    served.client.delete(f"/api/labs/{lab}")


def test_the_header_of_browsers_resumes_too(served: Served, lab: str) -> None:
    address = f"/api/labs/{lab}/events"
    with served.events(lab) as events:
        number = next(number for number, kind, _ in events if kind == "circuit")
    with served.client.stream("GET", address, headers={"Last-Event-ID": str(number)}) as answer:
        lines = answer.iter_lines()
        numbers = [int(line[4:]) for line, _ in zip(lines, range(3), strict=False) if line.startswith("id: ")]
    assert all(found > number for found in numbers)
    refusal(served.client.get(address, headers={"Last-Event-ID": "1; DROP"}), 422)


def test_an_ended_lab_is_opened_again_where_it_was(served: Served, lab: str) -> None:
    before = paused(served, lab)
    assert served.client.delete(f"/api/labs/{lab}").status_code == 204
    (folder,) = [path for path in served.runs.iterdir() if (path / "lab.json").stat().st_mtime > 0][-1:]
    assert lab not in folder.name
    again = served.wait_for(lab, "progress")
    assert again["samples"] == before["samples"]
    assert not again["playing"]


def test_files_are_those_of_the_saved_training(served: Served, lab: str) -> None:
    served.command(lab, "rewind")
    served.command(lab, "step", unit="epoch")
    served.command(lab, "change", patch={"seed": 0, "errors": {"leaks": 0.01}}, label="Leaks")
    listed = served.client.get(f"/api/labs/{lab}/files").json()
    assert {"code", "network", "figure", "run"} == {file["group"] for file in listed}
    scene = served.client.get(f"/api/labs/{lab}/files/scene.json")
    assert scene.headers["content-type"] == "application/json"
    assert scene.headers["content-disposition"] == "attachment"
    assert scene.json()["errors"] == {"leaks": 0.01}
    script = served.client.get(f"/api/labs/{lab}/files/script.py").text
    assert "training.advance(41)" in script
    picture = served.client.get(f"/api/labs/{lab}/files/loss.png")
    assert picture.content.startswith(b"\x89PNG")
    for name in ("none.txt", "%2e%2e%2flab.json", "lab.json"):
        refusal(served.client.get(f"/api/labs/{lab}/files/{name}"), 404)


@pytest.mark.parametrize("name", ["nothing", "%2e%2e", "lab-0123456789abcdef", "a" * 64, "%00"])
def test_nobody_reads_the_lab_of_another(served: Served, name: str) -> None:
    for path in ("/events", "/files", "/files/script.py"):
        refusal(served.client.get(f"/api/labs/{name}{path}"), 404)
    refusal(served.client.post(f"/api/labs/{name}/commands", json={"command": "play"}), 404)
    refusal(served.client.delete(f"/api/labs/{name}"), 404, 405)


def test_the_name_of_a_run_folder_is_no_id(served: Served, lab: str) -> None:
    for folder in served.runs.iterdir():
        refusal(served.client.get(f"/api/labs/{folder.name}/events"), 404)


@pytest.mark.parametrize(
    "path",
    ["/page/none.js", "/page/..%2fserver.py", "/page/%2e%2e/server.py", "/page//etc/passwd",
     "/page/index.html%00.js", "/etc/passwd", "/docs", "/openapi.json"],
)  # fmt: skip
def test_only_files_of_the_page_are_served(served: Served, path: str) -> None:
    refusal(served.client.get(path), 404)


def test_the_catalogue_names_what_can_be_chosen(served: Served) -> None:
    found = served.client.get("/api/catalogue").json()
    assert [circuit["name"] for circuit in found["circuits"]] == list(FAMILIES)
    assert {"xor", "digits"} <= {task["name"] for task in found["tasks"]}
    assert [method["name"] for method in found["methods"]] == ["ode", *METHODS]
    assert len(found["gallery"]) == 12
    made = served.client.post("/api/labs", json={"address": found["gallery"][-1]["address"]})
    assert served.client.delete(f"/api/labs/{made.json()['lab']}").status_code == 204


def test_a_lab_names_the_rules_and_options_of_its_circuit(served: Served) -> None:
    lab = served.new_lab()

    def circuit(name: str) -> tuple[list[str], dict[str, Any]]:
        served.command(lab, "change", patch={"circuit": name, "rule": None}, label=name, anew=True)
        found = served.wait_for(lab, "circuit", lambda made: made["name"] == name)
        return found["rules"], {option["name"]: option for option in found["choices"]}

    rules, layered = circuit("perceptron")
    assert "weight-perturbation" in rules
    assert "exact" not in rules
    assert {"hidden", "activation"} <= set(layered)
    assert "horizon" not in layered
    rules, quadratic = circuit("quadratic-dense")
    assert {"exact", "first-order"} <= set(rules)
    assert quadratic["annihilation"]["default"] == 100.0
    assert "activation" not in quadratic
    served.client.delete(f"/api/labs/{lab}")


SBML_BOMB = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa">]><sbml>&a;</sbml>'


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        ({"scene": {}}, (400,)),
        ({"scene": {"task": {"kind": "registry", "name": "xor"}, "sed": 1}}, (400,)),
        ({"scene": {"version": 99, "task": {"kind": "registry", "name": "xor"}}}, (400,)),
        ({"scene": {"task": {"kind": "file", "name": "/etc/passwd"}}}, (400,)),
        ({"scene": []}, (422,)),
        ({"scene": {"task": {"kind": "points", "points": [[0.1, 0.1, 0]] * 5_000}}}, (400,)),
        ({"address": "nothing"}, (400,)),
        ({"address": "eJw" + "A" * 1_000}, (400,)),
        ({"address": "é"}, (400,)),
        ({"other": 1}, (422,)),
        ([], (422,)),
    ],
)
def test_wrong_scenes_are_refused(served: Served, request_: Any, statuses: tuple[int, ...]) -> None:
    refusal(served.client.post("/api/labs", json=request_), *statuses)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"scene": NaN}', b"null"])
def test_requests_that_are_no_json_are_refused(served: Served, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    refusal(served.client.post("/api/labs", content=content, headers=headers), 400, 422)


@pytest.mark.parametrize(
    "command",
    [
        {"command": "explode"},
        {"command": "speed", "value": -1},
        {"command": "speed", "value": "1"},
        {"command": "speed"},
        {"command": "step", "unit": "year"},
        {"command": "view", "resolution": 1_000},
        {"command": "view", "sample": -1},
        {"command": "reseed", "seed": 2**63},
        {"command": "change", "patch": [], "label": "x"},
        {"command": "change", "patch": {}, "label": "x" * 1_000},
        {"command": "file", "name": "../../secret"},
        {"command": "play", "number": 7},
        {},
    ],
)
def test_wrong_commands_are_refused(served: Served, lab: str, command: Any) -> None:
    refusal(served.client.post(f"/api/labs/{lab}/commands", json=command), 422)


def test_large_requests_are_refused(served: Served) -> None:
    scene = {"task": {"kind": "table", "text": "x" * 3_000_000, "target": "x"}}
    assert "2,000,000 bytes" in refusal(served.client.post("/api/labs", json={"scene": scene}), 413)


def simulate(served: Served, **request: Any) -> httpx.Response:
    return served.client.post("/api/simulations", json={"t_end": 1.0, **request})


@pytest.mark.parametrize(
    ("text", "source"),
    [("A -> B [k = 2]\nA @initial 3", "crn"), ("A -> B; k*A; k = 2; A = 3; B = 0", "antimony")],
)
def test_a_network_is_simulated(served: Served, text: str, source: str) -> None:
    made = simulate(served, text=text, format=source, steps=4).json()
    assert made["times"] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert made["species"] == ["A", "B"]
    assert made["values"]["shape"] == [5, 2]
    assert made["reactions"] == 1
    assert made["stopped"] is None


def test_a_blow_up_is_told_with_the_times_that_were_reached(served: Served) -> None:
    made = simulate(served, text="2A -> 3A [k = 1]\nA @initial 1", t_end=3.0).json()
    assert "stopped at time" in made["stopped"]
    assert made["times"][-1] < 1.0


@pytest.mark.parametrize(
    "request_",
    [
        {"text": ""},
        {"text": "A => B"},
        {"text": "A -> B [k = 9**9**9]"},
        {"text": "A -> B [k = 1]", "format": "sbml"},
        {"text": SBML_BOMB, "format": "sbml"},
        {"text": 'import "/etc/passwd"', "format": "antimony"},
        {"text": "A -> B [k = 1]", "method": "ssa"},
        {"text": "A -> B [k = 1]", "volume": 3.0},
        {"text": "\x00" * 100},
        {"text": "\n".join(f"A{i} -> A{i + 1} [k = 1]" for i in range(2_500))},
    ],
)
def test_networks_that_cannot_be_simulated_are_refused(served: Served, request_: Any) -> None:
    refusal(simulate(served, **request_), 400)


@pytest.mark.parametrize("change", [{"t_end": 0}, {"t_end": 1e999}, {"steps": 10**9}, {"format": "exe"}])
def test_simulations_out_of_range_are_refused(served: Served, change: Any) -> None:
    request = {"text": "A -> B [k = 1]", "t_end": 1.0} | change
    content = json.dumps(request)
    headers = {"Content-Type": "application/json"}
    refusal(served.client.post("/api/simulations", content=content, headers=headers), 422)


def test_eight_labs_learn_at_once(served: Served) -> None:
    labs = [served.new_lab(XOR | {"seed": seed}) for seed in range(8)]
    refused = served.client.post("/api/labs", json={"scene": XOR})
    assert "as many labs are open as this server allows (8)" in refusal(refused, 503)
    maps = [served.wait_for(lab, "map")["grid"]["float32"] for lab in labs]
    assert len(set(maps)) == 8
    deadline = time.monotonic() + PATIENCE
    for lab in labs:
        served.wait_for(lab, "progress", lambda progress: progress["samples"] > 200)
        assert time.monotonic() < deadline
        assert served.client.delete(f"/api/labs/{lab}").status_code == 204

"""Registries, and what becomes of the entry points of other packages; real packages: tests/e2e/."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from neuralcrn.errors import InvalidValueError, PlugInWarning, UnknownNameError
from neuralcrn.registry import Registry

Install = Callable[..., None]


@dataclass
class Colour:
    name: str


def colours() -> Registry[Colour]:
    return Registry("colour", "colours", [Colour("red")], Colour)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a package with entry points on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(package: str, source: str, **points: str) -> None:
        module = f"module_of_{tmp_path.name}_{package}".replace("-", "_")
        (tmp_path / f"{module}.py").write_text(f"from {__name__} import Colour\n{source}\n")
        information = tmp_path / f"{package.replace('-', '_')}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {module}:{value}" for name, value in points.items()]
        (information / "entry_points.txt").write_text("\n".join(["[neuralcrn.colours]", *lines, ""]))

    return install


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="unknown colour 'rde': did you mean 'red'"):
        colours().find("rde")


def test_names_that_are_taken_and_other_types_are_not_added(install: Install) -> None:
    install("blues", "BLUE = Colour('blue')", blue="BLUE")
    registry = colours()
    registry.add(Colour("green"))
    assert list(registry) == ["red", "green", "blue"]
    for name in ("red", "green", "blue"):
        with pytest.raises(InvalidValueError, match=f"already is a colour called '{name}'"):
            registry.add(Colour(name))
    with pytest.raises(InvalidValueError, match="is a str, not a Colour"):
        registry.add("red")  # type: ignore[arg-type]


def test_entry_points_of_other_packages_come_after_what_is_listed(install: Install) -> None:
    install("blues", "BLUE, NAVY = Colour('blue'), Colour('navy')", blue="BLUE", navy="NAVY")
    registry = colours()
    assert registry.find("navy") is registry["navy"]
    assert list(registry) == ["red", "blue", "navy"]
    assert len(registry) == 3
    assert "green" not in registry


def test_nothing_of_another_package_is_imported_for_a_name_that_is_listed(install: Install) -> None:
    install("broken", "raise RuntimeError", blue="BLUE")
    registry = colours()
    assert registry.find("red") == Colour("red")
    assert next(iter(registry)) == "red"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "import module_that_nobody_has",
            "cannot be imported: ModuleNotFoundError: No module named 'module_t",
        ),
        ("raise RuntimeError('no licence')", "cannot be imported: RuntimeError: no licence"),
        ("BLEU = Colour('blue')", "cannot be imported: AttributeError: "),
        ("BLUE = 3", "is a int, not a Colour"),
        ("BLUE = Colour('navy')", "is named 'navy': give its entry point that name"),
    ],
)
def test_what_cannot_be_used_is_left_out_once_with_a_warning_and_refused_by_name(
    install: Install, source: str, reason: str
) -> None:
    install("blues", source, blue="BLUE")
    install("greens", "GREEN = Colour('green')", green="GREEN")
    registry, message = colours(), rf"^the colour 'blue' of the package blues {reason}"
    with pytest.warns(PlugInWarning, match=message):
        assert list(registry) == ["red", "green"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(registry.values()) == [Colour("red"), Colour("green")]
    with pytest.raises(InvalidValueError, match=message):
        registry.find("blue")


@pytest.mark.parametrize(
    ("first", "name"), [("neuralcrn", "red"), ("blues", "blue")], ids=["of ours", "of two packages"]
)
def test_two_values_of_one_name_are_refused_with_both_packages(
    install: Install, first: str, name: str
) -> None:
    install("blues", "BLUE = Colour('blue')", blue="BLUE")
    install("rivals", f"OTHER = Colour({name!r})", **{name: "OTHER"})
    registry = colours()
    assert registry.find("red") == Colour("red")
    with pytest.raises(InvalidValueError, match=f"two packages declare a colour called '{name}'") as refusal:
        registry.find("blue")
    assert first in str(refusal.value)
    assert "rivals" in str(refusal.value)

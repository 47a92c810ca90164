"""Scenes of the tests."""

from __future__ import annotations

from neuralcrn.app.live import RegistryTask, Scene

SMALL = Scene(task=RegistryTask("linear-regression"), circuit="linear", epochs=5_000)
"""A scene whose reactions are compiled at once."""

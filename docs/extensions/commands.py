"""The page of the command line, from the help of the commands."""

from __future__ import annotations

import typer
from typer.cli import get_docs_for_click

from neuralcrn.cli.main import app


def command_pages() -> dict[str, str]:
    """Return the page by file name, as Typer itself writes the help of a program."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="neuralcrn")
    text = get_docs_for_click(obj=command, ctx=context, name="neuralcrn", title="Commands")
    return {"commands.md": text}

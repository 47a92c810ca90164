"""``neuralcrn lab``: a page in which chemistry learns."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import console


def lab(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 0,
    host: Annotated[
        str,
        typer.Option(
            help="Name or address at which the server listens. If others can reach it, requests need the "
            "token in the printed address."
        ),
    ] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    runs: Annotated[Path, typer.Option(help="Folder for the run folders.")] = Path("runs"),
    labs: Annotated[int, typer.Option(min=1, max=1_000, help="Labs that can be open at the same time.")] = 8,
    grace: Annotated[
        float, typer.Option(min=1.0, help="Seconds after which a lab without a page is saved and ended.")
    ] = 60.0,
    memory: Annotated[
        float,
        typer.Option(min=0.1, help="Memory that a lab may use, in GB, in addition to what it begins with."),
    ] = 3.0,
) -> None:
    """Open a page in the browser in which chemistry learns, and can be watched and changed.

    The page is served by this machine and loads nothing from elsewhere. Each lab is trained in a process of
    its own, and is kept in a run folder. Ctrl-C saves all labs and ends the server; a page continues when the
    server is started again at the same port. Needs the extra `lab`.

    **Examples:** `neuralcrn lab`, `neuralcrn lab --port 8000 --no-browser`
    """
    from neuralcrn.lab.limits import Limits
    from neuralcrn.lab.serving import LabServer

    server = LabServer(host, port, runs, Limits(labs=labs, grace=grace, memory=int(memory * 1e9)))

    def started(address: str) -> None:
        typer.echo(address)
        console.print(f"Ctrl-C ends the lab. Runs are kept in {runs}.")
        if not no_browser:
            webbrowser.open(address)

    server.run(started)

"""The interface of the lab by HTTP: routes only."""

from __future__ import annotations

import asyncio
import base64
import json
import mimetypes
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Annotated, Any

from fastapi import FastAPI, Header, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from neuralcrn.errors import NeuralCRNError, printable
from neuralcrn.lab.errands import Errands
from neuralcrn.lab.labs import Labs
from neuralcrn.lab.limits import Limits, RefusedError
from neuralcrn.lab.requests import AnyCommand, NewLab, Simulation
from neuralcrn.version import __version__

Id = Annotated[str, Path(max_length=64, description="Id of a lab.")]


class Refusal(BaseModel):
    """A refused request, with the reason in one sentence."""

    error: str


class Made(BaseModel):
    """Id of a new lab."""

    lab: str


class Number(BaseModel):
    """Number of a command; progress names the number of the last command that was carried out."""

    number: int


_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": meaning}
    for status, meaning in {
        400: "The values do not fit together.",
        401: "The token is missing or wrong.",
        403: "The request comes from another page.",
        404: "There is no such lab or file.",
        413: "The request is too large.",
        415: "The request is no JSON.",
        421: "The request is for another host.",
        422: "The request has another form.",
        429: "Too many requests.",
        503: "A limit is reached, or a process has ended.",
    }.items()
}


def application(labs: Labs, limits: Limits) -> FastAPI:
    """Return the application, without the checks of `neuralcrn.lab.security`."""
    errands = Errands(limits)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        app.state.choices = asyncio.create_task(errands.run("neuralcrn.lab.catalogue"))  # takes seconds
        watching = asyncio.create_task(labs.watch())
        yield
        watching.cancel()
        app.state.choices.cancel()
        await labs.close()

    app = FastAPI(
        title="neuralcrn lab", version=__version__, lifespan=lifespan, openapi_url="/api/schema",
        docs_url=None, redoc_url=None, responses=_REFUSALS, redirect_slashes=False,
    )  # fmt: skip
    _add_refusals(app)
    _add_page(app)
    _add_labs(app, labs, errands, limits)
    _add_others(app, errands)
    return app


def _add_labs(app: FastAPI, labs: Labs, errands: Errands, limits: Limits) -> None:
    """Add the routes of labs."""
    streams = asyncio.Semaphore(limits.streams)

    @app.post("/api/labs", status_code=201)
    async def make_lab(asked: NewLab) -> Made:
        return Made(lab=await labs.make(asked.address if asked.scene is None else asked.scene))

    @app.delete("/api/labs/{lab}", status_code=204)
    async def end_lab(lab: Id) -> None:
        await labs.find(lab)
        await labs.end(lab)

    @app.post("/api/labs/{lab}/commands", status_code=202)
    async def give_command(lab: Id, command: AnyCommand) -> Number:
        return Number(number=(await labs.find(lab)).send(command.model_dump(exclude_none=True)))

    @app.get("/api/labs/{lab}/events", response_class=StreamingResponse)
    async def send_events(
        lab: Id,
        after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
        last_event_id: Annotated[str, Header(max_length=20, pattern=r"^\d*$")] = "",
    ) -> StreamingResponse:
        found = await labs.find(lab)
        if streams.locked():
            raise RefusedError(503, f"{limits.streams} connections for events are open: close a page")
        number = max(after, int(last_event_id or 0))

        async def frames() -> AsyncIterator[bytes]:
            async with streams:
                async for frame in found.events.frames(number, limits.heartbeat):
                    yield frame
                    found.see()

        return StreamingResponse(frames(), media_type="text/event-stream")

    @app.get("/api/labs/{lab}/files")
    async def list_files(lab: Id) -> list[dict[str, str]]:
        await labs.find(lab)
        return json.loads(await asyncio.shield(app.state.choices))["files"]

    @app.get("/api/labs/{lab}/files/{name}", response_class=Response)
    async def give_file(lab: Id, name: Annotated[str, Path(max_length=100)]) -> Response:
        folder = await (await labs.find(lab)).save()
        content = base64.b64decode(json.loads(await errands.run("neuralcrn.lab.taking", folder, name)))
        headers = {"Content-Disposition": "attachment"}
        return Response(content, media_type=_type_of(name), headers=headers)


def _add_others(app: FastAPI, errands: Errands) -> None:
    """Add the routes that need no lab."""

    @app.get("/api/catalogue", response_class=Response)
    async def show_catalogue() -> Response:
        return Response(await asyncio.shield(app.state.choices), media_type="application/json")

    @app.post("/api/simulations", response_class=Response)
    async def simulate(asked: Simulation) -> Response:
        made = await errands.run("neuralcrn.lab.simulating", asked.model_dump())
        return Response(made, media_type="application/json")


def _add_page(app: FastAPI) -> None:
    """Add the files of the page, which are all read now: no path of a request leads to a file."""
    contents = {item.name: item.read_bytes() for item in files("neuralcrn.lab").joinpath("page").iterdir()}

    def answer(name: str) -> Response:
        if name not in contents:
            raise RefusedError(404, f"the page has no file {printable(name)}")
        return Response(contents[name], media_type=_type_of(name))

    @app.get("/", include_in_schema=False)
    async def show_page() -> Response:
        return answer("index.html")

    @app.get("/page/{name}", include_in_schema=False)
    async def show_file(name: str) -> Response:
        return answer(name)


def _type_of(name: str) -> str:
    """Return the media type of a file."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _add_refusals(app: FastAPI) -> None:
    """Answer everything that is wrong with one sentence."""

    def answer(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
        return JSONResponse({"error": sentence}, status, headers)

    @app.exception_handler(RefusedError)
    async def refuse(_: Request, error: RefusedError) -> JSONResponse:
        return answer(error.status, str(error))

    @app.exception_handler(NeuralCRNError)
    async def explain(_: Request, error: NeuralCRNError) -> JSONResponse:
        return answer(400, str(error)[:1950])

    @app.exception_handler(RequestValidationError)
    async def correct(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if isinstance(part, str)) or "request"
        return answer(422, printable(f"{where}: {first['msg']}", 300))

    @app.exception_handler(HTTPException)
    async def refuse_route(_: Request, error: HTTPException) -> JSONResponse:
        return answer(error.status_code, printable(str(error.detail), 300), error.headers)

    @app.exception_handler(Exception)
    async def fail(_: Request, error: Exception) -> JSONResponse:
        return answer(500, "internal error: the terminal of the server has the details")

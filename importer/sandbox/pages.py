"""What a person sees of the store: plain pages, drawn on the server, with no other assets."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from .gate import Gate
from .options import Settings
from .store import Store


def mount(app: FastAPI, store: Store, gate: Gate, settings: Settings) -> None:
    """Add the pages to the application."""

    async def home(request: Request) -> Response:
        return HTMLResponse("<h1>Sandbox store</h1>")

    app.add_route("/", home, methods=["GET"])

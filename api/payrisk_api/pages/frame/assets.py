"""Style and scripts of the pages, at addresses that change with their bytes, and Vega."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter, Request, Response

from payrisk_api.errors import ProblemError

FOLDER = Path(__file__).parents[1] / "static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
VEGA = "vega.js"
BUNDLE = """
import sys, vl_convert
sys.stdout.write(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
"""
BUILD_SECONDS = 120
_building = threading.Lock()

router = APIRouter(prefix="/static", include_in_schema=False)


@lru_cache(maxsize=32)
def asset(name: str) -> tuple[bytes, str]:
    """Bytes of one of our own files and the hash that its address bears; else KeyError."""
    path = FOLDER / name
    if path.parent != FOLDER or path.suffix not in KINDS or not path.is_file():
        raise KeyError(name)
    content = path.read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def address(name: str) -> str:
    """Where a browser finds a file; for Vega by the version of the wheel that it is made of."""
    if name == VEGA:
        return f"/static/{version('vl-convert-python')}/{VEGA}"
    return f"/static/{asset(name)[1]}/{name}"


@router.get("/{stamp}/{name}")
def static(request: Request, stamp: str, name: str) -> Response:
    """Send a file that never changes under this address."""
    if name == VEGA and stamp == version("vl-convert-python"):
        home: Path = request.app.state.home
        return Response(vega(home / "pages"), media_type=KINDS[".js"], headers=FOREVER)
    try:
        content, known = asset(name)
    except KeyError:
        known = None
    if stamp != known:
        raise ProblemError(404, "not-found", "There is nothing at this address.")
    return Response(content, media_type=KINDS[Path(name).suffix], headers=FOREVER)


def vega(folder: Path) -> bytes:
    """The bundle of Vega and Vega-Lite, made once, in a process that gives its memory back."""
    path = folder / f"vega-{version('vl-convert-python')}.js"
    with _building:
        if not path.is_file():
            built = subprocess.run(
                [sys.executable, "-c", BUNDLE],
                check=True, capture_output=True, timeout=BUILD_SECONDS,
            ).stdout  # fmt: skip
            folder.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f"{path.name}.{os.getpid()}")
            beside.write_bytes(built)
            beside.replace(path)
    return path.read_bytes()

"""The service as a process: one port, one sentence when it cannot start, a clean end."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import uvicorn

from payrisk import bundle
from payrisk.access import KeyRing
from payrisk.calendar import day_of, iso
from payrisk.errors import InputError
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk_api.app import create_app
from payrisk_api.security import check_reach
from payrisk_api.slow_clients import ConnectionBounds, bounded_protocol

DRAIN_SECONDS = 5
"""How long requests may take to end once the process is asked to stop."""
TURN_SECONDS = 0.0005
"""How long a thread that works may keep the others waiting; the loop that answers health is one
of them, and each of its turns would wait ten times as long otherwise."""
OTHERS = 0o077
"""What a mode allows to anybody but the owner."""
LEAVE_SECONDS = 1.0
"""How long a thread may take to end after that; it only reads, for the store is closed by then."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port; raises InputError with one sentence when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"Port {port} on {host} is in use; stop what uses it or choose another by --port."
            ) from None
        raise InputError(
            f"Port {port} on {host} cannot be had ({error.strerror}); choose another by --port."
        ) from None
    return taken


def serve(settings: Settings, *, started: Callable[[str], None] = lambda _sentence: None) -> None:
    """Answer on settings.host and port until SIGTERM or Ctrl-C, then finish what was begun.

    started: hears what a person should know once the port is taken and the ledger read. Raises
    InputError for a host beyond this machine without keys and TLS (or a stated proxy), for a
    certificate that cannot be used and a port in use; LedgerError for a ledger that cannot
    be read.
    """
    has_keys = KeyRing(settings.home, settings.personal_keys).has_keys
    check_reach(settings, has_keys=has_keys)
    certificate = _certificate(settings)
    bundle.without_sklearn()
    sys.setswitchinterval(TURN_SECONDS)
    with contextlib.closing(listen(settings.host, settings.port)) as taken:
        # a stop before the server has taken over the signal ends the process as quietly
        signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            http=bounded_protocol(_bounds(settings)),
            loop="auto",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            proxy_headers=bool(settings.proxies),
            forwarded_allow_ips=list(settings.proxies),
            **certificate,
        )
        port = taken.getsockname()[1]
        morning = iso(day_of(settings.as_of)) if settings.as_of else "each day's morning"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        if settings.home.stat().st_mode & OTHERS:
            started(f"Other users of this machine may read {settings.home}; run chmod 700 on it.")
        scheme = "https" if certificate else "http"
        started(
            f"payrisk answers on {scheme}://{host}:{port}/docs as of {morning}; Ctrl-C stops it."
        )
        if not storage.current_sha(settings.home):
            started(f"It has no ledger yet: bring one in at {scheme}://{host}:{port}/import.")
        if has_keys:
            started("Every question needs a key; `payrisk keys list` shows who holds one.")
        try:
            with contextlib.suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[taken])
        finally:
            _leave_busy_threads()


def _certificate(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told of TLS; raises InputError for files that cannot be used."""
    files = settings.tls_certificate, settings.tls_key
    if files == (None, None):
        return {}
    if None in files:
        raise InputError("TLS needs both --tls-certificate and --tls-key.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*map(str, files))
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"The certificate {files[0]} cannot be used with {files[1]}"
            f" ({error.strerror or type(error).__name__}); give PEM files that belong together."
        ) from None
    return {"ssl_certfile": str(files[0]), "ssl_keyfile": str(files[1])}


def _bounds(settings: Settings) -> ConnectionBounds:
    """Behind a proxy all connections come from it: then only their sum is bounded."""
    return ConnectionBounds(per_peer=0) if settings.proxies else ConnectionBounds()


def _leave_busy_threads() -> None:
    """End the process where a question is still being worked out that nobody waits for now."""
    until = time.monotonic() + LEAVE_SECONDS
    busy = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.daemon
    ]
    for thread in busy:
        thread.join(max(until - time.monotonic(), 0.0))
    if any(thread.is_alive() for thread in busy):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

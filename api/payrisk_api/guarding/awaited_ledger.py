"""A home without a ledger: its pages lead to the import, programs are told, all else waits."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from payrisk.languages import marked
from payrisk_api.errors import problem
from payrisk_api.guarding.access_guard import DoorRefusal
from payrisk_api.permissions import PUBLIC, PermissionTable

NO_LEDGER = marked("There is no ledger here yet; import a file of your receivables first.")
IMPORT = "/import"
OPEN_AREAS = frozenset({"admin", "import", "metrics", "sign-out"})
"""First parts of addresses that ask nothing of a ledger; so do those that are public."""
READINESS = "/readyz"


class AwaitedLedger:
    """Lets nothing be answered that would stand on a ledger while there is none.

    An empty list would read as good news: no order held, nothing overdue.
    """

    def __init__(
        self,
        app: ASGIApp,
        is_awaited: Callable[[], bool],
        table: PermissionTable,
        write_page: Callable[[Scope, DoorRefusal], ASGIApp],
    ) -> None:
        """is_awaited: whether no ledger was brought yet."""
        self._app, self._is_awaited, self._table = app, is_awaited, table
        self._write_page = write_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not self._is_awaited() or self._is_open(scope):
            await self._app(scope, receive, send)
            return
        await self._answer(scope)(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        line = self._table.line_for(scope["method"], scope["path"])
        is_public = line is None or self._table.permitted[line] == PUBLIC
        area = scope["path"].lstrip("/").partition("/")[0]
        return scope["path"] != READINESS and (is_public or area in OPEN_AREAS)

    def _answer(self, scope: Scope) -> ASGIApp:
        is_at_page = any(
            name == b"accept" and b"text/html" in value for name, value in scope["headers"]
        )
        if not is_at_page or scope["path"].startswith("/v1/"):
            return problem(scope.get("payrisk_request_id", ""), 503, "no-ledger", NO_LEDGER)
        if self._table.permits(scope["payrisk_caller"], f"GET {IMPORT}"):
            return RedirectResponse(IMPORT, status_code=303)
        return self._write_page(scope, DoorRefusal(503, "no-ledger", NO_LEDGER))

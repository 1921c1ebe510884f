"""Who is let in: the key or session of a request, held against the table of permissions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payrisk.access import Caller, KeyRing, RefusedKey, Session, SessionSigner
from payrisk.access.caller import WHOEVER
from payrisk.access.key_ring import UnreadableKeys
from payrisk_api.errors import problem
from payrisk_api.guarding.allowance import RequestAllowance
from payrisk_api.guarding.personal_reads import PERSONAL, PersonalReads
from payrisk_api.guarding.sessions import CSRF_FIELD, CSRF_HEADER, PageSessions
from payrisk_api.permissions import OF_ENTITIES, PUBLIC, PermissionTable

SIGN_IN = "/sign-in"
"""The page that takes a key, once there is one."""
LIVENESS = "GET /livez"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_FORM = 65_536
FORM, FILE_FORM = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass(frozen=True)
class Access:
    """What lets people in: keys, sessions of pages, and the table of who may ask what.

    is_open: whether a home without keys answers whoever reaches it, as on this machine alone;
    allowance: how much one key may ask; reads: where it is written down who read of persons.
    """

    ring: KeyRing
    sessions: PageSessions
    table: PermissionTable
    is_open: bool
    allowance: RequestAllowance
    reads: PersonalReads


def access_of(home: Path, ring: KeyRing, *, is_open: bool, per_minute: int) -> Access:
    """The access to a home by its keys and the table of the service."""
    sessions = PageSessions(SessionSigner(home, ring))
    allowance = RequestAllowance(per_minute)
    return Access(ring, sessions, PermissionTable(), is_open, allowance, PersonalReads(home))


class DoorRefusal(Exception):
    """A request that is not let in."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        """Keep what the problem will say."""
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


class TooManyRequests(DoorRefusal):
    """A request of a key that has asked too much for now."""

    def __init__(self, seconds: int) -> None:
        """seconds: after which it may come again."""
        super().__init__(429, "too-many", "This key asks too much; come again a little later.")
        self.seconds = seconds


class AccessGuard:
    """Lets in who may, before a byte of the body is understood.

    `scope["payrisk_caller"]` says who asks; `scope["payrisk_session"]` is the page's session.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        now: Callable[[], dt.datetime],
        write_page: Callable[[Scope, DoorRefusal], ASGIApp] | None = None,
    ) -> None:
        """Wrap the application. write_page: how a refusal is told to somebody at a page."""
        self._app, self._access, self._now = app, access, now
        self._write_page = write_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        line = self._access.table.line_for(scope["method"], scope["path"])
        roles = None if line is None else self._access.table.permitted[line]
        if line == LIVENESS:  # it asks nothing of anybody, and looks at no file
            scope["payrisk_caller"] = scope["payrisk_session"] = None
            await self._app(scope, receive, send)
            return
        try:
            caller, session = self._identify(scope)
            scope["payrisk_caller"], scope["payrisk_session"] = caller, session
            self._require_allowance(caller)
            if session is not None and scope["method"] not in READING:
                receive = await self._with_own_form(scope, receive, session)
        except DoorRefusal as refusal:
            if roles != PUBLIC or isinstance(refusal, TooManyRequests):
                await _answer(scope, refusal, self._access.table)(scope, receive, send)
                return
            scope["payrisk_caller"] = scope["payrisk_session"] = None
        if line is not None and roles != PUBLIC:
            why_not = _why_not(scope["payrisk_caller"], line, self._access.table)
            if why_not is not None:
                is_at_page = "text/html" in ",".join(_headers(scope, b"accept"))
                if self._write_page and is_at_page and not scope["path"].startswith("/v1/"):
                    await self._write_page(scope, why_not)(scope, receive, send)
                    return
                await _answer(scope, why_not, None)(scope, receive, send)
                return
        if line in PERSONAL and scope["payrisk_caller"].is_named:
            send = self._noting(scope, receive, send)
        await self._app(scope, receive, send)

    def _require_allowance(self, caller: Caller) -> None:
        """Take a request of a key; raises DoorRefusal where it has asked too much."""
        if caller.is_named:
            now = self._now().timestamp()
            if seconds := self._access.allowance.seconds_to_wait(caller.key_id, now):
                raise TooManyRequests(seconds)

    def _noting(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """What sends an answer on once it is written down who reads it, and else a refusal."""
        refusal: DoorRefusal | None = None

        async def noted(message: Message) -> None:
            nonlocal refusal
            if message["type"] == "http.response.start" and message["status"] == 200:
                try:
                    self._access.reads.note(self._now(), scope["payrisk_caller"], scope)
                except OSError:
                    detail = "It cannot be written down who reads this; try again later."
                    refusal = DoorRefusal(503, "reads-unwritable", detail)
                    await _answer(scope, refusal, None)(scope, receive, send)
            if refusal is None:
                await send(message)

        return noted

    def _identify(self, scope: Scope) -> tuple[Caller, Session | None]:
        """Who asks; raises DoorRefusal."""
        access, now = self._access, self._now()
        try:
            if not access.ring.has_keys and access.is_open:
                return WHOEVER, None
            given = _headers(scope, b"authorization")
            if given:
                scheme, _, text = given[0].partition(" ")
                if len(given) > 1 or scheme.lower() != "bearer":
                    raise DoorRefusal(
                        401, "key-refused", "Send one header Authorization: Bearer KEY."
                    )
                at = now.isoformat(timespec="seconds")
                return access.ring.authenticate(text.strip(), at).caller(), None
            cookies = "; ".join(_headers(scope, b"cookie"))
            session = access.sessions.read(cookies, now, is_secure=scope["scheme"] == "https")
        except RefusedKey as error:
            raise DoorRefusal(401, f"key-{error.why}", str(error)) from None
        except UnreadableKeys:
            detail = "The keys of this service cannot be read; nobody is let in until they can."
            raise DoorRefusal(503, "keys-unreadable", detail) from None
        if session is None:
            raise DoorRefusal(401, "no-key", "Send the header Authorization: Bearer KEY.")
        return session.key.caller(), session

    async def _with_own_form(self, scope: Scope, receive: Receive, session: Session) -> Receive:
        """The request read on, once it carries its session's token; raises DoorRefusal."""
        tokens = [
            value.decode("latin-1") for name, value in scope["headers"] if name == CSRF_HEADER
        ]
        content_type = (_headers(scope, b"content-type") or [""])[0].partition(";")[0].strip()
        body = b""
        if not tokens and content_type == FORM:
            body, receive = await _read_form(receive)
            tokens = parse_qs(body.decode("latin-1")).get(CSRF_FIELD, [])
        elif not tokens and content_type == FILE_FORM:  # a file is not read to find a token in it
            tokens = parse_qs(scope["query_string"].decode("latin-1")).get(CSRF_FIELD, [])
        is_own = len(tokens) == 1 and self._access.sessions.signer.has_csrf_token(
            session, tokens[0]
        )
        if not is_own:
            detail = "The form is of another session; read the page again and send it from there."
            raise DoorRefusal(403, "form-refused", detail)
        return receive


def _why_not(caller: Caller, line: str, table: PermissionTable) -> DoorRefusal | None:
    """Why a caller may not ask a route; None where it may."""
    if not table.permitted[line] & caller.roles:
        detail = "This key is for other work; ask an admin for the role it needs."
        return DoorRefusal(403, "role-missing", detail)
    if caller.entities is not None and line not in OF_ENTITIES:
        detail = "This is answered for all entities together, and the key is for some."
        return DoorRefusal(403, "all-entities", detail)
    return None


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in scope["headers"] if header == name]


async def _read_form(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body of a form, and a channel that gives it once more; raises DoorRefusal."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise DoorRefusal(400, "unreadable", "The form did not come whole.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_FORM:
            raise DoorRefusal(413, "too-large", "The form is larger than the service takes.")
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def once_more() -> Message:
        return pending.pop() if pending else await receive()

    return body, once_more


def _answer(scope: Scope, refused: DoorRefusal, table: PermissionTable | None) -> Any:
    """The refusal: of a page the way to sign in, of all else the problem."""
    wants_page = "text/html" in ",".join(_headers(scope, b"accept"))
    has_page = table is not None and f"GET {SIGN_IN}" in table.permitted
    if refused.status == 401 and scope["method"] == "GET" and wants_page and has_page:
        query = scope["query_string"].decode("latin-1")
        page = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(page, safe='')}", 303)
    answer = problem(
        str(scope.get("payrisk_request_id", "")), refused.status, refused.code, refused.detail
    )
    if isinstance(refused, TooManyRequests):
        answer.headers["Retry-After"] = str(refused.seconds)
    if refused.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="payrisk"'
    return answer

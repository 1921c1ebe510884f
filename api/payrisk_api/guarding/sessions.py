"""Sessions of pages: the cookie that stands for a key, and the token their forms carry."""

from __future__ import annotations

import datetime as dt
from http.cookies import CookieError, SimpleCookie

from payrisk.access import Session, SessionSigner
from payrisk.access.sessions import LASTS

SECURE_NAME, PLAIN_NAME = "__Host-payrisk", "payrisk-session"
"""The cookie over TLS, and on this machine without it, where a browser takes no Secure cookie."""
CSRF_FIELD, CSRF_HEADER = "csrf_token", b"x-csrf-token"


class PageSessions:
    """Cookies of one service's sessions."""

    def __init__(self, signer: SessionSigner) -> None:
        """Keep what signs them."""
        self.signer = signer

    def begin(self, key_text: str, now: dt.datetime, *, is_secure: bool) -> str:
        """The Set-Cookie header for whoever holds this key; raises RefusedKey, UnreadableKeys."""
        return _cookie(
            self.signer.begin(key_text, now), int(LASTS.total_seconds()), is_secure=is_secure
        )

    def begin_for(self, holder: str, now: dt.datetime, *, is_secure: bool) -> str:
        """The Set-Cookie header for a holder that was proved elsewhere; raises as `begin`."""
        return _cookie(
            self.signer.begin_for(holder, now), int(LASTS.total_seconds()), is_secure=is_secure
        )

    def end(self, *, is_secure: bool) -> str:
        """The Set-Cookie header that signs out."""
        return _cookie("", 0, is_secure=is_secure)

    def read(self, cookies: str, now: dt.datetime, *, is_secure: bool) -> Session | None:
        """The session of a Cookie header, None where it has none; raises RefusedKey."""
        try:
            named = SimpleCookie(cookies)
        except CookieError:
            return None
        token = named.get(SECURE_NAME if is_secure else PLAIN_NAME)
        return None if token is None or not token.value else self.signer.read(token.value, now)


def _cookie(value: str, max_age: int, *, is_secure: bool) -> str:
    name = SECURE_NAME if is_secure else PLAIN_NAME
    secure = "; Secure" if is_secure else ""
    return f"{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"

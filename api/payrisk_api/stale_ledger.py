"""An old ledger is said with every answer: how old its last fact is on the served morning."""

from __future__ import annotations

from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payrisk.answers import Answers
from payrisk.calendar import iso

HEADER = b"payrisk-stale-ledger"


class LedgerAge(NamedTuple):
    """The last fact of a ledger, and how many days before a morning's eve it was recorded."""

    last_day: int
    age_days: int
    is_stale: bool

    @property
    def sentence(self) -> str:
        """What is wrong and what to do; empty where nothing is."""
        if not self.is_stale:
            return ""
        return (
            f"The ledger's last fact is of {iso(self.last_day)}, {self.age_days} days ago: no"
            " figure counts as verified; import what is new, or serve with --as-of."
        )


def ledger_age(answers: Answers, as_of: int) -> LedgerAge:
    """How old the ledger is on a morning, against `stale_ledger_days` of the policy."""
    last = answers.source.last_day
    age = max(as_of - 1 - last, 0)
    return LedgerAge(last, age, age > answers.policy.stale_ledger_days)


class StaleLedgerNotice:
    """Adds the header Payrisk-Stale-Ledger to what is answered from an old ledger."""

    def __init__(self, app: ASGIApp, service: object) -> None:
        """service: a `payrisk_api.deps.Service`."""
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not str(scope["path"]).startswith("/v1/"):
            await self._app(scope, receive, send)
            return

        async def noticed(message: Message) -> None:
            if message["type"] == "http.response.start":
                service = self._service
                age = ledger_age(service.live.current, service.as_of(None))  # type: ignore[attr-defined]
                if age.is_stale:
                    told = f"last-fact={iso(age.last_day)}; age-days={age.age_days}"
                    message["headers"] = [
                        *message.get("headers", []),
                        (HEADER, told.encode()),
                    ]
            await send(message)

        await self._app(scope, receive, noticed)

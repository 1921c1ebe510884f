"""payrisk demo: the whole house on a made-up company, from its ledger to the served answer."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from payrisk.cli.context import Json, current_settings, utc_now
from payrisk.cli.show import show

if TYPE_CHECKING:
    import pandas as pd

    from payrisk.settings import Settings
    from payrisk_pipelines.demo import DemoStepReport


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk demo`."""

    @app.command()
    def demo(
        ctx: typer.Context,
        serve: Annotated[
            bool, typer.Option("--serve/--no-serve", help="Go on serving at the end.")
        ] = True,
        port: Annotated[int | None, typer.Option(help="Port to serve on (8000).")] = None,
        customers: Annotated[int, typer.Option(help="Customers of the company.")] = 160,
        as_json: Json = False,
    ) -> None:
        """Simulate a company, train, promote, forecast, score a new customer, then serve.

        Everything is kept under --home (or PAYRISK_HOME), else under ~/.payrisk/demo. A home
        with a ledger of your own is refused, never touched.
        """
        from payrisk.calendar import iso
        from payrisk_pipelines.demo import Demo

        settings = demo_settings(current_settings(ctx, port=port))
        if serve:
            from payrisk_api.serving import listen

            listen(settings.host, settings.port).close()  # a port in use is said before the work
        play = Demo(settings, customers=customers, started_at=utc_now())
        shown = _Shown(as_json)
        for title, act in play.acts():
            shown.act(title, act)
        shown.end(_next_steps(settings, iso(play.as_of), play.open_invoice))
        if serve:
            _serve(settings, iso(play.as_of))


class _Shown:
    """Prints each act as it is done, or all of them at the end as one JSON document."""

    def __init__(self, as_json: bool) -> None:
        self.as_json, self.began = as_json, time.perf_counter()
        self.steps: list[dict[str, Any]] = []
        self.tables: dict[str, pd.DataFrame] = {}
        self.money: set[str] = set()

    def act(self, title: str, act: Callable[[], DemoStepReport]) -> None:
        start = time.perf_counter()
        if not self.as_json:
            typer.echo(f"\n{len(self.steps) + 1}. {title}")
        result = act()
        seconds = time.perf_counter() - start
        self.steps.append({"step": title, "said": result.sentence, "seconds": round(seconds, 2)})
        self.tables |= result.tables
        self.money |= set(result.money)
        if not self.as_json:
            typer.echo(f"   {result.sentence} ({seconds:.1f} s)\n")
            show(result.tables, as_json=False, money=result.money)

    def end(self, words: str) -> None:
        if self.as_json:
            import pandas as pd

            tables = {"steps": pd.DataFrame(self.steps)} | self.tables
            show(tables, as_json=True, money=self.money)
        else:
            typer.echo(f"\nDone in {time.perf_counter() - self.began:.1f} s.\n\n{words}")


def demo_settings(settings: Settings) -> Settings:
    """The home that was asked for, else one of the demo's own beside the user's."""
    if "home" in settings.model_fields_set:
        return settings
    return settings.read(home=settings.home / "demo", port=settings.port)


def _next_steps(settings: Settings, as_of: str, invoice: pd.Series) -> str:
    """What to try now, ready to be pasted; `invoice` is an open one to ask about."""
    address = f"http://{settings.host}:{settings.port}"
    payrisk = f"{_program()} --home {settings.home}"
    ids = json.dumps({"invoice_ids": [invoice["invoice_id"]]})
    order = {"amount": 125_000, "currency": invoice["currency"]}
    request = json.dumps({"customer_id": invoice["customer_id"], "order": order})
    body = "-H 'Content-Type: application/json' -d"
    return f"""Look around:
  {payrisk} aging --by customer
  {payrisk} explain {invoice["invoice_id"]}
  {payrisk} forecast --by month
  {payrisk} card days-to-pay
  {payrisk} monitor
  {payrisk} decisions queue --due
  {payrisk} decide --customer {invoice["customer_id"]} --order 1250 {invoice["currency"]}
Serve again, with the same answers:
  {payrisk} serve --as-of {as_of} --port {settings.port}
Ask while it serves (every endpoint: {address}/docs):
  curl '{address}/v1/cash/forecast'
  curl '{address}/v1/receivables/aging'
  curl '{address}/v1/payment-curves' {body} '{ids}'
  curl '{address}/v1/credit/decisions' -H 'Idempotency-Key: demo-1' {body} '{request}'
"""


def _program() -> str:
    """What the person typed: the checkout's own ./payrisk, or the installed command."""
    checkout = Path(__file__).parents[4]
    is_there = Path.cwd() == checkout and (checkout / "payrisk").is_file()
    return "./payrisk" if is_there else "payrisk"


def serve_arguments(settings: Settings, as_of: str) -> list[str]:
    """The command line that serves what the demo made, by the door of `payrisk serve`."""
    door = ["-c", "from payrisk.cli import main; main()", "--home", str(settings.home)]
    return [*door, "serve", "--as-of", as_of, "--port", str(settings.port)]


def _serve(settings: Settings, as_of: str) -> NoReturn:
    """Become `payrisk serve`: a fresh process that holds nothing of the training."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *serve_arguments(settings, as_of)])

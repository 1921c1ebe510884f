"""payrisk import and payrisk ledger: facts in, and what is kept of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.books.import_report import print_refusal, print_report, show_tables
from payrisk.cli.books.rules import add_commands as add_rules
from payrisk.cli.books.suggesting import print_suggestion
from payrisk.cli.books.watching import WatchOptions, watch_folder
from payrisk.cli.context import Json, current_settings, date_option
from payrisk.cli.show import show
from payrisk.errors import InputError, LedgerError, ModelError

if TYPE_CHECKING:
    from payrisk.ledger.importing.reading import Preset
    from payrisk.settings import Settings

Progress = Callable[[str, int, int], None]

AcceptDoubts = Annotated[
    str,
    typer.Option(
        "--accept-doubts",
        metavar="REASON",
        help="Keep what would be refused, for this reason; it is recorded.",
    ),
]


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """A bar on stderr while work lasts; none when nobody watches."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield tell


def preset_of(name: str | None, mapping: Path | None, currency: str | None) -> Preset:
    """The preset or mapping that is meant; raises InputError unless exactly one is given."""
    from dataclasses import replace

    from payrisk.ledger.importing.reading import load_preset, preset_from_file, preset_names

    if (name is None) == (mapping is None):
        raise InputError(
            f"Say how to read the source: --preset NAME ({', '.join(preset_names())})"
            " or --mapping FILE.toml."
        )
    preset = load_preset(name) if name else preset_from_file(mapping or Path())
    return replace(preset, currency=currency.upper()) if currency else preset


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk import` and the `payrisk ledger` commands."""

    @app.command("import")
    def import_(  # noqa: PLR0913, PLR0917 - one argument an option of the command
        ctx: typer.Context,
        source: Annotated[Path | None, typer.Argument(help="A file or a folder of files.")] = None,
        preset: Annotated[
            str | None, typer.Option(help="A mapping that ships with payrisk.")
        ] = None,
        mapping: Annotated[Path | None, typer.Option(help="A mapping of your own (TOML).")] = None,
        recorded_on: Annotated[
            dt.date | None,
            date_option("--recorded-on", "Day on which this import becomes known (today)."),
        ] = None,
        full: Annotated[
            bool,
            typer.Option("--full/--partial", help="Whether the source claims to hold every row."),
        ] = True,
        snapshot: Annotated[
            dt.date | None,
            date_option("--snapshot", "Evening of which a list of open items is true."),
        ] = None,
        currency: Annotated[
            str | None, typer.Option(help="Currency of rows that name none, such as EUR.")
        ] = None,
        accept_doubts: AcceptDoubts = "",
        suggest: Annotated[
            bool, typer.Option("--suggest", help="Propose a mapping; import nothing.")
        ] = False,
        out: Annotated[
            Path | None, typer.Option(help="Where --suggest writes the mapping.")
        ] = None,
        watch: Annotated[
            Path | None,
            typer.Option(help="Import what lands in this folder, until stopped.", metavar="DIR"),
        ] = None,
        once: Annotated[
            bool, typer.Option("--once", help="With --watch: what is there now, then end.")
        ] = False,
        every: Annotated[
            float, typer.Option(help="Seconds a file's size must rest.", min=0.1, max=3600)
        ] = 2.0,
        as_json: Json = False,
    ) -> int:
        """Read a receivables export into the ledger and report on its quality.

        Exit code 0: all of it is understood. 3: it is in the ledger, but rows were set aside or
        are in doubt. 2: refused, nothing changed. 1: nothing usable came in.
        """
        from payrisk.calendar import day_of
        from payrisk.store import read_actions
        from payrisk_pipelines.importing import import_files

        settings = current_settings(ctx)
        if snapshot and snapshot > dt.date.today():
            raise InputError(
                f"A list of {snapshot} cannot be known today; give the evening of which it is"
                " true."
            )
        evening = day_of(snapshot) if snapshot else None
        day = day_of(recorded_on or snapshot or dt.date.today())
        if (source is None) == (watch is None):
            raise InputError("Say what to import: one file or folder, or --watch DIR.")
        if suggest and source is not None:
            from payrisk.ledger.importing.suggesting import suggest as suggestion_for

            made = suggestion_for(source, day, currency=currency or "", snapshot=evening)
            return print_suggestion(made, out, as_json=as_json)
        how = preset_of(preset, mapping, currency)
        if watch is not None:
            known, url = day if recorded_on else None, settings.database_url
            options = WatchOptions(how, full, accept_doubts, known, evening, url)
            return watch_folder(
                watch, settings.home, options, once=once, every=every, as_json=as_json
            )
        assert source is not None
        with _progress(quiet=as_json) as tell:
            done = import_files(
                settings.home,
                source,
                how,
                day,
                full=full,
                snapshot=evening,
                accept_doubts=accept_doubts,
                actions=lambda: read_actions(settings.database_url).actions,
                tell=tell,
            )
        print_report(done.report, done.path, changed=done.is_new, as_json=as_json)
        print_refusal(done)
        return done.outcome.exit_code

    ledger_app = typer.Typer(help="What the ledger holds, and which of its versions are kept.")
    app.add_typer(ledger_app, name="ledger")
    add_rules(ledger_app)

    @ledger_app.command("show")
    def show_ledger(ctx: typer.Context, as_json: Json = False) -> int:
        """Show the current ledger: its facts, its money and the versions kept."""
        import pandas as pd

        from payrisk.ledger.stored import storage

        home = current_settings(ctx).home
        entry = storage.manifest(home)
        stored, named = storage.kept_shas(home), storage.named_shas(home)
        totals = [
            {
                "currency": c,
                "invoices_amount": v.get("invoices", 0),
                "credits_amount": v.get("credits", 0),
            }
            for c, v in entry["totals"].items()
        ]
        now = entry["sha"]
        kept = [{"sha": s, "is_current": s == now, "is_named": s in named} for s in stored]
        show_tables(
            {
                "Ledger": pd.DataFrame([{k: entry[k] for k in ("sha", "first_day", "last_day")}]),
                "Facts": pd.DataFrame(
                    [{"table": n, "rows": f["rows"]} for n, f in entry["files"].items()]
                ),
                "Money": pd.DataFrame(
                    totals, columns=["currency", "invoices_amount", "credits_amount"]
                ),
                "Kept": pd.DataFrame(kept),
            },
            as_json=as_json,
        )
        return 0

    @ledger_app.command("prune")
    def prune(
        ctx: typer.Context,
        keep: Annotated[
            list[str] | None, typer.Option(help="A further version to keep (its sha).")
        ] = None,
        as_json: Json = False,
    ) -> int:
        """Remove the versions that no pointer, bundle, run, snapshot or decision names.

        Nothing is removed while MLflow cannot be asked which versions its runs name.
        """
        import pandas as pd

        from payrisk.ledger.stored import storage
        from payrisk.store import named_ledgers

        settings = current_settings(ctx)
        named = named_ledgers(settings.database_url) | _named_by_mlflow(settings)
        gone = storage.prune(settings.home, {*(keep or ()), *named})
        if not gone and not as_json:
            typer.echo("No version to remove: something names each of them.")
            return 0
        show(pd.DataFrame({"removed": gone}), as_json=as_json, title="Ledgers removed")
        return 0


def _named_by_mlflow(settings: Settings) -> set[str]:
    """The ledgers that runs and versions name; raises LedgerError when MLflow cannot be asked."""
    from payrisk_pipelines.versions.finding import registry_of

    uri = settings.mlflow_uri
    store = Path(uri.removeprefix("sqlite:///"))
    is_file = uri.startswith("sqlite:///")
    if is_file and store == settings.home / "mlflow.db" and not store.exists():
        return set()  # nothing was ever trained here
    try:
        if is_file and not store.is_file():  # to ask would make an empty one
            raise ModelError(f"{store} is not there")
        return registry_of(settings).ledgers()
    except ModelError as error:
        raise LedgerError(
            "No ledger was removed, since runs in MLflow may name some and it cannot be asked;"
            " start it or check PAYRISK_MLFLOW_URI, and run `payrisk ledger prune` again."
        ) from error

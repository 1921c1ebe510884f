"""Where things live and how they run, read once from the environment by the doors."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import quote

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from payrisk.errors import InputError


def _iso_date(value: Any) -> Any:
    # pydantic alone would take '20191001' for seconds since 1970
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


class Settings(BaseSettings):
    """Every setting, as `PAYRISK_<NAME>` in the environment; what a door passes comes first.

    Two homes share nothing. `mlflow_uri` and `database_url` are SQLite files in the home unless
    given; `as_of` is the morning that date-dependent answers stand on unless a command says.
    `actor` is who runs a command, as models and audit remember it.
    `card_owner` answers for the models trained here; their cards expire after `card_months`.
    `actor` is whoever runs this; with `separate_duties` nobody promotes what they trained.
    `mornings_kept`: prepared mornings that stay on disk in the home, 0 for none (ADR 0029).
    `key`: an API key that says who runs a command, in place of `actor`, where the home has keys.
    `tls_certificate`, `tls_key`: PEM files, with which the service answers over TLS.
    `proxy`: addresses of the proxies that end TLS before it; `host_name`: the names it is asked
    under; each a list with commas.
    `personal_keys`: a file of the keys that seal personal data at rest; it lies outside the home.
    `requests_per_minute`: of one key, a tenth of them at once; 0 for as many as come.
    `oidc_issuer`, `oidc_client_id`, `oidc_client_secret`: the organisation's sign-in for pages;
    `oidc_claim` of its tokens is the holder of a key.
    `num_threads` is 1: threads on busy cores are slower (docs/design.md, 'Threads and bits').
    """

    model_config = SettingsConfigDict(
        env_prefix="PAYRISK_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    home: Path = Field(default=Path("~/.payrisk"), validate_default=True)
    num_threads: int = Field(default=1, ge=1)
    mlflow_uri: str = Field(default="", repr=False)
    database_url: str = Field(default="", repr=False)
    as_of: Annotated[dt.date | None, BeforeValidator(_iso_date)] = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    proxy: str = ""
    host_name: str = ""
    key: str = Field(default="", repr=False)
    personal_keys: Path | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = Field(default="", repr=False)
    oidc_claim: str = "email"
    requests_per_minute: int = Field(default=12_000, ge=0)
    actor: str = ""
    separate_duties: bool = False
    card_owner: str = ""
    card_months: int = Field(default=12, ge=1, le=120)
    mornings_kept: int = Field(default=4, ge=0, le=1_000)

    @model_validator(mode="after")
    def _in_the_home(self) -> Self:
        home = self.home.expanduser().absolute()
        database_url = self.database_url or f"sqlite:///{home.as_posix()}/payrisk.db"
        if self.personal_keys is not None and "personal_keys=" not in database_url:
            # the store's address says where its keys are, so that whoever opens it has them
            joint = "&" if "?" in database_url else "?"
            database_url += f"{joint}personal_keys={quote(str(self.personal_keys))}"
        settled = {
            "home": home,
            "mlflow_uri": self.mlflow_uri or f"sqlite:///{home.as_posix()}/mlflow.db",
            "database_url": database_url,
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)  # the model is frozen for everybody else
        return self

    @property
    def proxies(self) -> tuple[str, ...]:
        """Addresses whose word on who asks, and by which scheme, is taken."""
        return tuple(part.strip() for part in self.proxy.split(",") if part.strip())

    @property
    def host_names(self) -> tuple[str, ...]:
        """Names other than this machine's own under which the service is asked."""
        return tuple(part.strip().lower() for part in self.host_name.split(",") if part.strip())

    @property
    def accepted_host_names(self) -> frozenset[str]:
        """Names the service answers to beside those of this machine; its address is one."""
        return frozenset((*self.host_names, self.host.lower()))

    @property
    def mlflow_artifacts(self) -> Path:
        """Folder of MLflow's artifacts while MLflow is the embedded one."""
        return self.home / "mlartifacts"

    @classmethod
    def read(cls, **given: Any) -> Settings:
        """The settings of this process; a given value of None leaves the environment's.

        Raises InputError naming the first setting that cannot be used.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(str(part) for part in first["loc"]).upper()
            # addresses may hold a password: only short plain values are repeated
            said = (
                ""
                if name.endswith(("_URI", "_URL", "KEY", "_SECRET"))
                else f" is '{first['input']}', which"
            )
            reason = first["msg"].removeprefix("Value error, ")
            raise InputError(
                f"The setting PAYRISK_{name}{said} cannot be used ({reason}); correct or unset it."
            ) from None

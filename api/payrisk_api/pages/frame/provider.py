"""The organisation's own sign-in (OpenID Connect): it names a person, whose key is here."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from payrisk.errors import PayriskError
from payrisk.settings import Settings

SCOPE = "openid email profile"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
"""What may sign: asymmetric keys of the provider alone, whatever a token says of itself."""
PATIENCE_SECONDS = 3
AT_ONCE = 2
"""Threads that may wait for the provider: one that hangs holds up no other page."""


class NobodyNamed(PayriskError):
    """The provider named nobody, or not so that it can be believed."""


class SilentProvider(PayriskError):
    """The provider does not answer, or not as OpenID Connect has it."""


class BusyProvider(PayriskError):
    """As many as may are asking the provider already."""


class PendingSignIn(NamedTuple):
    """What a browser carries to the provider and back: none of it is of use to anybody else."""

    state: str
    nonce: str
    verifier: str
    goes_to: str


@dataclass(frozen=True)
class Provider:
    """A provider as it was set: its issuer, and who we are to it.

    claim: which of a token's claims is the holder of a key here; an e-mail address has to be
    verified by the provider.
    """

    issuer: str
    client_id: str
    client_secret: str
    claim: str
    turns: threading.Semaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE), repr=False, compare=False
    )

    @classmethod
    def of(cls, settings: Settings) -> Provider | None:
        """The provider of the settings, None where none is set."""
        if not (settings.oidc_issuer and settings.oidc_client_id):
            return None
        return cls(
            settings.oidc_issuer,
            settings.oidc_client_id,
            settings.oidc_client_secret,
            settings.oidc_claim,
        )

    def begin(self, back_to: str, goes_to: str) -> tuple[str, PendingSignIn]:
        """Where to send a browser that comes back to an address, and what it takes along.

        Raises SilentProvider where it cannot be asked, BusyProvider where too many ask it.
        """
        if "_document" not in vars(self):
            with self._turn():
                self._document  # noqa: B018 - asked for once, and kept
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        address, state = self._client(back_to).create_authorization_url(
            self._document["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        return address, PendingSignIn(state, nonce, verifier, goes_to)

    def name(self, pending: PendingSignIn, code: str, back_to: str) -> str:
        """Whom the provider names for a code; raises NobodyNamed, SilentProvider, BusyProvider."""
        with self._turn():
            claims = self._claims(pending, code, back_to)
        named = claims.get(self.claim)
        is_verified = self.claim != "email" or claims.get("email_verified") is True
        if not isinstance(named, str) or not named.strip() or not is_verified:
            raise NobodyNamed("no claim that counts")
        return " ".join(named.split())

    def _claims(self, pending: PendingSignIn, code: str, back_to: str) -> dict[str, Any]:
        """What a token of the provider says, once it is sound and for us."""
        import requests
        from authlib.common.errors import AuthlibBaseError
        from joserfc import jwk, jwt
        from joserfc.errors import JoseError

        try:
            token = self._client(back_to).fetch_token(
                self._document["token_endpoint"],
                code=code,
                code_verifier=pending.verifier,
                timeout=PATIENCE_SECONDS,
            )
        except requests.RequestException as error:
            raise SilentProvider(type(error).__name__) from None
        except (AuthlibBaseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NobodyNamed(type(error).__name__) from None
        try:
            keys = jwk.KeySet.import_key_set(_json_at(self._document["jwks_uri"]))
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SilentProvider(type(error).__name__) from None
        try:
            signed = jwt.decode(token["id_token"], keys, ALGORITHMS)
            jwt.JWTClaimsRegistry(
                leeway=30,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": pending.nonce},
            ).validate(signed.claims)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NobodyNamed(type(error).__name__) from None
        return dict(signed.claims)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of the few that ask the provider at once; raises BusyProvider for one more."""
        if not self.turns.acquire(blocking=False):
            raise BusyProvider("too many ask at once")
        try:
            yield
        finally:
            self.turns.release()

    def _client(self, back_to: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            self.client_id,
            self.client_secret or None,
            scope=SCOPE,
            redirect_uri=back_to,
            code_challenge_method="S256",
        )

    @cached_property
    def _document(self) -> dict[str, str]:
        """What the provider says of itself (OpenID Connect Discovery)."""
        document = _json_at(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(document, dict) or document.get("issuer") != self.issuer:
            raise SilentProvider("another issuer")
        if not all(isinstance(document.get(name), str) for name in ENDPOINTS):
            raise SilentProvider("an endpoint is missing")
        return document


def _json_at(address: str) -> Any:
    """What is answered at an address of the provider; raises SilentProvider."""
    import requests

    try:
        return requests.get(address, timeout=PATIENCE_SECONDS).json()
    except (requests.RequestException, ValueError) as error:
        raise SilentProvider(type(error).__name__) from None

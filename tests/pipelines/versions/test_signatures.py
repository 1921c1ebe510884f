"""Whoever writes to MLflow decides nothing: only what a trusted home signed is taken."""

from __future__ import annotations

import json
import shutil

import pytest

from payrisk import bundle, pointers, signing
from payrisk.errors import InputError, ModelError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.registry import RunContents
from payrisk.settings import Settings
from payrisk_pipelines.versions.promoting import promote
from payrisk_pipelines.versions.syncing import sync
from support.home.mlflow_store import fresh_home, registry_of
from support.ledgers.messy import START, messy_ledger

AT, NAME = "2026-01-05T08:00:00+00:00", "days-to-pay"


@pytest.fixture(scope="module")
def curves():
    history = messy_ledger(5, 60).as_of(START + 150)
    fitted = fit_shrunk_ecdf(history)
    return fitted, fitted.rows(history, history.invoices()).head(5)


@pytest.fixture(scope="module")
def home(curves, tmp_path_factory):
    """A home whose version 1 it signed itself and promoted; MLflow keeps paths absolute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
        settings = fresh_home(tmp_path_factory.mktemp("home"))
        first = put(settings, curves, tmp_path_factory.mktemp("made"), mark="first")
        signed(settings, *first)
        promote(settings, NAME, "1", moved_at=AT)
        yield settings


def put(settings, curves, made, *, mark, gate="passed", tag=None):
    """Put a bundle into MLflow, as whoever may write there can; its version and digest."""
    fitted, golden = curves
    champion = pointers.champion(settings.home, NAME)
    met = {} if champion is None else {"version": champion.version, "digest": champion.digest}
    card = {"name": NAME, "verdict": {"outcome": gate, "sentence": mark}, "champion": met}
    facts = {"git_commit": "", "ledger_sha": "ab" * 32, "seed": 0, "as_of": "2025-01-01"}
    folder = bundle.write(
        made / NAME, name=NAME, model=fitted, golden=golden, card=card,
        card_text=f"# {mark}\n", facts=facts,
    )  # fmt: skip
    digest = bundle.verify(folder)["digest"]
    contents = RunContents(
        params={}, metrics={}, tags={"gate": tag or gate, "bundle_digest": digest},
        dataset=golden, dataset_digest="ab" * 32, example=golden,
    )  # fmt: skip
    version = registry_of(settings.home).register(NAME, folder, contents)
    return version.version, digest


def signed(settings, version, digest, text=None, name=NAME):
    text = signing.sign(settings.home, name, digest) if text is None else text
    registry_of(settings.home).tag(NAME, version, signing.TAG, text)


@pytest.fixture
def made(tmp_path):
    return tmp_path / "made"


def stranger_text(tmp_path, digest, public=None):
    """A signature of a home that nobody trusts, which may claim another's key."""
    text = signing.sign(tmp_path / "stranger", NAME, digest)
    return text if public is None else json.dumps(json.loads(text) | {"public": public})


def refusal(settings, version) -> str:
    """Make it champion in MLflow; why it is not taken here."""
    registry_of(settings.home).set_alias(NAME, "champion", version)
    (found,) = sync(settings, moved_at=AT).models
    assert (found.what, found.here) == ("apart", "1")
    assert pointers.champion_version(settings.home, NAME) == "1"
    return found.why


def test_a_bundle_that_nobody_signed_is_not_taken(home, curves, made):
    version, _ = put(home, curves, made, mark="unsigned")
    assert "is not signed" in refusal(home, version)
    with pytest.raises(ModelError, match="is not signed"):
        promote(home, NAME, version, moved_at=AT, reason="I was told to")


@pytest.mark.parametrize("way", ["stranger", "claims our key", "another digest", "another model"])
def test_a_forged_signature_is_not_taken(home, curves, made, tmp_path, way):
    version, digest = put(home, curves, made, mark=way)
    ours = signing.own_public_key(home.home)
    of_first = signing.kept_signature(home.home, pointers.champion(home.home, NAME).digest)
    text = {
        "stranger": lambda: stranger_text(tmp_path, digest),
        "claims our key": lambda: stranger_text(tmp_path, digest, ours),
        "another digest": lambda: json.dumps(json.loads(of_first) | {"digest": digest}),
        "another model": lambda: signing.sign(home.home, "default-risk", digest),
    }[way]()
    (home.home / "signing" / "signatures" / f"{digest}.sig").unlink(missing_ok=True)
    signed(home, version, digest, text)
    assert "nobody whom this home trusts" in refusal(home, version)


@pytest.mark.parametrize("text", ["x", "{}", "[" * 900, '{"signature": 1, "public": 2}', "null"])
def test_what_is_no_signature_is_not_taken(home, curves, made, text):
    version, digest = put(home, curves, made, mark=text)
    signed(home, version, digest, text)
    assert "nobody whom this home trusts" in refusal(home, version)


def test_a_refused_bundle_stays_refused_whatever_its_tag_says(home, curves, made):
    version, digest = put(home, curves, made, mark="refused", gate="refused", tag="passed")
    signed(home, version, digest)
    assert "refused by its gates" in refusal(home, version)


def test_an_older_bundle_that_never_met_the_champion_is_not_taken(home, curves, made):
    before = pointers.champion(home.home, NAME)
    (home.home / "champions" / NAME).rename(made.parent / "aside")
    version, digest = put(home, curves, made, mark="older")
    (made.parent / "aside").rename(home.home / "champions" / NAME)
    assert pointers.champion(home.home, NAME) == before
    signed(home, version, digest)
    assert "with no champion beside it" in refusal(home, version)


def test_a_home_takes_what_a_key_it_was_told_to_trust_signed_until_it_is_told_not_to(
    home, curves, made, tmp_path
):
    version, digest = put(home, curves, made, mark="elsewhere")
    signed(home, version, digest, stranger_text(tmp_path, digest))
    public = signing.own_public_key(tmp_path / "stranger")
    second = Settings.read(home=tmp_path / "second", mlflow_uri=home.mlflow_uri)
    signing.trust(second.home, signing.TrustedKey(public, "stranger", AT, "test"))
    registry_of(home.home).set_alias(NAME, "champion", version)
    assert sync(second, moved_at=AT).models[0].what == "taken"
    shutil.rmtree(second.home / "champions")
    shutil.rmtree(second.home / "signing" / "signatures")
    signing.distrust(second.home, "stranger")
    assert sync(second, moved_at=AT).models[0].what == "apart"
    assert sync(Settings.read(home=tmp_path / "third", mlflow_uri=home.mlflow_uri),
                moved_at=AT).models[0].what == "apart"  # fmt: skip


@pytest.mark.parametrize("public", ["", "ed25519:", "ed25519:AAAA", "rsa:AAAA", "ed25519:é"])
def test_what_is_no_public_key_is_not_trusted(tmp_path, public):
    with pytest.raises(InputError, match="no public key"):
        signing.trust(tmp_path, signing.TrustedKey(public, "x", AT, "test"))
    assert signing.trusted_keys(tmp_path) == ()


def test_the_private_half_is_the_owners_alone(tmp_path):
    signing.own_public_key(tmp_path / "home")
    key = tmp_path / "home" / "signing" / "own.pem"
    assert key.stat().st_mode & 0o077 == 0
    assert b"PRIVATE" in key.read_bytes()
    key.write_bytes(b"x")
    with pytest.raises(ModelError, match="cannot be read"):
        signing.own_public_key(tmp_path / "home")

"""What a data scientist finds in MLflow after a candidate was registered."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest

from payrisk.errors import ModelError
from payrisk.registry import ALIASES, Registry
from payrisk.registry.embedded import TABLES, EmbeddedStore
from payrisk.registry.names import mlflow_names
from payrisk.registry.versions import list_versions
from support.home.mlflow_store import fresh_home, registry_of

ROWS = "cd" * 32
DIGEST = "ab" * 32


@pytest.fixture(scope="module")
def kept(candidates, tmp_path_factory):
    """The registry of a home with one candidate, and its version."""
    registry = registry_of(fresh_home(tmp_path_factory.mktemp("home")).home)
    return registry, candidates["days-to-pay"].register(registry)


def test_the_run_has_params_metrics_slices_and_days_ahead(kept):
    registry, version = kept
    data = registry._client.get_run(version.run_id).data
    assert data.params == {"rounds": "60", "shrink.customer": "5.0", "shrink.over": "{}"}
    assert data.metrics == {
        "crps": 1.25,
        "due-date.crps": 3.0,
        "slice/terms/61 plus days/n": 3.0,
        "slice/terms/61 plus days/crps": 1.5,
        "slice/terms/61- days/n": 4.0,
        "slice/country/D-E/n": 7.0,
        "slice/country/D-E/crps": 2.5,
        "days_ahead/days-to-pay": 0.2,
    }
    steps = registry._client.get_metric_history(version.run_id, "days_ahead/days-to-pay")
    assert [(one.step, one.value) for one in steps] == [(0, 0.1), (1, 0.2)]


def test_the_experiment_is_the_specs_and_says_what_it_is_for(kept):
    registry, version = kept
    found = registry._client.get_experiment_by_name("days-to-pay")
    assert registry._client.get_run(version.run_id).info.experiment_id == found.experiment_id
    assert found.tags["mlflow.note.content"] == "What days-to-pay is for."
    assert found.tags["mlflow.experimentKind"] == "custom_model_development"
    model = registry._client.get_registered_model("days-to-pay")
    assert model.description == "What days-to-pay is for."


def test_run_and_version_carry_the_lineage(kept):
    registry, version = kept
    run = registry._client.get_run(version.run_id)
    stored = registry._client.get_model_version("days-to-pay", version.version)
    for tags in (run.data.tags, stored.tags, version.tags):
        assert tags["gate"] == "refused"
        assert tags["ledger_sha"] == DIGEST
        assert tags["recipe_sha"] == "1f" * 32
        assert tags["trained_by"] == "ann"
    assert run.data.tags["mlflow.source.git.commit"] == "c0ffee"
    assert run.data.tags["mlflow.source.name"] == "payrisk train days-to-pay"
    assert run.data.tags["mlflow.user"] == "ann"
    assert run.info.status == "FINISHED"
    said, link = stored.description.split("\n\n")
    assert said == run.data.tags["mlflow.note.content"]
    assert said == "Refused: crps at most 0.9 times due-plus-mean."
    assert f"#/experiments/{run.info.experiment_id}/runs/{version.run_id}/artifacts" in link


def test_the_dataset_has_its_digest_and_its_as_of(kept):
    registry, version = kept
    (held,) = registry._client.get_run(version.run_id).inputs.dataset_inputs
    assert held.dataset.digest == DIGEST[:32]
    assert f"ledgers/{DIGEST}" in held.dataset.source
    assert '"num_rows": 2' in held.dataset.profile
    told = {tag.key: tag.value for tag in held.tags}
    assert told["as_of"] == "2025-01-01"
    assert told["judged_rows"] == ROWS


def test_the_papers_are_artifacts_and_tables_load_again(kept):
    registry, version = kept
    asked = registry._client
    names = {one.path for one in asked.list_artifacts(version.run_id)}
    assert names == {
        "card.md", "card.json", "report.html", "charts",
        "slices.csv", "slices.json", "horizons.csv", "horizons.json",
    }  # fmt: skip
    assert [one.path for one in asked.list_artifacts(version.run_id, "charts")] == [
        "charts/one.html"
    ]
    run = asked.get_run(version.run_id)
    table = asked.load_table(run.info.experiment_id, "slices.json", [version.run_id])
    assert table["group"].tolist() == ["61+ days", "61- days", "D/E"]
    assert table["low"].tolist() == pytest.approx([0.1, 0.2, 0.3], abs=1e-14)


def test_the_model_has_a_signature_an_example_and_the_main_metrics(kept, candidates):
    registry, version = kept
    uri = f"models:/days-to-pay/{version.version}"
    info = registry._mlflow.models.get_model_info(uri)
    example = candidates["days-to-pay"].example
    assert info.signature.inputs.input_names() == list(example.columns)
    assert info.signature.outputs.input_names() == ["probability_paid_by"]
    assert info.saved_input_example_info["type"] == "dataframe"
    model = registry._client.get_logged_model(info.model_id)
    assert {one.key: one.value for one in model.metrics} == {"crps": 1.25, "due-date.crps": 3.0}


def test_an_artifact_stays_inside_the_run(kept, candidates):
    registry, _ = kept
    one = candidates["days-to-pay"]
    for name in ("../card.md", "/card.md"):
        with pytest.raises(ValueError, match=r"card\.md"):
            one.register(registry, artifacts={name: one.report})


def test_attempts_at_the_same_rows_are_counted_oldest_first_and_deleting_hides_none(
    candidates, tmp_path
):
    registry = registry_of(fresh_home(tmp_path).home)
    assert registry.attempts("days-to-pay", ROWS) == []
    one = candidates["days-to-pay"]
    first = one.register(registry)
    tags = {"judged_rows": ROWS, "gate": "passed", "recipe_sha": "2e" * 32}
    second = registry.run("days-to-pay", "another", {}, {"crps": 1.0}, tags)
    registry.run("days-to-pay", "elsewhere", {}, {}, tags | {"judged_rows": "ef" * 32})
    registry._client.delete_run(first.run_id)
    found = registry.attempts("days-to-pay", ROWS)
    assert [(a.run_id, a.gate, a.recipe_sha[:2]) for a in found] == [
        (first.run_id, "refused", "1f"),
        (second, "passed", "2e"),
    ]
    assert found[0].at <= found[1].at
    with pytest.raises(ModelError, match="no digest"):
        registry.attempts("days-to-pay", "x' or tags.gate != '")


def test_trials_are_children_and_may_be_logged_by_several_threads(tmp_path):
    registry = registry_of(fresh_home(tmp_path).home)
    parent = registry.run("days-to-pay", "tune", {"trials": 6}, {}, {})

    def trial(at: int) -> None:
        settings = {"rounds": at, "more": {f"p{k}": k for k in range(120)}}
        registry.run("days-to-pay", f"trial {at}", settings, {"crps": at / 8}, {}, parent)

    threads = [threading.Thread(target=trial, args=(at,)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    experiment = registry._client.get_experiment_by_name("days-to-pay").experiment_id
    runs = registry._client.search_runs(
        [experiment], f"tags.mlflow.parentRunId = '{parent}'", order_by=["metrics.crps ASC"]
    )
    assert [run.data.metrics["crps"] for run in runs] == [at / 8 for at in range(6)]
    assert [run.data.params["rounds"] for run in runs] == [str(at) for at in range(6)]
    assert runs[0].data.params["more.p119"] == "119"
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_a_bundle_is_found_by_number_alias_and_run_and_fetched_when_absent(candidates, tmp_path):
    registry = registry_of(fresh_home(tmp_path).home)
    one = candidates["days-to-pay"]
    version = one.register(registry)
    folder = tmp_path / "bundles" / "days-to-pay" / "1"
    assert not folder.exists()
    for which in (None, "1", "candidate", version.run_id):
        assert registry.bundle_of("days-to-pay", which) == folder
    assert (folder / "manifest.json").read_bytes() == (one.folder / "manifest.json").read_bytes()
    (folder / "card.md").write_text("damaged")
    assert registry.bundle_of("days-to-pay", "1") == folder
    assert (folder / "card.md").read_text() == "# A card\n"
    for which, sentence in [
        ("2", "has no version 2; it has 1"),
        ("champion", "has no champion; it has 1"),
        ("0" * 32, "has no 000"),
        ("../1", "names no version"),
        ("01", "names no version"),
    ]:
        with pytest.raises(ModelError, match=sentence):
            registry.bundle_of("days-to-pay", which)


def test_another_bundle_under_the_same_number_is_not_taken_for_it(candidates, tmp_path):
    registry = registry_of(fresh_home(tmp_path).home)
    one, other = candidates["days-to-pay"], candidates["default-risk"]
    one.register(registry)
    folder = tmp_path / "bundles" / "days-to-pay" / "1"
    folder.parent.mkdir(parents=True)
    other.folder.rename(folder)
    try:
        with pytest.raises(ModelError, match="holds another model than version 1"):
            registry.bundle_of("days-to-pay", "1")
    finally:
        folder.rename(other.folder)
    registry.tag("days-to-pay", "1", "bundle_digest", "0" * 64)
    with pytest.raises(ModelError, match="not the bundle that was registered"):
        registry.bundle_of("days-to-pay", "1")


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "a..b", "-a", "a b", "a'", "a:b", "x" * 65],
)
def test_a_name_that_could_leave_its_folder_is_refused(tmp_path, name):
    registry = Registry(tmp_path, f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "mlartifacts")
    calls = [
        lambda: registry.versions(name),
        lambda: registry.bundle_of(name, "1"),
        lambda: registry.attempts(name, ROWS),
        lambda: registry.run(name, "x", {}, {}, {}),
        lambda: registry.set_alias(name, "candidate", "1"),
        lambda: registry.mirror(name),
    ]
    for call in calls:
        with pytest.raises(ModelError, match="cannot be a model's name"):
            call()
    assert not (tmp_path / "mlflow.db").exists()


def test_only_our_aliases_are_moved(kept):
    registry, version = kept
    for alias in ALIASES:
        registry.set_alias("days-to-pay", alias, version.version)
    assert registry.version("days-to-pay").aliases == ALIASES
    with pytest.raises(ModelError, match="is no alias"):
        registry.set_alias("days-to-pay", "latest", "1")


def test_what_is_written_past_mlflow_is_what_mlflow_writes_and_reads(kept, tmp_path):
    """Aliases and tags: one by MLflow's client, one by us, each read by the other."""
    registry, version = kept
    client, store, name = registry._client, EmbeddedStore.of(registry.uri), "days-to-pay"
    assert store.set_alias(name, "previous", "1")
    client.set_model_version_tag(name, "1", "ours", "first")
    assert store.tag(name, "1", "ours", "second")
    assert str(client.get_model_version_by_alias(name, "previous").version) == version.version
    assert client.get_model_version(name, "1").tags["ours"] == "second"
    client.set_registered_model_alias(name, "champion", "1")
    client.set_model_version_tag(name, "1", "theirs", "é")
    assert store.versions(name) == store.versions(None) == list_versions(client, name)
    assert "é" in store.versions(name)[0].tags.values()
    assert not store.set_alias(name, "champion", "2")
    with pytest.raises(ModelError, match="cannot do its part"):
        registry.set_alias(name, "champion", "2")
    client.delete_model_version_tag(name, "1", "ours")
    client.delete_model_version_tag(name, "1", "theirs")


def test_tables_that_are_not_known_here_are_left_to_mlflow(tmp_path):
    for number, columns in enumerate(
        ("alias, version, name", "alias, version, name, workspace, x")
    ):
        path = tmp_path / f"{number}.db"
        with closing(sqlite3.connect(path)) as tables, tables:
            for table, known in TABLES.items():
                own = columns if table.endswith("aliases") else ", ".join(sorted(known))
                tables.execute(f"CREATE TABLE {table} ({own})")
        assert EmbeddedStore.of(f"sqlite:///{path}") is None
    (tmp_path / "no.db").write_bytes(b"no database at all")
    for address in (f"sqlite:///{tmp_path}/no.db", f"sqlite:///{tmp_path}/gone.db", "http://x"):
        assert EmbeddedStore.of(address) is None
    assert not (tmp_path / "gone.db").exists()


def test_several_writers_of_mlflow_s_file_lose_nothing(kept):
    registry, _ = kept
    client, name = registry._client, "days-to-pay"

    def ours(who):
        store = EmbeddedStore.of(registry.uri)
        for n in range(10):
            assert store.tag(name, "1", f"w{who}-{n}", "x")

    threads = [threading.Thread(target=ours, args=(who,)) for who in range(2)]
    for thread in threads:
        thread.start()
    for n in range(5):
        client.set_model_version_tag(name, "1", f"m-{n}", "x")
    for thread in threads:
        thread.join()
    written = {f"w{who}-{n}" for who in range(2) for n in range(10)} | {f"m-{n}" for n in range(5)}
    assert written <= set(client.get_model_version(name, "1").tags)


def test_a_foreign_model_in_the_same_mlflow_is_left_out(kept):
    registry, _ = kept
    registry._client.create_registered_model("somebody's model")
    assert {one.name for one in registry.versions()} == {"days-to-pay"}


def test_keys_differ_where_labels_do():
    labels = ["é/a", "é/ä", "E?", "e!", "a//b", "../x", "x" * 300, "x" * 301]
    found = mlflow_names(labels)
    assert len({key.casefold() for key in found}) == len(labels)
    assert all(len(key) <= 250 for key in found)

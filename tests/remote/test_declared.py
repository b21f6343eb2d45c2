"""The declaration of sources: every problem with file, line, field and remedy."""

from pathlib import Path

import pytest

from orchestration.ingest.remote.declared import SourcesError, check_sources, load_sources
from orchestration.settings import PROJECT_ROOT, Settings

BROKEN = """\
sources:
  - kind: postgres
    name: warehouse
    url: postgresql://user:s3cr3t@host/db
    tables:
      - {feed: crm.lead, table: leads, cursor: updated_at}
      - feed: crm.leads
        table: leads
        late_margin: soon
  - kind: postgres
    name: other
    url_env: OTHER_URL
    time_zone: Berlin
    tables: []
  - kind: salesforce
    name: sales
    login_url: http://sales.example
    client_id_env: SF ID
    client_secret_env: SF_SECRET
    tables: [{feed: crm.leads}]
  - {kind: mysql, name: old}
"""
UNKNOWN = """\
sources:
  - kind: postgres
    name: warehouse
    url_env: URL
    tables:
      - {feed: crm.lead, table: leads}
      - feed: crm.leads
        table: leads
        columns:
          mail: email
          lead_id: null
      - {feed: crm.leads, table: leads}
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "sources.yml"
    path.write_text(text)
    found = check_sources(Settings(home=tmp_path, sources_file=path))
    return [str(problem).removeprefix(f"{path}:") for problem in found]


def test_every_field_that_is_not_sound_is_named_with_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, BROKEN)
    assert "s3cr3t" not in "".join(found)
    for text in (
        "2: warehouse.url_env: is missing; add it",
        "4: warehouse.url: is not a field here; remove it or correct its spelling",
        "9: warehouse.late_margin: is not a span of time; write it as 30s, 15m, 2h or 1d",
        "13: other.time_zone: Berlin is not a time zone; write it as Europe/Berlin",
        "14: other.tables: List should have at least 1 item after validation, not 0",
        "17: sales.login_url: is not an address that secrets may go to; write it as https://host, without user or "
        "password",
        "20: sales.start: is missing; add it",
    ):
        assert text in found
    what = "takes the name of an environment variable, not its value; write it as SALES_TOKEN"
    assert f"18: sales.client_id_env: {what}" in found
    assert any(text.startswith("21: old.") and "'postgres', 'salesforce', 'hubspot'" in text for text in found)


def test_feeds_and_columns_that_do_not_exist_are_named_with_the_nearest(tmp_path: Path) -> None:
    assert problems(tmp_path, UNKNOWN) == [
        "6: warehouse.feed: there is no feed crm.lead; crm.leads is the nearest: `andon feeds` lists them",
        "10: warehouse.mail: crm.leads has no column mail; email is the nearest",
        "11: warehouse.lead_id: is required by the feed; name what fills it at the source",
        "12: warehouse.feed: leads fills crm.leads twice; keep one",
    ]


def test_a_feed_of_a_system_that_is_off_says_how_to_switch_it_on(tmp_path: Path) -> None:
    table = "{feed: salesforce.lead, start: 2024-01-01}"
    names = "client_id_env: SF_ID, client_secret_env: SF_SECRET"
    text = f"sources:\n  - {{kind: salesforce, name: sales, {names}, tables: [{table}]}}\n"
    assert problems(tmp_path, text) == ["2: sales.feed: salesforce.lead is off: add salesforce to ANDON_VENDORS"]


def test_a_file_that_is_not_there_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="set ANDON_SOURCES_FILE to its path"):
        load_sources(Settings(home=tmp_path, sources_file=tmp_path / "none.yml"))


def test_the_example_of_the_readme_is_sound(tmp_path: Path) -> None:
    (example,) = [
        each for each in (PROJECT_ROOT / "README.md").read_text().split("```yaml\n") if "sources:" in each[:9]
    ]
    path = tmp_path / "sources.yml"
    path.write_text(example.partition("```")[0])
    settings = Settings(home=tmp_path, sources_file=path, vendors=("flat", "salesforce", "hubspot"))
    assert check_sources(settings) == []
    assert [source.kind for source in load_sources(settings)] == ["postgres", "salesforce", "hubspot"]


def test_without_the_variable_nothing_is_declared(tmp_path: Path) -> None:
    assert load_sources(Settings(home=tmp_path)) == ()

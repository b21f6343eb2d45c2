"""Typed settings, read from the environment (`ANDON_…`), and the folder layout that follows from them.

Belongs here: what differs between two installations. Does not belong here: plan, criteria, maps (data, see
`dbt_project/seeds/plan` and `expectations/`), nor any secret's value: secrets are read where they are used.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT_ROOT / "dbt_project"

Vendor = Literal["flat", "salesforce", "hubspot", "google_ads", "linkedin_ads", "meta_ads", "ga4", "segment"]


@cache
def project_vars() -> Mapping[str, Any]:
    """The dbt project's own vars: what an installation that says nothing else goes by."""
    return yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["vars"]


class Settings(BaseSettings):
    """One installation of Andon. Every path a run writes lies under `home`."""

    model_config = SettingsConfigDict(env_prefix="ANDON_", frozen=True)

    home: Path = Field(default=PROJECT_ROOT / ".andon", description="State folder; all writes stay in it.")
    plan_dir: Path = Field(default=DBT_PROJECT / "seeds" / "plan", description="The plan's CSV files.")
    criteria_file: Path = Field(
        default=PROJECT_ROOT / "expectations" / "sales_ready.yml", description="The qualification criteria."
    )
    sources_file: Path | None = Field(default=None, description="What is pulled from databases and APIs (YAML).")
    time_zone: str = Field(default="America/New_York", description="Decides business dates and weeks.")
    currency: str = Field(default="USD", description="Business currency, ISO 4217.")
    reports_url: str = Field(default="", description="Where `reports/` is served; mails and chat then link to pages.")
    vendors: Annotated[tuple[Vendor, ...], NoDecode] = Field(
        default_factory=lambda: tuple(project_vars()["vendors"]),
        description="Source systems that are on, separated by commas; the dbt project's vars unless told.",
    )
    vendors_ended: Annotated[Mapping[Vendor, date], NoDecode] = Field(
        default_factory=lambda: project_vars()["vendors_ended"],
        description='The last day of source systems that deliver no more, as JSON: {"salesforce": "2026-06-30"}.',
    )
    custom_fields: Annotated[Mapping[str, Mapping[str, str]], NoDecode] = Field(
        default_factory=lambda: project_vars()["custom_fields"],
        description='Per table, name and column, as JSON: {"salesforce.lead": {"tier": "tier_c"}}.',
    )

    @field_validator("vendors", mode="before")
    @classmethod
    def _listed(cls, names: object) -> object:
        return tuple(name.strip() for name in names.split(",")) if isinstance(names, str) else names

    @field_validator("vendors", mode="after")
    @classmethod
    def _each_once(cls, names: tuple[Vendor, ...]) -> tuple[Vendor, ...]:
        if not names:
            raise ValueError("names no source system: name at least one, flat for files")
        return tuple(dict.fromkeys(names))

    @field_validator("vendors_ended", "custom_fields", mode="before")
    @classmethod
    def _from_json(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise ValueError(f"is not JSON ({error})") from None

    @field_validator("sources_file", mode="before")
    @classmethod
    def _none_when_empty(cls, path: object) -> object:
        return path or None

    @field_validator("home", "plan_dir", "criteria_file", "sources_file", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().resolve()

    @field_validator("time_zone", mode="after")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("is not a time zone; write it as Europe/Berlin") from None
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def pulls(self) -> Path:
        return self.home / "pulls"

    @property
    def raw(self) -> Path:
        return self.home / "raw"

    @property
    def rejects(self) -> Path:
        return self.home / "rejects"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def served(self) -> Path:
        return self.home / "served"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"


def setting_problems(error: ValidationError) -> Iterator[str]:
    """What is wrong with the environment, a line per variable and value; no setting is a secret."""
    for each in error.errors(include_url=False):
        name, *rest = each["loc"]
        where = "".join(f", {step}" for step in rest if isinstance(step, str))
        message = each["msg"].removeprefix("Value error, ")
        yield f"{Settings.model_config.get('env_prefix')}{str(name).upper()}{where}: {each['input']!r}: {message}"

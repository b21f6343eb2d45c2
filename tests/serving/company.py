"""A published company in the shape of the disconnect story: syndication beats its lead plan, enterprise meetings fall.

Tables have exactly the columns of the models' contracts. Plan and control rows come from the product's own plan and
functions; the rest is drawn with a fixed seed, because the tests ask what the page does with it, not what it is.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import yaml

from orchestration.control.cells import MEASURES, align
from orchestration.control.drivers import weekly_drivers
from orchestration.control.plan_against_actual import weekly_variance
from orchestration.control.week_state import JudgedWeek
from orchestration.partitions import as_of_for_day
from orchestration.serving.publish import publish
from orchestration.settings import DBT_PROJECT, PROJECT_ROOT, Settings
from tests.serving.loop_rows import WEEK, loop_rows
from tests.serving.publishing import write_warehouse

WEEKS = 13
MARTS = (
    "actions", "budget_shifts", "day_completeness", "dim_criterion", "dim_owner", "dim_source", "fct_handoffs",
    "fct_leads", "fct_source_weekly", "fct_week_status", "feed_freshness", "lead_defects", "load_manifest",
    "plan_targets_weekly", "rejected_rows", "shift_evaluations", "weekly_backtest", "weekly_capacity",
    "weekly_control_charts", "weekly_criteria_changes", "weekly_criterion_worth", "weekly_dispute", "weekly_judges",
    "weekly_quality", "weekly_signals", "weekly_variance", "weekly_variance_drivers",
)  # fmt: skip
PLAN_DIR = DBT_PROJECT / "seeds" / "plan"
ZONE = ZoneInfo("America/New_York")


def settled(week: date, days: int = 0) -> datetime:
    """The instant (naive UTC) of the run after the week's Sunday, or `days` later."""
    return as_of_for_day(week + timedelta(days=6 + days), ZONE).replace(tzinfo=None)


def served_company(settings: Settings, changes: Sequence[str] = (), run_id: str = "run-1") -> None:
    """Publish the company; `changes` are SQL statements on the marts made before."""
    write_warehouse(settings, [*empty_marts(MARTS)])
    with duckdb.connect(str(settings.warehouse)) as con:
        for mart, rows in company().items():
            con.register("rows", rows)
            con.execute(f"INSERT INTO marts.{mart} BY NAME SELECT * FROM rows")
            con.unregister("rows")
        for change in changes:
            con.execute(change)
    publish(settings, run_id, as_of_for_day(WEEK + timedelta(days=6), ZONE))


def company() -> dict[str, pd.DataFrame]:
    """Rows of each mart that the review reads."""
    weeks = [WEEK - timedelta(days=7 * back) for back in reversed(range(WEEKS))]
    plan = _plan(weeks)
    actual = _actual(plan)
    leads, handoffs, defects = _handoffs(actual.loc[actual["week_start"] == WEEK])
    owners = pd.read_csv(PLAN_DIR / "owners.csv")
    return {
        "plan_targets_weekly": plan,
        "fct_source_weekly": actual,
        **_control(plan, actual, weeks),
        "fct_leads": leads,
        "fct_handoffs": handoffs,
        "lead_defects": defects,
        "dim_criterion": _criteria(),
        "dim_source": pd.read_csv(PLAN_DIR / "sources.csv"),
        "dim_owner": pd.DataFrame(
            {
                "owner_id": owners["owner"],
                "owner_kind": "role",
                "name": owners["title"],
                "is_active": True,
                "is_current": True,
                "valid_from": date(1970, 1, 1),
            }
        ),
        "fct_week_status": pd.DataFrame(
            {"week_start": weeks, "iso_week": [f"{w:%G-W%V}" for w in weeks], "days_in": 7, "is_closed": True}
        ).assign(fingerprint="f1", as_of=settled(WEEK)),
        **_deliveries(),
        **loop_rows(),
    }


def empty_marts(names: Sequence[str]) -> Iterable[str]:
    """Statements that make these marts, without rows, as their contracts say."""
    for path in sorted((DBT_PROJECT / "models" / "marts").glob("*/*.yml")):
        for model in yaml.safe_load(path.read_text()).get("models", ()):
            if model["name"] in names:
                columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
                yield f"CREATE OR REPLACE TABLE marts.{model['name']} ({columns})"


def _plan(weeks: Sequence[date]) -> pd.DataFrame:
    targets = pd.read_csv(PLAN_DIR / "targets.csv")
    targets = targets.loc[targets["plan_version"] == "v1", ["plan_version", "source", "segment", *MEASURES]]
    return pd.concat([targets.assign(week_start=week) for week in weeks], ignore_index=True)


def _actual(plan: pd.DataFrame) -> pd.DataFrame:
    """Near plan, but for the last eight weeks syndication brings more leads that sales takes less of."""
    noise = np.random.default_rng(3)
    rows = plan.drop(columns="plan_version")
    rows["iso_week"] = pd.to_datetime(rows["week_start"]).dt.strftime("%G-W%V")
    late = pd.to_datetime(rows["week_start"]) > pd.Timestamp(WEEK - timedelta(days=7 * 8))
    syndication = (rows["source"] == "content_syndication") & late
    for measure in MEASURES:
        wobble = 1 + noise.normal(0, 0.03, len(rows)) + noise.normal(0, 0.3, len(rows)) / np.sqrt(1 + rows[measure])
        story = np.where(syndication, {"leads": 1.24, "spend": 1.0, "ready_leads": 0.72}.get(measure, 0.42), 1.0)
        rows[measure] = np.maximum(0, np.round(rows[measure] * wobble * story))
    rows["handed_off"] = np.round(rows["leads"] * 0.8)
    rows["ready_leads"] = np.minimum(rows["ready_leads"], rows["handed_off"])
    rows["unevaluable_leads"] = np.minimum(
        np.round(rows["handed_off"] * 0.03), rows["handed_off"] - rows["ready_leads"]
    )
    rows["defective_leads"] = rows["handed_off"] - rows["ready_leads"] - rows["unevaluable_leads"]
    rows["won_value"] = rows["won"] * 24000
    paid = rows.groupby("source")["spend"].transform("sum") > 0
    rows["spend"] = rows["spend"].where(paid)
    return rows


def _control(plan: pd.DataFrame, actual: pd.DataFrame, weeks: Sequence[date]) -> dict[str, pd.DataFrame]:
    """Revision 1 of every week, and of the last one a revision 2 with leads that came in later."""
    before = actual.copy()
    late = (before["week_start"] == WEEK) & (before["source"] == "webinars")
    before.loc[late, ["leads", "meetings"]] -= [6, 1]
    variance, drivers = [], []
    for revision, rows, which in ((1, before, weeks), (2, actual, [WEEK])):
        judged = [JudgedWeek(week, f"f{revision}", "provisional" if week == WEEK else "final", "") for week in which]
        cells = align(rows, plan, which)
        as_of = settled(WEEK, days=2 * (revision - 1))
        reason = (
            "first revision" if revision == 1 else "data: leads +12 (webinars/enterprise +6, webinars/mid_market +6)"
        )
        variance.append(weekly_variance(cells, judged, as_of).assign(revision=revision, revision_reason=reason))
        drivers.append(weekly_drivers(cells, judged, as_of).assign(revision=revision))
    return {"weekly_variance": pd.concat(variance), "weekly_variance_drivers": pd.concat(drivers)}


def _criteria() -> pd.DataFrame:
    declared = yaml.safe_load((PROJECT_ROOT / "expectations" / "sales_ready.yml").read_text())["criteria"]
    rows = pd.DataFrame(declared)[["code", "version", "title", "severity", "owner", "reason_category", "valid_from"]]
    return rows.rename(columns={"code": "criterion_code", "version": "criterion_version"}).assign(contract_version="2")


def _handoffs(week: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """One lead per handoff of the week, its handoff to the SDR team and, when accepted, to the AE team."""
    draw = np.random.default_rng(5)
    cells = week.loc[week.index.repeat(week["handed_off"].astype(int)), ["source", "segment"]].reset_index(drop=True)
    lead = [f"L{number:05d}" for number in range(len(cells))]
    offered = pd.Timestamp(WEEK) + pd.to_timedelta(draw.integers(13 * 60, 116 * 60, len(cells)), unit="min")
    bad = draw.random(len(cells)) < np.where(cells["source"] == "content_syndication", 0.55, 0.2)
    accepted = draw.random(len(cells)) < np.where(bad, 0.25, 0.85)
    wait = draw.gamma(1.4, 42, len(cells))
    limit = np.where(cells["segment"] == "enterprise", 60, 120)
    sdr = cells.assign(
        handoff_id=[f"{name}-1" for name in lead], lead_id=lead, attempt_no=1, to_team_attempt_no=1,
        from_team="marketing", to_team="sdr", offered_at=offered, week_start=WEEK,
        outcome=np.select([accepted, draw.random(len(cells)) < 0.9], ["accepted", "rejected"], "open"),
        respond_within_minutes=limit, business_minutes_to_response=wait, is_on_time=wait <= limit,
        verdict=np.where(bad, "defective", "ready"), cost_of_poor_quality=np.where(bad, 140.0, 0.0),
    )  # fmt: skip
    sdr["first_pass"] = (sdr["outcome"] == "accepted").where(sdr["outcome"] != "open")
    sdr["decided_at"] = sdr["offered_at"].where(sdr["outcome"] != "open") + pd.Timedelta(hours=5)
    ae = sdr.loc[(sdr["outcome"] == "accepted") & (draw.random(len(sdr)) < 0.3)].assign(
        attempt_no=2, from_team="sdr", to_team="ae", respond_within_minutes=240, is_on_time=True,
        cost_of_poor_quality=0.0,
    )  # fmt: skip
    ae["handoff_id"] = ae["lead_id"] + "-2"
    ae["business_minutes_to_response"] = draw.gamma(2, 80, len(ae))
    leads = pd.DataFrame({"lead_id": lead, "lifecycle_stage": "handed_off"})
    return (
        leads,
        pd.concat([sdr, ae], ignore_index=True),
        _defects([name for name, is_bad in zip(lead, bad, strict=True) if is_bad]),
    )


def _defects(bad: Sequence[str]) -> pd.DataFrame:
    draw = np.random.default_rng(6)
    criteria = _criteria().drop_duplicates("criterion_code", keep="last").reset_index(drop=True)
    weight = 1.0 / (1 + np.arange(len(criteria))) ** 1.3
    rows = [
        criteria.iloc[place][["criterion_code", "criterion_version", "severity", "owner", "reason_category"]].to_dict()
        | {"lead_id": name, "cost": 70.0, "state": "open"}
        for name in bad
        for place in draw.choice(len(criteria), size=draw.integers(1, 4), replace=False, p=weight / weight.sum())
    ]
    return pd.DataFrame(rows)


def _deliveries() -> dict[str, pd.DataFrame]:
    late, landed = WEEK + timedelta(days=3), settled(WEEK, -2)
    return {
        "feed_freshness": pd.DataFrame(
            [
                {"feed": "ads.ad_spend", "day": late, "cadence": "daily", "landed_at": settled(WEEK, -2)}
                | {"rows_loaded": 41, "lag_hours": 30.0, "state": "late"},
                {"feed": "crm.leads", "day": late, "cadence": "daily", "landed_at": settled(WEEK, -3)}
                | {"rows_loaded": 141, "lag_hours": 6.0, "state": "in"},
            ]
        ),
        "load_manifest": pd.DataFrame(
            [
                {"feed": "web.web_touches", "file_name": "web/web_touches/web_touches_2026-03-26.csv"}
                | {"status": "refused", "landed_at": landed, "error": "column occurred_at is missing; rename it back"}
            ]
        ),
        "rejected_rows": pd.DataFrame(
            [
                {"feed": "crm.leads", "file_name": "crm/leads/leads_2026-03-27.csv", "line": line, "landed_at": landed}
                | {"reason": "created_at is not a timestamp", "text": "x"}
                for line in (17, 18, 240)
            ]
        ),
    }

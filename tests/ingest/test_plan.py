"""The plan is checked whole and kept as dated snapshots."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.ingest.lake import feed_folder
from orchestration.ingest.manifest import read_rows
from orchestration.ingest.plan import PlanError, check_plan, load_plan
from orchestration.ingest.plan_tables import PLAN_TABLES, PLAN_TABLES_BY_NAME, plan_file
from orchestration.partitions import as_of_for_day
from orchestration.settings import DBT_PROJECT, Settings
from tests.ingest.landed import MONDAY, lake_files, read_all, stored

SAMPLE = DBT_PROJECT / "seeds" / "plan"
TARGETS = PLAN_TABLES_BY_NAME["targets"]

SMALL_PLAN = {
    "plan_versions": "v1,First,2026-01-05,,2025-12-20T15:00:00Z,marketing_lead,sales_lead\n",
    "targets": (
        "v1,2026-01-05,2026-01-26,search,enterprise,700,10,5,4,2,1,0.5\n"
        "v1,2026-02-02,,search,enterprise,1400,20,10,8,4,2,1\n"
    ),
    # January has 27 days from the 5th at 100 a day; February 28 days, one at 100 and 27 at 200.
    "budgets": "v1,2026-01-01,search,enterprise,2700\nv1,2026-02-01,search,enterprise,5500\n",
    "sources": "search,Search,search,true,marketing_lead\n",
    "segments": "enterprise,Enterprise,1000,\n",
    "campaigns": "C1,One,search,enterprise,google,marketing_lead,2026-01-05,\n",
    "source_map": "crm,Search,search\n",
    "stage_map": "crm,lead,New,new,1,false,false\ncrm,opportunity,Won,won,9,true,true\n",
    "reasons": "dup,Duplicate,duplicate\n",
    "sla_policy": "p1,marketing,sdr,enterprise,2026-01-05,,60,600\n",
    "business_hours": "1,09:00,17:00\n",
    "holidays": "",
    "spend_map": "r1,10,google,,,Brand*,,,,search,C1,2026-01-05,\n",
    "fx_rates": "EUR,2026-01-05,1.1\nEUR,2026-02-01,1.2\n",
    "attribution_rules": (
        "position_based,2026-01-05,,90,1,search,lowest_id_first,0.4,0.4,\ntime_decay,2026-01-05,,,,,paid_last,,,7\n"
    ),
    "identity_rules": "strip_plus_tag,*\nsame_domain,googlemail.com=gmail.com\nrole_address,info\n",
    "capacity": "sdr,2026-01-05,,4,40,0.7,20\n",
    "skills": "sdr,enterprise,2026-01-05,,2,30\n",
    "absences": "sdr,2026-02-09,2026-02-13,1,Training\n",
    "resources": "v1,search,enterprise,sdr,10\n",
    "stage_expectations": "v1,all,all,lead,handed_off,0.9\n",
    "maturation_curves": "all,lead,won,2026-01-05,,0,0.5\nall,lead,won,2026-01-05,,1,1\n",
    "control_policy": "false_alarms_per_week,2026-01-05,,0.25\n",
    "owners": "marketing_lead,Marketing,,\nsales_lead,Sales,,\n",
    "playbook": """\
- id: fall
  version: 1
  reason: leads that sales does not accept buy nothing
  owner: marketing_lead
  approver: sales_lead
  approved_on: 2026-01-02
  valid_from: 2026-01-05
  trigger: {metric: cusum, stream: accept}
  action:
    shift_pct_of_source: 20
""",
    "action_policy": "truth_lag,,sales_lead,marketing_lead,7,signal_gone,1,1\n",
    "audiences": "ops,marketing_lead,email,ops@example.com,own,true,true,false,masked\n",
}


def write_plan(folder: Path, **changed: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for table in PLAN_TABLES:
        header = ",".join(column.name for column in table.columns if not column.may_lack) + "\n"
        rows = changed.get(table.table, SMALL_PLAN[table.table])
        name = plan_file(table.table)
        (folder / name).write_text(f"{header if name.endswith('csv') else ''}{rows}")
    return folder


@pytest.fixture
def planned(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", plan_dir=write_plan(tmp_path / "plan"))


def test_the_sample_plan_and_the_small_plan_are_sound(tmp_path: Path) -> None:
    assert check_plan(SAMPLE) == []
    assert check_plan(write_plan(tmp_path)) == []


def test_a_plan_from_before_a_column_existed_is_sound_and_one_with_it_is_read(tmp_path: Path) -> None:
    folder = write_plan(tmp_path)
    header = "team,valid_from,valid_to,people,hours_per_week,availability,minutes_per_lead,hourly_cost\n"
    (folder / "capacity.csv").write_text(header + "sdr,2026-01-05,,4,40,0.7,20,-1\n")
    assert [str(problem) for problem in check_plan(folder)] == [
        "capacity.csv, line 2, hourly_cost: -1.0000 is out of bounds: give a value at least 0"
    ]


BROKEN = [
    ("targets", "v1,2026-01-06,,search,enterprise,,,,,,,\n", "line 2, week_from: 2026-01-06 is not a Monday"),
    ("targets", "v1,2026-01-05,,search,x,,,,,,,\n", "line 2, segment: 'x' is not in segments.csv"),
    ("targets", "v9,2026-01-05,,search,enterprise,,,,,,,\n", "line 2, plan_version: 'v9' is not in plan_versions"),
    ("targets", "v1,2026-01-05,,search,enterprise,-1,,,,,,\n", "line 2, spend: -1.0000 is out of bounds"),
    (
        "targets",
        SMALL_PLAN["targets"].replace("2026-01-26", "2026-02-02"),
        "line 3, week_from: 2026-02-02 overlaps line 2: set week_to of line 2 before 2026-02-02",
    ),
    ("targets", SMALL_PLAN["targets"].replace("2026-01-26", "2025-12-29"), "line 2, week_to: 2025-12-29 is before"),
    ("targets", SMALL_PLAN["targets"] * 2, "line 4, plan_version, week_from, source, segment: v1, 2026-01-05"),
    ("targets", SMALL_PLAN["targets"].replace("700", "7oo"), "line 2, spend: '7oo' is not an amount"),
    ("budgets", "v1,2026-01-01,search,enterprise,3401\n", "line 2, budget: 3401.00 is budgeted, but the targets spend"),
    ("budgets", "v1,2026-01-02,search,enterprise,2700\n", "line 2, month: 2026-01-02 is not the first of a month"),
    ("budgets", "v1,2025-06-01,search,enterprise,1\n", "line 2, budget: 1.00 is budgeted, but the targets spend 0.00"),
    ("sources", "search,Search,search,true,nobody\n", "line 2, owner: 'nobody' is not in owners.csv"),
    ("spend_map", "r1,10,,,,*,,,,search,,2026-01-05,\n", "line 2, rule_id: 'r1' has no condition and matches all"),
    ("spend_map", "r1,10,g,,,,,,,search,C9,2026-01-05,\n", "line 2, maps_to_campaign: 'C9' is not in campaigns.csv"),
    ("fx_rates", "eur,2026-01-05,1.1\n", "line 2, currency: 'eur' is no ISO 4217 code: give one such as EUR"),
    ("fx_rates", "EUR,2026-01-05,0\n", "line 2, rate: 0.0 is out of bounds"),
    (
        "fx_rates",
        "EUR,2026-01-05,1\nEUR,2026-01-05,2\n",
        "line 3, currency, valid_from: EUR, 2026-01-05 stands on line 2",
    ),
    (
        "attribution_rules",
        "first,2026-01-05,,,,print,paid_first,,,\n",
        "line 2, excluded_channels: 'print' is no channel in sources.csv: use one of search",
    ),
    ("attribution_rules", "time_decay,2026-01-05,,,,,paid_first,,,\n", "line 2, half_life_days: time_decay needs it"),
    (
        "attribution_rules",
        "position_based,2026-01-05,,,,,paid_first,0.7,0.4,\n",
        "line 2, last_weight: the weights add up to 1.1",
    ),
    (
        "attribution_rules",
        "position_based,2026-01-05,,,,,paid_first,0,0,\n",
        "line 2, first_weight: both ends have no weight",
    ),
    ("identity_rules", "ignore_dots,Gmail.com\n", "line 2, value: 'Gmail.com' is not in lower case"),
    ("identity_rules", "ignore_dots,gmail\n", "line 2, value: 'gmail' is no domain"),
    (
        "identity_rules",
        "login_is_lead,matomo\n",
        "line 2, value: 'matomo' is no tracker: write one of web, ga4, segment",
    ),
    ("identity_rules", "same_domain,gmail.com\n", "line 2, value: 'gmail.com' is no pair of domains"),
    ("source_map", "crm,Search,serach\n", "line 2, source: 'serach' is not in sources.csv: add it there or use one"),
    ("audiences", "a,nobody,email,a@b.c,own,true,true,true,full\n", "line 2, owner: 'nobody' is not in owners.csv"),
    (
        "audiences",
        "a,sales_lead,email,,own,true,true,true,full\n",
        "line 2, address: neither the audience nor owner sales_lead in owners.csv has an e-mail address",
    ),
    (
        "audiences",
        'a,sales_lead,email,"a@b.c\r\nBcc: x@y.z",own,true,true,true,full\n',
        "line 2, address: 'a@b.c\\nBcc: x@y.z' is not one e-mail address",
    ),
    (
        "audiences",
        "a,sales_lead,email,a@b.c;x@y.z,own,true,true,true,full\n",
        "line 2, address: 'a@b.c;x@y.z' is not one e-mail address: give name@",
    ),
    (
        "audiences",
        "a,sales_lead,slack,https://hooks.example.com/T0/B0/s,own,true,true,true,masked\n",
        "line 2, address: is not the name of an environment variable: put the URL into an environment variable",
    ),
    ("audiences", "a,sales_lead,teams,HOOK,own,true,true,true,full\n", "line 2, personal_data: full values go into"),
    ("audiences", "a,sales_lead,fax,HOOK,own,true,true,true,masked\n", "line 2, channel"),
    ("stage_map", "crm,lead,Won,won,9,true,true\n", "line 2, stage: 'won' is no stage of a lead"),
    ("stage_map", "crm,lead,New,fresh,1,,\n", "line 2, stage: 'fresh' is not one of new, nurture"),
    ("reasons", "dup,Duplicate,mood\n", "line 2, category: 'mood' is not one of"),
    ("business_hours", "1,9:00,17:00\n", "line 2, opens: '9:00' is not a time of day"),
    ("business_hours", "1,17:00,09:00\n", "line 2, closes: 09:00 is not after 17:00"),
    ("business_hours", "8,09:00,17:00\n", "line 2, weekday: 8 is out of bounds: give a value from 1 to 7"),
    ("holidays", "2026-02-30,Never\n", "line 2, holiday: '2026-02-30' is not a date"),
    ("capacity", "sdr,2026-01-05,,4,40,1.7,20\n", "line 2, availability: 1.7 is out of bounds"),
    (
        "action_policy",
        "truth_lag,sales_lead,sales_lead,marketing_lead,7,signal_gone,1,1\n",
        "line 2, controller: 'sales_lead' would sign its own action: name another role",
    ),
    (
        "action_policy",
        "mood,,sales_lead,marketing_lead,7,signal_gone,1,1\n",
        "line 2, signal: 'mood' is not one of",
    ),
    (
        "action_policy",
        "truth_lag,,nobody,marketing_lead,7,signal_gone,1,1\n",
        "line 2, controller: 'nobody' is not in owners.csv",
    ),
    *(
        ("playbook", SMALL_PLAN["playbook"].replace(old, new), message)
        for old, new, message in (
            ("source: 20", "source: 120", "line 10, action.shift_pct_of_source: Input should be less than or equal"),
            ("reason:", "raeson:", "line 1, reason: Field required: add it"),
            (
                "reason:",
                "raeson:",
                "line 3, raeson: Extra inputs are not permitted: remove it; a rule has the fields id",
            ),
            ("version: 1", "version: one", "line 2, version: Input should be a valid integer"),
            ("2026-01-05", "2026-13-05", "line 7: `2026-13-05` is not a value: month must be in 1..12"),
            (
                "accept}",
                "acept}",
                "line 8, trigger.stream: 'acept' is not in streams: use one of accept, lead_to_meeting",
            ),
            ("sales_lead", "sales_boss", "line 5, approver: 'sales_boss' is not in owners.csv: use one of"),
            (
                "  version",
                "  scope: {exclude: [radio]}\n  version",
                "line 2, scope.exclude.0: 'radio' is not in sources",
            ),
            ("- id: fall", "rules:", "line 1: is not a list of rules: begin each rule with"),
            ("- id: fall", "- id: [fall", "line 2: expected ',' or ']'"),
        )
    ),
    (
        "playbook",
        SMALL_PLAN["playbook"] + SMALL_PLAN["playbook"].replace("version: 1", "version: 2"),
        "line 17, valid_from: versions 1 and 2 overlap",
    ),
    ("playbook", SMALL_PLAN["playbook"] * 2, "line 12, version: version 1 stands twice"),
    (
        "targets",
        SMALL_PLAN["targets"].replace("2026-02-02", "2026-02-09"),
        "line 3, week_from: nothing is in force from 2026-02-02 until 2026-02-09: start it on 2026-02-02",
    ),
    (
        "targets",
        SMALL_PLAN["targets"] + "v1,2026-01-05,,social,enterprise,,3,,,,,\n",
        "line 4, source: social/enterprise of v1 has no resource line: give its team and hours a week in resources.csv",
    ),
    (
        "targets",
        SMALL_PLAN["targets"] + "v1,2026-01-05,,social,enterprise,70,3,,,,,\n",
        "line 4, spend: spends 70.00 a week, but budgets.csv has no budget for it in 2026-02",
    ),
    (
        "plan_versions",
        "v1,First,2026-01-05,,2026-01-05T15:00:00Z,marketing_lead,sales_lead\n",
        "line 2, approved_at: approved on 2026-01-05 15:00 UTC, when its first week (2026-01-05) had begun",
    ),
    (
        "capacity",
        "sdr,2026-01-05,2026-01-31,4,40,0.7,20\nsdr,2026-03-01,,4,40,0.7,20\n",
        "line 3, valid_from: nothing is",
    ),
    (
        "sla_policy",
        "p1,marketing,bdr,enterprise,2026-01-05,,60,600\n",
        "line 2, to_team: 'bdr' has no line in capacity",
    ),
    (
        "resources",
        "v1,search,enterprise,sdr,500\n",
        "line 2, hours_per_week: v1 gives 500 hours a week of sdr, which has",
    ),
    ("absences", "sdr,2026-02-13,2026-02-09,1,\n", "line 2, day_to: 2026-02-09 is before day_from 2026-02-13"),
    ("skills", "sdr,public,2026-01-05,,2,30\n", "line 2, segment: 'public' is not in segments.csv"),
    ("stage_expectations", "v1,all,all,lead,handed_off,1.2\n", "line 2, rate: 1.2 is out of bounds: give 0 to 1"),
    (
        "maturation_curves",
        "all,lead,won,2026-01-05,,0,0.5\nall,lead,won,2026-01-05,,1,0.4\n",
        "line 3, share: 0.4 is less",
    ),
    ("control_policy", "false_alarms_per_week,2026-01-05,,0\n", "line 2, value: 0 is out of bounds: give 0.01 to 100"),
    ("control_policy", "mood,2026-01-05,,1\n", "line 2, setting: 'mood' is not one of"),
    ("owners", "marketing_lead,Marketing\n", "line 2: 2 fields where the header has 4"),
]


@pytest.mark.parametrize(("table", "rows", "message"), BROKEN)
def test_a_broken_rule_is_named_by_file_line_and_column(tmp_path: Path, table: str, rows: str, message: str) -> None:
    problems = [str(problem) for problem in check_plan(write_plan(tmp_path, **{table: rows}))]
    assert any(problem.startswith(f"{plan_file(table)}, {message}") for problem in problems), problems


def test_a_budget_within_a_weeks_spend_of_the_targets_is_sound(tmp_path: Path) -> None:
    near = "v1,2026-01-01,search,enterprise,3400\nv1,2026-02-01,search,enterprise,4100\n"
    assert check_plan(write_plan(tmp_path, budgets=near)) == []


def test_an_empty_playbook_is_refused_because_a_rule_ends_by_its_date(tmp_path: Path) -> None:
    problems = [str(problem) for problem in check_plan(write_plan(tmp_path, playbook=""))]
    assert problems == ["playbook.yml: holds no rule: end a rule with valid_to, do not delete it"]


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    folder = write_plan(tmp_path)
    (folder / "owners.csv").unlink()
    (folder / "reasons.csv").write_text("reason_code,category\n")
    messages = [str(problem) for problem in check_plan(folder)]
    assert any(message.startswith("owners.csv: is missing: put it into ") for message in messages)
    assert any(message.startswith("reasons.csv: column title (Name for people) is missing") for message in messages)


def test_nothing_of_a_broken_plan_is_loaded_and_the_last_one_stays(planned: Settings) -> None:
    load_plan(planned, MONDAY, as_of_for_day(MONDAY, planned.zone))
    before = lake_files(planned)
    write_plan(planned.plan_dir, segments="enterprise,Big,1,\n", source_map="crm,X,nowhere\n")
    with pytest.raises(PlanError, match=r"source_map\.csv, line 2, source: 'nowhere'"):
        load_plan(planned, MONDAY, as_of_for_day(MONDAY, planned.zone))
    assert lake_files(planned) == before


def test_the_first_snapshot_lands_at_the_windows_first_day_and_a_later_one_at_its_run(planned: Settings) -> None:
    end = date(2026, 3, 29)
    load_plan(planned, MONDAY, as_of_for_day(end, planned.zone))
    write_plan(planned.plan_dir, targets=SMALL_PLAN["targets"].replace(",20,10,", ",21,10,"))
    load_plan(planned, MONDAY, as_of_for_day(end + timedelta(days=1), planned.zone))
    landings = [(row.landed_at, row.landed_on) for row in read_rows(planned, TARGETS)]
    assert landings == [(stored(2026, 3, 3, 11), MONDAY), (stored(2026, 3, 31, 10), date(2026, 3, 30))]
    assert len(read_rows(planned, PLAN_TABLES_BY_NAME["owners"])) == 1


def test_a_run_at_six_lands_the_plan_on_the_day_that_has_just_ended(planned: Settings) -> None:
    as_of = as_of_for_day(MONDAY, planned.zone)
    load_plan(planned, MONDAY + timedelta(days=1), as_of)
    assert read_rows(planned, TARGETS)[0].landed_on == MONDAY


def test_going_back_to_an_earlier_plan_is_a_new_snapshot(planned: Settings) -> None:
    first = as_of_for_day(MONDAY, planned.zone)
    for days, leads in enumerate(("20", "21", "20")):
        write_plan(planned.plan_dir, targets=SMALL_PLAN["targets"].replace(",20,10,", f",{leads},10,"))
        load_plan(planned, MONDAY + timedelta(days=days), first + timedelta(days=days))
    rows = read_all(feed_folder(planned, TARGETS)).to_pylist()
    snapshots = sorted({(row["_landed_at"], row["leads"]) for row in rows if row["_line"] == 3})
    assert [leads for _, leads in snapshots] == [20.0, 21.0, 20.0]


def test_an_unchanged_plan_is_left_alone(planned: Settings) -> None:
    as_of = as_of_for_day(MONDAY, planned.zone)
    load_plan(planned, MONDAY, as_of)
    before = lake_files(planned)
    assert all(not report.files for report in load_plan(planned, MONDAY, as_of + timedelta(days=1)))
    assert lake_files(planned) == before


def test_a_run_within_the_day_lands_the_plan_then(planned: Settings) -> None:
    load_plan(planned, MONDAY, datetime(2026, 3, 2, 15, tzinfo=UTC))
    assert read_rows(planned, TARGETS)[0].landed_at == stored(2026, 3, 2, 15)


def test_the_committed_plan_loads(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", plan_dir=Path(shutil.copytree(SAMPLE, tmp_path / "plan")))
    reports = load_plan(settings, MONDAY, as_of_for_day(MONDAY, settings.zone))
    assert [report.feed for report in reports] == [table.name for table in PLAN_TABLES]
    assert all(report.rows_loaded for report in reports)

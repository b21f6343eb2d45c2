"""What the plan consists of: targets, budgets, maps, policies and people, declared as feeds are.

Belongs here: declarations only. Does not belong here: how the tables must agree with each other
(`plan_checks.py`), nor which version of the plan is in force in a given week (dbt).
"""

from orchestration.ingest.columns import (
    Column,
    Feed,
    boolean,
    day,
    decimal,
    double,
    instant,
    integer,
    newer,
    required,
    text,
)

PLAN_SYSTEM = "plan"

LEAD_STAGES = ("new", "nurture", "handed_off", "accepted", "rejected", "recycled", "disqualified", "converted")
OPPORTUNITY_STAGES = ("discovery", "evaluation", "proposal", "negotiation", "won", "lost")
REASON_CATEGORIES = (
    "wrong_segment",
    "wrong_role",
    "no_contact_data",
    "duplicate",
    "competitor_or_student",
    "no_need_or_timing",
    "already_customer",
)


ATTRIBUTION_MODELS = ("first", "last", "linear", "position_based", "time_decay")
TIE_BREAKS = ("lowest_id_first", "highest_id_first", "paid_first", "paid_last")
IDENTITY_RULES = (
    "strip_plus_tag",
    "ignore_dots",
    "same_domain",
    "role_address",
    "internal_domain",
    "bot_user_agent",
    "internal_ip_hash",
    "login_is_lead",
)
TRACKERS = ("web", "ga4", "segment")


def _plan_table(table: str, description: str, key: tuple[str, ...], columns: tuple[Column, ...]) -> Feed:
    return Feed(PLAN_SYSTEM, table, description, columns, key=key, event_time=None, cadence="on_change")


STEPS = ("lead", "handed_off", "accepted", "ready", "within_sla", "late", "meeting", "opportunity", "won")
POLICY_SETTINGS: dict[str, tuple[float, float, str, str]] = {
    "false_alarms_per_week": (0.01, 100, "alarms per week", "False alarms that all sources together may raise"),
    "watches_per_week": (0.01, 1000, "alarms per week", "False alarms of the tier that only looks closer"),
    "false_discovery_rate": (0.001, 0.5, "share", "Share of false ones among the differences called a signal"),
    "late_share": (0.001, 1, "share", "Share of leads that may wait beyond the promise"),
    "late_conversion": (0, 1, "ratio", "Meetings of a lead answered late over those of one answered in time"),
    "value_of_meeting": (0, 1e9, "business currency", "What a first meeting is worth"),
    "truth_fresh_hours": (1, 720, "hours", "Age of the data up to which money may be moved"),
    "truth_stale_hours": (1, 720, "hours", "Age of the data from which nothing may be judged"),
    "complete_final": (
        0,
        1,
        "share",
        "Share of a week's records, in the feed that lacks most, from which it may be final",
    ),
    "complete_judged": (
        0,
        1,
        "share",
        "Share of a week's records, in the feed that lacks most, below which it is blocked",
    ),
}
"""Settings of the weekly control: least and largest value, unit, meaning."""


ACTION_SIGNALS = (
    "green_red_disconnect", "red_green_under_invested", "watermelon", "pivot_without_resources", "starvation",
    "truth_lag", "unattributed_leads", "stalled_accounts", "fix_sla",
)  # fmt: skip
OUTCOME_METRICS = (
    "signal_gone", "leads", "ready_leads", "ready_rate", "accepted", "lead_to_accepted", "meetings",
    "accepted_to_meeting", "opportunities", "won",
)  # fmt: skip
"""What an action's outcome is measured by: metrics of the variance for which more is better, or the signal itself."""

VALID_FROM = required(day("valid_from", "First day in force"))
VALID_TO = day("valid_to", "Last day in force; empty while open")

PLAN_TABLES: tuple[Feed, ...] = (
    _plan_table(
        "plan_versions",
        "A version of the plan, approved by both sides.",
        ("plan_version",),
        (
            required(text("plan_version", "Version")),
            text("title", "What changed"),
            VALID_FROM,
            VALID_TO,
            required(instant("approved_at", "When both sides had approved it")),
            required(text("approved_by_marketing", "Who approved for marketing")),
            required(text("approved_by_sales", "Who approved for sales")),
        ),
    ),
    _plan_table(
        "targets",
        "What a source should deliver to a segment in each week of a range of weeks.",
        ("plan_version", "week_from", "source", "segment"),
        (
            required(text("plan_version", "Version of the plan")),
            required(day("week_from", "Monday of the first week")),
            day("week_to", "Monday of the last week, included; empty while open"),
            required(text("source", "Lead source")),
            required(text("segment", "Segment")),
            decimal("spend", "Spend", unit="business currency per week"),
            double("leads", "Leads created", unit="per week"),
            double("ready_leads", "Handed-off leads that are sales-ready", unit="per week"),
            double("accepted", "Leads accepted by sales", unit="per week"),
            double("meetings", "First meetings held", unit="per week"),
            double("opportunities", "Opportunities opened", unit="per week"),
            double("won", "Deals won", unit="per week"),
        ),
    ),
    _plan_table(
        "budgets",
        "A source's budget for a segment and month.",
        ("plan_version", "month", "source", "segment"),
        (
            required(text("plan_version", "Version of the plan")),
            required(day("month", "First day of the month")),
            required(text("source", "Lead source")),
            required(text("segment", "Segment")),
            required(decimal("budget", "Budget", unit="business currency per month")),
        ),
    ),
    _plan_table(
        "sources",
        "A lead source, as every report names it.",
        ("source",),
        (
            required(text("source", "Lead source")),
            required(text("title", "Name for people")),
            required(text("channel", "Channel")),
            required(boolean("is_paid", "Costs money per lead or click")),
            required(text("owner", "Role that answers for it")),
        ),
    ),
    _plan_table(
        "segments",
        "A customer segment; by employees where the CRM does not say.",
        ("segment",),
        (
            required(text("segment", "Segment")),
            required(text("title", "Name for people")),
            integer("min_employees", "Smallest company, included", unit="employees"),
            integer("max_employees", "Largest company, included; empty while open", unit="employees"),
        ),
    ),
    _plan_table(
        "campaigns",
        "A campaign and what it aims at.",
        ("campaign_id", "valid_from"),
        (
            required(text("campaign_id", "Campaign id as the ad platform and the CRM carry it")),
            required(text("campaign_name", "Name")),
            required(text("source", "Lead source")),
            required(text("segment", "Segment it aims at")),
            text("platform", "Ad platform"),
            text("owner", "Role that answers for it"),
            VALID_FROM,
            VALID_TO,
        ),
    ),
    _plan_table(
        "source_map",
        "A system's own source value and the lead source it means.",
        ("system", "source_value"),
        (
            required(text("system", "System that delivers the value")),
            required(text("source_value", "Value as delivered")),
            required(text("source", "Lead source")),
        ),
    ),
    _plan_table(
        "spend_map",
        "A rule that gives spend, touches and leads a source and a campaign, where the plan has no such campaign id."
        " Every condition that is filled must hold; `*` stands for any text, case does not count.",
        ("rule_id", "valid_from"),
        (
            required(text("rule_id", "Rule")),
            required(
                integer("priority", "Place among the rules that match; the lowest decides, then rule_id", unit="rank")
            ),
            text("platform", "Ad platform; only spend has one"),
            text("account_id", "Ad account; only spend has one"),
            text("campaign_id", "Campaign id as delivered"),
            text("campaign_name", "Campaign name on the platform; only spend has one"),
            text("utm_source", "UTM source; touches and leads have one"),
            text("utm_medium", "UTM medium; touches and leads have one"),
            text("utm_campaign", "UTM campaign; of spend its campaign name"),
            required(text("source", "Lead source that it means")),
            text("maps_to_campaign", "The plan's campaign that it means; empty when only the source is known"),
            VALID_FROM,
            VALID_TO,
        ),
    ),
    _plan_table(
        "fx_rates",
        "What one unit of a currency is worth in the business currency, from a day until the next rate's.",
        ("currency", "valid_from"),
        (
            required(text("currency", "ISO 4217 code")),
            VALID_FROM,
            required(double("rate", "Worth of one unit", unit="business currency per unit")),
        ),
    ),
    _plan_table(
        "attribution_rules",
        "How a model gives credit for leads created from a day on, until its next version.",
        ("model", "valid_from"),
        (
            required(text("model", "Attribution model", allowed=ATTRIBUTION_MODELS)),
            VALID_FROM,
            VALID_TO,
            double("window_days", "A touch counts this long before the lead was created; empty: always", unit="days"),
            double("days_after", "A touch counts this long after the lead was created; empty: always", unit="days"),
            text("excluded_channels", "Channels of sources whose touches get no credit, `a;b`"),
            required(text("tie_break", "Order of touches of one moment", allowed=TIE_BREAKS)),
            double("first_weight", "Share of the first touch (position_based)", unit="0..1"),
            double("last_weight", "Share of the last touch (position_based)", unit="0..1"),
            double("half_life_days", "Days in which a touch loses half its weight (time_decay)", unit="days"),
        ),
    ),
    _plan_table(
        "identity_rules",
        "How e-mail addresses are compared, and which of them say nothing about a person.",
        ("rule", "value"),
        (
            required(
                text(
                    "rule",
                    "strip_plus_tag and ignore_dots: domain (`*`: all); same_domain: `alias=domain`; role_address: the"
                    " part before the @, or a whole address; internal_domain: our own domain; bot_user_agent: a"
                    " machine's user agent, `*` for any text; internal_ip_hash: SHA-256 (hex) of an address of ours;"
                    " login_is_lead: the tracker that calls users by their number in the CRM, a plain number",
                    allowed=IDENTITY_RULES,
                )
            ),
            required(text("value", "Value of the rule")),
        ),
    ),
    _plan_table(
        "stage_map",
        "A system's own stage value and the stage it means.",
        ("system", "object", "source_value"),
        (
            required(text("system", "System that delivers the value")),
            required(text("object", "What has the stage", allowed=("lead", "opportunity"))),
            required(text("source_value", "Value as delivered")),
            required(text("stage", "Stage", allowed=(*LEAD_STAGES, *OPPORTUNITY_STAGES))),
            required(integer("stage_order", "Place in the line", unit="rank")),
            boolean("is_closed", "Ends the line"),
            boolean("is_won", "Ends it well"),
        ),
    ),
    _plan_table(
        "reasons",
        "A reason for a returned lead, and its category.",
        ("reason_code",),
        (
            required(text("reason_code", "Code as delivered with the event")),
            required(text("title", "Name for people")),
            required(text("category", "Category", allowed=REASON_CATEGORIES)),
        ),
    ),
    _plan_table(
        "sla_policy",
        "How fast a team must respond to and decide on a handoff.",
        ("policy", "segment", "valid_from"),
        (
            required(text("policy", "Policy")),
            required(text("from_team", "Team that hands off")),
            required(text("to_team", "Team that receives")),
            required(text("segment", "Segment")),
            VALID_FROM,
            VALID_TO,
            required(integer("respond_within_minutes", "Time to the first response", unit="business minutes")),
            required(integer("decide_within_minutes", "Time to the decision", unit="business minutes")),
            newer(decimal("late_cost", "What a handoff that is late loses", unit="business currency per handoff")),
        ),
    ),
    _plan_table(
        "business_hours",
        "When a weekday's business opens and closes; a weekday without a row is closed.",
        ("weekday",),
        (
            required(integer("weekday", "ISO weekday, Monday is 1", unit="ISO weekday")),
            required(text("opens", "Opening time, HH:MM")),
            required(text("closes", "Closing time, HH:MM")),
        ),
    ),
    _plan_table(
        "holidays",
        "A day on which business is closed.",
        ("holiday",),
        (required(day("holiday", "Day")), required(text("title", "Name"))),
    ),
    _plan_table(
        "capacity",
        "What a team can work.",
        ("team", "valid_from"),
        (
            required(text("team", "Team")),
            VALID_FROM,
            VALID_TO,
            required(integer("people", "People", unit="people")),
            required(double("hours_per_week", "Hours per person", unit="hours per week")),
            required(double("availability", "Share of the hours that goes to leads", unit="0..1")),
            required(double("minutes_per_lead", "Work per lead", unit="minutes")),
            newer(decimal("hourly_cost", "What an hour of a person costs", unit="business currency per hour")),
        ),
    ),
    _plan_table(
        "skills",
        "Who in a team can work a segment's leads, and how long one takes.",
        ("team", "segment", "valid_from"),
        (
            required(text("team", "Team")),
            required(text("segment", "Segment")),
            VALID_FROM,
            VALID_TO,
            required(integer("people", "People who can work it", unit="people")),
            required(double("minutes_per_lead", "Work per lead", unit="minutes")),
        ),
    ),
    _plan_table(
        "absences",
        "People of a team who are away.",
        ("team", "day_from", "title"),
        (
            required(text("team", "Team")),
            required(day("day_from", "First day away")),
            required(day("day_to", "Last day away, included")),
            required(integer("people", "People away", unit="people")),
            text("title", "Why"),
        ),
    ),
    _plan_table(
        "resources",
        "The hours a week that a plan version gives a tactic (source and segment) in a team.",
        ("plan_version", "source", "segment", "team"),
        (
            required(text("plan_version", "Version of the plan")),
            required(text("source", "Lead source")),
            required(text("segment", "Segment")),
            required(text("team", "Team that works its leads")),
            required(double("hours_per_week", "Hours given", unit="hours per week")),
        ),
    ),
    _plan_table(
        "stage_expectations",
        "The share of leads expected to take a step that the targets do not state; 'all' where it is the same for all.",
        ("plan_version", "source", "segment", "from_stage", "to_stage"),
        (
            required(text("plan_version", "Version of the plan")),
            required(text("source", "Lead source, or all")),
            required(text("segment", "Segment, or all")),
            required(text("from_stage", "Where the step starts", allowed=STEPS)),
            required(text("to_stage", "Where it leads", allowed=STEPS)),
            required(double("rate", "Expected share", unit="0..1")),
        ),
    ),
    _plan_table(
        "maturation_curves",
        "The share of a cohort's ultimate conversions expected by the end of each age.",
        ("segment", "from_stage", "to_stage", "valid_from", "age_weeks"),
        (
            required(text("segment", "Segment, or all")),
            required(text("from_stage", "Stage in which the cohort began", allowed=("lead", "accepted"))),
            required(text("to_stage", "Stage that it converts to", allowed=STEPS[2:])),
            VALID_FROM,
            VALID_TO,
            required(integer("age_weeks", "Whole weeks after the cohort's week", unit="weeks")),
            required(double("share", "Share of the ultimate conversions so far", unit="0..1")),
        ),
    ),
    _plan_table(
        "control_policy",
        "How the weekly control judges; a setting without a line has its default.",
        ("setting", "valid_from"),
        (
            required(text("setting", "Setting", allowed=tuple(POLICY_SETTINGS))),
            VALID_FROM,
            VALID_TO,
            required(double("value", "Value", unit="as the setting")),
        ),
    ),
    _plan_table(
        "owners",
        "A role that can own a source, a signal or an action, and where to reach it.",
        ("owner",),
        (
            required(text("owner", "Role code")),
            text("title", "Name for people"),
            text("email", "E-mail address"),
            text("channel", "Chat channel"),
        ),
    ),
    _plan_table(
        "audiences",
        "Who receives which reports, by which channel, and whether with personal data.",
        ("audience", "channel"),
        (
            required(text("audience", "Audience code")),
            required(text("owner", "Role that it stands for: its own defects are those it answers for")),
            required(text("channel", "How it is reached", allowed=("email", "slack", "teams"))),
            text("address", "E-mail address (empty: the owner's), or environment variable with the webhook's URL"),
            required(text("gets", "Its own defects, all of them, or what they cost", allowed=("own", "all", "money"))),
            required(boolean("daily", "Receives a report on days with news")),
            required(boolean("weekly", "Receives the weekly report")),
            required(boolean("review", "Receives the weekly control review")),
            required(text("personal_data", "Full values in the attached CSV, or masked", allowed=("masked", "full"))),
        ),
    ),
    _plan_table(
        "playbook",
        "A pre-agreed rule for moving budget; the grammar of its nested fields is orchestration/control/playbook.py.",
        ("id", "version"),
        (
            required(text("id", "Rule")),
            required(integer("version", "Version of the rule", unit="version")),
            required(text("reason", "Why the rule was agreed")),
            required(text("owner", "Role that carries it out")),
            required(text("approver", "Role that approved it, and that decides on its shifts")),
            text("deputies", "Roles that may decide instead of the approver, JSON list"),
            text("approval", "Whether its shifts wait for a decision", allowed=("pre_agreed", "required")),
            required(day("approved_on", "Day of approval; it acts on weeks that begin later")),
            VALID_FROM,
            VALID_TO,
            integer("priority", "Most urgent first, 1 before 2", unit="rank"),
            text("scope", "Sources that it may take from, JSON"),
            required(text("trigger", "Condition that fires it, JSON")),
            text("persistence", "Weeks in which the trigger must hold, JSON"),
            text("min_sample", "Least evidence, JSON"),
            text("data_gate", "What must be true of the data, JSON"),
            text("cause_gate", "Share of the loss that readiness and fit must explain, JSON"),
            required(text("action", "How much moves, JSON")),
            text("receiver", "Who gets the money, JSON"),
            text("effective", "When money moves"),
            integer("platform_lead_days", "Days that the ad platform needs", unit="days"),
            integer("cooldown_weeks", "Weeks before the same source moves again", unit="weeks"),
            integer("expires_weeks", "Weeks after which the shift is undone", unit="weeks"),
            text("rollback_if", "Condition that undoes it earlier, JSON"),
            text("evaluate", "Ages at which it is judged, and the share held out, JSON"),
        ),
    ),
    _plan_table(
        "action_policy",
        "Who answers for a kind of signal, by when, and what shows that it is mended.",
        ("signal",),
        (
            required(text("signal", "Kind of signal", allowed=ACTION_SIGNALS)),
            text("owner", "Role that acts; empty: the owner that the signal itself names"),
            required(text("controller", "Role that confirms by signing; never the owner")),
            required(text("escalate_to", "Role that takes over when it is overdue")),
            required(integer("due_days", "Days in which to act", unit="days")),
            required(text("outcome_metric", "What must be well again", allowed=OUTCOME_METRICS)),
            required(double("outcome_target", "Least share of plan (or 1: the signal is gone)", unit="ratio")),
            required(integer("confirm_weeks", "Weeks in a row that must meet it", unit="weeks")),
        ),
    ),
)

PLAN_TABLES_BY_NAME: dict[str, Feed] = {table.table: table for table in PLAN_TABLES}

OPTIONAL_TABLES = frozenset(
    {
        "skills",
        "absences",
        "resources",
        "stage_expectations",
        "maturation_curves",
        "control_policy",
        "action_policy",
        "playbook",
    }
)
"""Tables whose file may be absent: then nothing is said of what they would say. To withdraw one, leave its header; a
playbook is withdrawn by ending its rules."""


def plan_format(table: str) -> str:
    """Format of a plan table's file: CSV, but for the playbook, whose rules are nested."""
    return "yml" if table == "playbook" else "csv"


def plan_file(table: str) -> str:
    """Name of a plan table's file in the plan folder."""
    return f"{table}.{plan_format(table)}"

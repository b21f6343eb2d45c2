"""Handing the budgets of a coming Tuesday over: a CSV file for people and importers, a webhook for systems.

Belongs here: what is read, the file, the message. Does not belong here: the split over campaigns (`orders.py`), sending
(`serving/outbox`).

A Tuesday that has come is never written again. Before it comes, file and message say the whole of that day, so that
the newest replaces the older ones, also when a decision took everything back.
"""

import csv
import io
import json
import os
import sqlite3
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from orchestration.ingest.lake import write_atomically
from orchestration.partitions import business_date
from orchestration.serving.inert import csv_cell, one_line
from orchestration.serving.outbox.message import Message, hash_of
from orchestration.serving.outbox.store import enqueue, listed, open_outbox, writing
from orchestration.serving.shifts.orders import COLUMNS, campaign_orders
from orchestration.settings import Settings

WEBHOOK = "ANDON_SHIFT_WEBHOOK"
"""Environment variable with the URL that takes the orders; without it none is sent."""
AUDIENCE = "ad_platforms"
RECENT_WEEKS = 4

_PLANNED = """
    select source, sum(spend)::double as spend from marts.plan_targets_weekly
    where week_start = date_trunc('week', $tuesday::date)::date group by source
"""
_CAMPAIGNS = f"""
    with spent as (
        select source, campaign_id, sum(spend)::double as spend from marts.fct_channel_weekly
        where week_start between date_trunc('week', $tuesday::date)::date - {7 * (RECENT_WEEKS + 1)}
            and date_trunc('week', $tuesday::date)::date - 14
        group by source, campaign_id
    )
    select campaigns.platform, campaigns.campaign_id, campaigns.campaign_name, campaigns.source, campaigns.segment,
        coalesce(spent.spend, 0) as share
    from marts.dim_campaign as campaigns
    left join spent on campaigns.source = spent.source and campaigns.campaign_id = spent.campaign_id
    where campaigns.is_mapped and campaigns.valid_from <= $tuesday::date
        and coalesce(campaigns.valid_to, $tuesday::date) >= $tuesday::date
"""


def shifts_folder(settings: Settings) -> Path:
    """Where the files lie, one per Tuesday."""
    return settings.reports / "shifts"


def coming_tuesdays(settings: Settings, shifts: pd.DataFrame, today: date) -> list[date]:
    """Tuesdays after `today` on which something moves, or for which a file says so."""
    days = pd.to_datetime(shifts.loc[shifts["is_agreed"].astype(bool), "effective_on"]).dt.date
    told = [date.fromisoformat(path.stem) for path in shifts_folder(settings).glob("????-??-??.csv")]
    return sorted({day for day in (*days, *told) if day > today})


def read_orders(con: duckdb.DuckDBPyConnection, shifts: pd.DataFrame, tuesday: date, currency: str) -> pd.DataFrame:
    """`orders.COLUMNS` of a Tuesday, from the served copy and its `budget_shifts`."""
    given = {"tuesday": tuesday}
    planned, campaigns = con.execute(_PLANNED, given).df(), con.execute(_CAMPAIGNS, given).df()
    return campaign_orders(shifts, planned, campaigns, tuesday, currency)


def write_orders(settings: Settings, tuesday: date, orders: pd.DataFrame) -> Path:
    """Write `reports/shifts/<tuesday>.csv`; texts cannot become formulas in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in orders[list(COLUMNS)].itertuples(index=False))
    path = shifts_folder(settings) / f"{tuesday.isoformat()}.csv"
    write_atomically(path, lambda file: file.write(text.getvalue().encode()))
    return path


def order_message(tuesday: date, orders: pd.DataFrame, number: int) -> Message:
    """The webhook's message: the whole of a Tuesday as JSON; `number` counts the messages before it for the same day,
    so that going back to an earlier content is news too."""
    plain = orders.assign(effective_on=tuesday.isoformat())
    budgets: list[dict[str, Any]] = json.loads(plain.to_json(orient="records", double_precision=2))
    body: dict[str, Any] = {
        "type": "andon.budget_shifts",
        "effective_on": tuesday.isoformat(),
        "replaces": "every earlier message for the same day",
        "budgets": budgets,
    }
    content = json.dumps(body, sort_keys=True).encode()
    subject = one_line(f"Budgets from {tuesday}: {len(budgets)} campaigns change")
    return Message(_report(tuesday), AUDIENCE, "webhook", WEBHOOK, subject, hash_of(content, str(number)), content)


def hand_over(settings: Settings, con: duckdb.DuckDBPyConnection, as_of: datetime, now: datetime) -> list[Path]:
    """Write the files of the Tuesdays that come after `as_of`, and put a message for each into the outbox.

    A message is only stored where the environment names a webhook and, on the clock `now`, the Tuesday has not come.
    """
    shifts = con.execute("select * from marts.budget_shifts").df()
    written: list[Path] = []
    for tuesday in coming_tuesdays(settings, shifts, business_date(as_of, settings.zone)):
        orders = read_orders(con, shifts, tuesday, settings.currency)
        written.append(write_orders(settings, tuesday, orders))
        if os.environ.get(WEBHOOK) and tuesday > business_date(now, settings.zone):
            with open_outbox(settings) as outbox, writing(outbox):
                _enqueue_news(outbox, tuesday, orders, now)
    return written


def _enqueue_news(outbox: sqlite3.Connection, tuesday: date, orders: pd.DataFrame, now: datetime) -> None:
    """Store the message unless the newest one for the same day says the same."""
    before = [
        message.key for message in listed(outbox, ("pending", "sent", "dead")) if message.report == _report(tuesday)
    ]
    if not before or before[0] != order_message(tuesday, orders, len(before) - 1).key:
        enqueue(outbox, [order_message(tuesday, orders, len(before))], now)


def _report(tuesday: date) -> str:
    return f"shifts:{tuesday}"


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else csv_cell(str(value))

"""What the ad platforms get: campaign budgets of a coming Tuesday, as a file and by webhook."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.serving.outbox.sender import send_due
from orchestration.serving.outbox.store import listed, open_outbox
from orchestration.serving.shifts.hand_over import WEBHOOK, coming_tuesdays, hand_over, write_orders
from orchestration.serving.shifts.orders import campaign_orders, cents_of
from orchestration.settings import Settings

TUESDAY = date(2026, 3, 10)
MONDAY_SIX = datetime(2026, 3, 9, 10, tzinfo=UTC)
PLANNED = pd.DataFrame({"source": ["synd", "search"], "spend": [50_000.0, 20_000.0]})
CAMPAIGNS = pd.DataFrame(
    [
        ("network", "C1", "Library", "synd", "enterprise", 30.0),
        ("network", "C2", "Guide", "synd", "enterprise", 10.0),
        ("google", "G1", "=HYPERLINK(1)", "search", "mid_market", 5.0),
    ],
    columns=["platform", "campaign_id", "campaign_name", "source", "segment", "share"],
)


def leg(to: str, amount: float, **changes: Any) -> dict[str, Any]:
    return {
        "shift_id": "s1", "rule_id": "alarm", "rule_version": 1, "from_source": "synd", "to_source": to,
        "amount": amount, "effective_on": TUESDAY, "is_agreed": True,
    } | changes  # fmt: skip


SHIFT = pd.DataFrame([leg("search", 3_000.0), leg("reserve", 7_000.0)])


def orders(shifts: pd.DataFrame = SHIFT) -> pd.DataFrame:
    return campaign_orders(shifts, PLANNED, CAMPAIGNS, TUESDAY, "USD")


def test_a_sources_change_is_split_over_its_campaigns_by_what_they_spend():
    found = orders().set_index("campaign_id")
    assert found.loc["C1", ["old_budget", "new_budget", "change"]].tolist() == [37_500, 30_000, -7_500]
    assert found.loc["C2", ["old_budget", "new_budget"]].tolist() == [12_500, 10_000]
    assert found.loc["G1", ["old_budget", "new_budget"]].tolist() == [20_000, 23_000]
    assert set(found["shifts"]) == {"s1"}
    assert set(found["rules"]) == {"alarm v1"}


def test_what_earlier_shifts_moved_is_in_the_old_budget():
    earlier = leg("search", 5_000.0, shift_id="s0", effective_on=date(2026, 2, 10))
    found = orders(pd.concat([SHIFT, pd.DataFrame([earlier])])).groupby("source")[["old_budget", "new_budget"]].sum()
    assert found.loc["synd"].tolist() == [45_000, 35_000]
    assert found.loc["search"].tolist() == [25_000, 28_000]


def test_only_what_is_agreed_and_of_that_day_changes_a_budget():
    assert orders(SHIFT.assign(is_agreed=False)).empty
    assert orders(SHIFT.assign(effective_on=date(2026, 3, 17))).empty


def test_a_source_without_campaigns_keeps_one_row_for_its_owner():
    found = campaign_orders(SHIFT, PLANNED, CAMPAIGNS[CAMPAIGNS["source"] == "search"], TUESDAY, "USD")
    row = found[found["source"] == "synd"].iloc[0]
    assert pd.isna(row["campaign_id"])
    assert (row["old_budget"], row["new_budget"]) == (50_000, 40_000)


@given(
    st.floats(0, 1e7).map(lambda v: round(v, 2)),
    st.lists(st.floats(0, 1e5), min_size=1, max_size=9).filter(lambda v: sum(v) > 1e-3),
)
def test_no_cent_is_lost_in_the_split(total: float, weights: list[float]):
    share = np.array(weights) / sum(weights)
    parts = cents_of(total, share)
    assert round(sum(parts) * 100) == round(total * 100)
    assert all(abs(part - total * one) < 0.011 for part, one in zip(parts, share, strict=True))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def served(shifts: pd.DataFrame = SHIFT) -> duckdb.DuckDBPyConnection:
    """The marts that handing over reads."""
    con = duckdb.connect()
    con.execute("create schema marts")
    planned = PLANNED.assign(week_start=date(2026, 3, 9), segment="enterprise")
    spent = CAMPAIGNS[["source", "campaign_id", "share"]].rename(columns={"share": "spend"})
    spent = spent.assign(week_start=date(2026, 2, 16))
    campaigns = CAMPAIGNS.drop(columns="share").assign(valid_from=date(2025, 1, 1), valid_to=None, is_mapped=True)
    tables = {"plan_targets_weekly": planned, "fct_channel_weekly": spent, "dim_campaign": campaigns}
    for name, frame in {**tables, "budget_shifts": shifts}.items():
        con.register("frame", frame)
        con.execute(f"create table marts.{name} as select * from frame")
    con.execute("alter table marts.dim_campaign alter valid_to type date")
    return con


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_of_a_coming_tuesday_holds_its_budgets_and_no_formula(settings: Settings):
    (path,) = hand_over(settings, served(), MONDAY_SIX, MONDAY_SIX)
    assert path == settings.reports / "shifts" / "2026-03-10.csv"
    rows = {row["campaign_id"]: row for row in read_csv(path)}
    assert (rows["C1"]["old_budget"], rows["C1"]["new_budget"]) == ("37500.00", "30000.00")
    assert rows["G1"]["campaign_name"] == "'=HYPERLINK(1)"
    assert rows["G1"]["change"] == "3000.00"


def test_written_twice_it_is_the_same_and_a_tuesday_that_came_is_left_alone(settings: Settings):
    (path,) = hand_over(settings, served(), MONDAY_SIX, MONDAY_SIX)
    first = path.read_bytes()
    hand_over(settings, served(), MONDAY_SIX, MONDAY_SIX)
    assert path.read_bytes() == first
    on_the_day = datetime(2026, 3, 10, 10, tzinfo=UTC)
    assert hand_over(settings, served(SHIFT.assign(amount=1.0)), on_the_day, on_the_day) == []
    assert path.read_bytes() == first


def test_a_shift_taken_back_before_its_tuesday_leaves_a_file_that_says_so(settings: Settings):
    hand_over(settings, served(), MONDAY_SIX, MONDAY_SIX)
    (path,) = hand_over(settings, served(SHIFT.assign(is_agreed=False)), MONDAY_SIX, MONDAY_SIX)
    assert read_csv(path) == []
    assert coming_tuesdays(settings, SHIFT.assign(is_agreed=False), date(2026, 3, 9)) == [TUESDAY]


def test_a_text_that_would_run_in_a_spreadsheet_is_disarmed_wherever_it_stands(settings: Settings):
    evil = orders().assign(platform="@SUM(A1)", source="+1+1", campaign_id="=1")
    row = read_csv(write_orders(settings, TUESDAY, evil))[0]
    assert (row["platform"], row["source"], row["campaign_id"]) == ("'@SUM(A1)", "'+1+1", "'=1")


class Receiver(BaseHTTPRequestHandler):
    received: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.headers["Idempotency-Key"], json.loads(body)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Receiver]]:
    """A real HTTP server on a free port, its address in the environment."""
    handler = type("Handler", (Receiver,), {"received": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv(WEBHOOK, f"http://127.0.0.1:{server.server_port}/budgets")
    yield handler
    server.shutdown()
    server.server_close()


def test_the_webhook_gets_the_whole_tuesday_once_and_again_only_when_it_changes(
    settings: Settings, receiver: type[Receiver]
):
    none = SHIFT.assign(is_agreed=False)
    for shifts in (SHIFT, SHIFT, none, none, SHIFT):
        hand_over(settings, served(shifts), MONDAY_SIX, MONDAY_SIX)
        send_due(settings, lambda: MONDAY_SIX)
    keys = [key for key, _ in receiver.received]
    assert [len(body["budgets"]) for _, body in receiver.received] == [3, 0, 3]
    assert len(set(keys)) == 3
    body = receiver.received[0][1]
    assert (body["type"], body["effective_on"]) == ("andon.budget_shifts", "2026-03-10")
    first = body["budgets"][1]
    assert (first["campaign_id"], first["old_budget"], first["new_budget"]) == ("C1", 37_500, 30_000)


def test_nothing_is_sent_without_an_address_nor_for_a_tuesday_that_is_past_on_the_clock(
    settings: Settings, receiver: type[Receiver], monkeypatch: pytest.MonkeyPatch
):
    hand_over(settings, served(), MONDAY_SIX, datetime(2026, 6, 1, tzinfo=UTC))
    monkeypatch.delenv(WEBHOOK)
    hand_over(settings, served(), MONDAY_SIX, MONDAY_SIX)
    with open_outbox(settings) as con:
        assert listed(con, ["pending", "sent", "dead"]) == []
    assert receiver.received == []

"""A lead whose every field attacks: nothing it wrote runs, resolves or breaks out, in any form."""

import csv
import io
import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from orchestration.serving.outbox.smtp import send_email
from orchestration.serving.reader import open_served
from orchestration.serving.story.collect import collect_stories, find_lead
from orchestration.serving.story.show import page_name, text
from tests.failures.world import MONDAY, World, sent_to
from tests.outbox.receivers import Mailbox, smtp_server

SCRIPT = "<script>document.title='owned'</script>"
ATTACKS = {
    "email": '"><img src=x onerror=alert(1)>@evil.example\r\nBcc: all@example.com',
    "company": f"{SCRIPT}</td></table>=cmd|' /C calc'!A0",
    "title": "@SUM(1+1)*cmd|' /C calc'!A0",
    "country": "\t=1+1",
    "source": "content_syndication",
    "segment": '\'" onmouseover=alert(1) x="',
    "campaign_id": "<!channel> <@U123> <https://evil.example|click> [pay](https://evil.example) ![x](http://t.example)",
}
OBSERVED = "\u202egpj.exe\u202c\x00" + "[a](javascript:alert(1)) *b* <at>All</at> & &lt;" + "A" * 20_000
LEAD = "../../../etc/passwd<svg onload=alert(1)>"
AUDIENCES = (
    ("full", "marketing_ops", "email", "full@example.com", "all", True, True, True, True),
    ("masked", "marketing_ops", "email", "masked@example.com", "all", True, True, True, False),
    ("money", "finance", "email", "money@example.com", "money", True, True, False, False),
    ("room", "sales_lead", "slack", "HOOK", "all", True, True, True, False),
    ("team", "sales_lead", "teams", "HOOK", "all", True, True, True, False),
)


@pytest.fixture
def attacked(world: World) -> World:
    world.audiences = AUDIENCES
    world.lead(LEAD, **ATTACKS, source_file="crm/leads/<b>x</b>\r\n.csv")
    world.defect(LEAD, "email_business", observed=OBSERVED, source_file="crm/leads/=x.csv")
    world.other["rejected_rows"] = []
    world.day(MONDAY)
    return world


def mail(world: World, audience: str) -> EmailMessage:
    (payload,) = sent_to(world.settings, audience, "daily:2026-03-02")
    return message_from_bytes(payload, policy=policy.default)


def attachment(world: World, audience: str) -> list[dict[str, str]]:
    (part,) = mail(world, audience).iter_attachments()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_inert(html: str) -> None:
    elements = Elements(html).found
    assert not {tag for tag, _ in elements} & {"script", "img", "svg", "iframe", "form", "input", "object", "at"}
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
    links = [attributes["href"] or "" for _, attributes in elements if "href" in attributes]
    assert not [link for link in links if "evil" in link or "javascript" in link.lower()]
    assert "\u202e" not in html
    assert "\0" not in html


def test_mail_html_and_pages_hold_no_element_of_the_attackers(attacked: World) -> None:
    part = mail(attacked, "masked").get_body(("html",))
    assert part is not None
    assert_inert(part.get_content())
    pages = list(attacked.settings.reports.rglob("*.html"))
    assert len(pages) == 7
    for page in pages:
        assert_inert(page.read_text())
        assert page.resolve().is_relative_to(attacked.settings.reports)


def test_in_a_browser_nothing_runs(attacked: World) -> None:
    story = attacked.settings.reports / "leads" / page_name(LEAD)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append("dialog"))
        page.goto(story.as_uri())
        assert page.title().startswith("Lead ../../../etc/passwd")
        assert asked == [story.as_uri()]
        assert page.locator("text=onload=alert(1)").count() > 0
        browser.close()


def test_headers_hold_what_they_should_and_no_more(attacked: World) -> None:
    for audience in ("full", "masked", "money"):
        message = mail(attacked, audience)
        assert sorted(message.keys()) == [
            "Auto-Submitted", "Content-Type", "MIME-Version", "Message-ID", "Subject", "To",
        ]  # fmt: skip


def test_a_hostile_owner_title_cannot_add_a_header(world: World) -> None:
    world.audiences = (("ops", "x\r\nBcc: all@example.com", "email", "ops@example.com", "all", True, True, True, True),)
    world.defect("L1", "email_present")
    world.day(MONDAY)
    (payload,) = sent_to(world.settings, "ops", "daily:2026-03-02")
    assert message_from_bytes(payload, policy=policy.default)["Bcc"] is None


def test_every_cell_is_text(attacked: World) -> None:
    for audience in ("full", "masked", "money"):
        (row,) = attachment(attacked, audience)
        assert not [cell for cell in row.values() if cell[:1] in ("=", "+", "-", "@", "\t", "\r")], audience


def test_only_the_entitled_get_full_values_and_only_in_the_csv(attacked: World) -> None:
    address = '"><img src=x onerror=alert(1)>@evil.example'
    assert attachment(attacked, "full")[0]["email"].startswith(address)
    assert attachment(attacked, "masked")[0]["email"].startswith('"•••@evil.example')
    assert "email" not in attachment(attacked, "money")[0]
    part = mail(attacked, "full").get_body(("plain",))
    assert part is not None
    assert "onerror" not in part.get_content()


def test_slack_gets_no_mention_link_or_mark_and_keeps_its_limits(attacked: World) -> None:
    (payload,) = sent_to(attacked.settings, "room", "daily:2026-03-02")
    body = json.loads(payload)
    assert len(body["blocks"]) <= 50
    for said in _texts(body):
        assert not set(said) & {"<", ">", "\u202e", "\0"}
        assert "https://" not in said
        assert len(said) <= 3000
    assert len(payload) < 40_000


def test_teams_gets_no_link_or_mention_and_keeps_its_limit(attacked: World) -> None:
    (payload,) = sent_to(attacked.settings, "team", "daily:2026-03-02")
    assert len(payload) < 28_000
    card = json.loads(payload)["attachments"][0]["content"]
    assert "entities" not in card["msteams"]
    for said in _texts(card["body"]):
        assert "](" not in said
        assert "javascript:a" not in said
        assert "https://" not in said


def test_the_mail_passes_a_real_server_unbroken(attacked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    (payload,) = sent_to(attacked.settings, "full", "daily:2026-03-02")
    with smtp_server(box) as port:
        for name, value in {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "SECURITY": "none",
            "FROM": "a@example.com",
        }.items():
            monkeypatch.setenv(f"ANDON_SMTP_{name}", value)
        send_email(payload, "full@example.com")
    (got,) = box.accepted
    assert got["To"].addresses[0].addr_spec == "full@example.com"
    assert [part.get_content_type() for part in got.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/csv",
    ]  # fmt: skip


def test_the_terminal_obeys_no_control_character(attacked: World) -> None:
    with open_served(attacked.settings) as con:
        assert find_lead(con, LEAD) == LEAD
        (story,) = collect_stories(con, [LEAD], zone=attacked.settings.zone, currency="USD", full=True)
    told = text(story)
    assert all(character.isprintable() or character == "\n" for character in told)


def test_a_page_name_stays_in_its_folder() -> None:
    assert page_name("L25W44-0000123") == "L25W44-0000123.html"
    for name in ("../x", "a/b", ".hidden", "", "x" * 500, "CON\0"):
        assert Path(page_name(name)).name == page_name(name)
        assert page_name(name).startswith("lead-")


def _texts(value: Any) -> list[str]:
    """Every string that is shown."""
    if isinstance(value, dict):
        return [each for key, item in value.items() if key != "type" for each in _texts(item)]
    if isinstance(value, list):
        return [each for item in value for each in _texts(item)]
    return [value] if isinstance(value, str) else []

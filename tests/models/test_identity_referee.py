"""Who is one person, against an independent referee: the connected components of rows and keys, by scipy.

Belongs here: companies drawn at random, in two days' deliveries. Does not belong here: what the rules are
(`test_identity.py`); the referee knows them only as "rows that share one of these keys are one person's".
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tests.models.company import Company
from tests.models.rows import lead, touch

DAYS = date(2026, 3, 2), date(2026, 3, 3)
LEADS, CONTACTS, FILLS, ADDRESSES = 60, 12, 16, 60
SPELLINGS = ("p{}@x.com", " P{}@X.com", "p{}+news@x.com")
"""One address each time: case, blanks and tags do not count."""

Drawn = dict[str, list[dict[str, Any]]]


def draw(seed: int) -> Drawn:
    """Leads, contacts and form fills with keys at random, sparse enough for many people; half of the leads are merged,
    each into the next of an order that has nothing to do with their ids.
    """
    random = np.random.default_rng(seed)

    def maybe(share: float, among: int) -> str | None:
        return str(random.integers(among)) if random.random() < share else None

    def row() -> dict[str, Any]:
        return {"address": maybe(0.6, ADDRESSES), "spelling": random.choice(SPELLINGS), "day": int(random.integers(2))}

    # The last numbers are of leads and contacts that never come.
    leads = [{**row(), "merged": maybe(0.2, LEADS + 2), "contact": maybe(0.2, CONTACTS + 2)} for _ in range(LEADS)]
    chain = [int(number) for number in random.permutation(LEADS)[: LEADS // 2]]
    for number, following in pairwise(chain):
        leads[number]["merged"] = str(following)
    return {
        "leads": leads,
        "contacts": [row() for _ in range(CONTACTS)],
        "fills": [{**row(), "lead": maybe(0.4, LEADS + 2)} for _ in range(FILLS)],
    }


def spelled(row: dict[str, Any]) -> str | None:
    return None if row["address"] is None else row["spelling"].format(row["address"])


def keys_of(drawn: Drawn) -> dict[str, set[str]]:
    """Each row with its keys; an address by its number, however it was spelled."""
    rows: dict[str, set[str]] = {}
    for kind, found in (("lead", drawn["leads"]), ("contact", drawn["contacts"]), ("form_fill", drawn["fills"])):
        for number, row in enumerate(found):
            named = {
                "address": row["address"], "lead": row.get("merged", row.get("lead")), "contact": row.get("contact")
            }  # fmt: skip
            rows[f"{kind}:{number}"] = {f"{kind}:{number}"} | {
                f"{key}:{value}" for key, value in named.items() if value
            }
    return rows


def components(rows: dict[str, set[str]]) -> set[frozenset[str]]:
    """The rows that share keys, directly or through others."""
    names = list(rows)
    keys = {key: place for place, key in enumerate(sorted(set().union(*rows.values())))}
    edges = [(row, len(names) + keys[key]) for row, name in enumerate(names) for key in rows[name]]
    one, other = np.array(edges).T
    size = len(names) + len(keys)
    _, labels = connected_components(coo_array((np.ones(len(edges)), (one, other)), shape=(size, size)), directed=False)
    return grouped(zip(names, labels, strict=False))


def grouped(labelled: Iterable[tuple[str, object]]) -> set[frozenset[str]]:
    found: defaultdict[object, set[str]] = defaultdict(set)
    for name, label in labelled:
        found[label].add(name)
    return {frozenset(names) for names in found.values()}


def deliver(company: Company, drawn: Drawn, number: int) -> None:
    """What was drawn for that day. The first day knows of no merge and no contact, so that people grow together."""
    at = f"{DAYS[number]}T12:00Z"
    company.land(
        "crm.leads",
        [
            lead(
                str(place), f"{DAYS[row['day']]}T12:00Z", updated_at=at, email=spelled(row),
                contact_id=row["contact"], merged_into_lead_id=row["merged"] if number else None,
            )
            for place, row in enumerate(drawn["leads"]) if row["day"] <= number
        ],
        DAYS[number],
    )  # fmt: skip
    company.land(
        "web.web_touches",
        [
            touch(str(place), row["lead"], at, touch_type="form_fill", visitor_id=f"V{place}", email=spelled(row))
            for place, row in enumerate(drawn["fills"])
            if row["day"] == number
        ],
        DAYS[number],
    )
    if number:
        contacts = enumerate(drawn["contacts"])
        rows = [
            {"contact_id": str(n), "created_at": at, "updated_at": at, "email": spelled(row)} for n, row in contacts
        ]
        company.land("crm.contacts", rows, DAYS[number])


@pytest.mark.parametrize("seed", [1, 2])
def test_persons_are_the_connected_components_of_rows_and_their_keys(tmp_path: Path, seed: int) -> None:
    drawn = draw(seed)
    company = Company(tmp_path)
    company.land_plan(date(2026, 2, 1))
    for number, day in enumerate(DAYS):
        deliver(company, drawn, number)
        company.build(day, "--select", "+int_person_members")
    members = "select row_key, anchor from intermediate.int_person_members"
    expected = components(keys_of(drawn))
    assert 10 < len(expected) < LEADS
    assert grouped(company.rows(f"{members} where kind <> 'visitor'")) == expected
    # A browser is of whom its form fill is.
    anchors = dict(company.rows(members))
    said = [place for place, row in enumerate(drawn["fills"]) if row["address"] or row["lead"]]
    assert [anchors[f"visitor:V{place}"] for place in said] == [anchors[f"form_fill:{place}"] for place in said]

"""The CRM's leads and lead events as rows.

Belongs here: which columns each extract has and what fills them. Does not belong here: any draw of what happens.
"""

import numpy as np

from orchestration.simulation.arrays import NEVER, Floats, Ints, Purpose, stream
from orchestration.simulation.company import CRM
from orchestration.simulation.journal import STATUSES, owner_journal, status_journal, versions
from orchestration.simulation.people import OTHER_COMPANIES, PHONES, TITLES, email, first_name, last_name, tagged_email
from orchestration.simulation.pool import COUNTRIES, INDUSTRIES
from orchestration.simulation.quality import REASONS
from orchestration.simulation.rows import At, Column, Either, Flag, Ident, Number, Rows, Stamp, Text, arrow
from orchestration.simulation.story import Story, account_id, utm_columns

UNMAPPED = ("Direct", "Imported list")
"""Lead sources that the plan's source map does not know: after a tracking break, and of stray records."""
STRAY_SHARE = 0.003
EVENTS, EVENTS_LATE = 1, 0.005


def lead_rows(story: Story) -> Rows:
    """A row per lead and day on which its record changed."""
    company, cohort, people, life = story.company, story.cohort, story.people, story.life
    state = versions(cohort, life, status_journal(company, cohort, life), owner_journal(company, cohort, life))
    lead = state.lead
    deal = np.full(len(cohort.cell), -1, dtype=np.int64)
    deal[story.deals.lead] = np.arange(len(story.deals.lead))
    account = np.where(people.known_account[lead] | state.opportunity, people.company[lead], -1)
    size = _of_company(story, story.pool.segment)
    campaign = np.where(story.untracked(np.arange(len(cohort.cell)), cohort.created), -1, cohort.campaign)
    corrected = state.corrected

    def of_lead(column: Column) -> Column:
        return At(lead, column)

    columns: dict[str, Column] = {
        "lead_id": story.lead_id(lead),
        "created_at": Stamp(cohort.created[lead]),
        "updated_at": Stamp(state.at),
        "email": of_lead(email(people, story.pool, cohort.index)),
        "first_name": of_lead(first_name(people)),
        "last_name": of_lead(last_name(people)),
        "title": of_lead(Text.of(people.title, TITLES)),
        "phone": Either(
            corrected, of_lead(Text.of(people.phone_later, PHONES)), of_lead(Text.of(people.phone, PHONES))
        ),
        "company": of_lead(_company_name(story)),
        "account_id": account_id(account),
        "country": of_lead(Text.of(people.country, COUNTRIES)),
        "industry": of_lead(Text.of(_of_company(story, story.pool.industry), INDUSTRIES)),
        "employees": _whole(np.where(corrected, people.employees_later[lead], people.employees[lead])),
        "lead_source": of_lead(_lead_source(story)),
        "campaign_id": Text.of(campaign[lead], [item.campaign_id for item in company.campaigns]),
        "segment": Text.of(np.where(people.segment_known, size, -1)[lead], [s.name for s in company.segments]),
        "score": Number(people.score[lead]),
        "status": Text.of(state.status, STATUSES),
        "owner_id": story.user(state.owner),
        "consent": Flag(people.consent[lead], people.consent_unknown[lead]),
        "is_deleted": Flag(state.deleted),
        "merged_into_lead_id": story.lead_id(np.where(state.merged, cohort.parent[lead], -1)),
        "opportunity_id": story.opportunity_id(np.where(state.opportunity, deal[lead], -1)),
        "reason": Text.of(state.reason, REASONS),
        "tagged_email": of_lead(tagged_email(people, story.pool, cohort.index)),
        "converted_at": Stamp(np.where(state.opportunity, life.opportunity[lead], NEVER)),
        **utm_columns(company, campaign[lead]),
    }
    return Rows(story.calendar.day(state.at), state.at, columns, key=lead)


def event_rows(story: Story) -> Rows:
    """A row per change of status or owner."""
    company, cohort, life = story.company, story.cohort, story.life
    status, owner = status_journal(company, cohort, life), owner_journal(company, cohort, life)
    is_owner = np.repeat([False, True], [len(status.at), len(owner.at)])
    lead, at = np.concatenate([status.lead, owner.lead]), np.concatenate([status.at, owner.at])

    def status_of(of_status: Ints, of_owner: Ints) -> Column:
        return Text.of(np.concatenate([of_status, of_owner * 0 - 1]), STATUSES)

    def owner_of(of_status: Ints, of_owner: Ints) -> Column:
        return story.user(np.concatenate([of_status * 0 - 1, of_owner]))

    number = np.concatenate([2 * status.number, 2 * owner.number + 1])
    columns: dict[str, Column] = {
        "event_id": Ident(f"E{story.tag}-", number, 8),
        "lead_id": story.lead_id(lead),
        "event_at": Stamp(at),
        "event_type": Text.of(is_owner.astype(np.int64), ("status", "owner")),
        "from_status": status_of(status.before, owner.before),
        "from_owner": owner_of(status.before, owner.before),
        "to_status": status_of(status.after, owner.after),
        "to_owner": owner_of(status.after, owner.after),
        "actor_id": story.user(np.concatenate([status.actor, owner.actor])),
        "reason": Text.of(np.concatenate([status.reason, owner.reason]), REASONS),
    }
    return Rows(story.calendar.day(at) + story.late(EVENTS, len(at), EVENTS_LATE), at, columns)


def merge_rows(story: Story) -> Rows:
    """A row per record that was merged into another."""
    lead = np.flatnonzero(story.life.merged < NEVER)
    at = story.life.merged[lead]
    columns: dict[str, Column] = {
        "lead_id": story.lead_id(lead),
        "merged_into_lead_id": story.lead_id(story.cohort.parent[lead]),
        "merged_at": Stamp(at),
    }
    return Rows(story.calendar.day(at), at, columns)


def _of_company(story: Story, values: Ints) -> Ints:
    """A property of each lead's company; -1 where the lead has none."""
    company = story.people.company
    return np.where(company >= 0, values[np.maximum(company, 0)], -1)


def _company_name(story: Story) -> Column:
    names = arrow.concat_arrays([story.pool.names, arrow.array(OTHER_COMPANIES)])
    other = story.people.other_company
    return Text(np.where(other >= 0, story.pool.count + other, story.people.company), names)


def _lead_source(story: Story) -> Column:
    """The CRM's own word for the source; one that nobody mapped for strays and after a tracking break."""
    labels = story.company.labels[CRM]
    flat = [label for group in labels for label in group]
    sizes = np.array([len(group) for group in labels])
    source = story.company.cell_source[story.cohort.cell]
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])[source]
    # Mostly the first word: the others are leftovers of earlier habits.
    code = start + (story.people.label**3 * sizes[source]).astype(np.int64)
    rows = np.arange(len(source))
    stray = stream(story.seed, Purpose.LATENESS, story.cohort.index, 0).random(len(source)) < STRAY_SHARE
    code = np.where(stray, len(flat) + 1, code)
    return Text.of(np.where(story.untracked(rows, story.cohort.created), len(flat), code), [*flat, *UNMAPPED])


def _whole(values: Floats) -> Column:
    absent = np.isnan(values)
    return Number(np.where(absent, 0, values).astype(np.int64), absent)

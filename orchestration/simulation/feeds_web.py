"""Marketing's feeds as rows: web touches and daily ad spend.

Belongs here: which touches precede and follow a lead, what the platforms bill and restate. Does not belong here:
the leads themselves.
"""

import numpy as np

from orchestration.simulation.arrays import Bools, Floats, Ints, Purpose, day_number, stream
from orchestration.simulation.company import WEB
from orchestration.simulation.life import DAY, HOUR
from orchestration.simulation.people import tagged_email
from orchestration.simulation.rows import At, Column, Date, Flag, Ident, Number, Rows, Stamp, Text
from orchestration.simulation.story import Setting, Story, utm_columns

TOUCH_TYPES = ("visit", "ad_click", "form_fill")
VISIT, CLICK, FORM = range(3)
PAGES = ("/", "/product", "/enterprise", "/pricing", "/customers", "/resources", "/demo", "/contact")
LOOK_BACK_DAYS = 14
"""Touches come at most this long before their lead."""
BEFORE = {"syndication": 0.4, "search": 1.6, "social": 1.4, "outbound": 0.3}
"""Mean number of touches before the form, by channel."""
BEFORE_ELSEWHERE = 0.8
FORM_SHARE = {"syndication": 0.9, "search": 0.97, "social": 0.97, "outbound": 0.1}
FORM_ELSEWHERE = 0.7
RETURNS, OWN_CAMPAIGN = 0.3, 0.7
TOUCHES, TOUCHES_LATE = 3, 0.03

SPEND_DAYS = np.array([0.165, 0.17, 0.17, 0.165, 0.15, 0.09, 0.09])
SPEND_SPREAD, SPEND_DAY_SPREAD = 0.012, 0.06
RESTATED = np.array([0.94, 0.985, 0.997, 1.0])
"""What the platform says a day cost, on the day and on the three days after."""
COST_PER_CLICK, IMPRESSIONS_PER_CLICK = 9.0, 55
VIEWED_SHARE = 0.2
"""What a platform claims beyond the leads of its campaign, as a share of them: who only saw the ad, or came twice."""
CLAIMS_RESTATED = np.array([80, 95, 100, 100])
"""How much of a day's conversions a platform claims on the day and on the three days after, in percent."""


def touch_rows(story: Story) -> Rows:
    """A row per touch as the tracker knows it: anonymous on its day, and again with the lead once there is one."""
    rng = stream(story.seed, Purpose.TOUCHES, story.cohort.index)
    cohort, company = story.cohort, story.company
    count = len(cohort.cell)
    channels = company.cell_channels
    mean = np.array([BEFORE.get(channel, BEFORE_ELSEWHERE) for channel in channels])[cohort.cell]
    form_share = np.array([FORM_SHARE.get(channel, FORM_ELSEWHERE) for channel in channels])[cohort.cell]
    earlier = np.where(cohort.extra, 0, rng.poisson(mean))
    before = np.repeat(np.arange(count), earlier)
    forms = np.flatnonzero(rng.random(count) < form_share)
    returns = np.flatnonzero((rng.random(count) < RETURNS) & ~cohort.extra)
    lead = np.concatenate([before, forms, returns])
    ago = 60 + rng.beta(0.7, 1.6, len(before)) * (LOOK_BACK_DAYS * DAY - 120)
    later = HOUR + rng.exponential(4 * DAY, len(returns))
    shift = np.concatenate([-ago, np.zeros(len(forms)), later]).astype(np.int64)
    at = cohort.created[lead] + shift
    is_form = np.repeat([False, True, False], [len(before), len(forms), len(returns)])
    own = is_form | (rng.random(len(lead)) < OWN_CAMPAIGN)
    campaign = np.where(own, cohort.campaign[lead], rng.integers(-1, max(len(company.campaigns), 1), len(lead)))
    kind = np.where(is_form, FORM, np.where(campaign >= 0, np.where(rng.random(len(lead)) < 0.7, CLICK, VISIT), VISIT))
    page = np.where(is_form, 6, rng.integers(0, len(PAGES), len(lead)))
    late = story.late(TOUCHES, len(lead), TOUCHES_LATE)
    return _twice(story, lead, at, kind, campaign, own, page, late)


def _twice(story: Story, lead: Ints, at: Ints, kind: Ints, campaign: Ints, own: Bools, page: Ints, late: Ints) -> Rows:
    company, created = story.company, story.cohort.created[lead]
    anonymous = np.flatnonzero(at < created)
    touch = np.concatenate([anonymous, np.arange(len(lead))])
    unknown = np.repeat([True, False], [len(anonymous), len(lead)])
    day = story.calendar.day(at)
    known_day = story.calendar.day(np.maximum(created, at)) + np.where(at < created, 0, late)
    # A late anonymous row never lands after the one that names the lead.
    delivered = np.where(unknown, np.minimum(day + late, known_day)[touch], known_day[touch])
    campaign = np.where(story.untracked(lead, at), -1, campaign)
    source = np.where(own, company.cell_source[story.cohort.cell[lead]], _source_of(story, campaign))
    source = np.where(story.untracked(lead, at), -1, source)
    labels = [group[0] for group in company.labels[WEB]]
    person = story.cohort.person[lead]
    columns: dict[str, Column] = {
        "touch_id": Ident(f"W{story.tag}-", touch, 8),
        "occurred_at": Stamp(at[touch]),
        "visitor_id": Ident(f"V{story.tag}-", person[touch]),
        "lead_id": story.lead_id(np.where(unknown, -1, lead[touch])),
        "touch_type": Text.of(kind[touch], TOUCH_TYPES),
        "lead_source": Text.of(source[touch], labels),
        "campaign_id": Text.of(campaign[touch], [item.campaign_id for item in company.campaigns]),
        **utm_columns(company, campaign[touch]),
        "page": Text.of(page[touch], PAGES),
        "email": At(np.where(unknown, -1, lead[touch]), tagged_email(story.people, story.pool, story.cohort.index)),
        "is_again": Flag(~unknown & (at < created)[touch]),
    }
    order = np.where(unknown, at[touch], np.maximum(created, at)[touch])
    return Rows(delivered, order, columns, key=touch)


def _source_of(story: Story, campaign: Ints) -> Ints:
    """The source of a touch by its campaign; organic search where it has none and the plan knows that source."""
    company = story.company
    organic = company.sources.index("organic_search") if "organic_search" in company.sources else -1
    of_campaign = np.array([company.cell_source[item.cell] for item in company.campaigns] or [0])
    return np.where(campaign >= 0, of_campaign[np.maximum(campaign, 0)], organic)


def spend_rows(story: Story) -> Rows:
    """A row per campaign and day as the platforms bill it: on its day, and restated on each of the next three."""
    rng = stream(story.seed, Purpose.SPEND, story.cohort.index)
    company = story.company
    paid = np.array([bool(company.rates.spend[item.cell] > 0 and item.platform) for item in company.campaigns])
    campaigns = np.flatnonzero(paid)
    cell = np.array([item.cell for item in company.campaigns], dtype=np.int64)[campaigns]
    weekly = company.rates.spend[cell] * story.conditions.spend[cell] * story.scale / company.campaign_count[cell]
    weekly = weekly * (1 + SPEND_SPREAD * rng.standard_normal(len(campaigns)))
    shape = SPEND_DAYS * np.exp(SPEND_DAY_SPREAD * rng.standard_normal((len(campaigns), 7)))
    cost: Floats = weekly[:, None] * shape / shape.sum(axis=1, keepdims=True)
    clicks = rng.poisson(cost / COST_PER_CLICK)
    claimed = _claims(story, campaigns, rng)
    campaign, weekday, restated = (axis.ravel() for axis in np.indices((len(campaigns), 7, len(RESTATED))))
    day = day_number(story.cohort.week) + weekday
    billed = np.round(cost[campaign, weekday] * RESTATED[restated], 2)
    shown = campaigns[campaign]
    columns: dict[str, Column] = {
        "spend_date": Date(day),
        "platform": Text.of(shown, [item.platform for item in company.campaigns]),
        "account_id": Text.of(shown, [_ad_account(item.platform) for item in company.campaigns]),
        "campaign_id": Text.of(shown, [item.campaign_id for item in company.campaigns]),
        "campaign_name": Text.of(shown, [item.name for item in company.campaigns]),
        "impressions": Number(clicks[campaign, weekday] * IMPRESSIONS_PER_CLICK),
        "clicks": Number(clicks[campaign, weekday]),
        "platform_conversions": Number(claimed[campaign, weekday] * CLAIMS_RESTATED[restated] // 100),
        "cost": Number(billed),
        "currency": Text.of(np.zeros(len(day), dtype=np.int64), (story.currency,)),
    }
    return Rows(day + restated, day + restated, columns, key=campaign * 7 + weekday)


def _claims(story: Story, campaigns: Ints, rng: np.random.Generator) -> Ints:
    """Conversions that the platforms come to claim, (campaigns, 7 days): those that became leads, and some more."""
    cohort = story.cohort
    weekday = story.calendar.day(cohort.created) - day_number(cohort.week)
    inside = (weekday >= 0) & (weekday < 7) & (cohort.campaign >= 0)
    leads = np.zeros((len(story.company.campaigns), 7), dtype=np.int64)
    np.add.at(leads, (cohort.campaign[inside], weekday[inside]), 1)
    return leads[campaigns] + rng.poisson(VIEWED_SHARE * leads[campaigns])


def ad_campaign_rows(setting: Setting) -> Rows:
    """A row per campaign that runs on a platform."""
    campaigns = [item for item in setting.company.campaigns if item.platform]
    which = np.arange(len(campaigns))
    platforms = [item.platform for item in campaigns]
    columns: dict[str, Column] = {
        "platform": Text.of(which, platforms),
        "account_id": Text.of(which, [_ad_account(platform) for platform in platforms]),
        "campaign_id": Text.of(which, [item.campaign_id for item in campaigns]),
        "campaign_name": Text.of(which, [item.name for item in campaigns]),
    }
    return setting.listing(len(campaigns), columns)


def ad_account_rows(setting: Setting) -> Rows:
    """A row per platform's ad account."""
    platforms = sorted({item.platform for item in setting.company.campaigns if item.platform})
    which = np.arange(len(platforms))
    columns: dict[str, Column] = {
        "platform": Text.of(which, platforms),
        "account_id": Text.of(which, [_ad_account(platform) for platform in platforms]),
        "currency": Text.of(which * 0, (setting.currency,)),
        "time_zone": Text.of(which * 0, (setting.time_zone,)),
    }
    return setting.listing(len(platforms), columns)


def _ad_account(platform: str) -> str:
    return f"acct-{platform}"

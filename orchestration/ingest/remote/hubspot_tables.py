"""Which objects of HubSpot fill which table of the loaders, and how an object becomes rows.

Belongs here: that mapping, as data, and pure functions on what the API gave. Does not belong here: asking
(`hubspot.py`). The history of a property is given whole for each object that changed: the table's key tells an entry
delivered before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from orchestration.ingest.remote.declared import Hubspot, HubspotTable
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import SourceError

Json = dict[str, Any]
Row = dict[str, object]
PREFIX = "property_"
DEFAULT_CHANGED = "hs_lastmodifieddate"
CHANGED = {"contacts": "lastmodifieddate"}
OBJECT_ID = "hs_object_id"


@dataclass(frozen=True)
class Plan:
    """What is asked of the API for a table, and the rows of an object with what belongs to it."""

    object: str
    changed: str
    properties: tuple[str, ...]
    rows: Callable[[Json, list[Json]], Iterable[Row]]
    history: tuple[str, ...] = ()
    to_object: str | None = None
    with_archived: bool = False


@dataclass(frozen=True)
class Listing:
    """A table that is listed whole."""

    path: str
    params: tuple[dict[str, str], ...]
    rows: Callable[[Json], Iterable[Row]]


KINDS = ("call", "communication", "email", "meeting", "note", "task")
ENGAGEMENTS = tuple(f"{kind}s" for kind in KINDS)
OBJECTS = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    **{f"engagement_{kind}": f"{kind}s" for kind in KINDS},
}
ID_COLUMNS = {
    "contact": "id",
    "company": "id",
    "deal": "deal_id",
    **{f"engagement_{kind}": "engagement_id" for kind in KINDS},
}
# Columns that the loaders do not name after their property.
OTHER_NAMES = {
    "deal": {"deal_pipeline_id": "pipeline", "deal_pipeline_stage_id": "dealstage", "owner_id": "hubspot_owner_id"},
    "engagement_meeting": {
        "meeting_outcome": "hs_meeting_outcome",
        "start_time": "hs_meeting_start_time",
        "end_time": "hs_meeting_end_time",
    },
}
HISTORIES = {
    "contact_property_history": ("contacts", "contact_id", ("lifecyclestage", "hs_lead_status", "hubspot_owner_id")),
    "deal_property_history": ("deals", "deal_id", ("dealstage", "amount", "hubspot_owner_id")),
}
ASSOCIATIONS = {
    "deal_contact": ("deals", "deal_id", "contacts", "contact_id"),
    "deal_company": ("deals", "deal_id", "companies", "company_id"),
    "engagement_contact": (None, "engagement_id", "contacts", "contact_id"),
    "engagement_company": (None, "engagement_id", "companies", "company_id"),
    "engagement_deal": (None, "engagement_id", "deals", "deal_id"),
}


def plan_of(
    source: Hubspot, table: HubspotTable, property_names: Callable[[str], set[str]], effects: Effects
) -> Plan | Listing:
    """How a table is pulled. `property_names(object)`: the properties that the app may read. Raises SourceError."""
    name = table.contract.table
    if table.object is None and name in LISTINGS:
        return LISTINGS[name]
    if name in HISTORIES:
        return _history_plan(source, table, property_names)
    if name == "deal_stage":
        return _plan("deals", _deal_stage_rows, history=("dealstage",))
    if name == "contact_merge_audit":
        return _plan("contacts", _merge_rows, properties=("hs_calculated_merged_vids",))
    if name == "merged_deal":
        return _plan("deals", _merged_deal_rows, properties=("hs_merged_object_ids",))
    if name in ASSOCIATIONS:
        return _association_plan(source, table)
    if name == "engagement":
        kind = _engagement_object(source, table)
        return _plan(kind, lambda item, _: [{"id": item["id"], "type": kind.removesuffix("s").upper()}])
    return _object_plan(source, table, property_names, effects)


def _plan(
    name: str, rows: Callable[[Json, list[Json]], Iterable[Row]], properties: tuple[str, ...] = (), **more: Any
) -> Plan:
    changed = CHANGED.get(name, DEFAULT_CHANGED)

    def stamped(item: Json, belonging: list[Json]) -> Iterator[Row]:
        # The same object must give the same lines whenever it is read, so it was synchronised when it changed.
        for row in rows(item, belonging):
            yield {**row, "_fivetran_synced": item["properties"].get(changed)}

    return Plan(name, changed, properties, stamped, **more)


def _object_plan(
    source: Hubspot, table: HubspotTable, property_names: Callable[[str], set[str]], effects: Effects
) -> Plan:
    name = table.object or OBJECTS.get(table.contract.table)
    if name is None:
        there = ", ".join(sorted({*OBJECTS, *HISTORIES, *ASSOCIATIONS, *LISTINGS}))
        raise SourceError(
            f"{source.name}: {table.feed} is not a table that HubSpot's API can fill; there are {there}: choose one, "
            "or name the `object:` and, under `columns:`, the property of each column"
        )
    there = property_names(name) | {OBJECT_ID}
    fills = _fills(table)
    lacking = {column: wanted for column, wanted in fills.items() if wanted not in there}
    where = f"{source.name}: object {name}"
    problems = [
        f"{where} has no property {wanted}{_nearest(wanted, there)} for {column} of {table.feed}: correct it, or give "
        "the app the scope to read it"
        for column, wanted in lacking.items()
        if table.contract.column(column).required or column in table.columns
    ]
    problems += [
        f"{where} has no property {extra}{_nearest(extra, there)}: correct `extra:`"
        for extra in table.extra
        if extra not in there
    ]
    if problems:
        raise SourceError("\n".join(problems))
    if lacking:
        effects.say(f"{where} has no {', '.join(lacking.values())}: left empty")
    fills = {column: wanted for column, wanted in fills.items() if column not in lacking}
    fills |= {f"{PREFIX}{extra}": extra for extra in table.extra}
    columns = {column.name for column in table.contract.columns}
    id_column = ID_COLUMNS.get(table.contract.table)
    is_loaders = "_fivetran_synced" in columns

    def rows(item: Json, _: list[Json]) -> Iterator[Row]:
        properties: Mapping[str, object] = {**item["properties"], OBJECT_ID: item["id"]}
        row: Row = {column: properties.get(wanted) or None for column, wanted in fills.items()}
        if id_column is not None:
            row[id_column] = item["id"]
        if item.get("archived"):
            row |= {flag: True for flag in ("_fivetran_deleted", "is_deleted") if flag in columns}
        yield row

    plan = _plan(name, rows, tuple(sorted(set(fills.values()))), with_archived=True)
    return plan if is_loaders else Plan(name, plan.changed, plan.properties, rows, with_archived=True)


def _fills(table: HubspotTable) -> dict[str, str]:
    """The property that fills each column."""
    others = OTHER_NAMES.get(table.contract.table, {})
    filled: dict[str, str] = {}
    for column in table.contract.columns:
        if column.name in table.columns:
            declared = table.columns[column.name]
            filled |= {column.name: declared} if declared is not None else {}
        elif column.name in others:
            filled[column.name] = others[column.name]
        elif column.name.startswith(PREFIX):
            filled[column.name] = column.name.removeprefix(PREFIX)
        elif table.contract.table not in OBJECTS:
            filled[column.name] = column.name
    return filled


def _history_plan(source: Hubspot, table: HubspotTable, property_names: Callable[[str], set[str]]) -> Plan:
    name, id_column, tracked = HISTORIES[table.contract.table]
    there = property_names(name)
    if unknown := [extra for extra in table.extra if extra not in there]:
        raise SourceError(f"{source.name}: {name} has no property {', '.join(unknown)}: correct `extra:`")

    def rows(item: Json, changes: list[Json]) -> Iterator[Row]:
        for change in changes:
            yield {
                id_column: item["id"],
                "name": change["name"],
                "value": change.get("value"),
                "timestamp": change["timestamp"],
                "source": change.get("sourceType"),
                "source_id": change.get("sourceId") or change.get("updatedByUserId"),
            }

    wanted = tuple(each for each in dict.fromkeys([*tracked, *table.extra]) if each in there)
    return _plan(name, rows, history=wanted)


def _association_plan(source: Hubspot, table: HubspotTable) -> Plan:
    name, id_column, other, other_column = ASSOCIATIONS[table.contract.table]

    def rows(item: Json, associated: list[Json]) -> Iterator[Row]:
        for each in associated:
            types: list[Json] = each.get("associationTypes") or [{}]
            yield {id_column: item["id"], other_column: each["toObjectId"], "type_id": types[0].get("typeId")}

    return _plan(name or _engagement_object(source, table), rows, to_object=other)


def _engagement_object(source: Hubspot, table: HubspotTable) -> str:
    if table.object is None or table.object not in ENGAGEMENTS:
        raise SourceError(
            f"{source.name}: {table.feed} needs the kind of engagement: name one of {', '.join(ENGAGEMENTS)} as "
            "`object:`, in an entry for each"
        )
    return table.object


def _deal_stage_rows(item: Json, changes: list[Json]) -> Iterator[Row]:
    for change in changes:
        yield {
            "deal_id": item["id"],
            "value": change.get("value"),
            "date_entered": change["timestamp"],
            "source": change.get("sourceType"),
            "source_id": change.get("sourceId") or change.get("updatedByUserId"),
        }


def _merge_rows(item: Json, _none: list[Json]) -> Iterator[Row]:
    for pair in filter(None, str(item["properties"].get("hs_calculated_merged_vids") or "").split(";")):
        merged, _, moment = pair.partition(":")
        merged_at = datetime.fromtimestamp(int(moment) / 1000, UTC).isoformat() if moment else None
        yield {"canonical_vid": item["id"], "contact_id": item["id"], "vid_to_merge": merged, "timestamp": merged_at}


def _merged_deal_rows(item: Json, _: list[Json]) -> Iterator[Row]:
    for merged in filter(None, str(item["properties"].get("hs_merged_object_ids") or "").split(";")):
        yield {"deal_id": item["id"], "merged_deal_id": merged}


def _owner_rows(entry: Json) -> Iterator[Row]:
    yield {
        "owner_id": entry["id"],
        "first_name": entry.get("firstName"),
        "last_name": entry.get("lastName"),
        "email": entry.get("email"),
        "type": entry.get("type"),
        "is_active": not entry.get("archived", False),
        "created_at": entry.get("createdAt"),
        "updated_at": entry.get("updatedAt"),
    }


def _owner_team_rows(entry: Json) -> Iterator[Row]:
    teams: list[Json] = entry.get("teams") or []
    for team in teams:
        yield {"owner_id": entry["id"], "team_id": team["id"], "is_team_primary": team.get("primary")}


def _team_rows(entry: Json) -> Iterator[Row]:
    teams: list[Json] = entry.get("teams") or []
    for team in teams:
        yield {"id": team["id"], "name": team.get("name")}


def _pipeline_rows(entry: Json) -> Iterator[Row]:
    yield {"pipeline_id": entry["id"], "label": entry.get("label")}


def _stage_rows(entry: Json) -> Iterator[Row]:
    for stage in entry["stages"]:
        details: Json = stage.get("metadata") or {}
        is_closed = str(details.get("isClosed", "")).lower() == "true"
        yield {
            "stage_id": stage["id"],
            "label": stage.get("label"),
            "pipeline_id": entry["id"],
            "is_closed": is_closed,
            "closed_won": is_closed and float(details.get("probability") or 0) == 1,
            "updated_at": stage.get("updatedAt"),
        }


_OWNERS = ({"archived": "false"}, {"archived": "true"})
LISTINGS = {
    "owner": Listing("/crm/v3/owners/", _OWNERS, _owner_rows),
    "owner_team": Listing("/crm/v3/owners/", _OWNERS[:1], _owner_team_rows),
    "team": Listing("/crm/v3/owners/", _OWNERS[:1], _team_rows),
    "deal_pipeline": Listing("/crm/v3/pipelines/deals", ({},), _pipeline_rows),
    "deal_pipeline_stage": Listing("/crm/v3/pipelines/deals", ({},), _stage_rows),
}


def _nearest(name: str, there: Iterable[str]) -> str:
    near = get_close_matches(name, list(there), n=1)
    return f" ({near[0]} is the nearest)" if near else ""

"""How this portal writes ids, and what holds for all its objects.

Belongs here: what several of this folder's modules share. Does not belong here: any object's columns.
"""

from collections.abc import Callable

from orchestration.simulation.arrays import Bools
from orchestration.simulation.delivery import Outlet
from orchestration.simulation.opportunities import STAGES
from orchestration.simulation.rows import Column, Rows
from orchestration.simulation.shapes.source import Columns, Source, instants, loaded, recoded, renumbered
from orchestration.simulation.story import Setting

PORTAL, PIPELINE = 4703379, "default"
OWNER_IDS, USER_IDS, TEAM_IDS = 44_000_001, 9_000_001, 801
STAGE_IDS: dict[str, str] = dict(zip(STAGES, ("8801", "8802", "8803", "8804", "closedwon", "closedlost"), strict=True))


def object_id(column: Column) -> Column:
    return renumbered(column, "", 12)


def company_id(column: Column) -> Column:
    return renumbered(column, "9", 11)


def owner(column: Column) -> Column:
    return recoded(column, lambda number: str(OWNER_IDS + number))


def actor(column: Column) -> Column:
    return recoded(column, lambda number: f"userId:{USER_IDS + number}")


def team(column: Column) -> Column:
    return recoded(column, lambda number: str(TEAM_IDS + number))


def is_new(facts: Columns) -> Bools:
    return instants(facts["updated_at"]) == instants(facts["created_at"])


def table(name: str, kind: str = "csv", like: str = "", daily: bool = True) -> Outlet:
    return Outlet("hubspot", name, kind, daily=daily, like=like)


def listed(name: str, facts: Callable[[Setting], Rows], columns: Callable[[Columns], Columns]) -> Source:
    return Source(table(name, daily=False), listed=(loaded(facts, columns),))

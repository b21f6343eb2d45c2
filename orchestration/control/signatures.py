# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Signing an action: only its controller may, and only while it runs.

Belongs here: the rules of a signature. Does not belong here: the log (`append_log.py`), what a signature does
(`actions.py`), or what a person types (`commands/action.py`).
"""

from datetime import UTC, datetime

import pandas as pd

from orchestration.control.append_log import AppendLog, Entry
from orchestration.control.loop_schemas import ACTION_SIGNATURES, SIGNATURE_SCHEMA
from orchestration.errors import AndonError
from orchestration.ingest.lake import naive_utc
from orchestration.settings import Settings

ENDED = ("closed", "withdrawn")


class SignatureRefusedError(AndonError):
    """A signature that may not be recorded; the text says why and what would be possible."""


def signature_log(settings: Settings) -> AppendLog:
    """The log of signatures under actions."""
    return AppendLog(settings, ACTION_SIGNATURES, SIGNATURE_SCHEMA, at="signed_at")


def signatures_until(settings: Settings, as_of: datetime) -> list[Entry]:
    """The signatures given up to an instant (aware), oldest first."""
    until = naive_utc(as_of)
    return [entry for entry in signature_log(settings).entries() if entry["signed_at"] <= until]


def newest_signature(settings: Settings) -> datetime | None:
    """When the last signature was given (aware, UTC); None before the first."""
    entries = signature_log(settings).entries()
    return entries[-1]["signed_at"].replace(tzinfo=UTC) if entries else None


def sign_action(log: AppendLog, actions: pd.DataFrame, action: str, by: str, why: str, at: datetime) -> bool:
    """Record the signature of role `by` under the action whose id begins with `action`; False if it stood already.

    `actions` are ACTION rows. Raises SignatureRefusedError for an unknown or ambiguous id, an action that has ended, a
    role that is not its controller, or an empty reason.
    """
    found = actions.loc[actions["action_id"].str.startswith(action)] if action else actions.iloc[:0]
    if len(found) != 1:
        raise SignatureRefusedError(f"{len(found)} actions begin with {action!r}; `andon action list --all` shows them")
    row = {str(name): value for name, value in found.iloc[0].to_dict().items()}
    if not why.strip():
        raise SignatureRefusedError("a signature needs its reason: give --why")
    if by != row["controller"]:
        raise SignatureRefusedError(
            f"{by!r} may not sign action {row['action_id']}: its controller is {row['controller']}"
        )
    with log.locked():
        if any(entry["action_id"] == row["action_id"] for entry in log.entries()):
            return False
        if row["state"] in ENDED:
            raise SignatureRefusedError(f"action {row['action_id']} is {row['state']}: there is nothing to sign")
        log.append({"action_id": row["action_id"], "signed_by": by, "why": why.strip()}, instant=at)
    return True

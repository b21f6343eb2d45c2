"""Weekly control: what differs from the plan, why, and whose it is, for one closed ISO week at a time.

Belongs here: pure functions on weekly frames, the store of immutable revisions, and `assets.py`, the only
module that knows Dagster. Does not belong here: how the weekly aggregates are built (dbt) or how they are
shown (serving).
"""

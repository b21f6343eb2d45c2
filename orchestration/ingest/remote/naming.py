"""A field's name as the usual loaders write it in a table: snake case.

`SystemModstamp` → `system_modstamp`, `Pricebook2Id` → `pricebook_2_id`, `UP_Region__c` → `up_region_c`.
"""

import re

_STEPS = (
    (re.compile(r"([A-Z]+)([A-Z][a-z])"), r"\1_\2"),
    (re.compile(r"([a-z])([A-Z])"), r"\1_\2"),
    (re.compile(r"([A-Za-z])([0-9])"), r"\1_\2"),
    (re.compile(r"([0-9])([A-Za-z])"), r"\1_\2"),
    (re.compile(r"[^A-Za-z0-9]+|_{2,}"), "_"),
)


def snake_case(name: str) -> str:
    """The column of a field."""
    for pattern, replacement in _STEPS:
        name = pattern.sub(replacement, name)
    return name.strip("_").lower()

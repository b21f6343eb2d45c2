"""The rules for who receives reports.

Belongs here: whether an audience can be reached, and with what. Does not belong here: sending (`serving/outbox`).
"""

import re
from collections.abc import Iterator

from orchestration.ingest.plan_problem import Plan, PlanProblem, problem

# Nothing that could end a header or name a second receiver.
_EMAIL = re.compile(r"[A-Za-z0-9._%+'/=?^`{|}~!#$&*-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def audience_problems(plan: Plan) -> Iterator[PlanProblem]:
    """An audience can be reached, a webhook's URL (a secret) is not written into the plan, chat gets no full data."""
    owners = {row["owner"]: row["email"] for row in plan["owners"]}
    for row in plan["audiences"]:
        is_mail, address = row["channel"] == "email", row["address"]
        if is_mail and address is None and owners.get(row["owner"]) is None:
            reason = f"neither the audience nor owner {row['owner']} in owners.csv has an e-mail address"
            yield problem("audiences", row, "address", reason, "give it in one of the two")
        elif is_mail and not _EMAIL.fullmatch(address or owners[row["owner"]]):
            reason = f"{address or owners[row['owner']]!r} is not one e-mail address"
            yield problem("audiences", row, "address", reason, "give name@domain; another receiver is another row")
        elif not is_mail and not _VARIABLE.fullmatch(address or ""):
            remedy = "put the URL into an environment variable and its name here, such as ANDON_SLACK_SALES"
            yield problem("audiences", row, "address", "is not the name of an environment variable", remedy)
        if not is_mail and row["personal_data"] == "full":
            reason = "full values go into the CSV of an e-mail, which chat does not have"
            yield problem("audiences", row, "personal_data", reason, "give masked")

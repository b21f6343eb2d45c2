"""What to do about a failure, by the category of its reason.

Belongs here: the advice, as data. Does not belong here: criteria (the contract says what is wrong, not what to do).
"""

_ADVICE: dict[str, str] = {
    "no_contact_data": (
        "Send the rows back to the vendor or form owner for a working business address, phone number or consent, and "
        "make the field mandatory where the lead enters. A record corrected in the CRM is judged again on the next run."
    ),
    "wrong_segment": (
        "Check the campaign's audience and the vendor's filters for company size, country and segment; ask for "
        "replacement or credit for what lies outside the order."
    ),
    "wrong_role": ("Tighten the job titles that the campaign or vendor accepts, and hand off nobody who cannot buy."),
    "duplicate": "Merge the records in the CRM, and have known addresses suppressed from the vendor's delivery.",
    "competitor_or_student": ("Add the domains and titles to the exclusion lists of the campaign and of the handoff."),
    "no_need_or_timing": "Keep these leads in nurture until they reach the score; do not hand them off.",
    "already_customer": (
        "Route them to the account's owner instead of the sales queue, and exclude customers from the campaign."
    ),
}
_ANY = "Look at the examples, correct the records at their source, and agree on the criterion if it is not meant so."


def advice(reason_category: str) -> str:
    """What to do about defects of this category (see `expectations.contract.ReasonCategory`)."""
    return _ADVICE.get(reason_category, _ANY)

"""The outbox: messages are stored with the results they tell of, and sent later, at least once.

Belongs here: storing, sending, retrying, and saying when sending has stopped. Does not belong here: what a message
says (`serving/failures`, `serving/review`) or who gets it (the plan's `audiences`).
"""

"""Failure reports: what broke, to whoever can mend it, by e-mail, chat and as pages.

Belongs here: what is news to whom, and how it is said in each form. Does not belong here: what a defect is or costs
(marts), sending (`serving/outbox`).
"""

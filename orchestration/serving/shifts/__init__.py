"""Budget changes for the ad platforms: a file per Tuesday, and a webhook.

Belongs here: turning agreed shifts into campaign budgets, and handing them over. Does not belong here: deciding what
moves (`control/`).
"""

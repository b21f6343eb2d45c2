"""The base of every error that the user can mend.

Belongs here: that one class. Does not belong here: the errors themselves; each stands beside the code that raises it.
"""


class AndonError(Exception):
    """Its text says what is wrong, where, and what to do; the command line prints it without a traceback."""

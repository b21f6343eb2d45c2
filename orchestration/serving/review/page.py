"""From a review's view to its page.

Belongs here: which template shows it. Does not belong here: what is said (`view.py`, `verdict.py`), the frame of every
page (`serving/pages.py`) or where files lie (`write.py`).
"""

from orchestration.serving.pages import render_template
from orchestration.serving.review.data import ReviewData
from orchestration.serving.review.view import build_view


def render(data: ReviewData) -> str:
    """The week's page, complete and self-contained; every text of the data is escaped."""
    return render_template("review.html", view=build_view(data))

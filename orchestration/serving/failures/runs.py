"""A run that failed is told: nothing it was to judge was judged, and silence would read as an all-clear.

Belongs here: which failed runs are to be told, to whom, in what words. Does not belong here: sending, or what a
finished run found (`write.py`).

Asked by a plain sensor that keeps no place of its own: a run is told once by its key in the outbox, so that nothing is
lost when telling fails.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.serving.failures.collect import audiences
from orchestration.serving.failures.data import Audience
from orchestration.serving.failures.notice import notice
from orchestration.serving.inert import masked, one_line
from orchestration.serving.outbox import store
from orchestration.serving.outbox.message import Message
from orchestration.serving.reader import NothingPublishedError, open_served
from orchestration.settings import Settings

TOLD_WITHIN = timedelta(days=2)
MOST_STEPS = 10


@dataclass(frozen=True)
class FailedRun:
    """A run that ended in failure: its id, job and partition, when (aware), and its failed steps with their errors."""

    run_id: str
    job: str
    period: str
    ended_at: datetime
    steps: tuple[tuple[str, str], ...]
    judged: bool


def report_failed_runs(settings: Settings, runs: Iterable[FailedRun], now: datetime) -> int:
    """Put a message on each of `runs` into the outbox; one that was told is not told again. Returns how many are new.

    Whoever looks after the whole line (`gets` all, daily) hears of each; everybody with daily reports does when the run
    ended before its leads were judged and reported. Without a published audience nobody can be told yet: 0.
    """
    try:
        with open_served(settings) as con:
            receivers = [audience for audience in audiences(con) if audience.is_daily]
    except NothingPublishedError:
        return 0
    messages = [
        _message(run, audience)
        for run in runs
        if now - run.ended_at <= TOLD_WITHIN
        for audience in receivers
        if audience.gets == "all" or not run.judged
    ]
    with store.open_outbox(settings) as outbox, store.writing(outbox):
        return store.enqueue(outbox, messages, now)


def _message(run: FailedRun, audience: Audience) -> Message:
    what = "nothing new was judged" if not run.judged else "something needs mending"
    subject = f"Run failed: {run.job}{f' of {run.period}' if run.period else ''}; {what}"
    told = [
        "The run ended before leads were judged: that no defect is reported does not mean that there is none."
        if not run.judged
        else "Leads were judged with what could be read.",
        *(f"{step}: {one_line(masked(error), 400)}" for step, error in run.steps[:MOST_STEPS]),
    ]
    remedy = f"Mend the cause and run it again; run {run.run_id} in Dagster has the whole story."
    return notice(f"run:{run.run_id}", audience, subject, told, remedy)

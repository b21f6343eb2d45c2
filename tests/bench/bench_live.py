"""A file of leads that lands in office hours: from settling to the owner's message, with where the seconds go.

The run is started as its own process, as Dagster starts it. The landing sensor looks every 15 seconds, so a message is
out at most that much and the whole of this after its file has settled. The floor is starting Python with the imports
that no inspection can do without.
"""

import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from orchestration.automation import SECONDS_BETWEEN_LANDINGS
from orchestration.runner import run_job
from orchestration.settings import Settings
from orchestration.simulation import simulate
from tests.bench.bench_daily_run import FIRST_DAY, HISTORY, IMPORTS, seconds_of
from tests.outbox.receivers import Mailbox, smtp_server


def run() -> dict[str, object]:
    """Seconds from settling to the message at its server, at most; of the process, each step, and the floor."""
    mailbox = Mailbox()
    with tempfile.TemporaryDirectory() as folder, smtp_server(mailbox) as port:
        settings = Settings(home=Path(folder) / "home")
        last = FIRST_DAY + timedelta(days=HISTORY)
        simulate(settings, FIRST_DAY, last, seed=7, scenario="disconnect", scale=1.0)
        held = Path(folder) / "held"
        for file in sorted(settings.landing.glob(f"crm/*/*_{last}.csv")):
            (held / file.relative_to(settings.landing)).parent.mkdir(parents=True)
            shutil.move(file, held / file.relative_to(settings.landing))
        run_job(settings, "daily", FIRST_DAY, last - timedelta(days=1))
        shutil.copytree(held, settings.landing, dirs_exist_ok=True)
        floor, _ = seconds_of([sys.executable, "-c", IMPORTS, str(settings.warehouse)], settings)
        mail = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none", "FROM": "andon@example.com"}
        mail = {f"ANDON_SMTP_{name}": value for name, value in mail.items()}
        whole, printed = seconds_of([str(Path(sys.executable).parent / "andon"), "inspect"], settings, mail)
    return {
        "landing settled to message, at most, s (60 asked)": round(SECONDS_BETWEEN_LANDINGS + whole, 1),
        "live run, whole process, s": round(whole, 1),
        "messages at the server": len(mailbox.accepted),
        "floor (imports, warehouse opened), s": round(floor, 1),
        "ratio": round(whole / floor, 2),
        "steps": printed,
    }

"""A real Postgres server, started by the tests: Debian's package, a data folder of its own, a free port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

ADMIN = "admin"
READER, PASSWORD = "andon_reader", "s3cr3t/p@ss:w%rd"
ENCODED_PASSWORD = "s3cr3t%2Fp%40ss%3Aw%25rd"


@dataclass(frozen=True)
class Server:
    """A running server; the reader may only read, with a password that a URL has to encode."""

    port: int
    folder: Path
    user: str | None

    def url(self, database: str) -> str:
        """How andon connects."""
        return f"postgresql://{READER}:{ENCODED_PASSWORD}@127.0.0.1:{self.port}/{database}"

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """The owner's connection, each statement at once."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user=ADMIN, dbname=database, autocommit=True)

    def new_database(self, name: str) -> None:
        """An empty database that the reader may look into."""
        with self.admin() as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        with self.admin(name) as connection:
            connection.execute(f"alter default privileges grant select on tables to {READER}")

    def control(self, *arguments: str) -> None:
        """pg_ctl, as the server's user."""
        _run(self.user, "pg_ctl", "-D", str(self.folder / "data"), "-w", *arguments)


@contextmanager
def running_server() -> Iterator[Server]:
    """Initialise, start, give, stop and remove a server. initdb refuses root, so root lends it another user."""
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="andon-postgres-"))
    if user:
        shutil.chown(folder, user)
    server = Server(_free_port(), folder, user)
    try:
        _run(user, "initdb", "-D", str(folder / "data"), "-U", ADMIN, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {server.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c log_statement=all"
        server.control("-o", options, "-l", str(folder / "log"), "start")
        with server.admin() as connection:
            connection.execute(
                sql.SQL("create role {} login password {}").format(sql.Identifier(READER), sql.Literal(PASSWORD))
            )
        host_rules = f"host all {ADMIN} 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (folder / "data" / "pg_hba.conf").write_text(host_rules)
        server.control("reload")
        yield server
    finally:
        server.control("-m", "immediate", "stop")
        shutil.rmtree(folder)


def _run(user: str | None, program: str, *arguments: str) -> None:
    subprocess.run(
        [_program(program), *arguments], check=True, user=user, stdout=subprocess.DEVNULL, cwd="/", env=os.environ
    )


def _program(name: str) -> str:
    found = shutil.which(name) or next((str(p) for p in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    if found is None:
        raise RuntimeError(f"no {name}: install Debian's postgresql (make postgres)")
    return found


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

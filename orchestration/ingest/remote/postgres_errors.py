"""What Postgres answers when something is wrong, in words that say what to mend.

Belongs here: that translation. Nothing of a connection URL's text is repeated: a password with a character that a URL
does not take can end up in any part of it. Does not belong here: connecting and reading (`postgres.py`).
"""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from orchestration.errors import AndonError
from orchestration.ingest.remote.declared import Postgres, PostgresTable
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import SourceError, SourceUnavailableError

URL_FORM = "postgresql://user:password@host:5432/database"
# Told by libpq in words only: a failed connection carries no SQLSTATE.
REFUSED_LOGIN = {
    "password authentication failed": "correct user or password in {variable} (its special characters percent-encoded)",
    "no password supplied": "put the password into {variable}",
    "no pg_hba.conf entry": "let the server's pg_hba.conf admit this user from this host",
    "does not exist": "correct database or user in {variable}",
    "permission denied for database": "grant connect on the database to this user",
}


def connection_url(source: Postgres, effects: Effects) -> str:
    """The URL, from its variable; its password is masked from now on. Raises SourceError when it is not a URL."""
    url = effects.secret(source.url_env, source.name, "url_env")
    malformed = SourceError(
        f"{source.name}: the value of {source.url_env} is not a connection URL: write {URL_FORM}, with special "
        "characters of the password percent-encoded"
    )
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise malformed from None
    ports = str(parts.get("port", "")).replace(",", "")
    strayed = [name for name in ("host", "dbname") if "@" in str(parts.get(name, ""))]
    if (
        not url.startswith(("postgresql://", "postgres://"))
        or "user" not in parts
        or strayed
        or ports.strip("0123456789")
    ):
        raise malformed
    if password := parts.get("password"):
        effects.keep_secret(str(password))
    return url


def connection_error(source: Postgres, error: psycopg.Error, effects: Effects) -> AndonError:
    """Why the server could not be reached, or did not let us in."""
    text = effects.masked(" ".join(str(error).split()))
    for sign, remedy in REFUSED_LOGIN.items():
        if sign in text:
            return SourceError(f"{source.name}: {text}: {remedy.format(variable=source.url_env)}")
    return SourceUnavailableError(
        f"{source.name}: the database cannot be reached ({text}): check host and port in {source.url_env}, and that "
        "the server runs"
    )


def query_error(source: Postgres, table: PostgresTable, error: psycopg.Error, effects: Effects) -> AndonError:
    """Why a table could not be read."""
    where = f"{source.name}: table {table.table}"
    text = effects.masked(" ".join(str(error).split()))
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return SourceError(f"{where}: {text}: grant select on {table.table} to the user in {source.url_env}")
    if isinstance(error, psycopg.errors.QueryCanceled):
        return SourceUnavailableError(
            f"{where}: the server stopped the query ({text}): raise its statement_timeout for this user, index "
            f"{table.cursor or 'the table'}, or lower window_days"
        )
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return SourceUnavailableError(f"{where}: the connection was lost ({text}): the next pull goes on from here")
    return SourceError(f"{where}: {text}: correct the declaration or the table")

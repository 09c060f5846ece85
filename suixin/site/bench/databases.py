"""Empty databases of a bench, beside that of the tests."""

from urllib.parse import urlsplit

from suixin.site.config import config


def own_database(name: str) -> str:
    """The address of an empty PostgreSQL database of that name; empty when no server answers at SUIXIN_TEST_POSTGRES."""
    try:
        import psycopg
        from psycopg import sql
    except ImportError:
        return ""
    try:
        with psycopg.connect(config.test_postgres, autocommit=True, connect_timeout=3) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.OperationalError:
        return ""
    return urlsplit(config.test_postgres)._replace(path=f"/{name}").geturl()


def server_note(address: str) -> str:
    """Whether PostgreSQL is measured, for the notes of a report."""
    return "在测" if address else f"没有在 {config.test_postgres} 应答,没有测"

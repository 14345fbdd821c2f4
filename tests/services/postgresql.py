"""A PostgreSQL of one's own. Its programs refuse to run as root: then `nobody` runs them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.services.processes import Server, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEBIAN = "/usr/lib/postgresql"
_USER = "postgres"


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs, on PATH or where Debian puts them, newest release first."""
    releases = sorted(Path(_DEBIAN).glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, releases)]))
    assert found, f"PostgreSQL's {name} is not installed: run `make services`"
    return found


@contextmanager
def running_postgresql() -> Iterator[str]:
    """A fresh cluster; gives SQLAlchemy's URI of its database."""
    user = "nobody" if os.geteuid() == 0 else None
    # Not below pytest's own folder, which is closed to other users.
    with tempfile.TemporaryDirectory(prefix="weighbridge-postgresql-") as name:
        folder = Path(name)
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        subprocess.run(
            [program("initdb"), "-D", name + "/data", "-U", _USER, "--auth=trust", "--no-sync", "--encoding=UTF8"],
            cwd=folder,
            user=user,
            extra_groups=() if user else None,
            check=True,
            capture_output=True,
        )
        (port,) = free_ports(1)
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        given = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        server = Server(
            [program("postgres"), "-D", f"{name}/data", "-p", str(port), *given],
            folder / "log",
            lambda: "ready to accept connections" in (folder / "log").read_text(errors="replace"),
            user=user,
            ending=signal.SIGINT,
        )
        server.start()
        try:
            yield f"postgresql+psycopg://{_USER}@127.0.0.1:{port}/{_USER}"
        finally:
            server.kill()

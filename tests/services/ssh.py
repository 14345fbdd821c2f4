"""A real SSH server with SFTP: asyncssh, in this process, on the loopback interface."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncssh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """A server that shows one folder as its root.

    Args:
        port: Where it listens.
        folder: What it shows.
        key: The private key of who may log in.
        known_hosts: A file that vouches for its host key.
        connections: Of those who logged in.
        loop: Where it runs.
    """

    port: int
    folder: Path
    key: Path
    known_hosts: Path
    connections: list[Any]
    loop: asyncio.AbstractEventLoop

    def cut(self) -> None:
        """Break every connection, as a network does."""

        async def cut() -> None:
            for connection in self.connections:
                connection.abort()
            self.connections.clear()

        asyncio.run_coroutine_threadsafe(cut(), self.loop).result(timeout=30)


@contextmanager
def running_ssh(folder: Path) -> Iterator[Machine]:
    """A server; it ends with the context."""
    shown = folder / "root"
    shown.mkdir()
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    user_key = asyncssh.generate_private_key("ssh-ed25519")
    user_key.write_private_key(folder / "id")
    user_key.write_public_key(folder / "authorized_keys")
    connections: list[Any] = []

    class Door(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)

    def root(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(shown))

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            Door,
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            authorized_client_keys=str(folder / "authorized_keys"),
            sftp_factory=root,
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=30)
    port = server.get_port()
    known = folder / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {host_key.export_public_key().decode()}", encoding="utf-8")

    async def stop() -> None:
        server.close()
        for connection in connections:
            connection.abort()
        await server.wait_closed()

    try:
        yield Machine(port, shown, folder / "id", known, connections, loop)
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()

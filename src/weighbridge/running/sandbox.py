"""A network of its own for a program: nothing is there but the loopback interface (Linux, user_namespaces(7)).

Run as a program, ``python -I sandbox.py FD COMMAND…`` makes the network, hands a listening socket back over the
inherited descriptor, waits for the environment and becomes the command. It needs the standard library alone. What a
file can reach stays reachable: a Unix socket in the file system is a file.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import struct
import sys

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1
MAX_BYTES = 16 << 20
_WORD = 4096
_UNSHARED = b"unshared"


def _unshare() -> None:
    """Leave this process's users and network for new ones, without any yet.

    Raises:
        OSError: The system does not let this user make namespaces.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(NEW_USER | NEW_NETWORK):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def keep_users(process: int) -> None:
    """Give a process that has left for new namespaces the users that it had; for whoever started it.

    The superuser keeps all users, so that files stay whose they are; anybody else may map only themselves.

    Raises:
        OSError: The system does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    if user:
        _write(process, "setgroups", "deny")
    _write(process, "uid_map", f"{user} {user} 1" if user else _kept("uid_map"))
    _write(process, "gid_map", f"{group} {group} 1" if user else _kept("gid_map"))


def _kept(name: str) -> str:
    """The present mapping of users or groups, as one that keeps every number."""
    with open(f"/proc/self/{name}", encoding="ascii") as file:  # noqa: PTH123 - no pathlib: this starts quickly
        rows = [line.split() for line in file]
    return "".join(f"{inside} {inside} {count}\n" for inside, _, count in rows)


def _write(process: int, name: str, text: str) -> None:
    with open(f"/proc/{process}/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - no pathlib: this starts quickly
        file.write(text)


def _raise_loopback() -> None:
    import fcntl  # noqa: PLC0415 - not on every system

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("16xH", fcntl.ioctl(handle, _GET_FLAGS, request))
        fcntl.ioctl(handle, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))


def _listening() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def receive(channel: socket.socket, process: int) -> socket.socket | str:
    """The listening socket from inside a process's new network, or why there is none.

    Args:
        channel: The other end of the descriptor that the process was given.
        process: Its id.
    """
    said = channel.recv(_WORD)
    if said != _UNSHARED:
        return said.decode("utf-8", "replace")
    try:
        keep_users(process)
    except OSError as error:
        return str(error)
    channel.sendall(_UNSHARED)
    data, descriptors, _, _ = socket.recv_fds(channel, _WORD, 1)
    return socket.socket(fileno=descriptors[0]) if descriptors else data.decode("utf-8", "replace")


def send_environment(channel: socket.socket, environment: dict[str, str]) -> None:
    """Let the command start with an environment."""
    data = json.dumps(environment).encode("utf-8")
    channel.sendall(struct.pack("!I", len(data)) + data)


def _environment(channel: socket.socket) -> dict[str, str] | None:
    """What `send_environment` sent; None if whoever started this gave up."""
    with channel.makefile("rb") as file:
        head = file.read(4)
        size = struct.unpack("!I", head)[0] if len(head) == 4 else 0  # noqa: PLR2004 - four bytes
        data = file.read(min(size, MAX_BYTES))
    if not size or len(data) != size:
        return None
    found: dict[str, str] = json.loads(data)
    return found


def main() -> int:
    """Make the network, then become the command."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    command = sys.argv[2:]
    try:
        _unshare()
        channel.sendall(_UNSHARED)
        if channel.recv(_WORD) != _UNSHARED:
            return 1
        _raise_loopback()
        listener = _listening()
    except OSError as error:
        channel.sendall(str(error).encode("utf-8"))
        return 1
    socket.send_fds(channel, [b"ok"], [listener.fileno()])
    listener.close()
    environment = _environment(channel)
    channel.close()
    if environment is None:
        return 1
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - becoming the user's own command is the purpose
    except OSError as error:
        sys.stderr.write(f"weighbridge: {command[0]} can't be started: {error.strerror}\n")
        return 127 if isinstance(error, FileNotFoundError) else 126


if __name__ == "__main__":
    sys.exit(main())

"""Starting and stopping: ports, threads, TLS, and the program to serve folders by hand."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
import trustme
from tests.fakes.hub import FakeHub, lies
from tests.integration.test_hub.wire import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_two_origins_on_loopback_end_with_the_context() -> None:
    with FakeHub() as hub:
        assert port_of(hub.url) != port_of(hub.file_host_url)
        assert not hub.url.endswith("/")
        idle = http.client.HTTPConnection("127.0.0.1", port_of(hub.url), timeout=5)
        idle.request("GET", "/api/whoami-v2")
        idle.getresponse().read()
    assert idle.sock.recv(1) == b""
    idle.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fake ")]


def test_a_stalled_client_does_not_hold_up_the_end() -> None:
    with FakeHub() as hub:
        hub.create_repo("org/tiny").commit({"m.bin": bytes(5 << 20)})
        hub.lies.append(lies.stall(after=10))
        waiting = http.client.HTTPConnection("127.0.0.1", port_of(hub.url), timeout=5)
        waiting.request("GET", "/org/tiny/resolve/main/m.bin")
        response = waiting.getresponse()
        assert response.read(10) == bytes(10)
    response.close()
    waiting.close()


def test_a_mistake_of_the_hub_itself_is_not_silent(tmp_path: Path) -> None:
    vanished = tmp_path / "m.bin"
    vanished.write_bytes(b"1")

    def use() -> None:
        with FakeHub() as hub:
            hub.create_repo("org/tiny").commit({"m.bin": vanished})
            vanished.unlink()
            assert not ask(f"{hub.url}/org/tiny/resolve/main/m.bin").complete

    with pytest.raises(BaseExceptionGroup) as error:
        use()
    assert error.group_contains(FileNotFoundError)


def test_https_with_a_private_authority() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    data = bytes(range(256)) * 20_000
    with FakeHub(ssl_context=server, redirect_files=True) as hub:
        hub.create_repo("org/tiny").commit({"m.bin": data})
        assert hub.url.startswith("https://localhost:")
        sent = ask(f"{hub.url}/org/tiny/resolve/main/m.bin", tls=client)
        assert sent.headers["location"].startswith(f"{hub.file_host_url}/")
        assert ask(sent.headers["location"], tls=client).body == data
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(hub.url, tls=ssl.create_default_context())
        hub.lies.append(lies.truncate(after=100))
        cut = ask(sent.headers["location"], tls=client)
        assert (cut.body, cut.complete) == (data[:100], False)


def test_the_real_client_trusts_the_authority_that_its_environment_names(tmp_path: Path) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with FakeHub(ssl_context=server, redirect_files=True) as hub:
        hub.create_repo("org/tiny").commit({"m.bin": b"weights", "config.json": b"{}"})
        environment = {
            "PATH": os.environ["PATH"],
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "home"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "SSL_CERT_FILE": str(tmp_path / "authority.pem"),
        }
        command = [
            str(Path(sys.executable).with_name("hf")),
            "download",
            "org/tiny",
            "--local-dir",
            str(tmp_path / "local"),
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "local" / "m.bin").read_bytes() == b"weights"


@contextmanager
def program(*arguments: str, reads: int | IO[str] = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.fakes.hub", *arguments]
    with subprocess.Popen(command, stdin=reads, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_the_program_publishes_folders_until_its_input_closes(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "m.bin").write_bytes(b"weights")
    with program("--publish", f"org/tiny={tmp_path}", "--publish", f"gpt2={tmp_path}") as process:
        url = said(process)
        assert ask(f"{url}/org/tiny/resolve/main/sub/m.bin").body == b"weights"
        assert ask(f"{url}/gpt2/resolve/main/sub/m.bin").body == b"weights"
        process.communicate(timeout=20)
        assert process.returncode == 0


def test_the_program_ends_on_sigterm_and_outlives_an_empty_input() -> None:
    with program(reads=subprocess.DEVNULL) as process:
        assert ask(said(process)).status == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_the_program_takes_commands_only_when_asked_to(tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(b"weights")

    def told(process: subprocess.Popen[str], **command: object) -> object:
        assert process.stdin is not None
        process.stdin.write(json.dumps(command) + "\n")
        process.stdin.flush()
        return json.loads(said(process))

    with program("--control", "--publish", f"org/tiny={tmp_path}") as process:
        url = said(process)
        (tmp_path / "n.bin").write_bytes(b"more")
        commit = ask(f"{url}/api/models/org/tiny").json["sha"]
        moved = told(process, do="publish", repo="org/tiny", folder=str(tmp_path))
        assert moved == {"commit": ask(f"{url}/api/models/org/tiny").json["sha"]} != {"commit": commit}
        assert told(process, do="lie", kind="truncate", on="n.bin", after=1) == {"done": True}
        assert ask(f"{url}/org/tiny/resolve/main/n.bin").body == b"m"
        assert told(process, do="honest") == {"done": True}
        assert ask(f"{url}/org/tiny/resolve/main/n.bin").body == b"more"
        assert told(process, do="rename", old="org/tiny", new="org/new") == {"done": True}
        assert ask(f"{url}/api/models/org/tiny").status == 307
        assert told(process, do="delete", repo="org/new") == {"done": True}
        assert told(process, do="delete", repo="org/new") == {"error": "KeyError: 'org/new'"}
        assert told(process, do="dance") == {"error": "no such command"}
        process.communicate(timeout=20)
    with program("--publish", f"org/tiny={tmp_path}") as process:
        url = said(process)
        output, _ = process.communicate(json.dumps({"do": "delete", "repo": "org/tiny"}) + "\n", timeout=20)
        assert output == ""


def test_the_program_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fakes.hub", "--publish", f"org/tiny={tmp_path / 'none'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert "existing folder" in done.stderr

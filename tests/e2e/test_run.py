"""`weighbridge run`: unmodified programs, in processes of their own, see approved bytes only."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.chain import FILES, REPOSITORY, Chain, damage
from tests.e2e.running import FETCH, MISSING, READ, REFUSED, commit, program, records, run
from tests.fakes.signer import FakeSigner

from weighbridge.core.attestation import open_envelope, sign
from weighbridge.signers.verify import verify_signature

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.hub import FakeHub


def test_an_unmodified_program_reads_what_was_approved(approved: Chain) -> None:
    code = READ.replace("COMMIT", repr(commit(approved)))
    assert "read all" in run(approved, code)
    started, ended = sorted(records(approved), key=lambda item: item.ended_at is not None)
    assert started.id == ended.id
    assert (started.exit, ended.exit) == (None, 0)
    assert ended.enforced
    assert ended.program[-1] == "prog.py"
    (given,) = ended.models
    assert (given.name, given.source, given.revision) == ("tiny", f"hf:{REPOSITORY}", commit(approved))
    assert len(given.approvals) == 1


def test_nothing_of_a_run_is_left_but_its_record(approved: Chain) -> None:
    run(approved, "import os; assert os.environ['WEIGHBRIDGE_RUN']; assert os.path.isdir(os.environ['HF_HOME'])")
    assert not list((approved.home / ".cache" / "weighbridge" / "runs").iterdir())
    assert not list(approved.home.glob(".cache/huggingface/**/*.safetensors"))


def test_a_model_that_is_not_approved_is_refused_with_the_command_that_helps(approved: Chain) -> None:
    text = run(approved, MISSING, expect=1)
    advice = "weighbridge add hf:org/other --name other, then weighbridge approve other --stage production"
    assert text.count(f"hf:org/other is not approved in stage production; next: {advice}") >= 2
    assert "LocalEntryNotFoundError" in text
    (ended,) = [item for item in records(approved) if item.ended_at]
    assert [(item.what, item.reason) for item in ended.refusals] == [("hf:org/other", "not-approved")]
    assert ended.exit == 1


def test_a_governed_model_that_waits_is_refused_with_its_own_name(approved: Chain, hub: FakeHub) -> None:
    hub.create_repo("org/other", card={"license": "mit"}).commit(FILES)
    approved.weighbridge("add", "hf:org/other", "--name", "second")
    text = run(approved, MISSING, expect=1)
    assert (
        "hf:org/other is not approved in stage production; next: weighbridge approve second --stage production" in text
    )
    assert "tiny e97f7dfd6338" in text
    found = approved.run("weighbridge", "run", "--model", "second", "--", "true", expect=10)
    assert "second has no approval for production [no-approval]" in found


def test_another_revision_of_an_approved_model_is_refused(approved: Chain) -> None:
    code = f"import huggingface_hub; huggingface_hub.snapshot_download({REPOSITORY!r}, revision='v9')"
    assert f"hf:{REPOSITORY}@v9 is not approved" in run(approved, code, expect=1)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_anywhere_starts_nothing(approved: Chain, name: str) -> None:
    damage(approved.folder() / name)
    text = run(approved, "print('star' + 'ted')", expect=20)
    assert "started" not in text
    assert f"{name}: has other bytes: blake3 " in text
    assert "weighbridge pull tiny" in text
    assert not (approved.root / ".weighbridge" / "runs").exists()


def test_nothing_starts_where_nothing_is_approved(chain: Chain) -> None:
    chain.weighbridge("init")
    chain.let_all_pass()
    chain.add()
    text = run(chain, "print('star' + 'ted')", expect=10)
    assert "nothing is approved for production [nothing-approved]" in text
    assert "started" not in text
    assert "tiny has no approval" in run(chain, "", "--model", "tiny", expect=10)


def test_a_revoked_model_is_gone_at_the_next_start(approved: Chain) -> None:
    approved.weighbridge("revoke", "tiny", "--reason", "backdoor")
    assert "[nothing-approved]" in run(approved, READ, expect=10)


def test_clients_that_know_no_cache_ask_an_endpoint_of_the_run(approved: Chain) -> None:
    assert '{"layers": 6}' in run(approved, FETCH)
    text = run(approved, REFUSED)
    assert "404" in text
    assert "weighbridge add hf:org/other" in text
    refusals = {(item.what, item.reason) for found in records(approved) for item in found.refusals}
    assert any(what == "hf:org/other@main" for what, _ in refusals)


def test_a_changed_byte_is_refused_by_the_endpoint_too(approved: Chain) -> None:
    name = str(approved.folder() / "config.json")
    code = f"""
import os, urllib.error, urllib.request
path = {name!r}
data = open(path, "rb").read()
os.chmod(path, 0o644)
with open(path, "r+b") as file:
    file.write(data.replace(b"6", b"7"))
try:
    urllib.request.urlopen(os.environ["HF_ENDPOINT"] + "/org/tiny/resolve/main/config.json")
except urllib.error.HTTPError as error:
    print(error.code, error.headers["X-Error-Message"])
"""
    text = run(approved, code)
    assert "config.json is not what was pinned: has other bytes: blake3" in text


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import urllib.request; urllib.request.urlopen('https://huggingface.co/a/b')", "huggingface.co"),
        ("import socket; socket.create_connection(('cdn-lfs.hf.co', 443))", "cdn-lfs.hf.co"),
        (
            "import urllib.request; urllib.request.urlopen('https://github.com/pytorch/vision/zipball/main')",
            "github.com/pytorch/vision",
        ),
    ],
)
def test_the_way_round_is_refused_and_explained(approved: Chain, code: str, what: str) -> None:
    text = run(approved, code, expect=1)
    assert "WeighbridgeRefusal" in text
    assert f"weighbridge: {what} may not be " in text
    assert any(item.what == what for found in records(approved) for item in found.refusals)


def test_code_that_nobody_approved_does_not_run(approved: Chain) -> None:
    code = """
import os, runpy, sys
folder = os.path.join(os.environ["HF_HOME"], "modules", "transformers_modules", "org", "x")
os.makedirs(folder)
with open(os.path.join(folder, "modeling.py"), "w") as file:
    file.write("print('ran ' + 'it')")
runpy.run_path(os.path.join(folder, "modeling.py"))
"""
    text = run(approved, code, expect=1)
    assert "ran it" not in text
    assert "is a model's code and is not approved" in text


def test_report_only_lets_pass_and_tells(approved: Chain, hub: FakeHub) -> None:
    hub.create_repo("org/other").commit({"config.json": b"{}"})
    report = approved.root / "report.json"
    text = run(approved, MISSING + "print('passed')", "--report-only", "--report", str(report))
    assert "passed" in text
    assert "weighbridge: would refuse hf:org/other [not-approved]" in text
    told = json.loads(report.read_text())
    assert told["deployment"]["enforced"] is False
    assert told["deployment"]["refusals"] == [{"what": "hf:org/other", "reason": "not-approved"}]
    damage(approved.folder() / "config.json")
    assert "would refuse tiny [bytes-differ]" in run(approved, "", "--report-only")


def test_exit_codes_are_the_program_s(approved: Chain) -> None:
    assert run(approved, "raise SystemExit(42)", "--quiet", expect=42) == ""
    run(approved, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", expect=128 + 9)
    text = approved.weighbridge("run", "--", "no-such-program", expect=2)
    assert "no program 'no-such-program' [no-command]" in text
    assert "unknown-stage" in approved.weighbridge("run", "--stage", "nowhere", "--", "true", expect=2)


def test_a_signal_reaches_the_program(approved: Chain) -> None:
    code = """
import signal, sys, time
def on(number, frame):
    print("got", number, flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, on)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""
    command = ["weighbridge", "run", "--", sys.executable, program(approved, code)]
    process = subprocess.Popen(command, cwd=approved.root, env=approved.environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "got 15\n"
    assert process.wait() == 7
    (ended,) = [item for item in records(approved) if item.ended_at]
    assert ended.exit == 7


def test_a_killed_run_has_left_its_first_word(approved: Chain) -> None:
    command = ["weighbridge", "run", "--", sys.executable, "-c", "print('ready', flush=True); input()"]
    process = subprocess.Popen(
        command, cwd=approved.root, env=approved.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    with process.stdout, process.stdin:
        assert process.stdout.readline() == "ready\n"
        process.kill()
        process.wait()
    (started,) = records(approved)
    assert started.exit is None
    told = approved.json("audit", "--deployment", started.id[:12])
    (item,) = told["deployments"]
    assert (item["deployment"]["state"], item["problems"]) == ("started", [])
    assert [model["name"] for model in told["models"]] == ["tiny"]


def test_a_record_that_somebody_else_signed_is_told_and_refused(approved: Chain, tmp_path: Path) -> None:
    run(approved, "print('hello')")
    runs = approved.root / ".weighbridge" / "runs"
    runs.rename(tmp_path / "copied")
    assert approved.json("audit", "tiny")["deployments"] == []
    elsewhere = ["--runs", str(tmp_path / "copied")]
    (item,) = approved.json("audit", "tiny", *elsewhere)["deployments"]
    assert (item["deployment"]["exit"], item["problems"]) == (0, [])
    stranger = FakeSigner("stranger")
    for path in (tmp_path / "copied").iterdir():
        path.write_bytes(sign(open_envelope(path.read_bytes(), {}, verify_signature).statement, stranger))
    text = approved.run("weighbridge", "audit", "--deployment", item["deployment"]["run"], *elsewhere, expect=20)
    assert "problem nobody trusted signed the record" in text


def test_without_a_key_nothing_starts_unless_no_record_is_asked_for(approved: Chain) -> None:
    shutil.rmtree(approved.home / ".config" / "weighbridge" / "keys")
    assert "started" not in run(approved, "print('star' + 'ted')", expect=1)
    assert "started" in run(approved, "print('star' + 'ted')", "--no-record")
    assert not (approved.root / ".weighbridge" / "runs").exists()


def test_a_program_in_a_bare_environment_sees_the_same(approved: Chain, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    code = FETCH + "\nimport importlib.util\nprint(importlib.util.find_spec('weighbridge'))"
    text = run(approved, code, python=str(bare / "bin" / "python"))
    assert '{"layers": 6}' in text
    assert "None" in text


def test_an_isolated_python_has_the_environment_and_no_explanations(approved: Chain) -> None:
    code = MISSING.replace("import huggingface_hub", "import os, huggingface_hub\nprint(os.environ['HF_HUB_OFFLINE'])")
    done = approved.run("weighbridge", "run", "--", sys.executable, "-I", program(approved, code), expect=1)
    assert "LocalEntryNotFoundError" in done
    assert "is not approved" not in done


def test_the_sitecustomize_of_the_environment_still_runs(approved: Chain) -> None:
    folder = approved.root / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("print('mine too')")
    command = ["weighbridge", "run", "--", sys.executable, program(approved, "print('after')")]
    text = approved.run(*command, extra={"PYTHONPATH": str(folder)})
    assert text.splitlines()[-2:] == ["mine too", "after"]


def _has_namespaces() -> bool:
    probe = "import ctypes; raise SystemExit(ctypes.CDLL(None).unshare(0x10000000 | 0x40000000) != 0)"
    return subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


def test_a_sandbox_has_the_endpoint_and_no_other_network(approved: Chain) -> None:
    code = (
        FETCH
        + """
import socket
print([name for _, name in socket.if_nameindex()])
with socket.socket() as probe:
    print("outside:", probe.connect_ex(("127.0.0.1", int(sys.argv[1]))))
"""
    )
    with socket_outside() as port:
        command = ["weighbridge", "run", "--sandbox", "--", sys.executable, program(approved, code), str(port)]
        if not _has_namespaces():
            assert "[no-sandbox]" in approved.run(*command, expect=1)
            return
        text = approved.run(*command)
    assert '{"layers": 6}' in text
    assert "['lo']" in text
    assert "outside: 0" not in text
    assert approved.run("weighbridge", "run", "--sandbox", "--", "sh", "-c", "exit 9", expect=9)


def socket_outside() -> Any:
    """A port of this machine's own loopback that answers."""
    from contextlib import contextmanager  # noqa: PLC0415 - here alone
    from socket import create_server  # noqa: PLC0415 - here alone

    @contextmanager
    def listening() -> Any:
        with create_server(("127.0.0.1", 0)) as server:
            yield server.getsockname()[1]

    return listening()

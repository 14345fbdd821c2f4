"""Publisher: whose OpenSSF model signature (OMS 1.0) a model carries, by the stock program `model_signing`.

The program runs as other scanners do, out of this process and without network. A signature says itself which files it
ignores, and the program obeys: here it counts only if it covers every file but those of Git and itself. Keyless
signatures need a network and are not looked at. Whether a signature is asked for is the policy's to say.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.checks.scanners.program import LAUNCH, PROGRAM_LIMITS
from weighbridge.checks.worker_process import clean_environment
from weighbridge.core.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.checks.limits import Limits

SIGNATURE: Final = "model.sig"
MAX_SIGNATURE_BYTES: Final = 64 << 20
# What the program leaves out by default, and what means nothing to a loader.
_GIT: Final = (".gitattributes", ".gitignore", ".git/", ".github/")


class Publishers:
    """Keys and certificates of publishers, and the program that verifies with them.

    Args:
        publishers: PEM public keys or certificates, as the policy names them.
        program: The program; None for beside this Python.
        limits: What it may use.
    """

    def __init__(
        self, publishers: Sequence[str] = (), program: Path | None = None, limits: Limits = PROGRAM_LIMITS
    ) -> None:
        self._publishers = {next(iter(Rules(publishers=(text,)).publisher_ids)): text for text in publishers}
        self._program = (program or Path(sys.executable).with_name("model_signing")).absolute()
        self._limits = limits

    @property
    def ids(self) -> tuple[str, ...]:
        """``sha256:`` and the SHA-256 of each key or certificate, sorted."""
        return tuple(sorted(self._publishers))

    def signed(self, folder: Path, files: Mapping[str, int]) -> tuple[str, ...]:
        """Ids of the publishers whose signature of all these files is good; none if anything goes wrong.

        Args:
            folder: The model's folder, which holds these files and nothing else.
            files: Size in bytes by path.
        """
        if not 0 < files.get(SIGNATURE, 0) <= MAX_SIGNATURE_BYTES or not self._program.is_file():
            return ()
        seconds = self._limits.seconds(sum(files.values()))
        good = [known for known, text in self._publishers.items() if self._verifies(folder, text, seconds)]
        # Only a signature that is genuine is read, so that its bytes are those of somebody known.
        return tuple(sorted(good)) if good and covers(folder / SIGNATURE, files) else ()

    def _verifies(self, folder: Path, publisher: str, seconds: float) -> bool:
        limits = asdict(self._limits) | {"base_seconds": seconds}
        how = ("certificate", "--certificate_chain") if "CERTIFICATE" in publisher else ("key", "--public_key")
        with tempfile.TemporaryDirectory(prefix="weighbridge-", ignore_cleanup_errors=True) as home:
            pem = Path(home, "publisher.pem")
            pem.write_text(publisher, encoding="ascii")
            asked = ["verify", how[0], "--signature", str(folder / SIGNATURE), how[1], str(pem)]
            # Our folders may hold links into the cache; what they lead to was hashed.
            asked += ["--allow_symlinks", str(folder)]
            try:
                done = subprocess.run(  # noqa: S603 - no shell; a fixed program
                    [*LAUNCH, json.dumps(limits), str(self._program), *asked],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd=home,
                    env=clean_environment(home),
                    timeout=seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return False
        return done.returncode == 0


def covers(signature: Path, files: Mapping[str, int]) -> bool:
    """Whether a signature names every file, those of Git and itself aside.

    Args:
        signature: A signature whose genuineness was verified.
        files: Size in bytes by path.
    """
    try:
        envelope = json.loads(signature.read_bytes())["dsseEnvelope"]
        predicate = json.loads(base64.b64decode(envelope["payload"], validate=True))["predicate"]
        whole = predicate["serialization"]["method"] == "files"
        named = {str(item["name"]) for item in predicate["resources"]}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False
    return whole and all(path in named or path == SIGNATURE or path.startswith(_GIT) for path in files)

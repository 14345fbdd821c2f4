"""Where a reference to a registry leads: host, repository, and a tag or digest.

Grammar: OCI distribution specification 1.1, "Pulling manifests"; the host as Docker reads it. Nothing is asked here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.core.digest import is_digest
from weighbridge.core.errors import UsageError
from weighbridge.core.origin import matches
from weighbridge.sources._plain_http import is_loopback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.ref import Ref

DEFAULT_TAG = "latest"
_MAX_REPOSITORY = 255
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
# Docker Hub answers at another host than the one that people write.
_ANSWERING = {"docker.io": "registry-1.docker.io"}
_OTHER_SPELLINGS = frozenset({"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


@dataclass(frozen=True, slots=True)
class Place:
    """One artifact of a registry.

    Args:
        host: Host and port, as written.
        repository: Its path in the registry.
        reference: A tag, or ``sha256:<64 hex>``.
    """

    host: str
    repository: str
    reference: str

    @property
    def name(self) -> str:
        """Host and repository, as a reference has them."""
        return f"{self.host}/{self.repository}"

    @property
    def answering(self) -> str:
        """The host that is asked."""
        return _ANSWERING.get(self.host, self.host)


def place_of(ref: Ref) -> Place:
    """What a reference names; without a revision, the tag ``latest``.

    Raises:
        UsageError: It names no place in a registry, or not by its one spelling (code ``bad-ref``).
    """
    host, slash, repository = ref.name.partition("/")
    if not slash or not is_host(host):
        raise _bad(f"oci:{ref.name} names no registry", "write oci:HOST/REPOSITORY:TAG, the host in small letters")
    if len(repository) > _MAX_REPOSITORY or not _REPOSITORY.fullmatch(repository):
        raise _bad(f"{repository!r} is no repository of a registry", "write small letters, digits and single . _ - /")
    if host in _ANSWERING and "/" not in repository:
        raise _bad(f"oci:{ref.name} leaves out a part", f"write oci:{host}/library/{repository}")
    reference = ref.revision or DEFAULT_TAG
    if ref.part is not None or not (is_digest(reference) or _TAG.fullmatch(reference)):
        raise _bad(f"{reference!r} is neither a tag nor a SHA-256", "write @sha256: and 64 digits, or a tag")
    return Place(host, repository, reference)


def is_host(host: str) -> bool:
    """Whether a text is a host as references spell it: no port 443, and never a bare word but ``localhost``."""
    if not _HOST.fullmatch(host) or ".." in host or host.endswith(":443") or host.partition(":")[0] in _OTHER_SPELLINGS:
        return False
    return any(mark in host for mark in ".:") or host == "localhost"


def base_url(place: Place, allowed: Sequence[str]) -> str:
    """Where a repository answers: by TLS, but for this machine and for what a pattern ``http://…`` names.

    Args:
        place: The repository.
        allowed: Patterns of sources that the policy allows.
    """
    plain = f"http://{place.name}"
    named = any(matches(plain, pattern) for pattern in allowed if pattern.startswith("http:"))
    scheme = "http" if named or is_loopback(urlsplit(f"//{place.answering}").hostname or "") else "https"
    return f"{scheme}://{place.answering}/v2/{place.repository}"


def _bad(message: str, hint: str) -> UsageError:
    return UsageError(message, code="bad-ref", hint=hint)

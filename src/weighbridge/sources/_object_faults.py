"""What the libraries of object stores raise, turned into our errors.

They share no root: botocore, aiohttp, google-auth, azure-core and asyncssh each have their own, and none of them is
imported here. So errors are told by the names of their classes, by an HTTP status where they carry one, and else by
what Python's own `OSError` says. No text of a server goes into a message: it may hold a signed address.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.core.errors import AccessError, NotFoundError, SourceError, WeighbridgeError
from weighbridge.sources._retry import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.sources._object_place import Place

_MISSING = frozenset({"FileNotFoundError", "ResourceNotFoundError", "SFTPNoSuchFile"})
_NO_ACCESS = frozenset(
    {
        *("PermissionError", "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"),
        *("ProfileNotFound", "TokenRetrievalError", "SSOTokenLoadError", "UnauthorizedSSOTokenError"),
        *("DefaultCredentialsError", "RefreshError", "ClientAuthenticationError"),
        *("PermissionDenied", "SFTPPermissionDenied", "KeyImportError"),
    }
)
_NO_TLS = frozenset({"SSLError", "ClientConnectorCertificateError", "ClientConnectorSSLError"})
_UNREACHABLE = frozenset(
    {
        *("EndpointConnectionError", "ConnectTimeoutError", "ClientConnectorError", "gaierror"),
        *("ConnectionRefusedError", "ServiceRequestError"),
    }
)
_BROKEN = frozenset(
    {
        *("ConnectionError", "TimeoutError", "EOFError", "IncompleteReadError", "ReadTimeoutError"),
        *("HTTPClientError", "ConnectionClosedError", "ResponseStreamingError", "ClientPayloadError"),
        *("ClientConnectionError", "ServiceResponseError", "ConnectionLost", "DisconnectError", "SFTPConnectionLost"),
        *("SFTPNoConnection", "ChannelOpenError", "ProxyError"),
    }
)
_BUSY = frozenset({errno.EBUSY, getattr(errno, "EREMOTEIO", errno.EIO)})
_FORBIDDEN, _GONE, _WAIT = frozenset({401, 403}), frozenset({404, 410}), frozenset({408, 429})
_SERVER_ERROR = 500
_LOGIN = {
    "s3": "check AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may list and get here",
    "gs": "run `gcloud auth application-default login`, or let GOOGLE_APPLICATION_CREDENTIALS name a key file",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or `az login`",
    "ssh": "check the user, ssh-agent and ~/.ssh/config: `ssh HOST` must work without asking",
}


@contextmanager
def faults(place: Place) -> Iterator[None]:
    """Let any error of a library leave as ours.

    Raises:
        NotFoundError: There is no such bucket, object or path (code ``repository-missing``).
        AccessError: No login, or one that may not (code ``private``).
        SourceError: TLS or the host's key is not trusted (codes ``tls``, ``host-key``), or the answer makes no sense
            (code ``bad-answer``).
        TransientError: The host can't be reached, the connection broke, or the server asks to come again.
    """
    try:
        yield
    except (WeighbridgeError, TransientError):
        raise
    except Exception as error:  # noqa: BLE001 - their errors have no other root
        raise _translated(place, error) from None


def status_of(error: BaseException) -> int:
    """The HTTP status that an error or its cause carries; 0 if none does."""
    for item in (error, error.__cause__):
        response = getattr(item, "response", None)
        said = response.get("ResponseMetadata") if isinstance(response, dict) else None
        found = said.get("HTTPStatusCode") if isinstance(said, dict) else None
        for value in (found, *(getattr(item, name, None) for name in ("status_code", "status", "code"))):
            if isinstance(value, int) and not isinstance(value, bool):
                return value
    return 0


def _translated(place: Place, error: Exception) -> Exception:
    names = {kind.__name__ for item in (error, error.__cause__) if item is not None for kind in type(item).__mro__}
    status = status_of(error)
    # gcsfs tells a refusal by its text alone.
    is_refused = isinstance(error, OSError) and str(error).startswith("Forbidden")
    if names & _MISSING or status in _GONE:
        return NotFoundError(
            f"there is no {place}",
            code="repository-missing",
            hint="check bucket, prefix and host; a prefix is one object, or ends where a folder's name ends",
        )
    if "HostKeyNotVerifiable" in names:
        return SourceError(
            f"{place.machine} has a host key that nobody vouched for",
            code="host-key",
            hint=f"ask its owner for the key, then add it to ~/.ssh/known_hosts: ssh-keyscan {place.host}",
        )
    if names & _NO_ACCESS or status in _FORBIDDEN or is_refused:
        return AccessError(
            f"{place} is not for this login, or there is none", code="private", hint=_LOGIN[place.scheme]
        )
    return _of_network(place, error, names, status)


def _of_network(place: Place, error: Exception, names: set[str], status: int) -> Exception:
    if names & _NO_TLS:
        return SourceError(
            f"no trusted TLS connection to the host of {place}",
            code="tls",
            hint="if your company has its own certificate authority, let AWS_CA_BUNDLE or SSL_CERT_FILE name its PEM",
        )
    if names & _UNREACHABLE:
        return TransientError(
            SourceError(
                f"the host of {place} can't be reached",
                code="unreachable",
                hint="check the network, the endpoint and HTTPS_PROXY, then run the command again",
            )
        )
    is_busy = isinstance(error, OSError) and error.errno in _BUSY
    if names & _BROKEN or is_busy or status in _WAIT or status >= _SERVER_ERROR:
        return TransientError(SourceError(f"the connection to {place} broke", code="connection-lost"))
    said = f"the HTTP status {status}" if status else getattr(error, "strerror", None) or type(error).__name__
    return SourceError(
        f"the answer about {place} makes no sense: {said}",
        code="bad-answer",
        hint="check that the endpoint is an object store of this kind, then run the command again",
    )

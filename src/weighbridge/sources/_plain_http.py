"""Without TLS: whom that is asked of all the same, and what everybody else is told."""

from __future__ import annotations

import ipaddress

from weighbridge.core.errors import UsageError


def is_loopback(host: str) -> bool:
    """Whether a host, without a port, is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def without_tls(host: str, hint: str) -> UsageError:
    """The refusal to ask a host without TLS.

    Args:
        host: Who would be asked.
        hint: How the policy may allow it.
    """
    return UsageError(
        f"{host} would be asked without TLS, and anybody on the way could answer", code="plain-http", hint=hint
    )

"""What the environment says about the way to a host: proxies and certificate authorities.

Read at every call, so that a long-lived process sees a change. This module opens no connection.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from weighbridge.core.errors import ConfigError
from weighbridge.sources import _hub_library

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

_T = TypeVar("_T")
_YES = frozenset({"1", "ON", "YES", "TRUE"})
_CA_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def says_yes(variable: str) -> bool:
    """Whether an environment variable is set to a yes, in the spelling of the Hub's clients."""
    return os.environ.get(variable, "").upper() in _YES


def proxy_for(url: str) -> str | None:
    """The proxy's URL for a request, from ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``.

    Raises:
        ConfigError: The proxy is not an ``http://`` or ``https://`` URL.
    """
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - heavy

    target = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(target.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(target.netloc) or _in_a_network(target.hostname or "", proxies.get("no", "")):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if urlsplit(proxy).scheme not in {"http", "https"}:
        raise ConfigError(
            f"the proxy for {target.scheme} is neither an http:// nor an https:// URL",
            code="proxy",
            hint="set HTTPS_PROXY to an HTTP proxy, or name the host in NO_PROXY",
        )
    return proxy


def _in_a_network(host: str, no_proxy: str) -> bool:
    """Whether an address lies in a network that ``NO_PROXY`` names, such as ``10.0.0.0/8``."""
    address = _parsed(ipaddress.ip_address, host)
    networks = (_parsed(ipaddress.ip_network, item.strip()) for item in no_proxy.split(",") if "/" in item)
    return address is not None and any(address in network for network in networks if network is not None)


def _parsed(read: Callable[[str], _T], text: str) -> _T | None:
    try:
        return read(text)
    except ValueError:
        return None


def ca_settings() -> tuple[str, ...]:
    """The values of all variables that `ssl_context` depends on."""
    return tuple(os.environ.get(name, "") for name in _CA_VARIABLES)


def ssl_context() -> ssl.SSLContext:
    """A context that trusts the company's authorities, else those of the system.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` come first, then ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE``.

    Raises:
        ConfigError: A variable names something that can't be read as certificates (code ``tls``).
    """
    import ssl  # noqa: PLC0415 - the command line starts without it

    cert_file, cert_folder, *bundles = ca_settings()
    bundle = next((item for item in bundles if item), "")
    try:
        if bundle and not cert_file and not cert_folder:
            folder, file = (bundle, None) if Path(bundle).is_dir() else (None, bundle)
            return ssl.create_default_context(cafile=file, capath=folder)
        context: ssl.SSLContext = _hub_library.part("utils").httpx.create_ssl_context()
    except OSError as error:
        raise ConfigError(
            f"the certificate authorities that the environment names can't be read: {error.strerror or error}",
            code="tls",
            hint="correct SSL_CERT_FILE, SSL_CERT_DIR or REQUESTS_CA_BUNDLE: a PEM file or a folder of them",
        ) from error
    return context

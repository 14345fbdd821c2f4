from __future__ import annotations

import pytest

from weighbridge.core.errors import ConfigError
from weighbridge.sources import _environment

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("http", "https", "all", "no"):
        for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
            monkeypatch.delenv(name, raising=False)


def test_without_settings_the_way_is_direct() -> None:
    assert _environment.proxy_for("https://hub.example/x") is None


@pytest.mark.parametrize(
    ("variable", "value", "url", "proxy"),
    [
        ("HTTPS_PROXY", PROXY, "https://hub.example", PROXY),
        ("https_proxy", "proxy.example:3128", "https://hub.example", PROXY),
        ("HTTPS_PROXY", PROXY, "http://hub.example", None),
        ("http_proxy", PROXY, "http://hub.example", PROXY),
        ("ALL_PROXY", PROXY, "https://hub.example", PROXY),
        ("HTTPS_PROXY", "https://p:1", "https://hub.example", "https://p:1"),
    ],
)
def test_the_proxy_of_the_scheme_is_taken(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, url: str, proxy: str | None
) -> None:
    monkeypatch.setenv(variable, value)
    assert _environment.proxy_for(url) == proxy


@pytest.mark.parametrize(
    ("exempt", "url", "direct"),
    [
        ("hub.example", "https://hub.example", True),
        (".example", "https://hub.example:8443/x", True),
        ("hub.example:8443", "https://hub.example:8443/x", True),
        ("hub.example:1", "https://hub.example:8443/x", False),
        ("other.example", "https://hub.example", False),
        ("10.0.0.0/8, 192.168.0.0/16", "https://192.168.3.4", True),
        ("10.0.0.0/8", "https://11.0.0.1", False),
        ("fd00::/8", "https://[fd00::1]:8443", True),
        ("fd00::/8", "https://10.0.0.1", False),
        ("10.0.0.0/8", "https://hub.example", False),
        ("nonsense/8,10.0.0.0/8", "https://10.1.1.1", True),
        ("*", "https://hub.example", True),
    ],
)
def test_exempt_hosts_are_reached_directly(
    monkeypatch: pytest.MonkeyPatch,
    exempt: str,
    url: str,
    direct: bool,  # noqa: FBT001 - a parameter
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert _environment.proxy_for(url) == (None if direct else PROXY)


@pytest.mark.parametrize("proxy", ["socks5://p:1080", "ftp://p"])
def test_other_kinds_of_proxies_are_refused(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError) as caught:
        _environment.proxy_for("https://hub.example")
    assert caught.value.code == "proxy"


@pytest.mark.parametrize(("value", "yes"), [("1", True), ("True", True), ("0", False), ("", False), ("no", False)])
def test_a_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, value: str, yes: bool) -> None:  # noqa: FBT001 - a parameter
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    assert _environment.says_yes("HF_HUB_OFFLINE") is yes

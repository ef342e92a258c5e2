"""What is set wrongly about proxies and certificates is named, and exceptions are written so that all understand."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.system.network import network_problem, no_proxy_for

PROXY = {"HTTP_PROXY": "http://proxy:3128"}


@pytest.mark.parametrize(
    "value",
    [
        "socks5://127.0.0.1:1080",
        "SOCKS5H://proxy",
        "http://user:word@proxy:3128",
        "proxy:3128",
        "http://[fd00::1]:1",
        "",
    ],
)
@pytest.mark.parametrize("name", ["ALL_PROXY", "https_proxy"])
def test_proxies_that_can_be_used_are_no_problem(name: str, value: str) -> None:
    assert network_problem({name: value}) is None


@pytest.mark.parametrize("value", ["ftp://proxy:21", "socks4://proxy:1", "http://", "http://proxy:port", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_named(value: str) -> None:
    assert network_problem({"https_proxy": value}) == (
        f"https_proxy is {value}; expected an http, https, socks5 or socks5h address: correct or unset it."
    )


def test_the_password_of_a_proxy_is_not_shown() -> None:
    assert "secret" not in str(network_problem({"ALL_PROXY": "ftp://me:secret@proxy:21"}))


def test_a_certificate_file_that_is_missing_is_named() -> None:
    assert network_problem({"SSL_CERT_FILE": "/none.pem"}) == (
        "SSL_CERT_FILE names /none.pem, and there is no such file: correct or unset it."
    )


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    assert "expected certificates in PEM form" in str(network_problem({"SSL_CERT_FILE": str(tmp_path / "ca.pem")}))


def test_the_certificates_of_this_machine_are_no_problem() -> None:
    found = ssl.get_default_verify_paths().cafile
    assert network_problem({"SSL_CERT_FILE": found} if found else {}) is None


def test_a_folder_of_certificates_that_is_missing_is_named() -> None:
    assert "SSL_CERT_DIR names /none" in str(network_problem({"SSL_CERT_DIR": "/none"}))


def test_where_nothing_is_set_nothing_is_changed() -> None:
    assert no_proxy_for({}) is None


def test_this_machine_never_goes_through_a_proxy() -> None:
    assert no_proxy_for(PROXY) == "localhost,127.0.0.1,::1"


@pytest.mark.parametrize(
    ("net", "url", "host"),
    [
        ("fd00::/8", "http://[fd00::7]:8000/v1", "fd00::7"),
        ("[fd00::]/8", "http://[fd00::7]/v1", "fd00::7"),
        ("10.0.0.0/8", "http://10.1.2.3:8000/v1", "10.1.2.3"),
        ("[::1]/128", "http://example.org", "::1"),
    ],
)
def test_a_network_stands_for_the_hosts_that_lie_in_it(net: str, url: str, host: str) -> None:
    assert host in str(no_proxy_for({**PROXY, "NO_PROXY": net}, [url])).split(",")


@given(
    st.lists(st.sampled_from(["fd00::/8", "::1", "[::1]", "10.0.0.0/8", ".corp", "a.org", "a.org:80", "*", "", " "]))
)
def test_whatever_is_excepted_both_clients_take_it(words: list[str]) -> None:
    bypassed = str(no_proxy_for({**PROXY, "no_proxy": ",".join(words)}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTP_PROXY", "http://proxy:3128")
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, bypassed)
        with httpx.Client() as client, httpx2.Client() as newer:
            assert not (client.is_closed)
            assert not (newer.is_closed)

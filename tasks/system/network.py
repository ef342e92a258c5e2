"""Judge what the environment says about proxies and certificates.

Settings that HTTP clients stumble over with a traceback are named here in a sentence, or written so that all of them
understand: networks in NO_PROXY, which httpx takes for names.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
_SCHEMES = ("http", "https", "socks5", "socks5h")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def network_problem(environ: Mapping[str, str]) -> str | None:
    """Return what is set wrongly, and how to mend it; None where all is well.

    >>> network_problem({"ALL_PROXY": "ftp://proxy:21"})
    'ALL_PROXY is ftp://proxy:21; expected an http, https, socks5 or socks5h address: correct or unset it.'
    """
    for name in (*_PROXIES, *map(str.lower, _PROXIES)):
        value = environ.get(name, "").strip()
        if value and not _is_proxy(value):
            return (
                f"{name} is {_without_password(value)}; expected an http, https, socks5 or socks5h address: "
                "correct or unset it."
            )
    return _certificate_problem(environ)


def no_proxy_for(environ: Mapping[str, str], urls: Iterable[str] = ()) -> str | None:
    """Return NO_PROXY as every HTTP client understands it; None where nothing is set.

    This machine's own addresses never go through a proxy. Networks are replaced by those hosts of `urls` that lie in
    them, whatever their form.

    >>> no_proxy_for({"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "fd00::/8, .corp"}, ["http://[fd00::7]:8000/v1"])
    '.corp,fd00::7,localhost,127.0.0.1,::1'
    """
    if not any(environ.get(name) or environ.get(name.lower()) for name in (*_PROXIES, "NO_PROXY")):
        return None
    given = [word.strip() for word in (environ.get("no_proxy") or environ.get("NO_PROXY") or "").split(",")]
    networks = [network for word in given if (network := _network(word)) is not None]
    names = [word for word in given if word and _network(word) is None]
    hosts = [host for url in urls if (host := _host(url)) and _lies_in(host, networks)]
    alone = [str(network.network_address) for network in networks if network.num_addresses == 1]
    return ",".join(dict.fromkeys((*names, *alone, *hosts, *_THIS_MACHINE)))


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _is_proxy(value: str) -> bool:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        return parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _without_password(value: str) -> str:
    scheme, found, rest = value.rpartition("://")
    return f"{scheme}{found}{rest.rpartition('@')[2]}"


def _certificate_problem(environ: Mapping[str, str]) -> str | None:
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file and not Path(file).is_file():
        return f"SSL_CERT_FILE names {file}, and there is no such file: correct or unset it."
    if folder and not any(Path(one).is_dir() for one in folder.split(":")):
        return f"SSL_CERT_DIR names {folder}, and there is no such folder: correct or unset it."
    if file:
        try:
            ssl.create_default_context(cafile=file)
        except (ssl.SSLError, OSError):
            return f"SSL_CERT_FILE names {file}; expected certificates in PEM form: correct or unset it."
    return None


def _network(word: str) -> Network | None:
    with suppress(ValueError):
        return ipaddress.ip_network(word.replace("[", "").replace("]", ""), strict=False)
    return None


def _host(url: str) -> str:
    with suppress(ValueError):
        return urlsplit(url).hostname or ""
    return ""


def _lies_in(host: str, networks: Iterable[Network]) -> bool:
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        return any(address in network for network in networks)
    return False

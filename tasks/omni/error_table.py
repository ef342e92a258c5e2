"""Classify the service's errors by one table, documented and seen.

Codes come as snake_case, CamelCase or with dots, so they are compared by their letters alone. Where one code means
several things, the message decides.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from config.types import ProviderSpec
from tasks.errors import (
    AccessDenied,
    BadKey,
    BadRequest,
    DownloadFailed,
    InArrears,
    RateLimited,
    ReelsheetError,
    Refused,
    ServiceBusy,
    TooLarge,
    Transient,
    UnknownModel,
    Unreachable,
)

LONGEST_QUOTE = 300  # characters of the server's words that go into a message; some servers echo the whole request

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule is one row of the table; it holds if every given condition holds."""

    kind: type[ReelsheetError]
    codes: str = ""  # regular expression over the whole squeezed code
    words: str = ""  # regular expression searched in the message
    statuses: frozenset[int] = frozenset()

    def holds(self, status: int | None, code: str, message: str) -> bool:
        return (
            (not self.codes or re.fullmatch(self.codes, code) is not None)
            and (not self.words or re.search(self.words, message, re.IGNORECASE) is not None)
            and (not self.statuses or status in self.statuses)
        )


# The first row that holds decides: exact codes and telling words before codes with many meanings, statuses last.
_RULES = (
    _Rule(AccessDenied, words=r"free allocated quota exceeded|free (tier|quota).*(exhausted|exceeded|used up)"),
    _Rule(AccessDenied, codes=r"(model)?accessdenied(unpurchased)?|allocationquotafreetieronly|commoditynotpurchased"),
    _Rule(InArrears, codes=r"arrearage|(prepaid|postpaid)billoverdue"),
    _Rule(BadKey, codes=r"(invalid|incorrect)apikey"),
    _Rule(BadRequest, codes=r"invalidparameterdatainspection"),  # a bad media format, whatever its name suggests
    _Rule(Refused, codes=r"(internalerroralgo)?(input|output)?datainspectionfailed|contentfilter"),
    _Rule(Refused, words=r"(input|output) (data|text) may contain inappropriate content"),
    _Rule(TooLarge, codes=r"requesttoolarge"),
    _Rule(
        TooLarge,
        words=r"file size is too large|exceeded limit on max bytes|file is too long|range of input length should be",
    ),
    # vLLM and SGLang, whose code is the HTTP status. A bound on the answer that is too high is another matter.
    _Rule(BadRequest, words=r"max_(completion_)?tokens'? (or '?max_completion_tokens'? )?is too large"),
    _Rule(
        TooLarge,
        words=r"maximum (context|model) length|(input|prompt).{0,40} (exceeds|is longer than) the maximum",
    ),
    _Rule(DownloadFailed, words=r"failed to download multimodal content|download the media resource timed out"),
    _Rule(UnknownModel, codes=r"modelnot(found|supported|exist)"),
    _Rule(UnknownModel, words=r"\bmodel\b.*\b(not (exist|found|supported)|unknown)", statuses=frozenset({404})),
    _Rule(BadRequest, codes=r"internalerroralgoinvalidparameter"),
    _Rule(RateLimited, codes=r"limitrequests|limitburstrate|throttling\w*|insufficientquota|ratelimitexceeded"),
    _Rule(
        ServiceBusy,
        codes=r"internal(server)?error\w*|systemerror|modelservicefailed|requesttimeout|modelservingerror"
        r"|modelunavailable|service(temporarily)?unavailable",
    ),
    _Rule(BadKey, statuses=frozenset({401})),
    _Rule(InArrears, statuses=frozenset({402})),
    _Rule(AccessDenied, statuses=frozenset({403})),
    _Rule(Unreachable, statuses=frozenset({404, 405, 407, *range(300, 400)})),
    _Rule(TooLarge, statuses=frozenset({413})),
    _Rule(RateLimited, statuses=frozenset({429})),
    _Rule(ServiceBusy, statuses=frozenset({408, 409, 425, *range(500, 600)})),
    _Rule(InArrears, words=r"account is in good standing"),  # the words of Arrearage, under a code of another meaning
    _Rule(BadRequest, codes=r"invalidparameter(error|value)?|invalidrequest(error)?|badrequest(error)?"),
    _Rule(BadRequest, statuses=frozenset(range(400, 500))),
)


def error_from(status: int | None, code: str, message: str, headers: Headers, provider: ProviderSpec) -> ReelsheetError:
    """Return the error that a server's answer means.

    `status` is None for an error frame inside a stream that began well; one that nothing is known about is transient
    there, since the request itself had been accepted. `provider.base_url` is the address that was asked. Media that
    the service cannot fetch are sent at most once more; `x-should-retry: false` forbids every retry.

    >>> from config.catalog import load_catalog
    >>> error_from(429, "", "", {"retry-after": "2"}, load_catalog().providers["dashscope"]).retry_after
    2.0
    """
    status, code = _status_of(status, code), code.strip()
    squeezed = re.sub(r"[^a-z0-9]", "", code.lower())
    rule = next((rule for rule in _RULES if rule.holds(status, squeezed, message)), None)
    kind = rule.kind if rule else ServiceBusy
    should_retry = headers.get("x-should-retry", "").strip().lower()
    if kind is BadRequest and should_retry == "true":
        kind = ServiceBusy
    error = kind(_sentence(kind, status, _quoted(code, message), provider))
    if isinstance(error, DownloadFailed):
        error = error.replace(max_retries=1, transfer="download")
    elif isinstance(error, Transient) and should_retry == "false":
        error = error.replace(max_retries=0)
    if isinstance(error, Transient):
        error = error.replace(retry_after=retry_after(headers))
    return error.replace(status=status, code=code)


def unreachable(provider: ProviderSpec, why: str) -> Unreachable:
    """Return the error for an address where nobody answers, for the reason `why`.

    >>> from config.catalog import load_catalog
    >>> "refused" in str(unreachable(load_catalog().providers["dashscope"], "connection refused"))
    True
    """
    return Unreachable(_sentence(Unreachable, None, f" ({quote(why)})" if why else "", provider))


def no_api(provider: ProviderSpec) -> Unreachable:
    """Return the error for an address where web pages answer.

    >>> from config.catalog import load_catalog
    >>> type(no_api(load_catalog().providers["dashscope"])).__name__
    'Unreachable'
    """
    return Unreachable(_sentence(Unreachable, 200, " (a web page)", provider))


def retry_after(headers: Headers) -> float | None:
    """Return the seconds that the server asks to wait; None: it does not.

    They come as `retry-after-ms`, or as `Retry-After` in seconds or as an HTTP date.

    >>> retry_after({"retry-after-ms": "1500"})
    1.5
    """
    try:
        return max(0.0, float(headers["retry-after-ms"]) / 1000)
    except (KeyError, ValueError):
        pass  # absent or not a number: the plainer header decides
    value = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass  # not seconds: perhaps a date
    try:
        then = parsedate_to_datetime(value).timestamp()
        now = parsedate_to_datetime(headers["date"]).timestamp() if "date" in headers else time.time()
    except ValueError:
        return None
    return max(0.0, then - now)


def address(provider: ProviderSpec) -> str:
    """Return the provider's address as it may be shown.

    That is without user name, password and query.

    >>> from config.catalog import load_catalog
    >>> spec = load_catalog().providers["vllm"].model_copy(update={"base_url": "https://me:key@a.example/v1?k=1"})
    >>> address(spec)
    'https://a.example/v1'
    """
    parts = urlsplit(provider.base_url or "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def quote(words: str) -> str:
    r"""Put the server's words on one line, cut to a readable length.

    >>> quote("Slow\ndown.")
    'Slow down.'
    """
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())
    return line if len(line) <= LONGEST_QUOTE else line[:LONGEST_QUOTE].rstrip() + "…"


def _status_of(status: int | None, code: str) -> int | None:
    """Return the status that means an error; None: it means success or nothing.

    Some servers put the real status into `code`.
    """
    if status is not None and status >= 300:
        return status
    return int(code) if re.fullmatch(r"[45]\d\d", code.strip()) else None


def _quoted(code: str, message: str) -> str:
    words = quote(message).rstrip(".")
    if code and words:
        return f" ({quote(code)}: {words})"
    return f" ({quote(code) or words})" if code or words else ""


def _sentence(kind: type[ReelsheetError], status: int | None, quoted: str, provider: ProviderSpec) -> str:
    where = address(provider)
    key = f"the key in {provider.api_key_env}" if provider.api_key_env else "the key"
    other = f"--provider {provider.other_region}" if provider.other_region else ""
    region = f" Keys are per region; the other one is {other}." if other else ""
    elsewhere = f", or try the other region with {other}" if other else ""
    less = "Choose a scenario with shorter segments or fewer pixels."
    code = f"HTTP {status}" if status else "an error in place of an answer"
    if kind is Unreachable and status:
        return f"{where} is no chat API: it answered HTTP {status}{quoted}. Check the base URL{elsewhere}."
    return {
        BadKey: f"{where} refused {key}{quoted}. Set a valid one.{region}",
        AccessDenied: f"{where} does not let {key} use this model{quoted}. Activate the model or its paid quota there.",
        InArrears: f"The account behind {key} owes money{quoted}. Pay the bill at {provider.title}, then run again.",
        UnknownModel: f"{where} does not know this model{quoted}. Choose another with --model.",
        Unreachable: f"Nobody answers at {where}{quoted}. Check the network and the base URL{elsewhere}.",
        Refused: f"{provider.title} refused this content{quoted}.",
        TooLarge: f"{provider.title} found this segment too large{quoted}. {less}",
        BadRequest: f"{provider.title} did not accept the request: {code}{quoted}.",
        RateLimited: f"{provider.title} asks for fewer requests: {code}{quoted}.",
        ServiceBusy: f"{provider.title} could not answer: {code}{quoted}.",
        DownloadFailed: f"{provider.title} could not fetch the media: {code}{quoted}.",
    }[kind]

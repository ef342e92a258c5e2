"""What the stand-in for the service can be told to do wrong. The documented errors stand in service_errors.py."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tests.support.service_request import Asked


@dataclass(frozen=True)
class HttpError:
    """The service refuses before it answers. `body` replaces the documented error body, for gateways and web pages."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None

    def bearing(self, headers: Mapping[str, str]) -> Self:
        """The same with these headers, such as {"Retry-After": "7"}, `retry-after-ms` or `x-should-retry`."""
        return dataclasses.replace(self, headers={**self.headers, **headers})


@dataclass(frozen=True)
class CutStream:
    """The connection breaks after so many characters; None: after the finish reason, before the usage.

    With `politely` the stream ends as if it were whole.
    """

    after: int | None = 0
    politely: bool = False


@dataclass(frozen=True)
class ErrorFrame:
    """HTTP 200, so many characters, then a frame `{"error": …}`; with `bare`, the vendor's `{"code", "message"}`."""

    code: str
    message: str
    after: int = 20
    bare: bool = False


@dataclass(frozen=True)
class Say:
    """The answer's text, finish reason and reasoning. `Say("")` is the empty answer. `usage` None leaves it out.

    `model` is the name that the answer bears, such as a snapshot's; None: the one that was asked for.
    """

    text: str
    finish_reason: str = "stop"
    reasoning: str = ""
    usage: Mapping[str, Any] | None = field(default_factory=dict)
    model: str | None = None
    speaks: bool = True  # where a spoken answer is wanted


@dataclass(frozen=True)
class Write:
    """The answer is what `make` says about the request and its media. Ready-made ones: service_spoilt.py."""

    make: Callable[[Asked], Say]


@dataclass(frozen=True)
class Slow:
    """A good answer that takes its time: a pause before each piece of it."""

    pause_s: float


@dataclass(frozen=True)
class Stall:
    """A good answer that falls silent after so many characters, and goes on once `until` is set."""

    after: int
    until: threading.Event


@dataclass(frozen=True)
class Wait:
    """The answer begins only after so many seconds, or once `until` is set. The fault told behind it comes then."""

    seconds: float = 0.0
    until: threading.Event | None = None


@dataclass(frozen=True)
class Drop:
    """The connection breaks before a word of HTTP."""


Fault = HttpError | CutStream | ErrorFrame | Say | Write | Slow | Stall | Wait | Drop


class Refusal(Exception):
    """Raised within the stand-in where it refuses a request, with what it answers."""

    def __init__(self, error: HttpError) -> None:
        super().__init__(f"HTTP {error.status} {error.code}: {error.message}")
        self.error = error


def invalid(message: str) -> Refusal:
    """The documented answer to a request that is wrong."""
    return Refusal(HttpError(400, "invalid_parameter_error", message))


@dataclass
class FaultQueue:
    """What will happen to the next requests, in the order of their arrival; then all goes well again."""

    _faults: deque[Fault] = field(default_factory=deque)

    def extend(self, faults: Iterable[Fault]) -> None:
        self._faults.extend(faults)

    def clear(self) -> None:
        self._faults.clear()

    def take(self) -> tuple[Wait, Fault | None]:
        """For one request: how long it waits, and what comes then. A Wait goes with the fault behind it, if any."""
        first = self._faults.popleft() if self._faults else None
        if not isinstance(first, Wait):
            return Wait(), first
        is_alone = not self._faults or isinstance(self._faults[0], Wait)
        return first, None if is_alone else self._faults.popleft()


async def wait_for(wait: Wait) -> None:
    await asyncio.sleep(wait.seconds)
    while wait.until is not None and not wait.until.is_set():
        await asyncio.sleep(0.005)

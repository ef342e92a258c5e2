"""From a request to what is answered: the checks, the look at the media, the reply and its usage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.support.service_answers import good_answer, thinks
from tests.support.service_dialects import Dialect, Strictness
from tests.support.service_families import family_of
from tests.support.service_faults import Fault, Say, Write
from tests.support.service_fetching import Fetcher
from tests.support.service_looking import check_input, usage_of
from tests.support.service_request import Asked, text_of
from tests.support.service_rules import check_shape
from tests.support.service_stream import spoken_s
from tests.support.service_tokens import spoken_tokens
from tests.support.service_uploads import UploadStore

OSS_HEADER = "x-dashscope-ossresourceresolve"


@dataclass(frozen=True)
class Verdict:
    """What is said, and how it is counted. `said_usage` is None where the usage is not sent."""

    reply: Say
    usage: Mapping[str, Any]
    said_usage: Mapping[str, Any] | None


@dataclass(frozen=True)
class Judge:
    """One service's way to read requests."""

    dialect: Dialect
    models: tuple[str, ...]
    strictness: Strictness
    store: UploadStore
    answer: Callable[[Asked], str]

    def asked(self, body: Any, length: int, headers: Mapping[str, str]) -> Asked:
        """The request with what was seen of its media. Raises Refusal for all that is wrong with it. Takes its time."""
        check_shape(body, self.models)
        family = family_of(body["model"])
        self.dialect.check(body, length, family, self.strictness)
        resolve = partial(
            self.store.resolve,
            model=body["model"],
            account=headers.get("authorization", ""),
            header=headers.get(OSS_HEADER),
        )
        return Asked(body, self.dialect.looker(family).look(body, Fetcher(resolve)))

    def verdict(self, asked: Asked, fault: Fault | None) -> Verdict:
        """What is said to it, where the fault is about what is said. Raises Refusal for too much input."""
        if isinstance(fault, Say):
            reply = fault
        else:
            reply = fault.make(asked) if isinstance(fault, Write) else good_answer(asked, self.answer(asked))
        family = family_of(asked.body["model"])
        speaks = "audio" in (asked.body.get("modalities") or ())
        usage = usage_of(
            asked.seen,
            [text_of(message) for message in asked.body["messages"]],
            written=len(reply.text) // 4,
            thought=len(reply.reasoning) // 4,
            spoken=spoken_tokens(spoken_s(reply.text), family) if speaks else None,
        )
        if self.dialect.is_documented:
            check_input(usage["prompt_tokens"], family, thinking=thinks(asked.body))
        wanted = (asked.body.get("stream_options") or {}).get("include_usage") is True
        said = self.dialect.usage(reply.usage or usage) if wanted and reply.usage is not None else None
        return Verdict(reply, usage, said)

"""Make identities that are the same on any machine.

The same bytes, scenario, prompt, model and settings give the same ids. An id is the first 32 hex digits of the
SHA-256 of a canonical JSON. What does not change an answer is not hashed: the address and key of the provider,
concurrency, the dataset, the names of files. A setting that is off is left out, so that a setting added later asks
nothing again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from tasks.records import Question, Span

_DIGITS = 32


def canonical_json(value: object) -> str:
    """Return `value` as JSON with sorted keys and without spaces.

    One value has one text.

    >>> canonical_json({"b": 1, "a": None})
    '{"a":null,"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def analysis_id(
    *, media_id: str, scenario: str, question: Question, provider: str, model: str, params_json: str
) -> str:
    """Return the identity of an analysis.

    It is that of a recording x scenario x prompt x model x provider x what the model is shown. The prompt counts by
    its text, so that renaming its file asks nothing again. `params_json` is canonical JSON.

    >>> question = Question("ask", prompt_sha256="5f", instruction="Who?", answer="text", language="auto")
    >>> asked = {"scenario": "quick", "question": question, "provider": "local", "params_json": "{}"}
    >>> analysis_id(media_id="m1", model="a", **asked) == analysis_id(media_id="m1", model="b", **asked)
    False
    """
    return _digest(
        {
            "media_id": media_id,
            "scenario": scenario,
            "prompt_sha256": question.prompt_sha256,
            "instruction": question.instruction,
            "language": question.language,
            "provider": provider,
            "model": model,
            "params": params_json,
        }
    )


def segment_id(analysis_id: str, span: Span) -> str:
    """Return the identity of a span of an analysis.

    The span is as planned; the bytes that ffmpeg made don't count.

    >>> segment_id("a1", Span(0, 60_000))
    '391abacbfc3f6b3a2d95382ad4aaa857'
    """
    return _digest({"analysis_id": analysis_id, "start_ms": span.start_ms, "end_ms": span.end_ms})


def finding_id(
    analysis_id: str, source: str, label: str, span: Span | None, segment_id: str, member_seq: int | None = None
) -> str:
    """Identify a finding by what it says is there.

    Never by how it is judged, so that reviews of it hold under another policy.

    >>> len(finding_id("a", "model", "hate", Span(0, 1000), "s"))
    32
    """
    times = None if span is None else [span.start_ms, span.end_ms]
    where: dict[str, object] = {"segment_id": segment_id} if span is None else {}
    where |= {} if member_seq is None else {"member_seq": member_seq}
    return _digest({"analysis_id": analysis_id, "source": source, "label": label, "times": times, **where})


def recording_item_id(media_id: str, policy: str) -> str:
    """Identify a whole recording as a thing to review under a policy.

    It looks like a finding's.

    >>> len(recording_item_id("ab" * 32, "default"))
    32
    """
    return _digest({"media_id": media_id, "policy": policy})


def review_id(item_id: str, reviewer: str, decision: str, decided_at: str) -> str:
    """Identify a reviewer's act on an item at a moment, which is ISO 8601 in UTC.

    >>> len(review_id("f1", "ada", "reject", "2026-11-28T12:00:00+00:00"))
    32
    """
    return _digest({"item_id": item_id, "reviewer": reviewer, "decision": decision, "decided_at": decided_at})


def translation_id(*, lines: Sequence[str], language: str, words: str, terms: Mapping[str, str], model: str) -> str:
    """Return the identity of a translation.

    It is that of what is said, and of how its translation is asked for.

    `words` are the prompt's, `terms` those of the user's glossary, `model` is named with its provider.

    >>> asked = {"language": "de", "words": "Translate.", "terms": {}, "model": "dashscope/a"}
    >>> translation_id(lines=["Yes."], **asked) == translation_id(lines=["Yes."], **{**asked, "terms": {"yes": "ja"}})
    False
    """
    return _digest({"lines": list(lines), "language": language, "words": words, "terms": dict(terms), "model": model})


def translation_request_id(analysis_id: str, translation_id: str, question: str, number: int) -> str:
    """Return the name of one request of a translation.

    It begins with that of the analysis.

    `number` says the how-manyth time the question is put.

    >>> translation_request_id("a1", "t1", "Translate: …", 1)
    'a1.translation-7dcb330a0a6c17d7'
    """
    digest = _digest({"translation_id": translation_id, "question": question, "number": number})
    return f"{analysis_id}.translation-{digest[:16]}"


def _digest(value: object) -> str:
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()[:_DIGITS]

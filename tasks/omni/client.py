"""Ask the model: each question ends in an Answer, or in what stops the run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from config.types import ModelSpec, ProviderSpec
from tasks.errors import (
    ConnectionLost,
    Interrupted,
    MediaError,
    OverBudget,
    ReelsheetError,
    Refused,
    RunStopped,
    SegmentError,
    TooLarge,
    Transient,
)
from tasks.omni.budget_guard import BudgetGuard
from tasks.omni.conversation import Turn, conversation
from tasks.omni.error_table import address, unreachable
from tasks.omni.json_fields import well_formed
from tasks.omni.limiter import Limiter
from tasks.omni.messages import build_request
from tasks.omni.parts import File, MediaSource, Medium, of_clip, sources, with_sources
from tasks.omni.retry import RetryPolicy, retrying
from tasks.omni.stream import Listener, Reply
from tasks.omni.upload import is_transfer_failure
from tasks.omni.voice import VoiceFile
from tasks.omni.wire import Endpoint, Wire
from tasks.planning.modes import TEXT, Modes
from tasks.planning.rate import RateLimits
from tasks.records import Answer, Call, Clip, Transport

_DEFAULT_RETRIES = RetryPolicy()


class OmniClient:
    """A client asks one model at one address, for many threads at once.

    Without a `limiter` nothing waits for its turn. A `listener` hears the answers while they come, so it is for one
    question at a time. Raises UsageError for an address that is none, BadKey for a key that
    cannot be sent.
    """

    def __init__(
        self,
        provider: ProviderSpec,
        model: ModelSpec,
        endpoint: Endpoint,
        *,
        retries: RetryPolicy = _DEFAULT_RETRIES,
        limiter: Limiter | None = None,
        budget: BudgetGuard | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._provider = provider.model_copy(update={"base_url": endpoint.base_url})
        self._model = model
        self._retries = retries
        self._limiter = limiter or Limiter(RateLimits(), longest_pause_s=0.0)
        self._budget = budget or BudgetGuard()
        self._wire = Wire(self._provider, endpoint.api_key, endpoint.timeouts, endpoint.kept)
        self._listener = listener
        self._lock = threading.Lock()
        self._halted = threading.Event()
        self._halt_error: ReelsheetError | None = None
        self._reached = threading.Event()

    def __repr__(self) -> str:
        return f"OmniClient({self._model.name} at {address(self._provider)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(
        self,
        clip: Clip,
        instruction: str,
        max_tokens: int | None = None,
        *,
        media: tuple[Medium, ...] | None = None,
        modes: Modes = TEXT,
        voice_path: Path | None = None,
        earlier: Sequence[Turn] = (),
    ) -> Answer:
        """Ask about `clip` until there is an answer, or a reason why there is none.

        `media` are shown in place of the clip's own file; the clip still says which segment is asked about. A spoken
        answer is written to `voice_path`, which `modes.voice` needs, and is there only if the answer has
        `voice_path`. `earlier` are the turns about the same media before: then `instruction` continues that
        conversation.

        Errors of the service, the network and the clip become an Answer with an outcome. Raises RunStopped where the
        provider refuses or was never reached, OverBudget where a request would cost more than is left, and halts the
        client with it; raises the halting error once halted. Its `calls` are those that this question sent.
        """
        if (modes.voice is None) != (voice_path is None):
            raise ValueError("A voice and the path of its file are given together, or neither of them.")
        calls: list[Call] = []
        broken: list[Reply] = []  # replies that ended in an error
        media = of_clip(clip) if media is None else media

        def attempt() -> Reply:
            if self._halted.is_set():
                raise self._halting_error(calls)
            with self._budget.paying(clip.segment.tokens, self._halted) as bill:
                turns = conversation(self._on_their_way(media, clip.transport), instruction, earlier)
                request = build_request(self._provider, self._model, turns, modes, max_tokens)
                sent = self._limiter.start(clip.segment.tokens.input + clip.segment.tokens.output, self._halted)
                if sent is None:
                    raise self._halting_error(calls)
                number, voice = len(calls) + 1, self._voice(voice_path)
                exchange = self._wire.send(request, self._model.name, number, voice, self._listener)
                calls.append(exchange.call)
                bill.pay(exchange.call)
            self._limiter.finish(sent, exchange.call, exchange.error)
            if exchange.answered:
                self._reached.set()
            if exchange.error is not None:
                broken.append(exchange.reply)
                self._forget_uploads(media, exchange.error)
                raise exchange.error
            return exchange.reply

        try:
            try:
                reply: Reply = retrying(self._retries, self._halted, self._reached)(attempt)
            except ReelsheetError as error:
                if clip.transport != "upload" or not is_transfer_failure(error) or self._halted.is_set():
                    raise
                clip = replace(clip, transport="base64")  # too large for it, as a rule: then it will be halved
                reply = retrying(self._retries, self._halted, self._reached)(attempt)
        except (SegmentError, MediaError) as error:
            return _no_answer(clip, error, calls, broken)
        except Transient as error:
            if isinstance(error, ConnectionLost) and error.never_connected and not self._reached.is_set():
                self.halt(unreachable(self._provider, error.why))
            if not self._halted.is_set():
                # What the service cannot fetch by itself is fetched here, and cut: as what is too large for it.
                lost = clip.transport == "url" and is_transfer_failure(error)
                return _no_answer(clip, TooLarge(error.message) if lost else error, calls, broken)
        except (RunStopped, OverBudget) as error:
            self.halt(error)
        else:
            return _answer(clip, reply, calls)
        raise self._halting_error(calls)

    def halt(self, error: ReelsheetError) -> None:
        """Raise `error` from every later `ask` instead of sending.

        Waits for a slot, a turn or a retry end at once; requests under way are finished. The first error to halt the
        client stays.
        """
        with self._lock:
            if self._halt_error is None:
                self._halt_error = error
            self._halted.set()
        self._limiter.wake()
        self._budget.wake()

    @property
    def halted(self) -> ReelsheetError | None:
        """Return what halted the client, if anything did."""
        return self._halting_error([]) if self._halted.is_set() else None

    def close(self) -> None:
        """Close all connections. The client is of no use afterwards."""
        self._wire.close()

    def _on_their_way(self, media: tuple[Medium, ...], transport: Transport) -> tuple[Medium, ...]:
        """Return the media as sent: files to be uploaded become addresses."""
        if transport != "upload":
            return media

        def uploaded(source: MediaSource) -> MediaSource:
            return self._wire.upload(source.path, self._model.name) if isinstance(source, File) else source

        return tuple(with_sources(medium, uploaded) for medium in media)

    def _forget_uploads(self, media: tuple[Medium, ...], error: ReelsheetError) -> None:
        """Forget the uploads that the service could not fetch."""
        if isinstance(error, Transient) and error.transfer == "download":
            for source in (source for medium in media for source in sources(medium)):
                if isinstance(source, File):
                    self._wire.forget_upload(source.path)

    def _voice(self, path: Path | None) -> VoiceFile | None:
        """Open a new file for each attempt.

        What an attempt that broke off has spoken is not part of the answer.
        """
        return None if path is None or self._model.speech is None else VoiceFile(path, self._model.speech.sample_rate)

    def _halting_error(self, calls: list[Call]) -> ReelsheetError:
        """Copy the halting error for one thread.

        A traceback belongs to one thread, and so do the calls.
        """
        error = self._halt_error or Interrupted("The client was halted.")
        return error.replace(calls=tuple(calls))


def _answer(clip: Clip, reply: Reply, calls: list[Call]) -> Answer:
    """Record the answer that came.

    Only one that ended by its length before its first word leaves nothing to parse.
    """
    nothing, voice = not reply.text.strip(), reply.voice
    lost = "" if voice is None or voice.kept else voice.problem or "No sound came with the answer."
    return Answer(
        segment=clip.segment,
        text=reply.text,
        reasoning=well_formed(reply.reasoning),
        finish_reason=reply.finish_reason,
        request_id=reply.request_id,
        model_snapshot=reply.model,
        calls=tuple(calls),
        clip=clip,
        outcome="truncated" if nothing else None,
        reason="The answer reached its length limit before its first word." if nothing else lost,
        voice_path=str(voice.path) if voice is not None and voice.kept else None,
    )


def _no_answer(clip: Clip, error: ReelsheetError, calls: list[Call], broken: Sequence[Reply]) -> Answer:
    """Record a question that got no answer, with the longest text that broke off.

    A clip that is gone is worth cutting again.
    """
    longest = max(broken, key=lambda reply: len(reply.text), default=Reply())
    return Answer(
        segment=clip.segment,
        text="",
        reasoning=well_formed(longest.reasoning),
        finish_reason=longest.finish_reason,
        request_id=calls[-1].request_id if calls else None,
        model_snapshot=None,
        calls=tuple(calls),
        clip=clip,
        outcome="refused" if isinstance(error, Refused) else "failed",
        reason=error.message,
        error_class=type(error).__name__,
        retryable=error.retryable or isinstance(error, MediaError),
        broken_text=longest.text,
    )

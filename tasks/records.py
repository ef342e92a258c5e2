"""Define the frozen records that travel between steps.

They hold paths, numbers and text, never media bytes or clients. Times are integer milliseconds. Unless a name says
otherwise they count from the recording's start. Every record pickles, so that any Prefect task runner may carry it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Literal, TypeVar, cast

from tasks.media_records import AudioStream as AudioStream  # noqa: PLC0414 - named here with the other records
from tasks.media_records import FilePart, MissingPart
from tasks.media_records import VideoStream as VideoStream  # noqa: PLC0414
from tasks.spans import Span as Span  # noqa: PLC0414 - named here with the other records

Kind = Literal["video", "audio", "image"]
Outcome = Literal["ok", "partial", "malformed", "truncated", "refused", "failed", "skipped"]
RecordingOutcome = Literal["ok", "partial", "refused", "failed"]
IdBasis = Literal["bytes", "group", "frames", "url"]
InputStatus = Literal["new", "known", "moved", "duplicate", "ignored", "failed"]
RunState = Literal["completed", "incomplete", "interrupted", "failed", "killed"]
DecisionKind = Literal["prefer", "clear", "accept"]
Stage = Literal["input", "probe", "plan", "cut", "ask", "save", "translate"]
# What set a segment's length; or why it was halved: "size" (seen while cutting), "too_large" (said by the service),
# "truncated" (its answer did not fit), "refused" (by a provider, to find out what of it).
CutReason = Literal["whole", "scenario", "model", "transport", "size", "too_large", "truncated", "refused"]
VideoSent = Literal["sent", "absent", "black", "unreadable"]
AudioSent = Literal["sent", "absent", "silent", "unreadable"]
TimeQuality = Literal["model", "clamped", "reordered", "missing"]
AnswerForm = Literal["sections", "text"]
Transport = Literal["base64", "upload", "frames", "url"]  # how media travel; docs/media.md says when which
Shows = Literal["all", "sound"]  # what of a recording is sent
Segments = Literal["apart", "overlapping"]  # "overlapping": each owns a window, and the transcripts are merged
Step = Literal["ask", "confirm", "again", "longer", "correct", "shrink"]  # tasks/omni/policy.py says what they are

NOT_TRANSCRIBED = "speech_not_transcribed"
"""The reason of a segment in which speech was heard, and whose words are not in its answer."""


# --- what lies on the disk -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording is one input file, as probed: a row of the table `media`."""

    media_id: str  # SHA-256 of the bytes, 64 hex digits
    id_basis: IdBasis  # group: of the members' ids; frames: and of their rate; url: of the address, ETag and length
    uri: str  # as the user named it
    path: str  # absolute local path to read from
    kind: Kind
    container: str  # ffprobe's format name, e.g. "mov,mp4,m4a,3gp,3g2,mj2"
    size_bytes: int
    duration_ms: int
    video: VideoStream | None
    audio: AudioStream | None
    probe_json: str  # ffprobe's whole answer, compact JSON
    mtime_ns: int | None = None  # when the file was changed last, as it was probed; None: not known
    notes: tuple[str, ...] = ()  # what a reader should know: "readable only up to 00:12.400 of 00:30.000"
    members: tuple[Recording, ...] = ()  # of a group: the files, in order; they follow each other in time
    tags_json: str = ""  # what a manifest says of it, canonical JSON of an object
    declared_duration_ms: int | None = None  # as the container claims; None: it claims none, or nobody has compared
    missing: tuple[MissingPart, ...] = ()  # what of it cannot be read
    parts: tuple[FilePart, ...] = ()  # of a file that was joined: the files that it was, with a clock each
    audio_track: str = ""  # the number from 0, or "all", of several sounds, where somebody chose; "": nobody did
    mixed: tuple[int, ...] = ()  # the indexes of the sounds that are mixed, `audio` among them; (): it alone
    seekable: bool = True  # False: a seek in it may land anywhere, so it is decoded from the start

    @property
    def asked_as(self) -> Kind:
        """Return the kind of questions about it.

        A film whose picture cannot be read is only heard.
        """
        return "audio" if self.kind == "video" and self.video is None else self.kind

    @property
    def whole_ms(self) -> int:
        """Return how long it would be if all that it declares could be read."""
        return max(self.duration_ms, self.declared_duration_ms or 0)

    @property
    def is_image_sequence(self) -> bool:
        """Return whether its members are pictures, the frames of one video."""
        return self.id_basis == "frames"

    @property
    def is_single_request(self) -> bool:
        """Return whether it is never cut: an image, or several files in one request."""
        return self.kind == "image" or (bool(self.members) and not self.is_image_sequence)

    @property
    def name(self) -> str:
        """Return the file's own name, for people: as `uri` has it, on one line."""
        return PurePath(self.uri).name or PurePath(self.path).name


# --- what is planned -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture says which frames a clip has: those that the model's sampling keeps."""

    width: int  # px, a multiple of the model's factor
    height: int
    fps: float  # frames per second of the clip
    frames: int
    max_pixels: int  # sent with the request


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens count by modality; the `output` of an estimate is a guess."""

    video: int = 0
    audio: int = 0
    image: int = 0
    text: int = 0
    cached: int = 0
    output: int = 0
    output_audio: int = 0
    reasoning: int = 0

    @property
    def input(self) -> int:
        return self.video + self.audio + self.image + self.text

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    """A planned segment is one question to ask: a span, and what of it is shown."""

    seq: int
    segment_id: str
    span: Span
    cut_reason: CutReason
    picture: Picture | None  # None: no picture is sent
    sound: bool
    tokens: Tokens
    owned: Span | None = None  # the window whose words are its own; None: segments do not overlap
    silences: tuple[Span, ...] | None = None  # stretches of the span without sound; None: nobody listened


@dataclass(frozen=True, slots=True)
class Question:
    """A question is the text that goes to the model with the media."""

    prompt: str  # the prompt's name
    prompt_sha256: str  # of the prompt's text alone, so that renaming its file asks nothing again
    instruction: str  # the full text sent: the prompt and, where the language is known, the sentence about it
    answer: AnswerForm
    language: str  # "auto" or a BCP 47 tag
    follow_up: tuple[str, ...] = ()  # asked about each answer, one after the other
    sections: tuple[str, ...] | None = None  # that an answer needs; None: those of a full report
    note: str = ""  # how answers will be read, for people, where the prompt's file leaves it open
    shows: Shows = "all"
    segments: Segments = "apart"
    files: str = ""  # added where a message holds several files; {count} is how many


@dataclass(frozen=True, slots=True)
class AnalysisPlan:
    """A plan has the questions of one analysis, and what its identity is made of."""

    analysis_id: str
    recording: Recording
    scenario: str
    question: Question
    provider: str
    model: str
    transport: Transport
    segments: tuple[PlannedSegment, ...]
    params_json: str  # everything beyond the columns that decides the answer, canonical JSON


# --- what is cut and answered ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A media file goes as a part of its own: in the work folder, or at an address."""

    kind: Kind
    path: str
    media_format: str  # "mp4", "wav", "mp3", "jpg" ...
    size_bytes: int
    max_pixels: int | None = None  # sent with it; None: the segment's


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip is a segment's media in the work folder, ready to be sent."""

    segment: PlannedSegment
    path: str
    media_format: str  # "mp4", "wav" or "mp3"; of several parts that of the first
    size_bytes: int  # of all that is sent
    video_sent: VideoSent
    audio_sent: AudioSent
    notes: tuple[str, ...] = ()
    transport: Transport = "base64"  # meant for it; of an answer's clip: taken in the end
    parts: tuple[MediaFile, ...] = ()  # sent in place of the one file: frames, or the members of a group
    soundtrack: MediaFile | None = None  # the sound as a file of its own, for servers that don't hear a video's
    damaged_packets: int = 0  # that ffmpeg could not decode and left out

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files that lie in the work folder for it."""
        soundtracks = (self.soundtrack,) if self.soundtrack else ()
        paths = (self.path, *(part.path for part in (*self.parts, *soundtracks)))
        return tuple(dict.fromkeys(path for path in paths if path and "://" not in path))


@dataclass(frozen=True, slots=True)
class Call:
    """A call is one request that was sent: a row of the table `calls`."""

    call_id: str
    attempt_no: int  # 1 for the first try of this segment in this run
    model: str
    http_status: int | None
    error_class: str | None
    started_at: datetime  # UTC
    latency_ms: int
    first_token_ms: int | None
    tokens: Tokens | None  # None: the service reported none
    request_id: str | None = None
    segment_id: str | None = None  # asked about, where that is not the answer's own: one that was halved since


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up is one more question about a segment's answer: a row of `turns`."""

    question: str
    answer: str | None = None  # None: there is none, for this reason
    reason: str = ""
    error_class: str | None = None
    retryable: bool = False
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer is what came back for one segment: text, or why there is none.

    `outcome` is set only where there is no text to parse: "refused", "failed", "truncated" or "skipped".
    """

    segment: PlannedSegment
    text: str
    reasoning: str
    finish_reason: str | None
    request_id: str | None
    model_snapshot: str | None
    calls: tuple[Call, ...]
    clip: Clip | None  # None: it could not be cut
    outcome: Outcome | None = None
    reason: str = ""
    error_class: str | None = None
    retryable: bool = False
    voice_path: str | None = None  # the WAV of a spoken answer, seen from the dataset's folder
    turns: tuple[FollowUp, ...] = ()  # what was asked about it, once all of it was
    taken_over: bool = False  # from an earlier attempt, which has its calls and failures
    turns_again: bool = False  # of one taken over: the questions behind `turns` are asked again
    step: Step = "ask"  # what it came of
    earlier: tuple[Answer, ...] = ()  # what came before about the same segment, each with its own calls; while asking
    broken_text: str = ""  # of an answer that failed or was refused: what had come of it; nothing is read out of it


# --- what is read out of an answer -----------------------------------------------------------------------------

AnswerRow = TypeVar("AnswerRow")


@dataclass(frozen=True, slots=True)
class Event:
    """An event is one row of the storyline."""

    start_ms: int | None
    end_ms: int | None
    description: str
    time_quality: TimeQuality
    member_seq: int | None = None  # of several files in one message the one that it is of, from 1; times are of it


@dataclass(frozen=True, slots=True)
class TextElement:
    """A text element is a text seen in the picture, and its appearance."""

    start_ms: int | None
    end_ms: int | None
    text: str
    appearance: str
    time_quality: TimeQuality
    member_seq: int | None = None  # as of an event


@dataclass(frozen=True, slots=True)
class SpeakerProfile:
    speaker: str
    profile: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """An utterance has a speaker's words; `state` is prosody and emotion, or ""."""

    start_ms: int | None
    end_ms: int | None
    speaker: str
    state: str
    text: str
    time_quality: TimeQuality
    language: str = ""  # the language or dialect that the answer names, as written; "" where it names none
    member_seq: int | None = None  # as of an event


@dataclass(frozen=True, slots=True)
class ExtraSection:
    heading: str  # "" for a prompt that asks for plain text
    text: str
    member_seq: int | None = None  # as of an event


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """A parsed answer has the rows of its sections, and the segment's outcome.

    A table that is not there: its section is missing. One without rows: it is there, or stated to be absent.
    """

    outcome: Outcome
    reason: str
    sections: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    extras: tuple[ExtraSection, ...] = ()

    def rows(self, table: str, of: type[AnswerRow]) -> tuple[AnswerRow, ...] | None:  # noqa: ARG002 - says the type
        """Return the rows of a table; None: the section is missing."""
        return cast("tuple[AnswerRow, ...] | None", self.sections.get(table))

    @property
    def storyline(self) -> tuple[Event, ...] | None:
        return self.rows("storyline", Event)

    @property
    def visible_text(self) -> tuple[TextElement, ...] | None:
        return self.rows("visible_text", TextElement)

    @property
    def speakers(self) -> tuple[SpeakerProfile, ...] | None:
        return self.rows("speakers", SpeakerProfile)

    @property
    def transcript(self) -> tuple[Utterance, ...] | None:
        return self.rows("transcript", Utterance)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure is what went wrong with an input: a row of the table `failures`."""

    uri: str
    media_id: str | None
    segment_id: str | None
    stage: Stage
    error_class: str
    message: str
    retryable: bool
    attempts: int
    occurred_at: datetime
    outcome: Outcome | None = None  # of the segment; None: it is of none, or of something beside its answer

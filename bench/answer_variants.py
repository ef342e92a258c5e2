"""Twenty ways in which the same answer may be written: transformations of golden answers, for `bench.parsing`.

Each takes an answer and a source of chance, and gives another text that says the same, or None where it does not apply.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from tasks.answer.times import leading_time
from tasks.records import Kind, ParsedAnswer, Span
from tasks.timecode import format_ms


@dataclass(frozen=True, slots=True)
class Original:
    """A golden answer and what is read out of it."""

    name: str
    text: str
    kind: Kind
    span: Span
    finish_reason: str
    needed: tuple[str, ...] | None
    parsed: ParsedAnswer
    lengths: tuple[int, ...] = ()  # of the files, in ms, where it is about several

    @property
    def in_good_order(self) -> bool:
        """Say whether all rows have times as answered.

        Then they can be written down again.
        """
        rows = [row for table in ("storyline", "visible_text", "transcript") for row in self.rows(table)]
        return (
            bool(rows)
            and self.kind != "image"
            and not self.lengths
            and all(row["time_quality"] == "model" for row in rows)
        )

    def rows(self, table: str) -> list[dict[str, object]]:
        """Return the rows of a table by column, times from the clip's start."""
        found = []
        for row in self.parsed.sections.get(table, ()):
            columns = {name: getattr(row, name) for name in row.__dataclass_fields__}  # type: ignore[attr-defined]
            for name in ("start_ms", "end_ms"):
                if columns.get(name) is not None:
                    columns[name] -= self.span.start_ms
            found.append(columns)
        return found


Change = Callable[[Original, Random], str | None]


@dataclass(frozen=True, slots=True)
class Transformation:
    """A transformation is one way of writing otherwise.

    `of_text`: it changes a text as it is, so that another one may follow it.
    """

    name: str
    about: str
    change: Change
    of_text: bool = True


# --- around the words --------------------------------------------------------------------------------------------


def carriage_returns(original: Original, chance: Random) -> str:
    """End lines as other systems do."""
    return original.text.replace("\n", chance.choice(["\r\n", "\r", "\u2028"]))


def invisible(original: Original, chance: Random) -> str:
    """Add a byte order mark, zero-width spaces and word joiners."""
    signs = [sign + (chance.choice("\u200b\u2060\ufeff") if chance.random() < 0.05 else "") for sign in original.text]
    return "\ufeff" + "".join(signs)


def spacing(original: Original, chance: Random) -> str:
    """Double blank lines, indent everything, leave blanks at the ends of lines."""
    indent = " " * chance.choice([0, 2, 3])
    lines = [f"{indent}{line}{' ' * chance.randint(0, 2)}" if line else "" for line in original.text.split("\n")]
    return re.sub(r"\n\n", "\n" * chance.choice([2, 3, 4]), "\n".join(lines))


def fence(original: Original, chance: Random) -> str | None:
    """Put the whole answer into a block of code."""
    if "```" in original.text:
        return None
    return f"```{chance.choice(['', 'markdown', 'md', 'text'])}\n{original.text.rstrip()}\n```\n"


def words_around(original: Original, chance: Random) -> str | None:
    """Begin with a sentence to the user."""
    if original.text.startswith(("WEBVTT", "<|", "1\n")):
        return None
    words = [
        "Here is the report you asked for:",
        "Sure! I have looked at the whole recording.",
        "好的，以下是分析结果：",
    ]
    return f"{chance.choice(words)}\n\n{original.text}"


def thinking(original: Original, chance: Random) -> str:
    """Leave the reasoning in front and a special token behind."""
    thought = chance.choice(["<think>Storyline? 00:00 - 00:01 maybe.</think>", "I should begin with 00:00.\n</think>"])
    return f"{thought}\n{original.text.rstrip()}{chance.choice(['<|im_end|>', '<|endoftext|>', '</s>'])}"


def entities(original: Original, chance: Random) -> str | None:
    """Escape what HTML would escape."""
    if "&" in original.text:
        return None
    escaped = html.escape(original.text, quote=chance.random() < 0.5)
    return None if escaped == original.text else escaped


# --- headings ----------------------------------------------------------------------------------------------------

_HASHED = re.compile(r"^(#{1,6}) +(.+?)[ \t]*$", re.MULTILINE)
_LANGUAGES = {
    "Storyline": (
        "故事线",
        "故事線",
        "ストーリーライン",
        "스토리라인",
        "Trame narrative",
        "Handlungsverlauf",
        "Сюжетная линия",
    ),
    "Visible Text": (
        "可见文字",
        "可見文字",
        "画面上のテキスト",
        "화면 텍스트",
        "Texte visible",
        "Sichtbarer Text",
        "Видимый текст",
    ),
    "Speakers and Transcript": (
        *("说话人与转录", "說話人與逐字稿", "話者と文字起こし", "화자 및 대본", "Locuteurs et transcription"),
        *("Sprecher und Transkript", "Говорящие и расшифровка"),
    ),
}


def _headings(text: str) -> list[re.Match[str]]:
    found = list(_HASHED.finditer(text))
    return found if found and len({len(heading[1]) for heading in found}) == 1 else []


def heading_levels(original: Original, chance: Random) -> str | None:
    """Move all headings down by one or two levels."""
    if not _HASHED.search(original.text) or any("#" in str(row) for row in original.rows("storyline")):
        return None
    more = "#" * chance.randint(1, 2)
    return _HASHED.sub(lambda found: f"{(found[1] + more)[:6]} {found[2]}", original.text)


def heading_bold(original: Original, chance: Random) -> str | None:
    """Write headings in bold instead of with hashes."""
    if not _headings(original.text) or re.search(r"^\*\*", original.text, re.MULTILINE):
        return None
    colon = chance.choice(["", ":"])
    return _HASHED.sub(lambda found: f"**{found[2].strip('*')}{colon}**", original.text)


def heading_numbers(original: Original, chance: Random) -> str | None:
    """Number the headings."""
    if not _headings(original.text) or re.search(r"^#+ *(?:\W*\d|[一二三]|Section)", original.text, re.MULTILINE):
        return None
    form = chance.choice(["{}. ", "{}) ", "({}) ", "Section {}: ", "Part {} – "])
    numbers = iter(range(1, 100))
    return _HASHED.sub(lambda found: f"{found[1]} {form.format(next(numbers))}{found[2]}", original.text)


def heading_language(original: Original, chance: Random) -> str | None:
    """Write the contract's headings in another language."""
    language = chance.randrange(7)
    changed = _HASHED.sub(
        lambda found: f"{found[1]} {_LANGUAGES[found[2]][language]}" if found[2] in _LANGUAGES else found[0],
        original.text,
    )
    return None if changed == original.text else changed


# --- times -------------------------------------------------------------------------------------------------------

_RANGE = re.compile(r"^(\d\d:\d\d(?:\.\d{3})?) - (\d\d:\d\d(?:\.\d{3})?)$", re.MULTILINE)
_FULL_WIDTH = str.maketrans("0123456789:.", "０１２３４５６７８９：．")


def _each_range(original: Original, write: Callable[[str, str], str]) -> str | None:
    """Write each range that stands alone on its line otherwise."""
    changed = _RANGE.sub(lambda found: write(found[1], found[2]), original.text)
    return None if changed == original.text else changed


def time_brackets(original: Original, chance: Random) -> str | None:
    """Put brackets or bold marks round times."""
    forms = [
        "[{} - {}]",
        "<{} - {}>",
        "<{}> - <{}>",
        "({} - {})",
        "**{} - {}**",
        "**[{} - {}]**",
        "【{} - {}】",
        "- {} - {}",
    ]
    form = chance.choice(forms)
    return _each_range(original, form.format)


def time_dashes(original: Original, chance: Random) -> str | None:
    """Join start and end by other signs and words."""
    joint = chance.choice([" – ", " — ", "-", "–", " ~ ", " to ", " → ", "至", "～", " -- "])
    return _each_range(original, lambda start, end: f"{start}{joint}{end}")


def time_forms(original: Original, chance: Random) -> str | None:
    """Write times with hours, with commas, in seconds, in words, in other digits."""
    form = chance.choice(["hours", "comma", "seconds", "words", "full width", "label"])

    def write(start: str, end: str) -> str:
        if form == "label":
            return f"{chance.choice(['Time', '**Time:**', '时间', 'Timestamp'])}: {start} - {end}".replace(
                "**: ", "** "
            )
        if form == "full width":
            return f"{start} - {end}".translate(_FULL_WIDTH)
        return " - ".join(_stamp(time, form) for time in (start, end))

    return _each_range(original, write)


def _stamp(time: str, form: str) -> str:
    mark = leading_time(time)
    ms = mark.start_ms if mark else 0
    seconds = f"{ms // 1000}.{ms % 1000:03d}"
    match form:
        case "hours":
            return f"00:{format_ms(ms)}"
        case "comma":
            return f"00:{format_ms(ms)}".replace(".", ",")
        case "seconds":
            return f"{seconds}s"
        case _:
            return f"{ms // 60_000}分{ms // 1000 % 60}.{ms % 1000:03d}秒"


# --- elements and utterances -------------------------------------------------------------------------------------

_PAIR = re.compile(r"“([^“”\"「」«»'’]+)”")
_KEY = re.compile(r"^(\s*)(Speaker|State|Content|Text|Appearance|Start|End|Description|Dialect): ", re.MULTILINE)
_KEYS = {
    "Speaker": ("说话人", "話者", "화자", "Hablante", "Locuteur", "Sprecher", "Говорящий"),
    "State": ("状态", "状態", "상태", "Estado", "État", "Zustand", "Состояние"),
    "Content": ("内容", "内容", "내용", "Contenido", "Contenu", "Inhalt", "Содержание"),
}


def quotes(original: Original, chance: Random) -> str | None:
    """Use other quotation marks."""
    inside = any("“" in str(row) for rows in _all_rows(original) for row in rows)  # it is part of what is said
    if inside or re.search(r"[\"「」«»{]", original.text):
        return None
    left, right = chance.choice([('"', '"'), ("「", "」"), ("«", "»")])
    changed = _PAIR.sub(rf"{left}\1{right}", original.text)
    return None if changed == original.text or "“" in changed else changed


def bullets(original: Original, chance: Random) -> str | None:
    """Make a list of elements and of the keys of utterances."""
    if any("“" in str(row) for row in original.rows("storyline")):
        return None
    bullet = chance.choice(["- ", "* ", "• "])
    changed = re.sub(r"^(?=“|Speaker: |State: |Content: )", bullet, original.text, flags=re.MULTILINE)
    return None if changed == original.text else changed


def keys_dressed(original: Original, chance: Random) -> str | None:
    """Write keys in bold, or with a full-width colon."""
    form = chance.choice([r"\1**\2:** ", r"\1**\2**: ", r"\1\2：", r"\1_\2:_ "])
    changed = _KEY.sub(form, original.text)
    return None if changed == original.text else changed


def keys_language(original: Original, chance: Random) -> str | None:
    """Write the keys of utterances in another language."""
    language = chance.randrange(7)
    changed = _KEY.sub(
        lambda found: f"{found[1]}{_KEYS[found[2]][language]}: " if found[2] in _KEYS else found[0], original.text
    )
    return None if changed == original.text else changed


# --- other forms -------------------------------------------------------------------------------------------------


def as_json(original: Original, chance: Random) -> str | None:
    """Write the rows as a JSON document."""
    if not original.in_good_order:
        return None
    seconds, inner = chance.random() < 0.5, chance.choice([None, 1])

    def time(ms: object) -> object:
        return int(str(ms)) / 1000 if seconds else format_ms(int(str(ms)))

    document: dict[str, list[dict[str, object]]] = {}
    for table in ("storyline", "visible_text", "speakers", "transcript"):
        if table in original.parsed.sections:
            document[table] = [_object(row, time) for row in original.rows(table)]
    text = json.dumps(document, ensure_ascii=False, indent=inner)
    return f"```json\n{text}\n```" if chance.random() < 0.5 else text


def _object(row: dict[str, object], time: Callable[[object], object]) -> dict[str, object]:
    times = {name.removesuffix("_ms"): time(row[name]) for name in ("start_ms", "end_ms") if name in row}
    return times | {name: value for name, value in row.items() if value and name not in _NO_COLUMNS}


_NO_COLUMNS = ("start_ms", "end_ms", "time_quality")


def as_tables(original: Original, chance: Random) -> str | None:
    """Write the rows as Markdown tables under the contract's headings."""
    if not original.in_good_order or any("|" in str(row) for rows in _all_rows(original) for row in rows):
        return None
    split = chance.random() < 0.5
    parts: list[str] = []
    for heading, tables in _TABLES.items():
        if not any(table in original.parsed.sections for table in tables):
            continue
        parts.append(f"## {heading}")
        written = [_table(original.rows(table), split) for table in tables]
        parts += [text for text in written if text] or ["None"]
    return "\n\n".join(parts) + "\n"


_TABLES = {
    "Storyline": ("storyline",),
    "Visible Text": ("visible_text",),
    "Speakers and Transcript": ("speakers", "transcript"),
}


def _all_rows(original: Original) -> Iterable[list[dict[str, object]]]:
    return (original.rows(table) for tables in _TABLES.values() for table in tables)


def _table(rows: Sequence[dict[str, object]], split: bool) -> str:
    if not rows:
        return ""
    timed = "start_ms" in rows[0]
    heads = [name for name in rows[0] if name not in _NO_COLUMNS]
    times = (["Start", "End"] if split else ["Time"]) if timed else []
    lines = [times + [name.capitalize() for name in heads], ["---"] * (len(times) + len(heads))]
    for row in rows:
        stamps = [format_ms(int(str(row[name]))) for name in ("start_ms", "end_ms")] if timed else []
        cells = [str(row[name]).replace("\n", "<br>") for name in heads]
        lines.append((stamps if split else [" - ".join(stamps)] if timed else []) + cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


TRANSFORMATIONS: tuple[Transformation, ...] = tuple(
    Transformation(change.__name__.replace("_", " "), (change.__doc__ or "").rstrip("."), change, of_text)
    for of_text, changes in (
        (False, (carriage_returns,)),
        (
            True,
            (
                *(invisible, spacing, fence, words_around, thinking, entities),
                *(heading_levels, heading_bold, heading_numbers, heading_language),
                *(time_brackets, time_dashes, time_forms),
                *(quotes, bullets, keys_dressed, keys_language),
            ),
        ),
        (False, (as_json, as_tables)),
    )
    for change in changes
)

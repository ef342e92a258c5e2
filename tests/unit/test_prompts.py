"""The prompts: the words for the model, and the reader that loads them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import prompts.reader
from prompts.reader import PromptError, correction_turn, read_prompt, with_roster

SHIPPED = sorted(path.stem for path in Path(prompts.reader.__file__).parent.glob("*.md"))
HEADINGS = ("## Storyline", "## Visible Text", "## Speakers and Transcript")


def write(folder: Path, content: str | bytes, name: str = "mine.md") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_the_shipped_prompts_are_known_by_name() -> None:
    found = {prompt.name: (prompt.answer, prompt.modality) for prompt in map(read_prompt, SHIPPED)}
    assert found == {
        "dialects": ("sections", "any"),
        "extract": ("sections", "any"),
        "lyrics": ("sections", "any"),
        "moderate-fine": ("sections", "any"),
        "moderate-quick": ("sections", "any"),
        "quick": ("text", "any"),
        "structured-audio": ("sections", "audio"),
        "structured-image": ("sections", "image"),
        "structured-video": ("sections", "video"),
        "subtitle": ("sections", "any"),
        "subtitle-picture": ("sections", "any"),
        "timeline": ("sections", "any"),
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_prompt_says_what_it_is_about(name: str) -> None:
    prompt = read_prompt(name)
    assert (prompt.name, bool(prompt.about)) == (name, True)


@pytest.mark.parametrize("name", ["quick", "extract", "moderate-quick"])
def test_simple_prompts_have_at_most_fifty_words(name: str) -> None:
    assert len(read_prompt(name).text.split()) <= 50


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        ("structured-video", HEADINGS),
        ("extract", HEADINGS),
        ("structured-audio", (HEADINGS[0], HEADINGS[2])),
        ("structured-image", HEADINGS[:2]),
        ("moderate-fine", ("## Findings",)),
        ("subtitle", HEADINGS[2:]),
        ("subtitle-picture", HEADINGS[2:]),
    ],
)
def test_prompts_for_sections_show_each_heading_on_a_line_of_its_own(name: str, headings: tuple[str, ...]) -> None:
    lines = read_prompt(name).text.splitlines()
    assert tuple(line for line in lines if line.startswith("#")) == headings


@pytest.mark.parametrize("name", ["structured-video", "structured-audio"])
@pytest.mark.parametrize(
    "part",
    [
        "mm:ss.mmm - mm:ss.mmm\n",
        "\nSpeaker profiles:\n",
        "\nSpeaker: ",
        "\nState: ",
        "\nContent: “",
        "from the start of this",
        "chronological order",
        "original language",
        "Never translate",
        "“No speech appears.”",
        "## heading",
    ],
)
def test_structured_prompts_spell_out_the_contract(name: str, part: str) -> None:
    assert part in read_prompt(name).text


def test_front_matter_and_outer_white_space_are_not_part_of_the_text(tmp_path: Path) -> None:
    path = write(tmp_path, "---\nanswer: text\nmodality: audio\nabout: a: b\n---\n\n  Who sings?\n\n")
    prompt = read_prompt(path)
    assert (prompt.name, prompt.text) == ("mine", "Who sings?")
    assert (prompt.answer, prompt.modality, prompt.about) == ("text", "audio", "a: b")


def test_a_file_without_front_matter_is_about_anything(tmp_path: Path) -> None:
    prompt = read_prompt(write(tmp_path, "Who sings?\n---\nAnd where?"))
    assert (prompt.modality, prompt.about) == ("any", "")
    assert prompt.text == "Who sings?\n---\nAnd where?"


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("Who sings?", "text"),
        ("#1 question: who sings?", "text"),
        ("Write:\n## Storyline\nmm:ss.mmm - mm:ss.mmm", "sections"),
        ("Write:\n### 1. Lyrics", "sections"),
        ("---\nabout: x\n---\nWho sings?", "text"),
        ("---\nsections: [transcript]\n---\nWho sings?", "sections"),
        ("---\nanswer: sections\n---\nWho sings?", "sections"),
        ("---\nanswer: text\n---\n## Summary", "text"),
    ],
)
def test_where_nobody_says_it_a_prompt_with_headings_asks_for_sections(tmp_path: Path, content: str, form: str) -> None:
    prompt = read_prompt(write(tmp_path, content))
    assert prompt.answer == form
    assert bool(prompt.notice) == ("answer:" not in content and "sections:" not in content)


def test_the_notice_says_how_answers_are_read_and_how_to_change_that(tmp_path: Path) -> None:
    assert read_prompt(write(tmp_path, "Who sings?")).notice == (
        "Prompt mine asks for no heading, so its answers are kept as text in extra_sections; "
        'say "answer: sections" in it to change that.'
    )


@pytest.mark.parametrize(
    ("line", "sections"),
    [
        ("sections: [transcript]", ("transcript",)),
        ("sections: transcript, visible text", ("transcript", "visible_text")),
        ("sections:\n- storyline\n- visible-text", ("storyline", "visible_text")),
        ("sections: none", ()),
        ("sections: []", ()),
        ("about: x", None),
    ],
)
def test_front_matter_says_which_sections_are_needed(
    tmp_path: Path, line: str, sections: tuple[str, ...] | None
) -> None:
    assert read_prompt(write(tmp_path, f"---\n{line}\n---\nListen.")).sections == sections


def test_the_hash_depends_on_the_text_alone(tmp_path: Path) -> None:
    plain = read_prompt(write(tmp_path, "Who sings?\nWhere?"))
    dressed = read_prompt(
        write(tmp_path, b"\xef\xbb\xbf---\r\nabout: x\r\n---\r\nWho sings?\r\nWhere?\r\n", "other.md")
    )
    changed = read_prompt(write(tmp_path, "Who sings?\nWhen?"))
    assert plain.sha256 == dressed.sha256 != changed.sha256


def test_a_name_that_ends_in_md_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "Mine.", "quick.md")
    monkeypatch.chdir(tmp_path)
    assert read_prompt("quick.md").text == "Mine."
    assert read_prompt("quick").text != "Mine."


@pytest.mark.parametrize("name", ["quik", "", "README", ".", "quick\0"])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(
        PromptError,
        match=r"the known ones are dialects, extract, lyrics, moderate-fine, moderate-quick, quick, .*",
    ):
        read_prompt(name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "---\nanswr: text\n---\nHi",
            'says "answr", which is not known; it takes each of answer, sections, modality, about',
        ),
        ("---\nanswer: text\nanswer: text\n---\nHi", 'says "answer", twice'),
        ("---\nanswer: json\n---\nHi", 'says "answer: json"; it takes sections or text'),
        ("---\nmodality: smell\n---\nHi", 'says "modality: smell"; it takes video or audio or image or any'),
        ("---\nsections:\n---\nHi", 'says "sections" without any'),
        ("---\nanswer: text\nsections: [transcript]\n---\nHi", 'says both "answer: text" and "sections"'),
        ("---\nabout: x\nHi", "has no end; close it with a line ---"),
        ("---\nabout: x\n---\n \n", "has no text"),
        ("", "has no text"),
        (b"\xff\xfeH\x00", "is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(PromptError, match=message) as refusal:
        read_prompt(write(tmp_path, content))
    assert str(refusal.value).count(". ") == 0


@pytest.mark.parametrize("path", ["missing.md", ".", "a\0b.md"])
def test_a_path_that_is_no_readable_file_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(PromptError, match=r"no prompt file|cannot be read"):
        read_prompt(f"{tmp_path}/{path}")


def test_the_reader_knows_nothing_of_the_project() -> None:
    tree = ast.parse(Path(prompts.reader.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= {"__future__", "collections.abc", "dataclasses", "hashlib", "pathlib", "re", "typing"}


def test_a_correction_names_what_is_missing_and_shows_the_form_that_is_needed() -> None:
    sound = (HEADINGS[0][3:], HEADINGS[2][3:])
    text = correction_turn(sound, sound)
    assert "nothing under “## Storyline” and “## Speakers and Transcript”." in text
    assert tuple(line for line in text.splitlines() if line.startswith("#")) == (HEADINGS[0], HEADINGS[2])
    assert "mm:ss.mmm - mm:ss.mmm\nSpeaker: name\nState: " in text


def test_a_correction_of_one_section_shows_all_that_are_needed() -> None:
    text = correction_turn([heading[3:] for heading in HEADINGS], ["Visible Text"])
    assert "nothing under “## Visible Text”." in text
    assert tuple(line for line in text.splitlines() if line.startswith("#")) == HEADINGS


def test_the_turns_of_a_conversation_are_no_prompts() -> None:
    with pytest.raises(PromptError, match='no prompt "correction"'):
        read_prompt("correction")


def test_follow_up_questions_are_a_list(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("---\nanswer: text\nfollow_up:\n- Who speaks?\n  - And: why?\nabout: a test\n---\nLook.\n")
    prompt = read_prompt(str(path))
    assert prompt.follow_up == ("Who speaks?", "And: why?")
    assert (prompt.about, prompt.text) == ("a test", "Look.")


@pytest.mark.parametrize("field", ["follow_up: Who speaks?", "follow_up:"])
def test_a_follow_up_that_is_no_list_is_explained(tmp_path: Path, field: str) -> None:
    path = tmp_path / "mine.md"
    path.write_text(f"---\n{field}\n---\nLook.\n")
    with pytest.raises(PromptError, match='begins with "- "'):
        read_prompt(str(path))


def test_a_prompt_about_sound_is_not_for_images(tmp_path: Path) -> None:
    prompt = read_prompt(write(tmp_path, "---\nshows: sound\n---\nWho sings?"))
    assert [kind for kind in ("video", "audio", "image") if prompt.is_for(kind)] == ["video", "audio"]


def test_a_roster_follows_the_instruction_and_none_adds_nothing() -> None:
    told = with_roster("Listen.", ["Ann - Irish, warm", "Bob"])
    assert told.startswith("Listen.\n\n")
    assert "Ann - Irish, warm\nBob\n" in told
    assert with_roster("Listen.", []) == "Listen."

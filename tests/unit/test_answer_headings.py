"""Headings: which lines open a section of the contract, which open one of the model's own, and which are text."""

from __future__ import annotations

import pytest

from tasks.answer.headings import title_part
from tasks.answer.parse import parse_answer
from tasks.records import ParsedAnswer, Span

SPAN = Span(0, 10_000)
EVENT = "00:00.000 - 00:10.000\nA fire burns.\n\n"


def read(text: str) -> ParsedAnswer:
    return parse_answer(text, "video", "sections", SPAN)


@pytest.mark.parametrize(
    "heading",
    [
        "## Visible Text",
        "##Visible Text",
        "# Visible Text #",
        "### **Visible Text**",
        "#### 2. Visible Text:",
        "**Visible Text**",
        "**Visible Text:**",
        "**2. Visible Text**",
        "__Visible Text__",
        "2. **Visible Text**",
        "- **Visible Text**",
        "Visible Text",
        "VISIBLE TEXT:",
        "2) Visible Text",
        "II. Visible Text",
        "Section 2: Visible Text",
        "## 🔤 Visible Text",
        "## 2️⃣ Visible Text",
        "## Visible Text (in order)",
        "## Visible Text / 可见文字",
        "## On-Screen Text",
        "## The Visible Text of the Clip",
        "## 可见文字",
        "**二、可见文本**",
        "可见文字：",
        "## （二）可见文字",
        "## 2、画面文字",
        "## 表示テキスト",
        "## Texto visible",
        "## Texte visible",
        "## Sichtbarer Text",
        "## Видимый текст",
        "\u200b## Visible Text\r",
        "  ## Visible Text",
    ],
)
def test_a_heading_is_known_in_every_dress(heading: str) -> None:
    answer = read(f"## Storyline\n{EVENT}{heading}\n00:01 - 00:02\n“FIRE”: red\n")
    assert [element.text for element in answer.visible_text or ()] == ["FIRE"]
    assert len(answer.storyline or ()) == 1


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("Storyline", "storyline"),
        ("故事线", "storyline"),
        ("Speakers and Transcript", "speech"),
        ("Speakers & Transcript", "speech"),
        ("说话人与转录", "speech"),
        ("Speaker profiles", "speakers"),
        ("说话人简介", "speakers"),
        ("Transcript", "transcript"),
        ("Lyrics", "transcript"),
        ("歌词", "transcript"),
        ("Music", None),
        ("Summary", None),
        ("", None),
    ],
)
def test_titles_belong_to_parts(title: str, part: str | None) -> None:
    assert title_part(title, marked=False) == part


def test_common_words_are_titles_only_where_markdown_says_so() -> None:
    assert title_part("Speech", marked=True) == "speech"
    assert title_part("Speech", marked=False) is None


def test_a_heading_and_its_text_may_share_a_line() -> None:
    answer = read(f"## Storyline\n{EVENT}## Visible Text: none\n**Speakers and Transcript:** No speech appears.")
    assert (answer.outcome, answer.visible_text, answer.transcript) == ("ok", (), ())


def test_a_whole_answer_of_inline_headings_is_read() -> None:
    answer = read("**Storyline:** A fire burns.\n**Visible Text:** “FIRE”: red\n**Speakers and Transcript:** None")
    assert [event.description for event in answer.storyline or ()] == ["A fire burns."]
    assert [element.text for element in answer.visible_text or ()] == ["FIRE"]
    assert answer.transcript == ()


def test_labels_inside_an_event_open_no_section() -> None:
    text = "## Storyline\n00:00 - 00:05\n**Visible text:** “A”\nText: none\n00:05 - 00:10\nSmoke rises.\n"
    answer = read(text)
    assert answer.visible_text is None
    assert len(answer.storyline or ()) == 2


def test_further_sections_keep_heading_and_paragraphs() -> None:
    answer = read(f"## Storyline\n{EVENT}## Sound effects\nA crackle.\n\nA hiss.\n## Mood\nCalm.\n")
    assert [(extra.heading, extra.text) for extra in answer.extras] == [
        ("Sound effects", "A crackle.\n\nA hiss."),
        ("Mood", "Calm."),
    ]


def test_a_deeper_heading_that_is_not_known_stays_text() -> None:
    answer = read("## Storyline\n00:00 - 00:10\nA fire burns.\n### Detail\nIt is small.\n## Mood\n### Light\nDim.")
    assert [event.description for event in answer.storyline or ()] == ["A fire burns.\n### Detail\nIt is small."]
    assert [(extra.heading, extra.text) for extra in answer.extras] == [("Mood", "### Light\nDim.")]


def test_a_bold_title_before_a_time_belongs_to_its_event() -> None:
    answer = read("**Storyline**\n\n**Scene 1**\n00:00 - 00:05\nOne.\n\n**Scene 2**\n00:05 - 00:10\nTwo.\n")
    assert [(event.start_ms, event.description) for event in answer.storyline or ()] == [
        (0, "**Scene 1**\nOne."),
        (5_000, "**Scene 2**\nTwo."),
    ]


def test_a_bold_title_of_its_own_opens_a_section_where_bold_titles_are_the_headings() -> None:
    answer = read("**Storyline**\n00:00 - 00:10\nOne.\n\n**Mood**\nCalm.\n")
    assert [(extra.heading, extra.text) for extra in answer.extras] == [("Mood", "Calm.")]


@pytest.mark.parametrize("text", ["(1)", "①", "2)", "## \n(1)\n"])
def test_a_counter_alone_is_no_heading(text: str) -> None:
    assert read(text).outcome == "malformed"


def test_a_heading_that_is_a_time_is_a_time() -> None:
    answer = read("## Storyline\n### 00:00 - 00:05: Start\nOne.\n### 00:05 - 00:10\nTwo.")
    assert [(event.start_ms, event.description) for event in answer.storyline or ()] == [
        (0, "Start\nOne."),
        (5_000, "Two."),
    ]


def test_the_same_heading_twice_is_one_section() -> None:
    answer = read("## Storyline\n00:00 - 00:05\nOne.\n## Mood\nCalm.\n## Storyline\n00:05 - 00:10\nTwo.")
    assert [event.description for event in answer.storyline or ()] == ["One.", "Two."]


def test_a_preamble_is_kept_without_a_heading() -> None:
    answer = read(f"Sure!\nHere it is.\n## Storyline\n{EVENT}")
    assert [(extra.heading, extra.text) for extra in answer.extras] == [("", "Sure!\nHere it is.")]


@pytest.mark.parametrize(
    "fence", ["```\n{}\n```", "```markdown\n{}```", "~~~\n{}\n~~~", "```\n{}", "Here:\n```md\n{}\n```"]
)
def test_a_code_fence_around_the_answer_is_taken_away(fence: str) -> None:
    answer = read(fence.format(f"## Storyline\n{EVENT}## Visible Text\nNone\n## Speakers and Transcript\nNone"))
    assert answer.outcome == "ok"
    assert [event.description for event in answer.storyline or ()] == ["A fire burns."]


@pytest.mark.parametrize(
    "thought",
    ["<think>\n## Storyline\nhm\n</think>\n", "I should look.\n</think>\n", "<thinking>x</thinking>", "\ufeff"],
)
def test_thinking_before_the_answer_is_not_part_of_it(thought: str) -> None:
    answer = read(f"{thought}## Storyline\n{EVENT}")
    assert [event.description for event in answer.storyline or ()] == ["A fire burns."]
    assert answer.extras == ()


def test_ranges_before_the_first_heading_are_the_storyline_if_there_is_no_other() -> None:
    answer = read(f"{EVENT}## Visible Text\nNone\n## Speakers and Transcript\nNone")
    assert (answer.outcome, len(answer.storyline or ())) == ("ok", 1)


def test_ranges_before_the_first_heading_are_kept_as_text_beside_a_storyline() -> None:
    answer = read(f"{EVENT}## Storyline\n{EVENT}")
    assert len(answer.storyline or ()) == 1
    assert answer.extras[0].text == "00:00.000 - 00:10.000\nA fire burns."

"""Statements that there is nothing, told from texts and words that only look like one."""

from __future__ import annotations

import pytest

from tasks.answer.absence import is_absence


@pytest.mark.parametrize(
    "text",
    [
        "Only music, no speech.",
        "No transcript available, as there is no speech.",
        "There is only background music and no spoken words.",
        "Silence throughout; no speech.",
        "No captions, titles or signs are visible.",
        "None of the frames contain text.",
        "没有人声，只有背景音乐。",
        "只有音乐，没有人说话。",
        "音楽のみで、会話はありません。",
        "No hay nadie hablando.",
        "El audio no contiene voz.",
        "La vidéo ne contient aucun dialogue.",
        "Das Video enthält keine Sprache.",
        "Видео не содержит речи.",
        "O áudio não contém fala.",
        "Il video non contiene parlato.",
        "No text appears.",
        "No speech appears.",
        "No visible text.",
        "No text appears in this clip.",
        "“No text appears.”",
        "*No speech appears.*",
        "(No speech)",
        "There is no visible text in the video.",
        "There is no on-screen text.",
        "There are no speakers.",
        "There is no speech or dialogue in this audio, only music.",
        "No spoken words or lyrics are heard.",
        "No clearly legible text is visible on screen throughout the video.",
        "No dialogue. No speakers.",
        "Nobody speaks.",
        "No one speaks in this clip.",
        "The video contains no text.",
        "Text does not appear.",
        "Speech isn't heard in the recording",
        "No events.",
        "No human voice is heard.",
        "No transcript available.",
        "None",
        "none.",
        "None detected.",
        "N/A",
        "Not applicable.",
        "- None",
        "无",
        "无。",
        "没有",
        "无文字",
        "没有文字出现。",
        "视频中没有出现任何文字。",
        "画面中未出现文字",
        "没有可见文字",
        "无语音。",
        "音频中没有人说话。",
        "没有语音和对白",
        "未检测到语音内容",
        "無語音",
        "なし",
        "テキストは表示されません",
        "없음",
        "텍스트가 없습니다.",
        "Kein Text sichtbar.",
        "Aucun texte visible.",
        "No hay texto visible.",
        "Нет",
    ],
)
def test_a_statement_of_absence_is_understood(text: str) -> None:
    assert is_absence(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No smoking",
        "No smoking, no food",
        "No text, no problem",
        "No signs of life on Mars",
        "No entry: red sign",
        "No text messages while driving",
        "No speech is free.",
        "No text appears until 00:20, then a title fades in",
        "No problem!",
        "Nothing compares to you",
        "Not today.",
        "Nonetheless",
        "There is no time.",
        "无人区",
        "没有问题",
        "没有人",
        "无线网络",
        "no text " * 40,
    ],
)
def test_other_words_are_not(text: str) -> None:
    assert not is_absence(text)


@pytest.mark.parametrize(("text", "stated"), [("None", False), ("无", False), ("No", False), ("No speech.", True)])
def test_where_somebody_may_have_said_it_one_word_is_not_enough(text: str, stated: bool) -> None:
    assert is_absence(text, strict=True) == stated

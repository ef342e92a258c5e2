"""The catalog: our facts load whole, and the user's file changes them or is told what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.catalog import find_price, load_catalog, pick, pick_language, pick_model
from config.errors import ConfigError
from config.settings import load_settings

CATALOG = load_catalog()

PRICE = "[[prices]]\nmodel = '{model}'\nregion = '{region}'\ncurrency = 'CNY'\nas_of = 2026-11-01"


def user_file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_our_facts_name_the_documented_models_scenarios_and_providers() -> None:
    assert set(CATALOG.models) == {
        "embedded",
        "qwen3.5-omni-plus",
        "qwen3.5-omni-flash",
        "qwen3.8-omni-flash",
        "qwen3-omni-flash",
        "qwen-omni-turbo",
        "Qwen/Qwen3-Omni-30B-A3B-Instruct",
    }
    assert set(CATALOG.scenarios) == {"quick", "extract", "standard", "fine"}
    regions = {"dashscope", "dashscope-cn", "dashscope-us", "dashscope-hk", "dashscope-de", "dashscope-jp"}
    assert set(CATALOG.providers) == {"local", *regions, "vllm", "sglang"}


@pytest.mark.parametrize(
    ("scenario", "video_minutes", "audio_minutes", "pixels"),
    [
        ("quick", 60, 60, (230_400, 230_400)),
        ("extract", 60, 60, (921_600, 2_073_600)),
        ("standard", 4, 2, (921_600, 2_073_600)),
        ("fine", 2, 1, (2_073_600, 2_073_600)),
    ],
)
def test_the_scenario_table_is_the_documented_one(
    scenario: str, video_minutes: int, audio_minutes: int, pixels: tuple[int, int]
) -> None:
    spec = CATALOG.scenarios[scenario]
    assert spec.video.max_length_ms == video_minutes * 60_000
    assert spec.audio.max_length_ms == audio_minutes * 60_000
    assert (spec.video.min_max_pixels, spec.video.max_max_pixels) == pixels
    assert spec.audio.max_max_pixels is None


@pytest.mark.parametrize(
    ("model", "video_s", "audio_s", "frames"),
    [
        ("qwen3.5-omni-plus", 3600, 10_800, 2048),
        ("qwen3.5-omni-flash", 3600, 10_800, 2048),
        ("qwen3-omni-flash", 150, 1200, 128),
        ("qwen-omni-turbo", 40, 180, 80),
        ("embedded", 3600, 10_800, 2048),
    ],
)
def test_a_model_takes_as_much_as_documented(model: str, video_s: int, audio_s: int, frames: int) -> None:
    spec = CATALOG.models[model]
    assert spec.video.max_duration_ms == video_s * 1000
    assert spec.audio.max_duration_ms == audio_s * 1000
    assert spec.tokens.max_frames == frames


@pytest.mark.parametrize(
    ("model", "megabytes", "files", "frame_list", "speech", "understood", "context"),
    [
        # video, audio, image   video, audio        voices from, to, spoken              whole, in, out
        (
            "qwen3.5-omni-plus",
            (2000, 2000, 20),
            (512, 2048, 250),
            (2, 2048),
            (55, 55, 36),
            113,
            (262144, 262144, 65536),
        ),
        ("qwen3-omni-flash", (256, 100, 10), (1, 1, 1), (2, 128), (17, 49, 19), 19, (65536, 49152, 16384)),
        ("qwen-omni-turbo", (150, 10, 10), (1, 1, 1), (4, 80), (4, 4, 2), 2, (32768, 30720, 2048)),
    ],
)
def test_a_family_has_the_documented_limits_and_counts(
    model: str,
    megabytes: tuple[int, int, int],
    files: tuple[int, int, int],
    frame_list: tuple[int, int],
    speech: tuple[int, int, int],
    understood: int,
    context: tuple[int, int, int],
) -> None:
    spec = CATALOG.models[model]
    assert [limits.max_bytes / 1_000_000 for limits in (spec.video, spec.audio, spec.image)] == [*megabytes]
    assert (spec.video.per_request_url, spec.audio.per_request_url, spec.video.per_request_base64) == files
    assert (spec.image.per_request_url, spec.image.per_request_base64) == (2048, 250)
    assert (spec.min_list_frames, spec.max_list_frames) == frame_list
    assert spec.speech is not None
    assert (spec.speech.fewest_voices, spec.speech.most_voices, spec.speech.languages) == speech
    assert spec.understood_languages == understood
    assert (spec.context_tokens, spec.max_input_tokens, spec.max_output_tokens) == context
    assert (spec.min_fps, spec.max_fps, spec.modalities_per_message, spec.speech.sample_rate) == (0.1, 10, 1, 24_000)


@pytest.mark.parametrize(
    ("model", "thinking", "search", "by_instruction"),
    [
        ("qwen3.5-omni-plus", False, True, True),
        ("qwen3.5-omni-flash", False, True, True),
        ("qwen3-omni-flash", True, False, False),
        ("qwen-omni-turbo", False, False, False),
    ],
)
def test_a_family_can_do_what_is_documented(model: str, thinking: bool, search: bool, by_instruction: bool) -> None:
    spec = CATALOG.models[model]
    assert (spec.thinking, spec.search) == (thinking, search)
    assert spec.speech is not None
    assert spec.speech.by_instruction is by_instruction


def test_what_only_writes_has_no_voice() -> None:
    silent = {name for name, spec in CATALOG.models.items() if spec.speech is None}
    assert silent == {"embedded", "qwen3.8-omni-flash", "Qwen/Qwen3-Omni-30B-A3B-Instruct"}


def test_the_dialects_differ_as_documented() -> None:
    ways = {
        name: (
            spec.dialect.sampling,
            spec.dialect.audio_data,
            "video" in spec.dialect.parts,
            spec.dialect.soundtrack_heard,
        )
        for name, spec in CATALOG.providers.items()
    }
    service = ("beside", "data_uri", True, True)
    assert ways == {
        "local": service,
        "dashscope": service,
        **{f"dashscope-{region}": service for region in ("cn", "us", "hk", "de", "jp")},
        "vllm": ("top_level", "base64", False, False),
        "sglang": ("inside", "base64", False, False),
    }


def test_a_snapshot_is_asked_under_its_own_name_with_the_facts_of_its_model() -> None:
    known = CATALOG.models
    snapshot = pick_model("qwen3-omni-flash-2025-12-01", known)
    assert snapshot.name == "qwen3-omni-flash-2025-12-01"
    assert snapshot.model_copy(update={"name": "", "snapshots": ()}) == known["qwen3-omni-flash"].model_copy(
        update={"name": "", "snapshots": ()}
    )
    assert pick_model("qwen3-omni-flash", known) is known["qwen3-omni-flash"]
    with pytest.raises(ConfigError, match='no model "qwen3-omni-flash-2024-01-01"; did you mean qwen3-omni-flash'):
        pick_model("qwen3-omni-flash-2024-01-01", known)


def test_a_snapshot_costs_what_its_model_does_unless_it_has_a_price_of_its_own(tmp_path: Path) -> None:
    name = "qwen3.5-omni-plus-2026-03-15"
    assert find_price(CATALOG, name, "beijing") == find_price(CATALOG, "qwen3.5-omni-plus", "beijing")
    path = user_file(
        tmp_path,
        f"[[prices]]\nmodel = '{name}'\nregion = 'beijing'\ncurrency = 'CNY'\nas_of = 2026-11-01\ntext_in = 1.0\n",
    )
    own = find_price(load_catalog(path), name, "beijing")
    assert own is not None
    assert (own.model, own.text_in) == (name, 1.0)
    assert find_price(CATALOG, "qwen-omni-turbo", "singapore") is None
    assert find_price(CATALOG, "Qwen/Qwen3-Omni-30B-A3B-Instruct", None) is None


def test_the_embedded_engine_is_free_and_not_limited_by_any_rate() -> None:
    price = next(price for price in CATALOG.prices if price.model == "embedded")
    assert {price.text_in, price.image_video_in, price.audio_in, price.text_out, price.audio_out} == {0.0}
    assert CATALOG.models["embedded"].tokens_per_minute is None
    assert CATALOG.models["qwen3.5-omni-flash"].tokens_per_minute == 100_000


def test_a_price_that_nobody_told_us_is_not_there() -> None:
    known = {(price.model, price.region) for price in CATALOG.prices}
    assert ("qwen-omni-turbo", "beijing") in known
    assert ("qwen-omni-turbo", "singapore") not in known


def test_every_language_that_a_model_understands_has_a_name() -> None:
    for tags in [*CATALOG.input_languages.values(), *CATALOG.spoken_languages.values()]:
        assert set(tags) <= set(CATALOG.languages)


def test_a_users_model_takes_over_what_it_is_like(tmp_path: Path) -> None:
    path = user_file(tmp_path, '[models.mine]\nlike = "qwen3.5-omni-plus"\nvideo.max_duration_ms = 90000\n')
    mine = load_catalog(path).models["mine"]
    assert mine.name == "mine"
    assert mine.video.max_duration_ms == 90_000
    assert mine.video.max_bytes == CATALOG.models["qwen3.5-omni-plus"].video.max_bytes


def test_a_users_provider_speaks_the_dialect_of_the_one_it_is_like(tmp_path: Path) -> None:
    path = user_file(
        tmp_path,
        "[providers.ours]\nlike = 'vllm'\nbase_url = 'http://gpu:8000/v1'\ndialect.modalities_per_message = 3\n",
    )
    ours = load_catalog(path).providers["ours"]
    assert ours.dialect.modalities_per_message == 3
    assert ours.dialect.model_copy(update={"modalities_per_message": 2}) == CATALOG.providers["vllm"].dialect


def test_a_users_table_changes_only_the_keys_it_gives(tmp_path: Path) -> None:
    path = user_file(tmp_path, "[scenarios.standard.video]\nmax_length_ms = 180000\n")
    changed = load_catalog(path).scenarios["standard"]
    assert changed.video.max_length_ms == 180_000
    assert changed.video.prompt == "structured-video"
    assert changed.audio == CATALOG.scenarios["standard"].audio


def test_a_users_provider_may_leave_out_what_it_would_take_over(tmp_path: Path) -> None:
    path = user_file(
        tmp_path,
        '[providers.ours]\nlike = "dashscope"\nunset = ["base_url_env", "api_key_env", "other_region"]\n'
        'base_url = "http://10.0.0.5:8000/v1"\n',
    )
    ours = load_catalog(path).providers["ours"]
    assert (ours.base_url, ours.api_key_env, ours.other_region) == ("http://10.0.0.5:8000/v1", None, None)


def test_a_users_price_replaces_ours_for_the_same_model_and_region(tmp_path: Path) -> None:
    path = user_file(
        tmp_path,
        '[[prices]]\nmodel = "embedded"\nregion = "local"\ncurrency = "EUR"\nas_of = 2026-01-01\naudio_in = 1.5\n',
    )
    found = [price for price in load_catalog(path).prices if price.model == "embedded"]
    assert [(price.currency, price.audio_in, price.text_in) for price in found] == [("EUR", 1.5, None)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x =", ["is not valid TOML"]),
        ("[model.a]", ["no table [model]", "did you mean models?"]),
        ("models = 3", ["expected a table [models]", "found 3"]),
        ("[models]\na = 3", ["models.a: expected a table"]),
        ("[prices]\nmodel = 'x'", ["expected [[prices]] tables"]),
        ("[models.a]", ["[models.a] family: expected a value, found none"]),
        ("[models.a]\nlike = 'b'", ["[models.a] like", 'no model "b"', "qwen-omni-turbo"]),
        ("[models.a]\nlike = 'a'", ["does not lead back here"]),
        ("[models.embedded]\nfamilly = 'x'", ["[models.embedded] familly: there is no such key; did you mean family?"]),
        ("[models.embedded.video]\nmax_byte = 1", ["video.max_byte", "did you mean max_bytes?", "max_duration_ms"]),
        ("[models.embedded.video]\nmax_bytes = 'lots'", ['video.max_bytes: expected a valid integer, found "lots"']),
        ("[scenarios.quick.video]\nmax_length_ms = 0", ["max_length_ms: expected a number greater than 0, found 0"]),
        ("[scenarios.quick.video]\nmin_max_pixels = 300000", ["video: expected min_max_pixels and max_max_pixels"]),
        ("[providers.local]\ndefault_model = 'zz'", ["[providers.local] default_model", 'no model "zz"']),
        ("[providers.local]\nother_region = 'zz'", ["[providers.local] other_region", 'no provider "zz"']),
        ("[[prices]]\nmodel = 'x'", ["[[prices]] region: expected a value, found none"]),
        (
            PRICE.format(model="qwen-omni-turbot", region="beijing"),
            ["[[prices]] model: There is no model", "did you mean"],
        ),
        (PRICE.format(model="embedded", region="paris"), ['[[prices]] region: There is no price_region "paris"']),
        ("[models.embedded]\nmin_list_frames = 4096", ["expected min_list_frames not above max_list_frames"]),
        ("[models.embedded.tokens]\nmin_frames = 4096", ["[models.embedded] tokens: expected min_frames not above"]),
        (
            "[models.embedded]\nmax_input_tokens = 1_000_000",
            ["max_input_tokens not above context_tokens, found 1000000"],
        ),
        ('[models.qwen-omni-turbo]\nparts = ["sound"]', ["parts.0: expected 'video_url', 'video', 'input_audio' or"]),
        ('[models.qwen-omni-turbo.speech]\nvoices = ["A", "A"]', ["speech: expected voices to be at most 4 different"]),
        ("[models.qwen-omni-turbo.speech]\nvoice = 'A'", ["speech.voice: there is no such key; did you mean voices?"]),
        ("[providers.local]\ndialect = 'vllm'", ["[providers.local] dialect: expected a table"]),
        (
            "[providers.local.dialect]\nsampling = 'aside'",
            ["dialect.sampling: expected 'beside', 'inside' or 'top_level'"],
        ),
        ("[input_languages]\nx = 'as y'", ["[input_languages] x: expected a list of tags, found 'as y'"]),
        ("[languages]\nxx = 3", ["[languages] xx: expected the language's English name, found 3"]),
    ],
)
def test_a_wrong_file_is_named_with_table_key_and_what_was_expected(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = user_file(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_catalog(path)
    assert str(path) in str(caught.value)
    for expected in words:
        assert expected in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mine\.toml cannot be read: No such file"):
        load_catalog(tmp_path / "mine.toml")


def test_an_unknown_name_is_answered_with_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        pick("scenario", "standart", CATALOG.scenarios)
    assert str(caught.value) == (
        'There is no scenario "standart"; did you mean standard? Known: extract, fine, quick, standard.'
    )


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("zh_TW", "zh-TW"),
        ("zh-Hans-CN", "zh"),
        ("yue-hk", "yue-HK"),
        ("English", "en"),
        ("cantonese", "yue"),
        ("auto", "auto"),
        ("sichuan", "zh-sichuan"),
        ("Sichuan dialect", "zh-sichuan"),
        ("zh-sichuan", "zh-sichuan"),
        ("四川话", "zh-sichuan"),
        ("zh-yue", "yue"),
        ("Shanghai", "wuu"),
        ("min-nan", "nan"),
    ],
)
def test_a_language_is_known_by_its_tag_in_any_case_and_by_its_name(given: str, tag: str) -> None:
    assert pick_language(given, CATALOG) == tag


DIALECTS = """
Northeastern Guizhou Cantonese Henan Hong-Kong-Cantonese Shanghai Shaanxi Tianjin Taiwan Yunnan Anhui Fujian Gansu
Guangdong Hubei Hunan Jiangxi Shandong Shanxi Sichuan Guangxi Hainan Chongqing Changsha Hangzhou Hefei Yinchuan
Zhengzhou Shenyang Wenzhou Wuhan Kunming Taiyuan Nanchang Jinan Lanzhou Nanjing Hakka Min-Nan
"""


def test_every_documented_dialect_is_known_by_its_name_and_understood() -> None:
    tags = {pick_language(name, CATALOG) for name in DIALECTS.split()}
    assert len(tags) == 39
    assert tags <= {*CATALOG.input_languages["qwen3.5-omni"]} & {*CATALOG.input_languages["qwen3.8-omni"]}


def test_a_model_speaks_as_many_languages_as_documented() -> None:
    assert len(CATALOG.spoken_languages["qwen3.5-omni"]) == 36


def test_every_further_name_of_a_language_is_of_a_known_one() -> None:
    assert {*CATALOG.language_names.values()} <= {*CATALOG.languages}


def test_a_language_that_is_not_known_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r'no language "englsh"; did you mean english\? Known: auto, af, am'):
        pick_language("englsh", CATALOG)


def test_the_examples_in_the_documentation_are_valid_files(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    first, second = (block.split("```")[0] for block in page.split("```toml\n")[1:])
    path = user_file(tmp_path, first)
    catalog = load_catalog(path)
    assert catalog.providers["ours"].api_key_env == "OURS_API_KEY"
    assert catalog.models["omni-at-home"].video.max_duration_ms == 90_000
    assert load_settings(path, environ={}, provider="ours").scenario == "quick"
    box = load_catalog(user_file(tmp_path, second)).providers["gpu-box"]
    assert (box.default_model, box.dialect.audio_data, box.dialect.modalities_per_message) == ("our-omni", "base64", 3)

"""Tell by which tags files name a language on their sound tracks."""

from __future__ import annotations

import re

from config.catalog import pick_language
from config.errors import ConfigError
from config.subtitles import load_subtitle_catalog
from config.types import Catalog

_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def track_language(name: str, catalog: Catalog) -> tuple[str, tuple[str, ...]]:
    """Return the tag of a language, and how files write it, the best first.

    `name` is a BCP 47 tag, an English name, or a code of ISO 639-2. A code that nobody knows stands for itself, since
    files have such, too ("qaa"). Files' tags are in lower case. Raises ConfigError.

    >>> from config.catalog import load_catalog
    >>> track_language("German", load_catalog()), track_language("ger", load_catalog())[0]
    (('de', ('de', 'deu', 'ger')), 'de')
    """
    codes = load_subtitle_catalog()
    wanted = name.strip().replace("_", "-").lower()
    by_code = {code: tag for tag, code in codes.three_letters.items()}
    by_code |= {older: by_code[code] for code, older in codes.bibliographic.items() if code in by_code}
    try:
        tag = by_code.get(wanted) or pick_language(wanted, catalog)
    except ConfigError:
        if not _CODE.fullmatch(wanted):
            raise
        tag = wanted
    if tag == "auto":
        raise ConfigError('audio track: expected a number from 0, "all" or a language, found "auto".')
    first = tag.partition("-")[0]
    code = codes.three_letters.get(first, first)
    given = (wanted,) if _CODE.fullmatch(wanted) else ()
    return tag, tuple(dict.fromkeys((*given, tag.lower(), first, code, codes.bibliographic.get(code, code))))

"""Languages of sessions. Pure."""

import re

_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")

# Names that people type, in English and in the language itself.
_NAMES = {
    **dict.fromkeys(("english",), "en"),
    **dict.fromkeys(("german", "deutsch"), "de"),
    **dict.fromkeys(("french", "français"), "fr"),
    **dict.fromkeys(("spanish", "español"), "es"),
    **dict.fromkeys(("portuguese", "português"), "pt"),
    **dict.fromkeys(("italian", "italiano"), "it"),
    **dict.fromkeys(("dutch", "nederlands"), "nl"),
    **dict.fromkeys(("russian", "русский"), "ru"),
    **dict.fromkeys(("chinese", "mandarin", "中文"), "zh"),
    **dict.fromkeys(("japanese", "日本語"), "ja"),
    **dict.fromkeys(("korean", "한국어"), "ko"),
    **dict.fromkeys(("vietnamese", "tiếng việt"), "vi"),
    **dict.fromkeys(("thai", "ไทย"), "th"),
    **dict.fromkeys(("indonesian", "bahasa indonesia"), "id"),
    **dict.fromkeys(("malay", "bahasa melayu"), "ms"),
    **dict.fromkeys(("hindi", "हिन्दी"), "hi"),
    **dict.fromkeys(("tamil", "தமிழ்"), "ta"),
}


def language_tag(typed: str) -> str | None:
    """Return the tag (RFC 5646) of a language that a person typed: `en-GB`; None if unknown."""
    if known := _NAMES.get(typed.lower()):
        return known
    return typed.replace("_", "-") if _TAG.fullmatch(typed) else None

"""Languages of texts: their tags, their names, and their directions. Pure."""

import unicodedata

from openevent.programme.language import language_tag

# Characters of a text that decide.
_ENOUGH = 1000

# Codes of ISO 639-1: others that people type may be none.
_HEBREW = "he"  # words: allow
_TWO_LETTERS = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv "
    "cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha hi ho hr "
    "ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv "
    "kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no "
    "nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn "
    "so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo "
    "wa wo xh yi yo za zh zu"
)
_CODES = frozenset(_TWO_LETTERS.split()) | {_HEBREW}

# What the languages of most sessions are called.
_NAMES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    _HEBREW: "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "km": "Khmer",
    "ko": "Korean",
    "lt": "Lithuanian",
    "ms": "Malay",
    "my": "Burmese",
    "nb": "Norwegian",
    "ne": "Nepali",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "si": "Sinhala",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sr": "Serbian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def direction_of(*texts: str) -> str:
    """Return `rtl` if most letters of the texts are of scripts from right to left, else `ltr`."""
    balance = 0
    for text in texts:
        for character in text[:_ENOUGH]:
            match unicodedata.bidirectional(character):
                case "R" | "AL":
                    balance += 1
                case "L":
                    balance -= 1
    return "rtl" if balance > 0 else "ltr"


def known_tag(typed: str) -> str | None:
    """Return the tag of a language that a person typed, if its code is one of ISO 639-1."""
    tag = language_tag(typed)
    return tag if tag is not None and tag.split("-")[0].lower() in _CODES else None


def language_text(typed: str) -> str:
    """Return what people call the language that a person typed; unchanged if that is unknown."""
    tag = known_tag(typed)
    return typed if tag is None else _NAMES.get(tag.lower(), typed)

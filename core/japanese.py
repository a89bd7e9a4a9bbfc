"""Japanese text as people type it, brought into one form (design.md §8: input is forgiving).

`normalize` is for storing, `search_key` for a search column, the rest for codes and contacts.
NFKC is kept away from stored text: it would replace characters of people's names, such as
U+FA19, a form of 神, and take ① and ㎡ apart.
"""

import re
import unicodedata
from typing import TYPE_CHECKING

import jaconv
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyText  # only the stubs have it


class InputError(ValueError):
    """A typed text that cannot be read; the message says in the reader's language what to do."""

    def __init__(self, message: "str | LazyText", *, code: str, **params: object) -> None:
        super().__init__(code)
        self.message = message
        self.code = code
        self.params = params

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.params if self.params else text


_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Control, bidirectional, zero-width and filler characters. Joiners stay inside scripts that are
# written with them (Arabic to Sinhala: a Nepali name loses letters without).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0001\U000e0020-\U000e007f]"
    "|(?<![\u0600-\u0dff])[\u200c\u200d]"
)
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_INDENT = re.compile("\u3000*")
_JAPANESE = re.compile(
    "[\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)

_ASCII = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
_SENTENCE_MARKS = "！（），．：；？～"
_NARROW_MARKS = {ord(mark): _ASCII[ord(mark)] for mark in _SENTENCE_MARKS if mark != "～"}
_HYPHENS = "‐‑‒–−﹣⁃˗"
_DASHES = "ー—―─━"
# PDF readers copy 日 as the radical ⽇: Kangxi radicals, and those of the supplement seen in names.
_RADICALS: dict[int, int | str] = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}
_RADICALS |= str.maketrans("⺟⺠⻁⻄⻑⻘⻝⻤⻨⻩⻫⻭⻯⻲", "母民虎西長青食鬼麦黄斉歯竜亀")
_ONE_FORM: dict[int, int | str] = {
    **{code: char for code, char in _ASCII.items() if chr(code) not in _SENTENCE_MARKS},
    **_RADICALS,
    **dict.fromkeys(map(ord, _HYPHENS), "-"),
    **str.maketrans("ﾞﾟ〜", "゛゜～"),
}
_DASH_IN_NUMBER = re.compile(f"(?<=[0-9])[{_DASHES}](?=[0-9])")
_MARK_IN_NUMBER = re.compile("(?<=[0-9])[，．：](?=[0-9])")
_VOICED_KANA = re.compile("[ぁ-ヾ][\u3099\u309a゛゜]")
_COMBINING = str.maketrans("゛゜", "\u3099\u309a")
_MARKED_LETTER = re.compile(
    "(?![\uf900-\ufaff\U0002f800-\U0002fa1f])[^\\W\\d_][\u0300-\u036f]+|[\u1100-\u11ff]+"
)


def normalize(text: str) -> str:
    """Return the one form in which names and free text are stored; applying it twice is the same.

    Full-width kana, half-width letters and digits, ASCII hyphens, single spaces, \\n line breaks.
    In a text with Japanese the marks （），．：；！？ stay as 公用文 writes them; so do all
    characters of names (髙 﨑 德 邉 𠮷) with their variation selectors, and a paragraph's indent.
    """
    text = _INVISIBLE.sub("", _LINE_BREAKS.sub("\n", text))
    text = jaconv.h2z(text, kana=True, ascii=False, digit=False).translate(_ONE_FORM)
    text = _MARKED_LETTER.sub(lambda m: unicodedata.normalize("NFC", m[0]), text)
    text = _VOICED_KANA.sub(_compose, text)
    if not _JAPANESE.search(text):
        text = text.translate(_NARROW_MARKS)
    text = _DASH_IN_NUMBER.sub("-", text)
    text = _MARK_IN_NUMBER.sub(lambda m: chr(_ASCII[ord(m[0])]), text)
    return _tidy_spaces(text)


def _compose(match: re.Match[str]) -> str:
    composed = unicodedata.normalize("NFC", match[0].translate(_COMBINING))
    return composed if len(composed) == 1 else match[0]


def _tidy_spaces(text: str) -> str:
    lines = ["" if _SPACES.fullmatch(line) else line for line in text.split("\n")]
    lines = "\n".join(lines).strip("\n").split("\n")
    if len(lines) == 1:
        return _SPACES.sub(" ", lines[0]).strip(" ")
    return "\n".join(_indent(line) + _SPACES.sub(" ", line).strip(" ") for line in lines)


def _indent(line: str) -> str:
    match = _INDENT.match(line)
    return match[0] if match else ""


_SELECTORS_AND_SPACES = re.compile("[\\s\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_HYPHEN_LIKE = re.compile(f"[-{_HYPHENS}{_DASHES}]")
_LONG_VOWEL = re.compile("(?<=[ァ-ヺ])-+")
# Old and variant characters of names → the form that people type when they look for them.
_VARIANTS = str.maketrans(
    "髙﨑嵜碕德邉邊𠮷濵濱栁桺澤廣國齋齊斉惠眞嶋嶌瀨櫻壽榮條實萬與靜來峯桒舘槇遙籠藪穗豐龍彌薗曾檜"
    "禮榎淵渕淸兒圓塩鹽縣縄繩髮ヶヵ",
    "高崎崎崎徳辺辺吉浜浜柳柳沢広国斎斎斎恵真島島瀬桜寿栄条実万与静来峰桑館槙遥篭薮穂豊竜弥園曽桧"
    "礼榎渕渕清児円塩塩県縄縄髪ケカ",
)


def search_key(text: str) -> str:
    """Return what a search column stores: width, case, kana, spaces and name variants folded.

    Hiragana counts as katakana; a hyphen or dash after kana as the long vowel (コ－ヒ－), every
    other one, ー between digits included, as a hyphen. Not for showing.
    """
    key = _SELECTORS_AND_SPACES.sub("", normalize(text))
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold())
    key = _SELECTORS_AND_SPACES.sub("", key).translate(_VARIANTS)
    key = unicodedata.normalize("NFKC", jaconv.hira2kata(key))
    return _LONG_VOWEL.sub(lambda m: "ー" * len(m[0]), _HYPHEN_LIKE.sub("-", key))


def to_katakana(text: str) -> str:
    """Return a reading in full-width katakana; a hyphen after kana becomes the long vowel."""
    katakana = jaconv.hira2kata(normalize(text))
    return re.sub("(?<=[ァ-ヺ])[-—―─━]", "ー", katakana)


def is_katakana(text: str) -> bool:
    """Return whether a reading has only full-width katakana, ー, ・, ＝ and single spaces."""
    return re.fullmatch("[ァ-ヺー・ヽヾ]+(?:[ =＝][ァ-ヺー・ヽヾ]+)*", text) is not None


def normalize_digits(text: str) -> str:
    """Return the text with every decimal digit, of whatever width or script, as 0-9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def bare(text: str) -> str:
    """Return a code without width, spaces or hyphens: what is left is what was meant."""
    folded = unicodedata.normalize("NFKC", normalize(text))
    return normalize_digits(re.sub(rf"[\s{_HYPHENS}{_DASHES}-]", "", folded))


def municipality_code_check_digit(first_five: str) -> str:
    """Return the sixth digit of a 全国地方公共団体コード (総務省; domain.md §8)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(first_five, range(6, 1, -1), strict=True)
    )
    return str(11 - total % 11)[-1]


def is_municipality_code(code: str) -> bool:
    """Return whether six digits are a possible body: prefecture 01-47 and the check digit fits."""
    return (
        re.fullmatch("[0-9]{6}", code) is not None
        and 1 <= int(code[:2]) <= 47
        and code[5] == municipality_code_check_digit(code[:5])
    )


def normalize_code(text: str) -> str:
    """Return a municipality code as six digits, the zero that Excel drops put back where it fits.

    What is no such code comes back only stripped: ask `is_municipality_code`.
    """
    code = bare(text)
    padded = f"0{code}"
    return padded if is_municipality_code(padded) else code


def corporate_number_check_digit(last_twelve: str) -> str:
    """Return the first digit of a 法人番号 (法人番号の指定等に関する省令 第2条; domain.md §8)."""
    weighted = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(last_twelve)))
    return str(9 - sum(weighted) % 9)


def is_corporate_number(number: str) -> bool:
    """Return whether the text is 13 digits whose first is the check digit of the others."""
    return re.fullmatch("[0-9]{13}", number) is not None and number[
        0
    ] == corporate_number_check_digit(number[1:])


def is_my_number(number: str) -> bool:
    """Return whether 12 digits are a 個人番号, check digit last (平成26年総務省令第85号 第5条)."""
    if re.fullmatch("[0-9]{12}", number) is None:
        return False
    weights = (*range(2, 8), *range(2, 7))
    total = sum(int(digit) * weight for digit, weight in zip(number[10::-1], weights, strict=True))
    return int(number[11]) == (0 if total % 11 <= 1 else 11 - total % 11)


_TWELVE_DIGITS = re.compile(
    r"(?<![0-9])(?<![0-9]-)([0-9]{4})([ -]?)([0-9]{4})\2([0-9]{4})(?!-?[0-9])"
)


def contains_my_number(text: str) -> bool:
    """Return whether the text holds 12 digits (also 4-4-4) that may be someone's My Number.

    The portal must never hold one (design.md §6), so every free text field refuses them.
    """
    folded = _HYPHEN_LIKE.sub("-", unicodedata.normalize("NFKC", normalize(text)))
    found = _TWELVE_DIGITS.finditer(normalize_digits(folded))
    return any(is_my_number(match[1] + match[3] + match[4]) for match in found)


_PHONE_WORD = re.compile(r"^(?:tel|phone|電話(?:番号)?|代表|☎)[.: ]*", re.IGNORECASE)
_EXTENSION = re.compile(r"[,(\s]*(?:内線|ext\.?|x)[.: ]*([0-9]{1,6})\)?$", re.IGNORECASE)
# Only the groupings that hold without the ministry's table of area codes.
_PHONE_GROUPS = (
    re.compile("(0800)([0-9]{3})([0-9]{4})"),
    re.compile("(0[5789]0)([0-9]{4})([0-9]{4})"),
    re.compile("(0120|0570|0990)([0-9]{3})([0-9]{3})"),
    re.compile("(0[36])([0-9]{4})([0-9]{4})"),
)


def normalize_phone(text: str) -> str:
    """Return `03-5213-1722`, `+44-20-7839-2130` or `03-5213-1722 内線12`; refuse what is no number.

    Typed groups are kept; without groups only unmistakable numbers are grouped.
    """
    typed = _HYPHEN_LIKE.sub("-", unicodedata.normalize("NFKC", normalize(text)))
    typed = normalize_digits(_PHONE_WORD.sub("", typed)).replace("(0)", "")
    extension = _EXTENSION.search(typed)
    number = _phone_number(typed[: extension.start()] if extension else typed)
    return f"{number} 内線{extension[1]}" if extension else number


def _phone_number(typed: str) -> str:
    typed = re.sub(r"^\+81[^0-9]*0?", "0", typed.strip())
    groups = [] if re.search(r"[^-0-9+(). /]", typed) else re.findall("[0-9]+", typed)
    digits = "".join(groups)
    if typed.startswith("+") and 7 <= len(digits) <= 15:
        return "+" + "-".join(groups)
    if not re.fullmatch("0[1-9][0-9]{8,9}", digits):
        raise InputError(
            _("Enter the whole telephone number with its area code, for example 03-5213-1722."),
            code="phone",
        )
    grouped = "-".join(groups)
    if re.fullmatch("0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}", grouped):
        return grouped
    matches = (pattern.fullmatch(digits) for pattern in _PHONE_GROUPS)
    return next(("-".join(match.groups()) for match in matches if match), digits)


def normalize_postal_code(text: str) -> str:
    """Return a postal code as `102-0083`; refuse what has not seven digits."""
    digits = bare(text).lstrip("〒")
    if not re.fullmatch("[0-9]{7}", digits):
        raise InputError(
            _("Enter the postal code in seven digits, for example 102-0083."), code="postal_code"
        )
    return f"{digits[:3]}-{digits[3:]}"


def normalize_email(text: str) -> str:
    """Return an address as it is stored and compared: half width, lower case, no spaces."""
    folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", normalize(text)))
    return folded.lower().strip("<>").removeprefix("mailto:")


_KANJI_DIGITS = str.maketrans("〇零一二三四五六七八九壱弐参拾萬", "00123456789123十万")
_UNITS = (
    ("兆", 10**12),
    ("億", 10**8),
    ("万", 10**4),
    ("千", 1000),
    ("百", 100),
    ("十", 10),
)
_PLAIN_NUMBER = re.compile("[0-9]{1,40}|[0-9]{1,3}(?:,[0-9]{3}){1,12}")


def holds_number_marks(text: str) -> bool:
    """Return whether ①, Ⅲ, ² or ½ stands in a text: as digits they would make another number."""
    return any(unicodedata.category(c) in ("No", "Nl") and c != "〇" for c in text)


def read_number(text: str) -> int | None:
    """Return the value of Arabic, kanji or mixed numerals (`1億2,345万`, `三百`), else None."""
    if holds_number_marks(text):
        return None
    folded = unicodedata.normalize("NFKC", text).translate(_KANJI_DIGITS)
    return _read(folded, _UNITS)


def _read(text: str, units: tuple[tuple[str, int], ...]) -> int | None:
    if not units:
        return int(text.replace(",", "")) if _PLAIN_NUMBER.fullmatch(text) else None
    (unit, worth), *smaller = units
    head, found, tail = text.partition(unit)
    if not found:
        return _read(text, tuple(smaller))
    # 千五百 needs no 一 before 千; a lone 万 is a unit whose number was forgotten.
    times = _read(head, tuple(smaller)) if head or worth > 1000 else 1
    rest = _read(tail, tuple(smaller)) if tail else 0
    if times is None or rest is None or rest >= worth:
        return None
    return times * worth + rest

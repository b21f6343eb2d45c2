"""Text that others wrote, made inert for the place where it is shown; and personal data made less personal.

Belongs here: one function per place. Does not belong here: what is shown. HTML is escaped by the templates
themselves; what they show goes through `visible` first.

A lead's fields are filled in by strangers. A spreadsheet runs cells that begin like a formula, chat resolves
mentions and links, a terminal obeys control characters, and bidirectional controls make text read as another.
"""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# Deliberately wide: what looks like an address is masked, also when it is malformed. Bounded, or a long text without
# an address would take time as its square.
_EMAIL = re.compile(r"[^\s,;:<>()\"'=@]{1,64}(?:@|\s*\(at\)\s*)[^\s,;:<>()\"'=]*", re.IGNORECASE)
_PHONE = re.compile(r"\+[0-9][0-9 ().\-/]{5,}[0-9]|\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}")
_SLACK = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKDOWN = re.compile(r"([\\`*_\[\]()#!|>~<]|^\s*[-+])")
_AFTER_SEPARATOR = re.compile(r"([;\t\r\n][ \u00a0]*)(?=[=+\-@])")
_JOINERS = "\u200c\u200d"
_LINKS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*):(?=//|[^\s])")


def visible(text: str, letters: int = 200) -> str:
    """`text` in one line of visible characters, at most `letters` long.

    Control, format (bidirectional overrides, zero-width) and unassigned characters become U+FFFD: what was there
    is not hidden, and does nothing.
    """
    shown = _seen(_SPACES.sub(" ", text))
    return shown if len(shown) <= letters else shown[: letters - 1].rstrip() + "…"


def one_line(text: str, letters: int = 200) -> str:
    """For a header, a subject or a log line: `visible`, without spaces around it; no line break survives."""
    return visible(text, letters).strip()


def csv_cell(text: str) -> str:
    """`text` as a spreadsheet shows it rather than runs it; a plain number stays one.

    An apostrophe is put before what a spreadsheet would take for a formula (OWASP, CSV injection): at the start, also
    after blanks, and after what some locale takes for a separator. NUL and other controls are made visible.
    """
    if _NUMBER.fullmatch(text):
        return text
    shown = _AFTER_SEPARATOR.sub(r"\1'", _seen(text, kept="\t\r\n"))
    return f"'{shown}" if shown.lstrip(" \u00a0\ufeff\ufffd").startswith(_FORMULA) else shown


def slack_plain(text: str, letters: int = 200) -> str:
    """`text` for a Slack `plain_text` object, which reads no marks: angle brackets become guillemets all the same."""
    return visible(text, letters).replace("<", "\u2039").replace(">", "\u203a")


def slack_text(text: str, letters: int = 200) -> str:
    """`text` for a Slack `mrkdwn` object: no mention, link, formatting or emoji comes out of it.

    Slack's own escapes (&, <, >) disarm mentions and links; a zero-width space keeps the rest from being marks.
    """
    escaped = "".join(_SLACK.get(character, character) for character in visible(text, letters))
    return re.sub(r"([*_~`:@#|])", "\u200b\\1\u200b", escaped)


def teams_text(text: str, letters: int = 200) -> str:
    """`text` for an Adaptive Card's text, which reads a part of Markdown: no link, emphasis or list comes out of it."""
    return _LINKS.sub("\\1\u200b:\u200b", _MARKDOWN.sub(r"\\\1", visible(text, letters)))


def masked(text: str) -> str:
    """`text` with the names in e-mail addresses, and the middle of phone numbers, hidden; domains are kept."""
    if "@" in text or "(at)" in text.lower():
        text = _EMAIL.sub(_masked_email, text)
    return _PHONE.sub(_masked_phone, text)


def masked_value(text: str) -> str:
    """A value that is personal whatever it looks like (a malformed address): its first letter and its domain."""
    name, at, domain = text.strip().partition("@")
    return f"{name[:1]}•••{at}{domain}"


def _masked_email(found: re.Match[str]) -> str:
    return masked_value(found.group())


def _masked_phone(found: re.Match[str]) -> str:
    return f"{found.group()[:2]}•••{found.group()[-2:]}"


def _seen(text: str, kept: str = "") -> str:
    if text.isprintable():
        return text
    return "".join("\ufffd" if _is_unseen(character) and character not in kept else character for character in text)


def _is_unseen(character: str) -> bool:
    # Joiners shape letters in Persian and Indic names and in emoji; alone they do nothing.
    return character not in _JOINERS and unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")

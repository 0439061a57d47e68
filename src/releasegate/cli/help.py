"""Help and usage errors in the reader's language: English stands in the source and in Typer; each sentence is looked up as it stands."""

import re
from collections.abc import Iterator
from typing import Any

from releasegate import messages
from releasegate.messages.words import Words, translated

FRAME = (
    Words("Usage:"),
    Words("Arguments:"),
    Words("Options:"),
    Words("Commands:"),
    Words("[required]"),
    Words("env var:"),
    Words("default:"),
    Words("Show this message and exit."),
)
_ERRORS = {
    r"Missing (?:argument|option) '(?P<name>.+?)'.*\. Choose from:(?P<words>.+)": Words(
        "{name} is missing; say one of: {words}.", name="", words=""
    ),
    r"Invalid value for '(?P<name>.+?)': .* is not one of (?P<words>.+)\.": Words("{name} takes one of: {words}.", name="", words=""),
    r"Missing (?:argument|option|parameter) '(?P<name>.+?)'(?: \(env var: '.*'\))?\..*": Words("{name} is missing.", name=""),
    r"No such option: (?P<name>\S+)(?: .*)?": Words("There is no option {name}.", name=""),
    r"No such command '(?P<name>.+?)'\.(?: .*)?": Words("There is no command {name}.", name=""),
    r"Got unexpected extra arguments? \((?P<name>.+)\)": Words("It is not clear what this means: {name}.", name=""),
    r"Got unexpected extra argument\(s\) \((?P<name>.+)\)": Words("It is not clear what this means: {name}.", name=""),
    r"Option '(?P<name>.+?)' requires an argument\.": Words("{name} needs a value.", name=""),
    r"Option '(?P<name>.+?)' does not take a value\.": Words("{name} takes no value.", name=""),
    r"Invalid value for (?P<name>.+?): .*": Words("This value of {name} is not possible.", name=""),
    r"Missing command\.": Words("Name a command."),
}


def speak(command: Any, lang: str) -> Any:  # noqa: ANN401 - a command of Typer, whose class moved between its versions
    """The same command, its help in this language."""
    if messages.language(lang) == "en":
        return command
    for each in _all(command):
        each.help = _paragraph(_said(each.help, lang))
        each.short_help = _said(each.short_help, lang) or _first(each.help)
        each.epilog = _paragraph(_said(each.epilog, lang))
        each.context_class = _context(each.context_class, lang)
        for parameter in each.params:
            parameter.help = _said(getattr(parameter, "help", None), lang)
    return command


def usage(error: Any, lang: str) -> str:  # noqa: ANN401 - Typer's UsageError, wherever it lives in this version
    """Nothing was sent; what in the call cannot be read; and how it is meant to be."""
    said = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(said)
    for pattern, words in _ERRORS.items():
        if found := re.fullmatch(pattern, said, re.DOTALL):
            said = messages.told(Words(words.template, **_facts(found, lang)), lang)
            break
    first = messages.Voice(lang=lang).say("cli.nothing-sent", reason=said)
    how = messages.told(Words("Help: {command} --help", command=error.ctx.command_path), lang) if error.ctx else ""
    shown = error.ctx.get_usage() if error.ctx else ""
    return "\n".join(line for line in (first, shown, how) if line)


def _facts(found: re.Match[str], lang: str) -> dict[str, str]:
    """What the pattern found; the words to choose from in a row."""
    facts = found.groupdict()
    return facts | {"words": messages.text("list.between", lang).join(re.findall(r"[\w.-]+", facts.get("words", "")))}


def _all(command: Any) -> Iterator[Any]:  # noqa: ANN401 - see speak
    yield command
    for each in getattr(command, "commands", {}).values():
        yield from _all(each)


def _said(text: str | None, lang: str) -> str | None:
    return translated(re.sub(r"\s+", " ", text).strip(), lang) if text else text


def _paragraph(text: str | None) -> str | None:
    """A sentence a line, left as it is: Typer breaks lines at blanks, and Japanese has none."""
    return "\b\n" + text.replace("。", "。\n").strip() if text else text


def _first(text: str | None) -> str | None:
    return text.removeprefix("\b\n").splitlines()[0] if text else text


def _context(base: Any, lang: str) -> Any:  # noqa: ANN401 - see speak
    """A context whose help is framed in this language."""

    class Formatter(base.formatter_class):  # type: ignore[misc]  # a class of Typer's
        """Writes help."""

        def getvalue(self) -> str:
            """What was written, with Typer's own words in the reader's language."""
            text = str(super().getvalue())
            for words in FRAME:
                said = translated(words.template, lang)
                broken = r"\s+".join(map(re.escape, words.template.split()))  # a narrow terminal breaks lines in them
                text = re.sub(broken, said.replace("\\", r"\\"), text)
            return text

    return type("Context", (base,), {"formatter_class": Formatter})

"""Python: a revision as a keyword of the call that names a model, or the governed name in the model's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.fixes.python_call import NAME, NONE, STRING, call_at
from weighbridge.fixes.python_names import loader
from weighbridge.fixes.python_values import is_given, varies
from weighbridge.fixes.source import Edit, Why
from weighbridge.fixes.texts import within
from weighbridge.references.python_calls import CALLS

if TYPE_CHECKING:
    from weighbridge.core.mending import Wish
    from weighbridge.core.mention import Mention
    from weighbridge.fixes.python_call import Argument, CallSite
    from weighbridge.fixes.source import Edits, Source

_TAKE_FOLDERS: Final = frozenset(
    {
        *("hf-from-pretrained", "hf-pipeline", "sentence-transformers", "langchain-embeddings", "faster-whisper"),
        *("vllm", "sglang"),
    }
)
"""Rules of calls that take a folder in the place of a model's name."""
_NO_CALL: Final = Why("its call can't be told from here")
_DICTIONARY: Final = Why("its arguments stand in a dictionary")


def pin(source: Source, wish: Wish) -> Edits | Why:
    """The edits that write a revision into a call.

    Args:
        source: The file.
        wish: What is to be mended.
    """
    mention = wish.mention
    site = _site(source, mention)
    if isinstance(site, Why):
        return site
    argument = site.arguments[site.index]
    keyword = _keyword(mention, argument)
    written = next((each for each in site.arguments if keyword and each.keyword == keyword), None)
    if written is not None:
        return _rewritten(source, site, written, wish)
    if keyword and (name := is_given(source, site, keyword)):
        return Why(f"its revision comes from **{name}") if name.isidentifier() else _DICTIONARY
    if mention.revision is not None or not keyword:
        return _in_text(source, argument, wish)
    return _added(source, site, f"{keyword}{site.equal}{_quoted(source, site, wish.revision)}")


def _site(source: Source, mention: Mention) -> CallSite | Why:
    offset = source.offset(mention.spot.line, mention.spot.column)
    site = call_at(source, offset) if offset is not None else None
    if site is None:
        return _NO_CALL
    argument = site.arguments[site.index]
    if argument.star or site.function == "dict":
        return _DICTIONARY
    return varies(source, site) or site


def _keyword(mention: Mention, argument: Argument) -> str:
    """The keyword of the revision; empty if the call takes none."""
    rows = [call for call in CALLS if call.rule == mention.rule]
    for call in rows:
        for model, revision in call.also:
            if model == argument.keyword:
                return revision
    return next((call.revision for call in rows if call.revision), "") if mention.scheme == "hf" else ""


def _rewritten(source: Source, site: CallSite, written: Argument, wish: Wish) -> Edits | Why:
    """A revision that stands at the call, replaced."""
    text = source.text[written.value_start : written.value_end]
    if written.kind == NAME:
        return Why(f"its revision comes from {text}")
    if written.kind == NONE:
        return (Edit(written.value_start, written.value_end, _quoted(source, site, wish.revision)),)
    body = _body(source, written)
    if body is None or source.text[body[0] : body[1]] != wish.mention.revision:
        return Why("its revision is put together from parts")
    return (Edit(*body, wish.revision),)


def _body(source: Source, argument: Argument) -> tuple[int, int] | None:
    """Where the inside of an argument's one string is; None if it is none, or not written as it reads."""
    if argument.kind != STRING:
        return None
    text = source.text[argument.value_start : argument.value_end]
    prefix = len(text) - len(text.lstrip("rRuU"))
    quotes = 3 if text[prefix : prefix + 3] in {'"""', "'''"} else 1
    start, end = argument.value_start + prefix + quotes, argument.value_end - quotes
    return (start, end) if start <= end and "\\" not in text else None


def _in_text(source: Source, argument: Argument, wish: Wish) -> Edits | Why:
    """A revision that the model's text itself holds, or can hold."""
    body = _body(source, argument)
    if body is not None:
        return within(source.text[body[0] : body[1]], body[0], wish)
    return Why("its revision is written elsewhere" if wish.mention.revision is not None else "it takes no revision")


def _quoted(source: Source, site: CallSite, text: str) -> str:
    """A string as the call's others are quoted."""
    strings = [each for each in (site.arguments[site.index], *site.arguments) if each.kind == STRING]
    mark = source.text[strings[0].value_end - 1] if strings else '"'
    return f"{mark}{text}{mark}"


def _added(source: Source, site: CallSite, text: str) -> Edits:
    """One more keyword, behind the others, before ``**``; on a line of its own where each argument has one."""
    stop = next((index for index, each in enumerate(site.arguments) if each.star == "**"), len(site.arguments))
    anchor = site.arguments[stop - 1]
    head, rest = source.head(anchor.start), source.rest(anchor.end).lstrip()
    inline = (Edit(anchor.end, anchor.end, f", {text}"),)
    if head.strip() or source.line_of(anchor.start) == source.line_of(site.start) or rest.startswith("\\"):
        return inline
    line, end = f"{source.newline(anchor.end)}{head}{text}", source.line_end(anchor.end)
    if rest.startswith(","):
        return (Edit(end, end, f"{line},"),) if _is_blank(rest[1:]) else inline
    if _is_blank(rest):
        return Edit(anchor.end, anchor.end, ","), Edit(end, end, line)
    return (Edit(anchor.end, anchor.end, f",{line}"),)


def _is_blank(rest: str) -> bool:
    """Whether nothing but a comment is left of a line."""
    return rest.lstrip()[:1] in {"", "#"}


def by_name(source: Source, wish: Wish) -> Edits | Why:
    """The edits that put the governed name in the place of a model.

    Args:
        source: The file.
        wish: What is to be mended.
    """
    site = _site(source, wish.mention)
    if isinstance(site, Why):
        return site
    keyword = _keyword(wish.mention, site.arguments[site.index])
    dropped_words = {keyword or "revision", "code_revision"}
    means_nothing = [index for index, each in enumerate(site.arguments) if each.keyword in dropped_words]
    is_download = site.function.rpartition(".")[2] == "snapshot_download"
    if is_download and len(means_nothing) + 1 < len(site.arguments):
        return Why("its other arguments say what is downloaded")
    if not is_download and wish.mention.rule not in _TAKE_FOLDERS:
        return Why("it takes no folder in the place of a name")
    found = loader(source)
    if isinstance(found, Why):
        return found
    load, imported = found
    argument = site.arguments[site.index]
    start, end = (site.start, site.end) if is_download else (argument.value_start, argument.value_end)
    edits = [*imported, Edit(start, end, f'{load}("{wish.name}")')]
    for index in () if is_download else means_nothing:
        dropped = _dropped(source, site, index, leads=index < site.index and set(range(index)) <= set(means_nothing))
        if isinstance(dropped, Why):
            return dropped
        edits.append(dropped)
    return tuple(edits)


def _dropped(source: Source, site: CallSite, index: int, *, leads: bool) -> Edit | Why:
    """An argument taken away, with its line if it has one of its own; whether none is left before it is handed in."""
    argument = site.arguments[index]
    rest = source.rest(argument.end).lstrip()
    if not source.head(argument.start).strip() and _is_blank(rest.removeprefix(",")):
        end = source.line_end(argument.end)
        return Edit(source.line_start(argument.start), end + len(source.newline(end)), "")
    before = argument.start if leads else site.arguments[index - 1].end
    after = site.arguments[index + 1].start if leads else argument.end
    gap = source.text[argument.end : after] if leads else source.text[before : argument.start]
    return Why("a comment stands between its arguments") if "#" in gap else Edit(before, after, "")

"""Signals of code: source text and commands where only settings or numbers belong.

Each rule is strong alone: a call, a pipe or a command line, never a mere word, for vocabularies hold every word. A
rule looks only where its plain words stand, and reads a bounded stretch from there. Nothing is parsed or run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Words = Mapping[tuple[bytes, bool], Sequence["Rule"]]

_NEAR_BYTES = 700
_BEFORE_BYTES = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of code.

    Args:
        what: What it is, for the message.
        word: What stands in every match; in lower case if `folded`.
        pattern: The whole, bounded.
        folded: Whether the text is looked at in lower case.
    """

    what: str
    word: bytes
    pattern: re.Pattern[bytes]
    folded: bool = False


_QUOTE = rb"\\?['\"]"
_DECODERS = (
    rb"(?:base64|b64decode|compile|zlib|gzip|lzma|marshal|codecs|bytes|requests|urllib|urlopen|open|__import__|getattr"
    rb"|globals)\b"
)
_MODULES = (
    rb"(?:os|sys|subprocess|socket|base64|ctypes|pty|urllib|requests|shutil|importlib|pickle|marshal|builtins|runpy"
    rb"|tempfile|threading|platform|winreg)"
)
_STATEMENTS = tuple(
    re.compile(start + rb"[\w., \t]{0,80}(?:;|\\n|\\r|\r|\n)")
    for start in (
        rb"import(?<!\wimport)[ \t]{1,4}" + _MODULES + rb"\b",
        rb"from(?<!\wfrom)[ \t]{1,4}" + _MODULES + rb"[\w.]{0,40}[ \t]{1,4}import\b",
    )
)
_USES = re.compile(
    rb"\b(?:exec|eval|open|getattr|compile|print)\(|\bos\.|\bsys\.|\bsubprocess\b|\bsocket\.|\bsubprocess\.|"
    rb"\bctypes\.|b64decode|\.connect\(|urlopen|requests\.|\bdef \w{1,40}\(|\bclass \w{1,40}[:(]|\bshutil\.|\bpty\."
)
_FETCH = re.compile(rb"\b(?:curl|wget|fetch|iwr|irm)\b")
_TO_SHELL = re.compile(
    rb"\|[ \t]{0,4}(?:sudo[ \t]{1,4})?(?:/usr)?(?:/bin/)?"
    rb"(?:(?:ba|z|da|k)?sh\b(?![ \t]{0,20}\|)|iex\b"
    rb"|(?:python3?|perl|node)(?=[ \t]{0,4}(?:-?(?:[\n\"'`;&)\\]|$)|-[ \t])))"
)
_INTERPRETER = (
    rb"(?:env[ \t]{1,4}[\w.+-]{2,40}|(?:ba|z|da|k|c|tc)?sh|python[\d.]{0,6}|perl|node|ruby|php)"
    rb"[ \t\w.-]{0,40}(?:\\n|\r|\n)"
)

_FUNCTIONS: Final = {
    b"os.": rb"system|popen|exec[lv]p?e?",
    b"posix.": rb"system|popen|exec[lv]p?e?",
    b"nt.": rb"system|popen|exec[lv]p?e?",
    b"pty.": rb"spawn",
    b"builtins.": rb"eval|exec|compile|__import__",
    b"subprocess.": rb"Popen|run|call|check_call|check_output|getoutput",
    b"runpy.": rb"run_module|run_path|_run_code",
    b"pickle.": rb"loads?",
    b"marshal.": rb"loads?",
}

RULES: Final = (
    Rule("a Python import by call", b"__import__", re.compile(rb"__import__\s{0,4}\(\s{0,4}(?:" + _QUOTE + rb")?\w")),
    Rule(
        "a Python call that starts a program",
        b"os.",
        re.compile(rb"\bos\.(?:system|popen|startfile|posix_spawnp?|fork|(?:exec|spawn)[lv]p?e?)\s{0,4}\("),
    ),
    Rule(
        "a Python call that starts a program",
        b"subprocess",
        re.compile(rb"\bsubprocess\.(?:run|call|Popen|check_call|check_output|getoutput|getstatusoutput)\s{0,4}\("),
    ),
    Rule("a Python call that starts a program", b"pty.spawn", re.compile(rb"\bpty\.spawn\s{0,4}\(")),
    Rule("a Python call that runs data", b"exec", re.compile(rb"exec(?<!\wexec)\s{0,4}\(\s{0,4}" + _DECODERS)),
    Rule("a Python call that runs data", b"eval", re.compile(rb"eval(?<!\weval)\s{0,4}\(\s{0,4}" + _DECODERS)),
    *(
        Rule(
            "a Python call that runs text",
            word,
            re.compile(
                (word + rb"(?<!\w" + word + rb")\s{0,4}\(\s{0,4}[rbf]?(?:")
                + (_QUOTE + rb"){1,3}\s{0,4}(?:import|from|exec|print)\b")
            ),
        )
        for word in (b"exec", b"eval")
    ),
    Rule("a Python call that loads objects", b".loads", re.compile(rb"\b(?:pickle|marshal|dill)\.loads\s{0,4}\(")),
    Rule("a Python call into the machine", b"ctypes.", re.compile(rb"\bctypes\.(?:CDLL|windll|cdll|PyDLL)\b")),
    Rule(
        "a pickle in letters",
        b"\n(",
        re.compile(
            rb"(?:os|posix|nt|subprocess|builtins|__builtin__|runpy|pty|webbrowser)\n"
            rb"(?:system|popen|Popen|run|call|check_output|eval|exec|execv|getattr|__import__|run_path|spawn|open)\n\("
        ),
    ),
    *(
        Rule(
            "a function that runs code, by its name",
            module,
            re.compile(re.escape(module) + rb"(?<=['\"]" + re.escape(module) + rb")(?:" + names + rb")" + _QUOTE),
        )
        for module, names in _FUNCTIONS.items()
    ),
    Rule("text put together letter by letter", b"chr(", re.compile(rb"(?:chr\(\d{1,3}\)\s{0,4}[+,]\s{0,4}){4}")),
    Rule("a Python connection", b"socket.socket", re.compile(rb"\bsocket\.socket\s{0,4}\(")),
    Rule(
        "a Python import by call",
        b"import_module",
        re.compile(rb"\bimportlib\.import_module\s{0,4}\(\s{0,4}" + _QUOTE + _MODULES),
    ),
    Rule(
        "a Windows program's stub",
        b"This program ",
        re.compile(rb"This program (?:cannot be run in DOS mode|must be run under Win|requires Win32)"),
    ),
    Rule("Python's builtins by name", b"__builtins__", re.compile(rb"__builtins__\s{0,4}(?:\[|\.|\)|,)")),
    Rule("Python's insides", b"__subclasses__", re.compile(rb"__subclasses__\s{0,4}\(")),
    Rule("a script's first line", b"#!", re.compile(rb"#![ \t]?/(?:usr/)?(?:local/)?bin/" + _INTERPRETER)),
    Rule("a shell's connection", b"/dev/tcp/", re.compile(rb"/dev/tcp/[\w.$\{\}-]{1,80}/[\w$]")),
    Rule("a shell's command line", b"bin/", re.compile(rb"/bin/(?:ba|z|da|k)?sh[ \t]{1,4}-(?:c|i)\b")),
    Rule(
        "a shell behind a connection",
        b"-e",
        re.compile(rb"\b(?:nc|ncat|netcat)(?:[ \t]{1,4}[\w.:-]{1,60}){0,6}?[ \t]{1,4}-\w{0,4}e[ \t]{1,4}[/\w]"),
    ),
    Rule(
        "decoded data into a shell",
        b"base64",
        re.compile(rb"\bbase64[ \t]{1,4}(?:-d|-D|--decode)\b[^\n|]{0,80}\|[ \t]{0,4}(?:ba|z|da)?sh\b"),
    ),
    Rule(
        "a download that is run",
        b"chmod",
        re.compile(rb"\b(?:curl|wget)[ \t][^\n]{4,200}(?:;|&&)[ \t]{0,4}chmod[ \t]{1,4}(?:\+x|[0-7]{3,4}|u\+x|a\+x)"),
    ),
    Rule(
        "an encoded command for PowerShell",
        b"powershell",
        re.compile(
            rb"\bpowershell(?:\.exe)?" + rb"[ \t][^\n]{0,120}?-e(?:nc|c|ncodedcommand)?[ \t]{1,4}[a-z0-9+/=]{8}"
        ),
        folded=True,
    ),
    Rule("a download for PowerShell", b"downloadstring", re.compile(rb"\.downloadstring\s{0,4}\("), folded=True),
    Rule(
        "a download for PowerShell",
        b"invoke-",
        re.compile(rb"\binvoke-expression\b[^\n]{0,80}(?:invoke-webrequest|new-object|irm|iwr|frombase64)"),
        folded=True,
    ),
    Rule(
        "a download for PowerShell",
        b"iex",
        re.compile(rb"\biex[ \t(]{1,8}(?:new-object|irm|iwr|invoke-|\[)"),
        folded=True,
    ),
    Rule("a Windows command line", b"cmd", re.compile(rb"\bcmd(?:\.exe)?[ \t]{1,4}/[ck][ \t]{1,4}\w"), folded=True),
    *(
        Rule("a Windows download", word, re.compile(word + rb"\b[^\n]{0,100}?https?:"), folded=True)
        for word in (b"mshta", b"certutil", b"bitsadmin")
    ),
    Rule(
        "JavaScript that runs data",
        b"eval",
        re.compile(
            rb"eval(?<!\weval)\s{0,4}\(\s{0,4}(?:atob|unescape|string\.fromcharcode|function\s{0,4}\(p,a,c,k)\b"
        ),
        folded=True,
    ),
    Rule(
        "JavaScript that starts a program",
        b"child_process",
        re.compile(rb"require\s{0,4}\(\s{0,4}" + _QUOTE + rb"(?:node:)?child_process"),
    ),
    Rule(
        "a web page's script",
        b"<script",
        re.compile(
            rb"<script[^>\n]{0,120}>[^<]{0,200}?\b(?:(?:eval|fetch|alert|xmlhttprequest)\(|(?:document|window)\.\w)"
        ),
        folded=True,
    ),
)

_LOUD: Final = frozenset({b"powershell", b"downloadstring", b"/dev/tcp/"})


def _by_word(rules: Iterable[Rule]) -> Words:
    found: dict[tuple[bytes, bool], list[Rule]] = {}
    for rule in rules:
        found.setdefault((rule.word, rule.folded), []).append(rule)
    return found


_WORDS: Final = _by_word(RULES)
_LOUD_WORDS: Final = _by_word(rule for rule in RULES if rule.word in _LOUD)


def code_in(data: bytes) -> tuple[str, bytes] | None:
    """The first signal of code in a text: what it is, and the place; None if there is none."""
    return None if data.isalnum() else _first(data, _WORDS) or fetched_into_shell(data) or _program(data)


def loud_in(data: bytes) -> tuple[str, bytes] | None:
    """Like `code_in`, but only what no honest text for people shows."""
    return _first(data, _LOUD_WORDS)


def _first(data: bytes, words: Words) -> tuple[str, bytes] | None:
    """What the first rule that matches says; each word is looked for once."""
    lower = data.lower()
    for (word, folded), rules in words.items():
        hay = lower if folded else data
        if word not in hay:
            continue
        for rule in rules:
            found = _near(rule, hay)
            if found is not None:
                return rule.what, data[found.start() : found.end()]
    return None


def _near(rule: Rule, hay: bytes) -> re.Match[bytes] | None:
    """The first match near one of the places of the rule's word."""
    at = hay.find(rule.word)
    while at >= 0:
        start, stop = max(0, at - _BEFORE_BYTES), at + _NEAR_BYTES
        at = hay.find(rule.word, at + 1)
        while 0 <= at <= stop:
            stop = at + _NEAR_BYTES
            at = hay.find(rule.word, at + 1)
        found = rule.pattern.search(hay, start, stop)
        if found is not None:
            return found
    return None


def fetched_into_shell(data: bytes) -> tuple[str, bytes] | None:
    """A download that is piped into a shell or interpreter."""
    for pipe in _TO_SHELL.finditer(data):
        start = max(0, pipe.start() - _BEFORE_BYTES)
        line = data[start : pipe.start()].rpartition(b"\n")[2]
        fetch = _FETCH.search(line)
        if fetch is not None:
            return "a download piped into a shell", line[fetch.start() :] + pipe.group()
    return None


def _program(data: bytes) -> tuple[str, bytes] | None:
    """An import statement, and soon after it a use of what was imported."""
    if b"import" not in data:
        return None
    for pattern in _STATEMENTS:
        for statement in pattern.finditer(data):
            near = data[statement.end() : statement.end() + _NEAR_BYTES]
            if _USES.search(near):
                return "Python source", data[statement.start() : statement.end() + 40]
    return None

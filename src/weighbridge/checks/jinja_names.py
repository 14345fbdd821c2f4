"""What a chat template may name: exact lists; all other names are data, and data is never called.

Globals are those that transformers gives to templates, methods those of str, list and dict that compute and no more.
"""

from __future__ import annotations

from typing import Final

CALLED: Final = frozenset({"range", "dict", "namespace", "raise_exception", "strftime_now", "caller", "loop"})
"""Functions that a template may call; `range`, `dict` and `namespace` are Jinja's, the two others transformers'."""

REFUSED: Final = frozenset(
    {
        "lipsum",
        "cycler",
        "joiner",
        "self",
        "request",
        "config",
        "url_for",
        "get_flashed_messages",
        "current_app",
        "builtins",
    }
)
"""Objects whose attributes lead to Python's internals, in Jinja and in the web frameworks that use it."""

METHODS: Final = frozenset(
    {
        *("strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "upper", "lower"),
        *("title", "capitalize", "casefold", "swapcase", "replace", "join", "find", "rfind", "index", "rindex"),
        *("count", "partition", "rpartition", "removeprefix", "removesuffix", "zfill", "ljust", "rjust", "center"),
        *("isdigit", "isalpha", "isalnum", "isnumeric", "isdecimal", "isspace", "isupper", "islower", "istitle"),
        *("expandtabs", "get", "items", "keys", "values", "copy", "append", "extend", "insert", "pop", "remove"),
        *("update", "setdefault", "reverse", "sort", "clear", "add", "cycle", "changed", "format"),
    }
)
"""Methods of str, list, dict and Jinja's `loop`; `format` only on a literal without fields that reach into objects."""

INTERNALS: Final = frozenset(
    {
        *("mro", "func_globals", "func_code", "func_defaults", "func_closure", "im_func", "im_self", "im_class"),
        *("gi_frame", "gi_code", "gi_yieldfrom", "cr_frame", "cr_code", "cr_await", "cr_origin", "ag_frame"),
        *("ag_code", "ag_await", "f_globals", "f_locals", "f_builtins", "f_back", "f_code", "f_trace", "tb_frame"),
        *("tb_next", "co_consts", "co_code", "co_names", "format_map", "popen", "subclasses", "globals", "builtins"),
    }
)
"""Attributes without an underscore that lead to frames, code and globals (Jinja's sandbox refuses most of them)."""

TEXT_BUILDERS: Final = frozenset(
    {
        *("join", "format", "replace", "string", "e", "escape", "forceescape", "urlencode", "tojson", "pprint"),
        *("batch", "slice", "center", "indent", "wordwrap", "truncate", "striptags", "filesizeformat", "xmlattr"),
        *("urlize", "safe", "reverse", "groupby", "select", "reject", "map", "random", "from_json", "fromjson"),
        *("capitalize", "title", "zfill", "ljust", "rjust", "expandtabs", "swapcase", "removeprefix", "removesuffix"),
        *("split", "rsplit", "partition", "rpartition", "splitlines", "upper"),
    }
)
"""Filters and methods that can make a name out of pieces."""

NUMBERS: Final = frozenset({"length", "count", "int", "float", "abs", "round", "sum", "find", "rfind", "index"})
"""Filters and methods that give numbers."""

ATTRIBUTE_FILTERS: Final = frozenset(
    {"map", "selectattr", "rejectattr", "groupby", "sort", "unique", "sum", "min", "max"}
)
"""Filters that read an attribute by its name."""

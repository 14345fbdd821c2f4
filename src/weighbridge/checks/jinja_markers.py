"""Markers: literals that honest chat templates look for in what was said.

They are a model's own signs, such as ``</think>`` or ``<|im_end|>``, the names of a message's parts, and modes of
thinking. Taken from the published templates of some hundred models; a word that is missing here makes a finding.
"""

from __future__ import annotations

import re
from typing import Final

_SIGNS: Final = frozenset("<>[]|/{}\uff5c")
_SPECIAL_TOKEN: Final = re.compile("</?[|\uff5c]?[\\w\u2581:]{1,60}[|\uff5c]?>")
_WORDS: Final = re.compile(r"[^\W\d_]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MARKER: Final = _words("""
    think thinking thought thoughts no nothink fast reason reasoning tool tools toolcall toolresponse toolresult call
    calls response responses result results output outputs function functions image images img audio video vision pad
    observation assistant user system human bot inst sys answer final channel message messages start end im begin of
    text sep def code python json eos bos turn header id document documents search reflection plan analysis commentary
    arg args key value sop eop eot context box it on off effort mode enable disable available ipython media placeholder
    object ref quad s name parameter parameters
""")
_PART: Final = _words("""
    image image_url images video video_url videos audio audio_url input_audio text type file url thinking reasoning
    content none null true false document tool_calls tool_call tool_use tool_result role name parts blocks value values
    items reasoning_content string continue_final_message_tag
""")
_MODE: Final = _words("""
    detailed thinking think reasoning reason effort strength level mode on off high medium low none enable disable
    enabled disabled no minimal
""")


def is_marker(text: str) -> bool:
    """Whether a literal is a marker of a model's own, a mode of thinking, or the name of a part of a message."""
    stripped = text.strip()
    words = [word.lower() for word in _WORDS.findall(stripped)]
    if all(word in _MODE for word in words) or stripped.lower() in _PART:
        return True
    known = sum(word in _MARKER for word in words)
    if _SPECIAL_TOKEN.fullmatch(stripped):
        return 2 * known >= len(words)
    return known == len(words) and any(sign in _SIGNS for sign in stripped)

"""What a broken, hostile or merely unlucky Hub answers.

Each function makes one Lie; put it into `FakeHub.lies`. Where it is told:

- `on` without a slash in front is matched with a file's path in its repository: `"*.safetensors"`; the lie is then
  told of files only, on whichever origin serves the bytes.
- `on` with a slash in front is matched with the URL's path: `"/api/models/*/tree/*"`, or `"/*"` for everything.
- `times` is how often, None for ever; a request to which the lie can't be applied does not count.
- `Lie.only` narrows it to methods or to one of the two hosts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.hub.lie import Lie
from tests.fakes.hub.lies_of_answers import (
    garbage_json,
    html_200,
    huge_json,
    missing_commit_header,
    moved_branch,
    redirect_loop,
    redirect_to,
    status,
    wrong_commit,
    wrong_size_in_tree,
)
from tests.fakes.hub.lies_of_bytes import (
    etag_change,
    gzip_encoding,
    ignore_range,
    oversize,
    reset,
    short,
    slow,
    stall,
    truncate,
    wrong_bytes,
    wrong_range,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BY_NAME",
    "Lie",
    "etag_change",
    "garbage_json",
    "gzip_encoding",
    "html_200",
    "huge_json",
    "ignore_range",
    "missing_commit_header",
    "moved_branch",
    "oversize",
    "redirect_loop",
    "redirect_to",
    "reset",
    "short",
    "slow",
    "stall",
    "status",
    "truncate",
    "wrong_bytes",
    "wrong_commit",
    "wrong_range",
    "wrong_size_in_tree",
]

# Those which text alone can describe: all but moved_branch, which is told of a Repo.
BY_NAME: dict[str, Callable[..., Lie]] = {
    maker.__name__: maker
    for maker in (
        etag_change,
        garbage_json,
        gzip_encoding,
        html_200,
        huge_json,
        ignore_range,
        missing_commit_header,
        oversize,
        redirect_loop,
        redirect_to,
        reset,
        short,
        slow,
        stall,
        status,
        truncate,
        wrong_bytes,
        wrong_commit,
        wrong_range,
        wrong_size_in_tree,
    )
}

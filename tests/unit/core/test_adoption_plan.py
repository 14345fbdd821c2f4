from __future__ import annotations

from tests.fakes.pins import COMMIT

from weighbridge.core.adoption import Survey, Use
from weighbridge.core.adoption_plan import Proposal, plan
from weighbridge.core.errors import NotFoundError
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.core.mention import Spot
from weighbridge.core.ref import Ref

EMPTY = Survey((), (), (), ())
OTHER = "2" * 40


def proposal(text: str, revision: str | None, *lines: int, name: str = "tiny") -> Proposal:
    use = Use(Ref.parse(text), tuple(Spot("app.py", line) for line in lines))
    if revision is None:
        return Proposal(name, use, trouble=NotFoundError("gone", code="repository-missing", hint="look"))
    files = (RemoteFile("a", 3), RemoteFile("b", 4))
    return Proposal(name, use, Listing(use.ref, revision, files, metadata={"licence": "mit"}), files[:1])


def test_one_revision_is_pinned_once_as_the_last_one_follows_it() -> None:
    told = plan(
        [proposal(f"hf:org/tiny@{COMMIT}", COMMIT, 3, name="tiny-1"), proposal("hf:org/tiny@main", COMMIT, 1, 2)],
        EMPTY,
    )
    (only,) = told.ready
    assert (only.name, str(only.use.ref)) == ("tiny", "hf:org/tiny@main")
    assert [spot.line for spot in only.use.spots] == [1, 2, 3]
    assert told.remarks == ()


def test_several_revisions_are_told() -> None:
    told = plan(
        [
            proposal(f"hf:org/tiny@{OTHER}", OTHER, 1),
            proposal("hf:org/tiny", COMMIT, 2),
            proposal("hf:org/big", COMMIT, 3),
            proposal("hf:org/big@v2", None, 3),
        ],
        EMPTY,
    )
    assert len(told.ready) == 3
    (remark,) = told.remarks
    assert remark.startswith(f"hf:org/tiny is named at several revisions ({OTHER}, the default)")


def test_what_has_no_revision_is_kept_apart() -> None:
    told = plan([proposal("hf:org/tiny@a", None, 1), proposal("hf:org/tiny@b", None, 2)], EMPTY)
    assert (len(told.failed), told.ready) == (2, ())


def test_the_published_json() -> None:
    told = proposal("hf:org/tiny@main", COMMIT, 1).to_json(lambda path: f"x/{path}")
    assert told == {
        "name": "tiny",
        "source": "hf:org/tiny",
        "follow": "main",
        "revision": COMMIT,
        "files": 1,
        "size_bytes": 3,
        "licence": "mit",
        "used": [{"path": "x/app.py", "line": 1, "column": 1, "cell": None}],
        "error": None,
    }
    told = proposal("hf:org/tiny", None, 1).to_json(str)
    assert (told["revision"], told["licence"], told["follow"]) == (None, "", "")
    assert told["error"] == {"code": "repository-missing", "message": "gone", "hint": "look"}

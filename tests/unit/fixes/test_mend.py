"""What keeps a file as it is: bytes that changed, edits whose outcome is another, encodings that can't be told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.fixes.mending import HEAD, SHA, after, done, whys
from tests.unit.references.labels import nothing

from weighbridge.core.mending import Wish
from weighbridge.core.mention import Insertion, Mention, Spot
from weighbridge.fixes.mend import mend
from weighbridge.fixes.shapes import is_little
from weighbridge.fixes.source import Edit, Source, changed, decode
from weighbridge.references import files

TEXT = 'model = "org/m"\n'


def _mention(path: str, text: str) -> Mention:
    found = files.extract(path, text.encode(), nothing)
    assert found is not None
    return found.mentions[0]


def test_a_reference_that_is_not_there_any_more_is_told() -> None:
    mention = _mention("a.toml", TEXT)
    data = b'x = 1\nmodel = "org/n"\n'
    found = mend("a.toml", data, [Wish(mention, "tiny", SHA)], nothing, lambda _: True)
    assert found.data == data
    assert [each.why for each in found.left] == ["its file changed while it was read"]


def test_a_file_that_nothing_reads_any_more_is_told() -> None:
    found = mend("a.xyz", b"x", [Wish(_mention("a.toml", TEXT), "tiny", SHA)], nothing, lambda _: True)
    assert [each.why for each in found.left] == ["its file changed while it was read"]


def test_what_is_not_good_afterwards_is_not_kept() -> None:
    wish = Wish(_mention("a.toml", TEXT), "tiny", SHA)
    found = mend("a.toml", TEXT.encode(), [wish], nothing, lambda _: False)
    assert found.data == TEXT.encode()
    assert [each.why for each in found.left] == ["it could not be mended safely"]


def test_without_a_revision_only_a_name_can_stand_there() -> None:
    wish = Wish(_mention("a.toml", TEXT), "tiny", "", by_name=True)
    (left,) = mend("a.toml", TEXT.encode(), [wish], nothing, lambda _: True).left
    assert left.why == "only a call in Python can take the governed name"
    wish = replace(wish, by_name=False)
    (left,) = mend("a.toml", TEXT.encode(), [wish], nothing, lambda _: True).left
    assert left.why == "not exactly one revision of it may run"


def test_everything_is_told_by_place() -> None:
    text = 'a = { model = "org/m" }\nb = { models = ["org/n"] }\nc = { model = "org/o" }\n'
    found = done("a.toml", text.encode())
    assert [(each.mention.spot.line, each.revision) for each in found.mended] == [(1, SHA), (3, SHA)]
    assert [each.mention.spot.line for each in found.left] == [2]
    assert found.mended[0].how == "as revision, which the program has to read"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.toml", b'model = "org/m" # \xff\n'),
        ("a.yaml", b"model: org/m # \xff\n"),
        ("a.sh", b"hf download org/m # \xff\n"),
        (".env", b"MODEL_ID=org/m # \xff\n"),
    ],
)
def test_bytes_that_are_no_text_are_left(path: str, data: bytes) -> None:
    found = done(path, data)
    assert found.data == data
    assert {each.why for each in found.left} <= {"its file's encoding can't be told"}


@pytest.mark.parametrize("path", [".env", "a.yaml", "a.sh"])
def test_a_byte_order_mark_stays(path: str) -> None:
    text = {".env": "A=b\nMODEL_ID=org/m", "a.yaml": "model: org/m", "a.sh": "hf download org/m"}[path]
    found = done(path, b"\xef\xbb\xbf" + text.encode())
    if found.mended:
        assert found.data == b"\xef\xbb\xbf" + done(path, text.encode()).data


def test_mlflow_s_stages_become_aliases_by_name() -> None:
    text = 'import mlflow\nmlflow.pyfunc.load_model("models:/tiny/Production")\n'
    wish = Wish(_mention("a.py", text), "tiny", "@production", by_name=True)
    found = mend("a.py", text.encode(), [wish], nothing, lambda each: each.revision == "@production")
    assert found.data.decode() == text.replace("/Production", "@production")
    assert found.mended[0].how == "names the stage: models:/tiny@production"
    text = "model_uri: models:/tiny/Production # c\n"
    wish = Wish(_mention("a.yaml", text), "tiny", "@production", by_name=True)
    found = mend("a.yaml", text.encode(), [wish], nothing, lambda _: True)
    assert found.data.decode() == text.replace("/Production", "@production")


def test_a_place_that_a_mention_tells_wrongly_changes_nothing() -> None:
    text = "hf download org/m\n"
    mention = _mention("a.sh", text)
    for insertion in (
        Insertion(9, 1, "", ""),
        Insertion(1, 99, "", ""),
        Insertion(1, 1, "x ", ""),
        Insertion(1, 1, "", "", 4),
    ):
        wrong = replace(mention, insertion=insertion)
        found = mend("a.sh", text.encode(), [Wish(wrong, "tiny", SHA)], nothing, lambda _: True)
        assert found.data == text.encode()


def test_edits_that_meet_are_refused() -> None:
    assert changed("abc", [Edit(0, 2, "x"), Edit(1, 3, "y")]) is None
    assert changed("abc", [Edit(0, 9, "x")]) is None
    assert changed("abc", [Edit(2, 1, "x")]) is None
    assert changed("abc", [Edit(1, 1, "x"), Edit(1, 1, "y"), Edit(1, 2, "z")]) == "axyzc"


def test_places_are_those_of_the_text() -> None:
    source = Source("a\r\nbc\nd\re", is_python=True)
    assert [source.offset(line, 1) for line in range(1, 6)] == [0, 3, 6, 8, None]
    assert [source.line_of(offset) for offset in (0, 1, 3, 5, 6, 8, 9)] == [1, 1, 2, 2, 3, 4, 4]
    assert (source.offset(2, 3), source.offset(2, 4), source.offset(2, 0)) == (5, None, None)
    assert [source.newline(offset) for offset in (0, 3, 6, 8)] == ["\r\n", "\n", "\r", "\r\n"]
    assert (source.head(4), source.rest(4), source.line_start(4), source.line_end(4)) == ("b", "c", 3, 5)
    assert Source("a\rb\n").offset(2, 1) == 4
    assert Source("").newline(0) == "\n"


def test_encodings_are_python_s_own() -> None:
    for data in (b"# coding: latin-1\nx = '\xe9'\n", b"\xef\xbb\xbfx = 'e'\n", "é\n".encode()):
        decoded = decode("python", data)
        assert decoded is not None
        assert decoded.encode(decoded.text) == data
    for data in (b"# coding: no-such\n", b"\xff", b"# coding: latin-1\n\xef\xbb\xbf"[:5] + b"\n\xff"):
        assert decode("python", data) is None


@pytest.mark.parametrize(
    ("path", "before", "later", "expected"),
    [
        ("a.json", '{"a": 1}', '{"a": 1, "b": 2}', True),
        ("a.json", '{"a": 1}', '{"a": 2, "b": 2}', True),
        ("a.json", '{"a": 1}', '{"a": 1}', False),
        ("a.json", '{"a": 1, "b": 2}', '{"a": 3, "b": 4}', False),
        ("a.json", '{"a": 1}', '{"a": 1, "b": [2, 3, 4]}', False),
        ("a.json", '{"a": 1}', '{"a": 1,', False),
        ("a.toml", "a = 1\n", "a = 1\nb = [2]\n", True),
        ("a.toml", "a = 1\n", "a = 1\na = 2\n", False),
        ("a.toml", "[x]\na = 1\n", "[y]\na = 1\nb = 2\nc = 3\n", False),
        ("a.yml", "a: &x 1\nb: *x\n", "a: &x 1\nb: *x\nc: 2\n", True),
        ("a.yaml", "a: 1\n", "a: 1\n b: 2\n", False),
        ("a.sh", "a", "b", True),
    ],
)
def test_a_change_of_settings_is_little(path: str, before: str, later: str, *, expected: bool) -> None:
    assert is_little(path, before, later) is expected


def test_deep_and_broken_files_are_left() -> None:
    for path, text in (
        ("a.json", "[" * 5000),
        ("a.yaml", "model: org/m\n" + "a: {" * 300),
        ("a.toml", 'model = "org/m"\nx = ' + "[" * 5000),
        ("a.py", HEAD + 'AutoModel.from_pretrained("org/m")\n' + "(" * 5000),
        ("a.sh", "hf download org/m $(" * 300),
    ):
        assert len(after(path, text)) >= len(text)
    text = HEAD + 'AutoModel.from_pretrained("org/m", x=' + "[" * 60 + "]" * 60 + ")\n"
    assert after("a.py", text) == text.replace("])\n", '], revision="SHA")\n')
    text = HEAD + "f(" * 80 + 'AutoModel.from_pretrained("org/m")' + ")" * 80 + "\n"
    assert whys("a.py", text) == []


def test_spots_may_be_anywhere() -> None:
    mention = replace(_mention("a.toml", TEXT), spot=Spot("a.toml", 0, 0))
    found = mend("a.toml", TEXT.encode(), [Wish(mention, "tiny", SHA)], nothing, lambda _: True)
    assert found.data == TEXT.encode()


def test_a_change_of_other_references_is_not_kept() -> None:
    text = b"FROM a\nENV MODEL_ID=org/m\nENV HF_MODEL_ID=org/n\n"
    found = files.extract("Dockerfile", text, nothing)
    assert found is not None
    for mention in found.mentions:
        mended = mend("Dockerfile", text, [Wish(mention, "tiny", SHA)], nothing, lambda _: True)
        assert mended.data == text
        assert [each.why for each in mended.left] == ["that would change what other references mean"]


@pytest.mark.parametrize("by_name", [False, True])
def test_one_that_can_not_be_mended_stops_no_other(*, by_name: bool) -> None:
    text = HEAD + "".join(f'AutoModel.from_pretrained(\n    "org/{name}"\n)\n' for name in "abc")
    found = files.extract("a.py", text.encode(), nothing)
    assert found is not None
    wishes = [Wish(each, each.ref[-1:], SHA, by_name) for each in found.mentions]
    mended = mend("a.py", text.encode(), wishes, nothing, lambda each: each.model != "org/b")
    if by_name:
        assert len(mended.mended) == 3
        assert mended.data.count(b"import weighbridge") == 1
        return
    assert [each.mention.model for each in mended.mended] == ["org/a", "org/c"]
    assert [(each.mention.model, each.why) for each in mended.left] == [("org/b", "it could not be mended safely")]
    expected = text.replace('"org/a"', f'"org/a",\n    revision="{SHA}"').replace(
        '"org/c"', f'"org/c",\n    revision="{SHA}"'
    )
    assert mended.data.decode() == expected


def test_two_keywords_on_lines_of_their_own_are_put_in_one_after_the_other() -> None:
    text = 'from vllm import LLM\nLLM(\n    model="org/m",\n    tokenizer="org/t"  # c\n)\n'
    expected = text.replace('"org/t"  # c\n', f'"org/t",  # c\n    tokenizer_revision="{SHA}",\n    revision="{SHA}"\n')
    assert done("a.py", text.encode()).data.decode() == expected


def test_a_partial_that_is_called_twice_is_mended_once() -> None:
    text = HEAD + (
        "from functools import partial\np = partial(AutoModel.from_pretrained, 'org/b')\n"
        "q = partial(AutoModel.from_pretrained, 'org/c')\np()\np(a=1)\nq()\nq(b=2)\n"
    )
    found = files.extract("a.py", text.encode(), nothing)
    assert found is not None
    wishes = [Wish(each, "tiny", SHA) for each in found.mentions]
    mended = mend("a.py", text.encode(), wishes, nothing, lambda each: each.model != "org/b")
    assert mended.data.decode() == text.replace("'org/c'", f"'org/c', revision='{SHA}'")
    assert {each.mention.model for each in mended.mended} == {"org/c"}
    assert {each.mention.model for each in mended.left} == {"org/b"}


def test_what_can_not_go_by_name_safely_gets_its_revision() -> None:
    text = f"{HEAD}AutoModel.from_pretrained('org/m')\n"
    found = files.extract("a.py", text.encode(), nothing)
    assert found is not None
    wish = Wish(found.mentions[0], 'no"name', SHA, by_name=True)
    mended = mend("a.py", text.encode(), [wish], nothing, lambda _: True)
    assert mended.data.decode() == text.replace("'org/m'", f"'org/m', revision='{SHA}'")
    (left,) = mend("a.py", text.encode(), [replace(wish, revision="")], nothing, lambda _: True).left
    assert left.why == "it could not be mended safely"


def test_places_in_strings_of_scripts_take_what_the_text_itself_can_hold() -> None:
    text = "python - <<X\nimport torch\ntorch.hub.load('org/m:v1', 'x')\nX\n"
    assert after("a.sh", text) == text.replace("v1", "SHA")


def test_an_image_with_another_digest_is_left() -> None:
    other = f"sha256:{'f' * 64}"
    text = f"FROM nvcr.io/nim/a/b@{other}\n"
    assert whys("Dockerfile", text) == ["it has no place for a revision"]


def test_a_call_without_a_keyword_for_the_revision_is_told() -> None:
    text = "import torch\nR = 'org'\ntorch.hub.load(R + '/m', 'x')\ntorch.hub.load(R + '/m:v1', 'x')\n"
    assert whys("a.py", text) == ["it takes no revision", "its revision is written elsewhere"]

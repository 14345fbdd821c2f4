"""Dockerfiles: forms of instructions, variables, stages and heredocs."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing, pinned

from weighbridge.core.mention import Spot
from weighbridge.references.dockerfile import extract, modelfile
from weighbridge.references.dockerfile_lines import instructions

FOUND = [
    ("FROM x\nRUN hf download org/m", ["hf:org/m"]),
    ("from x\nrun hf download org/m", ["hf:org/m"]),
    ("FROM x\nRUN --mount=type=cache,target=/x --network=host hf download org/m", ["hf:org/m"]),
    ("FROM x\nRUN pip install y && \\\n\n# note\n  hf download org/m", ["hf:org/m"]),
    ('FROM x\nRUN ["hf", "download", \\\n "org/m"]', ["hf:org/m"]),
    ('FROM x\nRUN ["sh", "-c", "hf download org/m"]', ["hf:org/m"]),
    ("FROM x\nARG M=org/m\nRUN hf download $M", ["hf:org/m"]),
    ("ARG M=org/m\nFROM x\nARG M\nRUN hf download $M", ["hf:org/m"]),
    ("ARG M=org/m\nFROM x\nRUN hf download $M", ["hf:?"]),
    ("FROM x\nARG M\nRUN hf download $M", ["hf:?"]),
    ("FROM x\nENV M org/m\nRUN hf download $M", ["hf:org/m"]),
    ("FROM x\nENV O=org N='m'\nENV M=\"$O/${N}\"\nRUN hf download $M", ["hf:org/m"]),
    ("FROM x\nENV M=${X:-org/m}\nRUN hf download $M", ["hf:org/m"]),
    ("FROM x\nENV M=${X:+org/m}\nRUN hf download $M", ["hf:?"]),
    ("FROM x\nENV MODEL_ID=org/m", ["hf:org/m"]),
    ("FROM x\nENV MODEL_ID=org/m\nENV REVISION=v1", ["hf:org/m@v1"]),
    ("FROM x\nENV MODEL_ID org/m", ["hf:org/m"]),
    ("FROM x\nARG MODEL_ID=org/m\nENV MODEL_ID=${MODEL_ID}", ["hf:org/m"]),
    ("FROM x\nENV MODEL_ID=org/m\nRUN vllm serve $MODEL_ID", ["hf:org/m"]),
    ("FROM x AS a\nENV M=org/m\nFROM a\nRUN hf download $M", ["hf:org/m"]),
    ("FROM x AS a\nENV M=org/m\nFROM y\nRUN hf download $M", ["hf:?"]),
    ("FROM x\nRUN <<EOF\nhf download org/m\nEOF", ["hf:org/m"]),
    ('FROM x\nRUN <<-"EOF"\n\thf download org/m\n\tEOF\nRUN hf download org/n', ["hf:org/m", "hf:org/n"]),
    ("FROM x\nRUN bash <<EOF\nhf download org/m\nEOF", ["hf:org/m"]),
    ("FROM x\nRUN <<EOF\nhf download org/m", []),
    ("FROM x\nCOPY <<EOF /run.sh\nhf download org/m\nEOF", ["hf:org/m"]),
    ("FROM x\nCOPY <<EOF /notes.txt\nhf download org/m\nEOF", []),
    ("FROM x\nADD https://huggingface.co/org/m/resolve/v1/m.bin /m/", ["hf:org/m@v1"]),
    ("FROM x\nADD --checksum=sha256:ab https://a.example/m.gguf /m/", ["https:https://a.example/m.gguf@sha256:ab"]),
    ("FROM x\nADD https://huggingface.co/org/m.git /m", ["hf:org/m"]),
    ("FROM x\nADD https://a.example/x.tar.gz /m/\nADD . /x", []),
    ('FROM vllm/vllm-openai:v1\nCMD ["--model", "org/m"]', ["hf:org/m"]),
    ('FROM vllm/vllm-openai:v1\nCMD ["--model", "$M"]', ["hf:?"]),
    ('FROM vllm/vllm-openai:v1 AS a\nFROM a\nCMD ["org/m"]', ["hf:org/m"]),
    ('FROM x\nENTRYPOINT ["vllm", "serve"]\nCMD ["org/m"]', ["hf:org/m"]),
    ('FROM x AS a\nENTRYPOINT ["vllm", "serve"]\nFROM a\nCMD ["org/m"]', ["hf:org/m"]),
    ('FROM x\nCMD ["vllm", "serve", "org/a"]\nCMD ["vllm", "serve", "org/b"]', ["hf:org/b"]),
    ('FROM x\nCMD ["org/m"]\nENTRYPOINT ["vllm", "serve"]', []),
    ("FROM x\nENTRYPOINT exec vllm serve org/m", ["hf:org/m"]),
    ("FROM x\nCMD vllm serve org/m", ["hf:org/m"]),
    ("FROM x\nONBUILD RUN hf download org/m", ["hf:org/m"]),
    ("FROM x\nHEALTHCHECK --interval=5m CMD vllm serve org/m", ["hf:org/m"]),
    ("FROM nvcr.io/nim/meta/m:1", ["oci:nvcr.io/nim/meta/m@1"]),
    ("ARG T=1\nFROM nvcr.io/nim/meta/m:${T}", ["oci:nvcr.io/nim/meta/m@1"]),
    ("FROM x\nCOPY --from=nvcr.io/nim/meta/m:1 /m /m", ["oci:nvcr.io/nim/meta/m@1"]),
    ("# escape=`\nFROM x\nRUN a `\n && hf download org/m", ["hf:org/m"]),
    ("FROM x\r\nRUN a && \\\r\n hf download org/m\r\n", ["hf:org/m"]),
    ("FROM x\nLABEL model=org/m\nWORKDIR /org/m\nEXPOSE 80\nUSER org/m", []),
    ("# RUN hf download org/m\nFROM x", []),
    ("FROM\nENV\nARG\nRUN\nCMD\nADD\nCOPY\nENTRYPOINT\nONBUILD\nHEALTHCHECK NONE", []),
    ("RUN hf download org/m", ["hf:org/m"]),
]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[text for text, _ in FOUND])
def test_models_are_found(text: str, expected: list[str]) -> None:
    assert models(extract("Dockerfile", text.encode(), nothing).mentions) == expected


def test_places_are_right_across_continuations() -> None:
    text = (
        'FROM x\nRUN a && \\\n  # note\n  hf download org/m\nENV A=b MODEL_ID="org/n"\nCMD ["vllm", "serve", "org/o"]\n'
    )
    spots = [each.spot for each in extract("d", text.encode(), nothing).mentions]
    assert spots == [Spot("d", 4, 15), Spot("d", 5, 19), Spot("d", 6, 24)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM x\nRUN hf download org/m", "FROM x\nRUN hf download org/m --revision SHA"),
        (
            'FROM x\nCMD ["vllm", "serve", "org/m"]',
            'FROM x\nCMD ["vllm", "serve", "org/m", "--revision", "SHA"]',
        ),
        ("FROM x\nRUN <<EOF\nhf download org/m\nEOF", "FROM x\nRUN <<EOF\nhf download org/m --revision SHA\nEOF"),
    ],
)
def test_the_revision_can_be_written_in(text: str, expected: str) -> None:
    (mention,) = extract("Dockerfile", text.encode(), nothing).mentions
    assert pinned(text, mention, "SHA") == expected


def test_instructions_keep_their_places() -> None:
    (found,) = instructions("\n# a\n  RUN --mount=x a \\\n  b\n")
    assert (found.name, found.line, found.flags, found.column, found.flat) == (
        "RUN",
        3,
        ["--mount=x"],
        17,
        "a   \n  b".replace("   \n", "  \n"),
    )


def test_what_is_not_read_is_told() -> None:
    assert "is not read" in extract("Dockerfile", b"x" * (5 << 20), nothing).unreadable
    assert "so many lines" in extract("Dockerfile", b"\n" * 20_000, nothing).unreadable
    assert extract("Dockerfile", b"RUN hf \xff\x00 \\", nothing).mentions == ()


def test_modelfiles_name_what_they_build_upon() -> None:
    text = "# FROM a\nFROM llama3.2:3b\nFROM hf.co/org/m:Q4\nFROM ./x.gguf\nADAPTER lora.gguf\nPARAMETER x 1\n"
    assert models(modelfile("Modelfile", text.encode(), nothing).mentions) == ["ollama:llama3.2@3b", "hf:org/m"]
    assert "is not read" in modelfile("Modelfile", b"x" * (5 << 20), nothing).unreadable

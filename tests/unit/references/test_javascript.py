"""JavaScript and TypeScript: what the table's calls name, however the value gets there."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import label, models, nothing, pinned

from weighbridge.references import javascript
from weighbridge.references.javascript_calls import CALLS

TRANSFORMERS = 'import { pipeline, AutoModel, env } from "@huggingface/transformers";\n'
OPENAI = 'import OpenAI from "openai";\nconst client = new OpenAI();\n'
GOOGLE = "import { GoogleGenAI as G } from '@google/genai';\n"
BEDROCK = "import { ConverseCommand as C } from '@aws-sdk/client-bedrock-runtime';\n"
ASSIGNED = "import O from 'openai'; class A { constructor() { this.c = new O() }\n"
HUB = "import { downloadFile } from '@huggingface/hub';\n"


def found(text: str, path: str = "src/app.ts") -> list[str]:
    return models(javascript.extract(path, text.encode(), nothing).mentions)


VALUES = {
    "a text": ("pipeline('t', 'org/a')", ["hf:org/a"]),
    "single quotes in a template": ("pipeline('t', `org/a`)", ["hf:org/a"]),
    "a constant": ("const M = 'org/a'; pipeline('t', M)", ["hf:org/a"]),
    "a template of constants": ("const O = 'org'; pipeline('t', `${O}/a-${'b'}`)", ["hf:org/a-b"]),
    "texts joined": ("pipeline('t', 'org/' + 'a')", ["hf:org/a"]),
    "an environment's default": ("pipeline('t', process.env.M ?? 'org/a')", ["hf:org/a"]),
    "an older default": ("pipeline('t', process.env.M || 'org/a')", ["hf:org/a"]),
    "one of two": ("pipeline('t', big ? 'org/a' : 'org/b')", ["hf:org/a", "hf:org/b"]),
    "a key of an object": ("const C = { m: { id: 'org/a' } } as const; pipeline('t', C.m.id)", ["hf:org/a"]),
    "a key in brackets": ("const C = { 'big-one': 'org/a' }; pipeline('t', C['big-one'])", ["hf:org/a"]),
    "a frozen object": ("const C = Object.freeze({ m: 'org/a' }); pipeline('t', C.m)", ["hf:org/a"]),
    "a parameter's default": ("async function f(m = 'org/a') { return pipeline('t', m) }", ["hf:org/a"]),
    "a field of a class": ("class A { m = 'org/a'; go() { return pipeline('t', this.m) } }", ["hf:org/a"]),
    "an escaped letter": (r"pipeline('t', 'org\u002fa')", ["hf:org/a"]),
    "what only running tells": ("pipeline('t', process.env.M)", ["hf:?"]),
    "an unknown name": ("pipeline('t', name)", ["hf:?"]),
    "a local path": ("pipeline('t', './models/a')", []),
    "no model": ("pipeline('sentiment-analysis')", []),
    "a revision": ("pipeline('t', 'org/a', { revision: 'v1' })", ["hf:org/a@v1"]),
    "options that are a constant": ("const o = { revision: 'v1' }; pipeline('t', 'org/a', o)", ["hf:org/a@v1"]),
    "options from elsewhere": ("pipeline('t', 'org/a', options)", ["hf:org/a@?"]),
    "options that are spread": ("pipeline('t', 'org/a', { ...o })", ["hf:org/a@?"]),
    "from_pretrained of a class": ("await AutoModel.from_pretrained('org/a')", ["hf:org/a"]),
    "a comment between": ("pipeline('t', /* the small one */ 'org/a')", ["hf:org/a"]),
    "broken syntax around it": ("const = ; pipeline('t', 'org/a'); function (", ["hf:org/a"]),
    "bound to itself": ("const a = a; pipeline('t', a)", ["hf:?"]),
}


@pytest.mark.parametrize(("code", "expected"), VALUES.values(), ids=VALUES.keys())
def test_values(code: str, expected: list[str]) -> None:
    assert found(TRANSFORMERS + code) == expected


WAYS = {
    "an alias": "import { pipeline as p } from '@xenova/transformers'; p('t', 'org/a')",
    "a namespace": "import * as T from '@huggingface/transformers'; T.pipeline('t', 'org/a')",
    "a required name": "const { pipeline } = require('@huggingface/transformers'); pipeline('t', 'org/a')",
    "a required name of another": "const { pipeline: p } = require('@huggingface/transformers'); p('t', 'org/a')",
    "a required module": "const T = require('@huggingface/transformers'); T.pipeline('t', 'org/a')",
    "an import in place": "const { pipeline } = await import('@huggingface/transformers'); pipeline('t', 'org/a')",
    "another name": "import { pipeline } from '@huggingface/transformers'; const p = pipeline; p('t', 'org/a')",
}


@pytest.mark.parametrize("code", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("path", ["a.js", "a.tsx", "a.mts"])
def test_ways_to_a_function(code: str, path: str) -> None:
    assert found(code, path) == ["hf:org/a"]


CALLED = {
    "openai, an instance": (OPENAI + "client.chat.completions.create({ model: 'gpt-4o' })", ["api:openai/gpt-4o"]),
    "openai, an instance in a field": (
        "import OpenAI from 'openai'; class A { c = new OpenAI(); f() { this.c.responses.create({ model: 'o3' }) } }",
        ["api:openai/o3"],
    ),
    "openai, an instance that is assigned": (
        ASSIGNED + "f() { this.c.responses.create({ model: 'o3' }) }",
        ["api:openai/o3"],
    ),
    "openai, handed in": (
        "import O from 'openai'; const f = (c: O) => c.embeddings.create({ model: 'text-embedding-3-small' })",
        ["api:openai/text-embedding-3-small"],
    ),
    "openai, the short form of a key": (
        OPENAI + "const model = 'gpt-4o'; client.responses.create({ model, input })",
        ["api:openai/gpt-4o"],
    ),
    "openai, an unknown name in short form": (OPENAI + "client.responses.create({ model })", ["api:?"]),
    "anthropic": (
        "import Anthropic from '@anthropic-ai/sdk'; new Anthropic().messages.create({ model: 'claude-sonnet-4-0' })",
        ["api:anthropic/claude-sonnet-4-0"],
    ),
    "google": (
        GOOGLE + "new G({}).models.generateContent({ model: 'gemini-2.5-flash' })",
        ["api:google/gemini-2.5-flash"],
    ),
    "bedrock": (
        BEDROCK + "new C({ modelId: 'amazon.nova-lite-v1:0' })",
        ["api:bedrock/amazon.nova-lite-v1:0"],
    ),
    "the AI SDK": ("import { openai } from '@ai-sdk/openai'; openai('gpt-4o')", ["api:openai/gpt-4o"]),
    "the AI SDK's kinds": (
        "import { openai } from '@ai-sdk/openai'; openai.embedding('text-embedding-3-small')",
        ["api:openai/text-embedding-3-small"],
    ),
    "the AI SDK's gateway": (
        "import { generateText } from 'ai'; generateText({ model: 'openai/gpt-4o', prompt })",
        ["api:openai/gpt-4o"],
    ),
    "the AI SDK, made for another address": (
        "import { createOpenAI } from '@ai-sdk/openai'; const o = createOpenAI({ baseURL }); o('gpt-4o')",
        ["api:openai/gpt-4o"],
    ),
    "the AI SDK, a model made by a provider": (
        "import { generateText } from 'ai'; import { x } from './x'; generateText({ model: x('gpt-4o'), prompt })",
        [],
    ),
    "LangChain": (
        "import { ChatOpenAI } from '@langchain/openai'; new ChatOpenAI({ modelName: 'gpt-4' })",
        ["api:openai/gpt-4"],
    ),
    "Ollama": ("import ollama from 'ollama'; ollama.chat({ model: 'llama3.2:1b' })", ["ollama:llama3.2@1b"]),
    "the Hub's inference": (
        "import { InferenceClient as I } from '@huggingface/inference'; new I(t).textGeneration({ model: 'org/a' })",
        ["hf:org/a"],
    ),
    "the Hub's files": (
        HUB + "downloadFile({ repo: 'org/a', path: 'x', revision: 'v1' })",
        ["hf:org/a@v1"],
    ),
    "the Hub's files, a typed repository": (
        HUB + "downloadFile({ repo: { type: 'model', name: 'org/a' }, path })",
        ["hf:org/a"],
    ),
    "a data set of the Hub": (
        HUB + "downloadFile({ repo: { type: 'dataset', name: 'org/a' }, path })",
        [],
    ),
    "WebLLM": (
        "import { CreateMLCEngine } from '@mlc-ai/web-llm'; CreateMLCEngine('Llama-3.2-1B-Instruct-q4f32_1-MLC')",
        ["hf:mlc-ai/Llama-3.2-1B-Instruct-q4f32_1-MLC"],
    ),
    "a file of the Hub": (
        "fetch('https://huggingface.co/org/a/resolve/main/model.onnx')",
        ["hf:org/a@main"],
    ),
    "a session of ONNX": (
        "import * as ort from 'onnxruntime-web'; ort.InferenceSession.create('https://example.com/m.onnx')",
        ["https:https://example.com/m.onnx"],
    ),
}


@pytest.mark.parametrize(("code", "expected"), CALLED.values(), ids=CALLED.keys())
def test_calls(code: str, expected: list[str]) -> None:
    assert found(code) == expected


NONE = {
    "what a function gave": TRANSFORMERS + "const run = await pipeline('t'); run('a', 'org/a');",
    "a function of the same name": "import { pipeline } from 'stream'; pipeline('a', 'org/a') // @huggingface/hub",
    "the file's own function": "function pipeline(a, b) {} pipeline('t', 'org/a') // openai",
    "a client of something else": "import S from 's'; new S().chat.completions.create({ model: 'gpt-4o' }) // openai",
    "a page": "fetch('https://huggingface.co/docs/hub/index')",
    "a request of the site's own": "fetch('/resolve/main/model.onnx')",
    "a text": "const doc = \"pipeline('t', 'org/a') of @huggingface/transformers\"",
    "a comment": "// import { pipeline } from '@huggingface/transformers'; pipeline('t', 'org/a')",
    "a local session": "import * as ort from 'onnxruntime-web'; ort.InferenceSession.create('./m.onnx')",
}


@pytest.mark.parametrize("code", NONE.values(), ids=NONE.keys())
def test_no_model(code: str) -> None:
    assert found(code) == []


def test_places_and_rules() -> None:
    text = TRANSFORMERS + "const näme = 1; const p = await pipeline(\n  'tâsk', 'org/a',\n);\n"
    (mention,) = javascript.extract("web/a.ts", text.encode(), nothing).mentions
    assert (mention.spot.path, mention.spot.line, mention.spot.column) == ("web/a.ts", 3, 11)
    assert label(mention) == "transformers-js hf:org/a"
    assert mention.what == "pipeline"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pipeline('t', 'org/a')", "pipeline('t', 'org/a', { revision: \"R\" })"),
        ("pipeline('t', 'org/a', {})", "pipeline('t', 'org/a', { revision: \"R\" })"),
        ("pipeline('t', 'org/a', { dtype: 'q8' })", "pipeline('t', 'org/a', { revision: \"R\", dtype: 'q8' })"),
        ("pipeline('t', 'org/a', { revision: 'main' })", "pipeline('t', 'org/a', { revision: 'R' })"),
        ("AutoModel.from_pretrained('org/a')", "AutoModel.from_pretrained('org/a', { revision: \"R\" })"),
    ],
)
def test_a_revision_can_be_written_in(code: str, expected: str) -> None:
    text = TRANSFORMERS + code
    (mention,) = javascript.extract("a.ts", text.encode(), nothing).mentions
    mended = pinned(text, mention, "R")
    assert mended.removeprefix(TRANSFORMERS) == expected
    assert found(mended) == ["hf:org/a@R"]


@pytest.mark.parametrize(
    "code",
    [
        "pipeline('t', 'org/a', options)",
        "const v = 'v1'; pipeline('t', 'org/a', { revision: v })",
        "pipeline('t', 'org/a', { revision: 'v\\x31' })",
    ],
)
def test_no_revision_is_written_where_there_may_be_one(code: str) -> None:
    (mention,) = javascript.extract("a.ts", (TRANSFORMERS + code).encode(), nothing).mentions
    assert mention.insertion is None


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe" + (TRANSFORMERS + "pipeline('t', 'org/a')").encode("utf-16-le"),
        TRANSFORMERS.encode() + b"pipeline('t', " + b"(" * 20_000 + b"'org/a'" + b")" * 20_000 + b")",
        TRANSFORMERS.encode() + b"pipeline('t', " + b"'a' + " * 5_000 + b"'b')",
        TRANSFORMERS.encode() + b"pipeline('t', `" + b"${" * 3_000,
        TRANSFORMERS.encode() + b"\0" * 10_000 + b"pipeline(",
        TRANSFORMERS.encode() + b"const a = b, b = a; pipeline('t', a[a[a]])",
        b"openai" * 1_000_000,
    ],
)
def test_hostile_files_end(data: bytes) -> None:
    extraction = javascript.extract("a.ts", data, nothing)
    assert all(mention.model is None for mention in extraction.mentions)


def test_a_file_that_is_too_large_is_told_of() -> None:
    assert "not read" in javascript.extract("a.js", b"openai" + b" " * (5 << 20), nothing).unreadable


def test_rows_are_distinct() -> None:
    keys = [(module, name) for call in CALLS for module in call.modules for name in call.names]
    assert len(keys) == len(set(keys))


def test_names_that_are_bound_over_and_over_end() -> None:
    names = "".join(f"const a = b{index}.a(c); const b{index} = a.b(b{index - 1}); " for index in range(400))
    text = f"{OPENAI}{names}\na.chat.completions.create({{ model: 'gpt-4o' }})\n"
    assert found(text) == ["api:openai/gpt-4o"]


def test_what_a_bundler_wrote_is_passed_over() -> None:
    code = OPENAI.replace("\n", "") + "client.responses.create({model:'gpt-4o'});"
    assert found(code * 400, "public/app.js") == []
    assert found(code, "public/vendor.min.js") == []
    assert found(code, "public/app.js") == ["api:openai/gpt-4o"]

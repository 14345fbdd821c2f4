"""Shell scripts: commands, variables, quotes, and what must not be found."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import label, models, nothing, pinned

from weighbridge.core.mention import Spot
from weighbridge.references import shell
from weighbridge.references.shell import extract, extract_text

SHA = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"

FOUND = [
    ("hf download org/m", ["hf:org/m"]),
    ("hf download --revision v1 org/m file.bin", ["hf:org/m@v1"]),
    ("hf download org/m --revision=$REV", ["hf:org/m@?"]),
    ('hf download \'org/m\' "--revision" "v1"', ["hf:org/m@v1"]),
    ("hf download org/m@v1", ["hf:org/m@v1"]),
    ("hf download o\\rg/m", ["hf:org/m"]),
    ("hf download $'org/m'", ["hf:org/m"]),
    ('hf download org"/"m', ["hf:org/m"]),
    ("hf download $M", ["hf:?"]),
    ("hf download $(cat model.txt)", ["hf:?"]),
    ("hf download org/$NAME", ["hf:?"]),
    ("M=org/m\nhf download $M", ["hf:org/m"]),
    ("M=org/m; M=org/n; hf download ${M}", ["hf:org/n"]),
    ("M=org\nM+=/m\nhf download $M", ["hf:org/m"]),
    ('O=org N=m\nhf download "$O/$N"', ["hf:org/m"]),
    ("if x; then M=org/a; else M=org/b; fi\nhf download $M", ["hf:org/a", "hf:org/b"]),
    ("case $1 in a) M=org/a;; *) M=org/b;; esac\nhf download $M", ["hf:org/a", "hf:org/b"]),
    ('M=org/a\n[ -n "$X" ] && M=org/b\nhf download $M', ["hf:org/a", "hf:org/b"]),
    ("hf download ${M:-org/m}", ["hf:org/m"]),
    ("M=${1:-org/m}\nhf download $M", ["hf:org/m"]),
    ("M=org/a\nhf download ${M:-org/b}", ["hf:org/a"]),
    (": ${M:=org/m}\nhf download $M", ["hf:org/m"]),
    ("M=org/m\nhf download ${M:?missing}", ["hf:org/m"]),
    ("X=1\nhf download ${X:+org/m}", ["hf:org/m"]),
    ("M=org/m\nhf download ${M%/*}", ["hf:?"]),
    ("A=(org/a org/b)\nhf download ${A[1]}", ["hf:org/b"]),
    ('A=(org/a)\nA+=(org/b)\nfor m in "${A[@]}"; do hf download $m; done', ["hf:org/a", "hf:org/b"]),
    ("L='org/a org/b'\nfor m in $L; do hf download $m; done", ["hf:org/a", "hf:org/b"]),
    ('A=(--model org/a)\nvllm serve "${A[@]}"', ["hf:org/a"]),
    ("f() { hf download $1 --revision $2; }\nf org/a v1\nf org/b v2", ["hf:org/a@v1", "hf:org/b@v2"]),
    ('f() { hf download "$@"; }\nf org/a', ["hf:org/a"]),
    ("f() { hf download $1; }", ["hf:?"]),
    ("f() { f $1; hf download $1; }\nf org/a", ["hf:org/a"]),
    ("while read -r m; do hf download $m; done < models.txt", ["hf:?"]),
    ("export M=org/m\nsh -c 'hf download $M'", ["hf:org/m"]),
    ('bash -euxc "hf download org/m"', ["hf:org/m"]),
    ("eval 'hf download org/m'", ["hf:org/m"]),
    ("eval hf download org/m", ["hf:org/m"]),
    ("ssh -p 22 host 'hf download org/m'", ["hf:org/m"]),
    ("ssh host hf download org/m", ["hf:org/m"]),
    ("bash <<'EOF'\nhf download org/m\nEOF", ["hf:org/m"]),
    ("cat <<EOF | sh\nhf download org/m\nEOF", ["hf:org/m"]),
    ("cat <<EOF > run.sh\nhf download org/m\nEOF", ["hf:org/m"]),
    ("(cd x && hf download org/m) || true", ["hf:org/m"]),
    ("x=`hf download org/m`", ["hf:org/m"]),
    ("echo $(hf download org/m)", ["hf:org/m"]),
    ("diff <(hf download org/m) x", ["hf:org/m"]),
    ("time nice -n 5 timeout -k 1 10 hf download org/m", ["hf:org/m"]),
    ("sudo -u me A=b hf download org/m", ["hf:org/m"]),
    ("env -u X MODEL_ID=org/e text-generation-launcher", ["hf:org/e"]),
    ("MODEL_ID=org/e text-generation-launcher", ["hf:org/e"]),
    ("MODEL_ID=org/e REVISION=v1 text-generation-launcher", ["hf:org/e@v1"]),
    ("$SUDO hf download org/m", ["hf:org/m"]),
    ("$PYTHON -m vllm.entrypoints.openai.api_server --model org/m", ["hf:org/m"]),
    ("/usr/bin/python3 -u -m vllm.entrypoints.openai.api_server --model org/m", ["hf:org/m"]),
    ("python -X dev -m pip install git+https://huggingface.co/org/m", ["hf:org/m"]),
    ("poetry run vllm serve org/m", ["hf:org/m"]),
    ("conda run -n x vllm serve org/m", ["hf:org/m"]),
    ("kubectl exec -n ns pod -- ollama pull phi3", ["ollama:phi3"]),
    ("docker exec -e A=b c ollama pull phi3", ["ollama:phi3"]),
    ("docker compose exec ollama ollama pull phi3", ["ollama:phi3"]),
    ("cat models | xargs -n 1 ollama pull", ["ollama:?"]),
    ("echo org/m | xargs hf download", ["hf:org/m"]),
    ("pip install https://huggingface.co/spacy/en/resolve/main/en-any-py3-none-any.whl", ["hf:spacy/en@main"]),
    ("python train.py model.name=org/m +base_model='org/n' data.name=org/d model=bert --x=y", ["hf:org/m", "hf:org/n"]),
    ("./train model.name=org/m", []),
    ("mytool --model-id org/m --model org/n", ["hf:org/m"]),
    ("autotrain llm --train --model org/m", ["hf:org/m"]),
    ("aphrodite run org/m --revision v1", ["hf:org/m@v1"]),
    ("printf '%s' org/m | xargs hf download", ["hf:org/m"]),
    ("echo -n org/m | xargs -I {} hf download {} --revision v1", ["hf:org/m@v1"]),
    ("echo org/m | xargs -I% sh -c 'hf download %'", ["hf:org/m"]),
    ('M=org/m; echo "$M" | tee log | xargs hf download', ["hf:?"]),
    ("echo org/m | cat; hf download org/n", ["hf:org/n"]),
    ("torchrun --nproc_per_node 2 t.py --model_name_or_path org/m", ["hf:org/m"]),
    ("docker run --entrypoint vllm img serve org/m", ["hf:org/m"]),
    ("docker run img sh -c 'hf download org/m'", ["hf:org/m"]),
    ("docker run -e MODEL_ID=org/m img", ["hf:org/m"]),
    ("docker run --env=MODEL_ID=org/m img", ["hf:org/m"]),
    ("docker run ollama/ollama pull phi3", ["ollama:phi3"]),
    ("docker run nvcr.io/nim/meta/m:1.0", ["oci:nvcr.io/nim/meta/m@1.0"]),
    ("docker model run ai/m:tag hello", ["oci:docker.io/ai/m@tag"]),
    ("docker model pull hf.co/org/m", ["hf:org/m"]),
    (f"git clone https://huggingface.co/org/m.git\ncd m\ngit checkout {SHA}", [f"hf:org/m@{SHA}"]),
    (f"git clone https://huggingface.co/org/m x\ngit -C x reset --hard {SHA}", [f"hf:org/m@{SHA}"]),
    ("git clone https://user:pw@huggingface.co/org/m", ["hf:org/m"]),
    ("git clone -b v1 https://huggingface.co/org/m", ["hf:org/m@v1"]),
    ("git -c a=b lfs clone https://hf.co/org/m", ["hf:org/m"]),
    ("git submodule add https://huggingface.co/org/m models/m", ["hf:org/m"]),
    ("wget https://huggingface.co/gpt2/resolve/main/model.bin?download=true", ["hf:gpt2@main"]),
    ("wget -i x https://a.example/pytorch_model.bin", ["https:https://a.example/pytorch_model.bin"]),
    ("curl $URL/x.gguf", ["https:?"]),
    ("curl https://huggingface.co/$M/resolve/main/model.bin", ["hf:?"]),
    ("curl https://huggingface.co/org/m/resolve/$REV/model.bin", ["hf:org/m@?"]),
    ("gsutil cp gs://b/m.onnx .", ["gs://b/m.onnx"]),
    ("aws s3 cp s3://b/m.pt .", ["s3://b/m.pt"]),
    ("mlflow models serve -m models:/m/$V", ["mlflow:m@?"]),
    ("mlflow models serve -m models:/$M/1", ["mlflow:?"]),
    ("python -m spacy download en_core_web_sm-3.7.1 --direct", ["spacy:en_core_web_sm@3.7.1"]),
    (
        "pip install 'm @ https://github.com/explosion/spacy-models/releases/download/m/m.whl#sha256=ab'",
        ["https:https://github.com/explosion/spacy-models/releases/download/m/m.whl@sha256:ab"],
    ),
    ("vllm serve --model org/m", ["hf:org/m"]),
    ("vllm serve org/m --speculative-model org/d", ["hf:org/m", "hf:org/d"]),
    ("python -m sglang.launch_server --model org/m", ["hf:org/m"]),
    ("lmdeploy serve api_server org/m", ["hf:org/m"]),
    ("optimum-cli export onnx --model org/m out/", ["hf:org/m"]),
    ("litellm --model anthropic/claude-3-haiku-20240307", ["api:anthropic/claude-3-haiku-20240307"]),
    ("modelscope download --model org/m", ["modelscope:org/m"]),
    ("ramalama run ollama://phi3:mini", ["ollama:phi3@mini"]),
    ("python serve.py --model org/m --revision v1", ["hf:org/m@v1"]),
    ("python serve.py --model gpt-4o", ["api:openai/gpt-4o"]),
    ("python serve.py --model models:/m/2", ["mlflow:m@2"]),
    ("lm_eval --model hf --model_args pretrained=org/m,revision=v1,dtype=float16", ["hf:org/m@v1"]),
    ("lm_eval --model_args dtype=float16,pretrained=org/m", ["hf:org/m"]),
    ("vllm serve --omni org/m --port 1", ["hf:org/m"]),
    ("docker run -v a:b $IMAGE:$TAG --model-id org/m", ["hf:org/m"]),
    ("docker run reg.example/team/vllm-cuda:1 --model org/m", ["hf:org/m"]),
    ("docker run lmsysorg/sglang:latest python3 -m sglang.launch_server --model-path org/m", ["hf:org/m"]),
    ("weighbridge pull a b", ["weighbridge:a", "weighbridge:b"]),
    ("weighbridge run --model a -- hf download org/m", ["weighbridge:a"]),
    ("export HF_MODEL_ID=org/m", ["hf:org/m"]),
    ("export HF_MODEL_ID=org/m\nhf download $HF_MODEL_ID", ["hf:org/m"]),
    ("hf download org/a &\nhf download 'org/b", ["hf:org/a"]),
    ("if x; then\nhf download org/m", ["hf:org/m"]),
]

NOT_FOUND = [
    "# hf download org/m",
    "echo hf download org/m",
    "echo 'vllm serve org/m'",
    "printf '%s' \"ollama pull m\"",
    "hf download org/d --repo-type dataset",
    "hf download org/d --repo-type=dataset",
    "hf upload org/m .",
    "hf auth login",
    "hf download",
    "vllm serve ./m",
    "vllm serve ../m",
    "vllm serve /m",
    "vllm serve ~/m",
    "vllm serve $HOME/m",
    "vllm serve m.safetensors",
    "vllm serve a/b/c",
    "vllm serve models/m",
    "vllm --version",
    "vllm bench serve --port 8000",
    "ollama list",
    "ollama create m -f Modelfile",
    "ollama run ./m",
    "git clone https://github.com/org/m",
    "git clone https://huggingface.co/datasets/org/m",
    "git clone https://huggingface.co/spaces/org/m",
    "git commit -m org/m",
    "git checkout main",
    "wget https://a.example/data.csv",
    "wget https://a.example/data.zip",
    "curl https://huggingface.co/api/models",
    "curl https://huggingface.co/org/m/resolve/main/README.md",
    "curl https://[broken/m.gguf",
    "curl -F file=@m.gguf https://a.example/upload",
    "aws s3 cp m.pt s3://b/m.pt",
    "aws s3 cp s3://b/data.csv .",
    "aws s3 cp",
    "mlflow models serve -m runs:/x/model",
    "mlflow models serve -m ./m",
    "pip install torch",
    "pip install -r requirements.txt",
    "python train.py --model resnet50",
    "python train.py --dataset_name org/d",
    "python train.py --model_name_or_path ./out",
    "python train.py --model $M",
    "python train.py --model models/x",
    "vllm serve --served-model-name org/m",
    "docker run $IMAGE --name org/m",
    "lm_eval --model_args dtype=float16",
    "python -m http.server",
    "docker run redis --model org/m",
    "docker run -v a:b",
    "docker build -t org/m .",
    "docker pull org/m",
    "llama-cli -m ./m.gguf",
    "llama-server --model x/y.gguf",
    "export OUT=org/m",
    "export HUB_MODEL_ID=org/m",
    "weighbridge add hf:org/m --name m",
    "cat <<EOF > notes.md\nhf download org/m\nEOF",
    "hf_download org/m",
    "xargs",
    "sudo",
    "sh -c",
    "ssh host",
    "eval",
    "docker run",
    "env",
    "weighbridge run -- hf download org/m",
    "",
]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[text for text, _ in FOUND])
def test_models_are_found(text: str, expected: list[str]) -> None:
    assert models(extract("run.sh", text.encode(), nothing).mentions) == expected


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_is_no_model_is_not_found(text: str) -> None:
    assert extract("run.sh", text.encode(), nothing).mentions == ()


def test_places_are_those_of_the_model() -> None:
    text = "é=1; vllm serve \\\n  --port 1 --model 'org/m' # x"
    (mention,) = extract("run.sh", text.encode(), nothing).mentions
    assert mention.spot == Spot("run.sh", 2, 21)
    assert label(mention) == "vllm hf:org/m"


def test_text_within_another_file_has_that_files_places() -> None:
    found = extract_text("nb.ipynb", "hf download org/m\nollama pull x", 7, 3, {}, column=2, indent=4)
    assert [each.spot for each in found.mentions] == [Spot("nb.ipynb", 7, 14, 3), Spot("nb.ipynb", 8, 17, 3)]


def test_variables_are_handed_in() -> None:
    found = extract_text("x", "hf download $M", env={"M": ("org/a", "org/b")})
    assert models(found.mentions) == ["hf:org/a", "hf:org/b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hf download org/m x.bin", "hf download org/m --revision SHA x.bin"),
        ("vllm serve --model='org/m' --port 1", "vllm serve --model='org/m' --revision SHA --port 1"),
        ('M=org/m; hf download "$M"', 'M=org/m; hf download "$M" --revision SHA'),
        ("sh -c 'hf download org/m'", "sh -c 'hf download org/m --revision SHA'"),
        ("hf download org/m --revision main x", "hf download org/m --revision SHA x"),
        ("optimum-cli export onnx -m org/m o", "optimum-cli export onnx -m org/m --revision SHA o"),
        (
            "kserve=1; huggingfaceserver --model_id org/m",
            "kserve=1; huggingfaceserver --model_id org/m --model_revision SHA",
        ),
    ],
)
def test_the_revision_can_be_written_in(text: str, expected: str) -> None:
    (mention,) = extract("run.sh", text.encode(), nothing).mentions
    assert pinned(text, mention, "SHA") == expected


@pytest.mark.parametrize(
    "text",
    [
        "hf download org/m --revision $R",
        "R=main; hf download org/m --revision $R",
        "git clone -b main https://huggingface.co/org/m",
        "for m in org/a org/b; do hf download $m; done",
        'sh -c "echo \\"a\\"; hf download org/m"',
        "ollama pull m",
        "hf download $1",
    ],
)
def test_nothing_is_written_in_where_it_would_not_be_sure(text: str) -> None:
    assert {each.insertion for each in extract("run.sh", text.encode(), nothing).mentions} == {None}


def test_code_that_may_run_is_told() -> None:
    (mention,) = extract("run.sh", b"vllm serve org/m --trust-remote-code", nothing).mentions
    assert mention.runs_code


def test_what_can_be_pinned_is_told() -> None:
    text = b"hf download org/a\nollama pull b\nwget https://a.example/c.gguf\nllama-server -hf org/d"
    assert [each.can_pin for each in extract("run.sh", text, nothing).mentions] == [True, False, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "hf download " + "$(" * 20_000,
        "hf download " + "${a:-" * 20_000,
        "hf " + "(" * 50_000,
        "hf download '\"" * 1000,
        'bash -c "' * 500 + "hf download a/b",
        "hf download \x00\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }}\n" for n in range(40)) + "f40() { hf download a/b; }\nf0",
        "".join(f"A{n}=$A{n - 1}$A{n - 1}xx\n" for n in range(40)) + "hf download $A39",
    ],
    ids=["substitutions", "expansions", "parentheses", "quotes", "shells", "bytes", "calls", "growth"],
)
def test_hostile_scripts_end_soon(text: str) -> None:
    extract("run.sh", text.encode(), nothing)


def test_what_is_not_read_is_told() -> None:
    assert "is not read" in extract("run.sh", b"hf " * shell.MAX_BYTES, nothing).unreadable
    deep = "( " * 200 + "hf download org/m" + " )" * 200
    assert "not read to its end" in extract("run.sh", deep.encode(), nothing).unreadable


def test_what_a_script_reads_can_not_be_told() -> None:
    text = "m=org/a\ncat list | while read -r m; do hf download $m; done\n"
    assert models(shell.extract("run.sh", text.encode(), nothing).mentions) == ["hf:?"]


def test_a_tool_of_another_package_is_started() -> None:
    text = "uvx --from huggingface_hub hf download org/a\n"
    assert models(shell.extract("run.sh", text.encode(), nothing).mentions) == ["hf:org/a"]

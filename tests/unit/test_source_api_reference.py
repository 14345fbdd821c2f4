"""References to vendors' models, and signatures for AWS."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from weighbridge.core.errors import UsageError
from weighbridge.core.ref import Ref
from weighbridge.sources._api_aws import Credentials, signed
from weighbridge.sources._api_reference import asked

WHO = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "server", "model"),
    [
        ("api:openai/gpt-4o-2024-08-06", "", "gpt-4o-2024-08-06"),
        ("api:vertex/anthropic/claude-3-7-sonnet@20250219", "", "anthropic/claude-3-7-sonnet@20250219"),
        ("api:bedrock/amazon.nova-pro-v1:0", "", "amazon.nova-pro-v1:0"),
        (
            "api:bedrock/arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0",
            "",
            "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0",
        ),
        ("api:openai-compatible/https://host/v1/m", "https://host/v1", "m"),
        ("api:openai-compatible/http://[::1]:8000/v1/qwen/Qwen3-8B", "http://[::1]:8000/v1", "qwen/Qwen3-8B"),
        (
            "api:openai-compatible/https://a.b/gw/x/v1beta/llama3:8b@r/v2/x",
            "https://a.b/gw/x/v1beta",
            "llama3:8b@r/v2/x",
        ),
    ],
)
def test_a_reference_says_vendor_server_and_model(text: str, server: str, model: str) -> None:
    found = asked(Ref.parse(text))
    assert (found.vendor, found.server, found.model) == (text[4:].partition("/")[0], server, model)
    assert str(Ref.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "api:openai",
        "api:openai/",
        "api:nobody/x",
        "api:openai/a/b",
        "api:openai/gpt@2",
        "api:openai/../x",
        "api:openai/gp t",
        "api:openai/gpt?x",
        "api:vertex/gemini-2.0-flash-001",
        "api:vertex/google/x/y",
        "api:bedrock/arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x",
        "api:openai-compatible/m",
        "api:openai-compatible/https://host/m",
        "api:openai-compatible/https://host/v1",
        "api:openai-compatible/https://host/v1/",
        "api:openai-compatible/https://host/v1/a//b",
        "api:openai-compatible/https://host/v1/../x",
        "api:openai-compatible/https://HOST/v1/m",
        "api:openai-compatible/https://host./v1/m",
        "api:openai-compatible/https://a..b/v1/m",
        "api:openai-compatible/https://a.-b/v1/m",
        "api:openai-compatible/https://host:443/v1/m",
        "api:openai-compatible/http://host:80/v1/m",
        "api:openai-compatible/https://user:x@host/v1/m",
        "api:openai-compatible/https://host/../v1/m",
        "api:openai-compatible/https://host/./v1/m",
        "api:openai-compatible/https://host/%2e%2e/v1/m",
        "api:openai-compatible/ftp://host/v1/m",
    ],
)
def test_what_is_no_reference_to_a_model_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(Ref.parse(text))
    assert caught.value.code == "bad-ref"
    assert caught.value.hint


@pytest.mark.parametrize(
    "part",
    [
        "temperature",
        "temperature=",
        "=1",
        "&",
        "a=1&",
        "a=1&a=1",
        "a=1e3",
        "a=01",
        "a=+1",
        "a=.5",
        "a=NaN1!",
        "a=0.1234567",
        "a=1234567890.123456",
        "a=1234567890123456",
        'a="x"',
        "a=[1]",
        "a b=1",
        "api_key=x",
        "token=x",
        "Authorization=x",
        "&".join(f"p{number}=1" for number in range(65)),
    ],
)
def test_parameters_are_read_strictly(part: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(Ref("api", "openai/gpt-4o-2024-08-06", None, part))
    assert caught.value.code == "bad-ref"


def test_parameters_are_canonical_json() -> None:
    found = asked(Ref("api", "openai/x", None, "z=-0.0&y=1.50&x=0.000001&w=null&v=low&u=10&t=true&max_tokens=100"))
    assert list(found.parameters) == ["max_tokens", "t", "u", "v", "w", "x", "y", "z"]
    assert list(found.parameters.values()) == ["100", "true", "10", '"low"', "null", "0.000001", "1.5", "0"]


def test_a_signature_is_that_of_the_published_example() -> None:
    # The example of "Signature Version 4 signing process" in the AWS General Reference.
    url = "https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers"
    typed = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    sent = signed(url, typed, WHO, region="us-east-1", service="iam", now=MOMENT)
    assert sent["X-Amz-Date"] == "20150830T123600Z"
    assert sent["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


def test_a_session_token_is_signed_and_no_secret_shown() -> None:
    who = Credentials("AKIDEXAMPLE", "secret", "session")
    sent = signed("https://bedrock.eu-west-1.amazonaws.com", {}, who, region="eu-west-1", service="bedrock", now=MOMENT)
    assert sent["X-Amz-Security-Token"] == "session"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token" in sent["Authorization"]
    assert "secret" not in repr(who) + str(sent)

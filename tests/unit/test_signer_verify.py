from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from weighbridge.core.ports import PublicKey
from weighbridge.signers.ed25519 import Ed25519Signer
from weighbridge.signers.verify import is_sound, key_id, verify_signature

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The sum of two points of the curve, RFC 8032 §5.1.4 in affine words."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2
    return (
        (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P,
    )


def point(y: int) -> tuple[int, int] | None:
    """A point with this y, if there is one (RFC 8032 §5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return None if (x * x - square) % P else (x, y)


def small_order_points() -> set[tuple[int, int]]:
    """Every point whose eightfold is the identity: L times any point is one of them."""
    found = set()
    for y in range(2, 60):
        start = point(y)
        if start is None:
            continue
        total, power, rest = (0, 1), start, L
        while rest:
            if rest & 1:
                total = add(total, power)
            power, rest = add(power, power), rest >> 1
        found.add(total)
    return found


def test_no_point_of_small_order_is_a_sound_key() -> None:
    points = small_order_points()
    assert len(points) == 8
    for x, y in points:
        for sign in (x & 1, 1 - (x & 1)):
            assert not is_sound((y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("y", [P, P + 1, P + 2, P + 18, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_that_is_not_canonical_is_not_sound(y: int, sign: int) -> None:
    assert not is_sound((y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_is_32_bytes(length: int) -> None:
    assert not is_sound(b"\x09" * length)


def test_a_signature_that_nobody_made_does_not_verify() -> None:
    """The library alone says yes: with the identity as key, R = identity and S = 0 fit every message."""
    identity = b"\x01" + bytes(31)
    forged = identity + bytes(32)
    Ed25519PublicKey.from_public_bytes(identity).verify(forged, b"any message")
    key = PublicKey(key_id(identity), identity.hex())
    assert not verify_signature(key, b"any message", forged)


def test_a_key_off_the_curve_verifies_nothing() -> None:
    raw = next(y for y in range(2, 100) if point(y) is None).to_bytes(32, "little")
    assert not verify_signature(PublicKey(key_id(raw), raw.hex()), b"", bytes(64))


def test_a_signature_can_not_be_bent() -> None:
    """RFC 8032 §5.1.7: S must be below the group's order, else a second signature fits."""
    signer = Ed25519Signer(Ed25519PrivateKey.generate())
    good = signer.sign(b"m")
    bent = good[:32] + (int.from_bytes(good[32:], "little") + L).to_bytes(32, "little")
    assert verify_signature(signer.key, b"m", good)
    assert not verify_signature(signer.key, b"m", bent)


def test_rfc_8032_test_2() -> None:
    private = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    signer = Ed25519Signer(private)
    assert signer.key.public == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signer.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert verify_signature(signer.key, b"\x72", signer.sign(b"\x72"))


def test_the_library_refuses_what_we_refuse() -> None:
    signer = Ed25519Signer(Ed25519PrivateKey.generate())
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.key.public)).verify(bytes(64), b"m")
    assert not verify_signature(signer.key, b"m", bytes(64))


def test_a_signer_shows_no_secret() -> None:
    private = Ed25519PrivateKey.generate()
    signer = Ed25519Signer(private)
    assert repr(signer) == f"Ed25519Signer({signer.key.id[:16]})"
    assert private.private_bytes_raw().hex() not in repr(vars(signer))

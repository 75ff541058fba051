"""Signed receipts: Ed25519 (RFC 8032) over canonical JSON, so that anyone with the public key can check one offline."""

import base64
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from minyi.kernel.canonical import Plain, canonical_json


def sign_receipt(fields: Mapping[str, Plain], seed: bytes) -> str:
    """Base64url signature without padding (86 characters); `seed` is the instance's 32-byte receipt key."""
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(canonical_json(fields))
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


def is_genuine(fields: Mapping[str, Plain], signature: str, public_key: bytes) -> bool:
    """Whether the holder of the key signed exactly these fields."""
    try:
        raw = base64.urlsafe_b64decode(signature.encode("ascii") + b"=" * (-len(signature) % 4))
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw, canonical_json(fields))
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key_of(seed: bytes) -> bytes:
    """The 32 bytes that are published."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

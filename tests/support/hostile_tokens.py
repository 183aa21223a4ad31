"""Tokens that must be refused, by name: each is a valid access token with one change.

Used to test the library, the API over HTTP, and the recipes of other libraries (``bench/recipes.py``).
"""

import base64
import hmac
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.tokens import CLIENT_ID, ISSUER, KEY, SUB, SigningKey, access_claims, encode

OTHER = SigningKey()
SMALL = SigningKey(1024)
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def hostile_tokens() -> dict[str, str]:
    """Return every hostile token by what is wrong with it."""
    return {_stable(name): token for group in hostile_groups().values() for name, token in group.items()}


def _stable(name: str) -> str:
    """Return ``name`` without random ids and the time, so that every worker collects the same tests."""
    name = name.replace(KEY.kid, "KID").replace(KEY.kid.lower(), "KID in lower case")
    name = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", name)
    return re.sub(r"\d{10}", "TIME", name)


def hostile_groups() -> dict[str, dict[str, str]]:
    """Return the tokens by kind; an attacker can make the first four kinds without the pool's key."""
    return {
        "another algorithm": dict(_algorithms()),
        "signed by another": {name: token for name, token in _headers() if "signature" in name or "by another" in name},
        "another spelling of a token": dict(_spellings()),
        "no structure of a token": dict(_structures()),
        "a header that asks for more": {
            name: token for name, token in _headers() if "signature" not in name and "by another" not in name
        },
        "another time": dict(_times()),
        "another pool, client, use or scope": dict(_others()),
        "a claim of another type": dict(_claims()),
        "JSON of two meanings": dict(_bodies()),
    }


def _header(**more: Any) -> dict[str, Any]:
    return {name: value for name, value in {"kid": KEY.kid, "alg": "RS256", **more}.items() if value is not ...}


def _signed_by(sign: Callable[[bytes], bytes], **header: Any) -> str:
    text = f"{encode(_header(**header))}.{encode(access_claims())}"
    return f"{text}.{encode(sign(text.encode()))}"


def _algorithms() -> Iterator[tuple[str, str]]:
    """Algorithm confusion: RFC 8725, section 2.1."""
    public = KEY.key.public_key()
    secrets = {
        "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "PEM without its last line feed": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "PKCS1 PEM": public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "modulus": KEY.jwk()["n"].encode(),
        "JWK": json.dumps(KEY.jwk()).encode(),
        "nothing": b"",
        "kid": KEY.kid.encode(),
    }
    for name, secret in secrets.items():
        for algorithm, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
            yield (
                f"{algorithm} with the {name} as secret",
                _signed_by(
                    lambda text, secret=secret, digest=digest: hmac.new(secret, text, digest).digest(), alg=algorithm
                ),
            )
    for none in ("none", "None", "NONE", "nOnE", ""):
        unsigned = f"{encode(_header(alg=none))}.{encode(access_claims())}."
        yield f"alg {none!r}, empty signature", unsigned
        yield f"alg {none!r}, a signature", unsigned + encode(b"x" * 256)
    for algorithm in (
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "EdDSA",
        "RS1",
        "rs256",
        "RS256 ",
        "RSA-OAEP",
    ):
        yield f"alg {algorithm!r} over an RS256 signature", KEY.sign(_header(alg=algorithm), access_claims())
    yield (
        "RS512, rightly signed",
        _signed_by(lambda text: KEY.key.sign(text, padding.PKCS1v15(), SHA512()), alg="RS512"),
    )
    pss = padding.PSS(padding.MGF1(SHA256()), 32)
    yield "PS256, rightly signed", _signed_by(lambda text: KEY.key.sign(text, pss, SHA256()), alg="PS256")
    yield "RS256 that is PSS", _signed_by(lambda text: KEY.key.sign(text, pss, SHA256()))
    yield "RS256 over SHA-1", _signed_by(lambda text: KEY.key.sign(text, padding.PKCS1v15(), SHA1()))  # noqa: S303 - this token must be refused
    yield "RS256 over SHA-512", _signed_by(lambda text: KEY.key.sign(text, padding.PKCS1v15(), SHA512()))
    curve = ec.generate_private_key(ec.SECP256R1())
    yield "ES256 by another key", _signed_by(lambda text: curve.sign(text, ec.ECDSA(SHA256())), alg="ES256")
    for value in (None, 256, ["RS256"], {"RS256": True}, True):
        yield f"alg {value!r}", KEY.sign(_header(alg=value), access_claims())
    yield "no alg", KEY.sign(_header(alg=...), access_claims())


def _headers() -> Iterator[tuple[str, str]]:
    """Keys and rules that the token's header supplies: RFC 7515, section 4.1."""
    attacker = OTHER.jwk()
    brought: dict[str, Any] = {
        "jwk": attacker,
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/cert.pem",
        "x5c": ["MIIB"],
        "x5t": "AAAA",
        "x5t#S256": "AAAA",
        "crit": ["exp"],
        "b64": False,
        "zip": "DEF",
        "enc": "A128GCM",
    }
    for name, value in brought.items():
        yield f"header {name}, signed by the pool", KEY.sign(_header(**{name: value}), access_claims())
        yield f"header {name}, signed by another", OTHER.sign(_header(**{name: value}), access_claims())
    yield "crit of nothing", KEY.sign(_header(crit=[]), access_claims())
    yield "crit b64", KEY.sign(_header(crit=["b64"], b64=False), access_claims())
    yield "another's signature, the pool's kid", OTHER.sign(_header(), access_claims())
    yield "another's signature, its kid", OTHER.sign(_header(kid=OTHER.kid), access_claims())
    yield "a small key's signature", SMALL.sign(_header(kid=SMALL.kid), access_claims())
    kids = (
        None,
        "",
        0,
        1.5,
        [KEY.kid],
        {"kid": KEY.kid},
        True,
        KEY.kid + " ",
        KEY.kid.lower(),
        "../../etc/passwd",
        "\x00",
        "é",
    )
    for kid in (*kids, "' OR 1=1 --", "https://evil.example/key", "x" * 129, KEY.kid + "\n"):
        if kid != KEY.kid:
            yield f"kid {kid!r}"[:60], KEY.sign(_header(kid=kid), access_claims())
    yield "no kid", KEY.sign(_header(kid=...), access_claims())
    for kind in ("JWE", "jwe", "secevent+jwt", "dpop+jwt", "", 1, None, ["JWT"]):
        yield f"typ {kind!r}", KEY.sign(_header(typ=kind), access_claims())


def _claims() -> Iterator[tuple[str, str]]:
    """Missing claims and claims of another type: RFC 7519, section 4.1."""
    required = ("iss", "sub", "client_id", "token_use", "exp", "iat", "auth_time", "jti", "username")
    for name in required:
        if name != "username":
            # Tokens of machine clients have no username.
            yield f"no {name}", KEY.token(**{name: ...})
        values: list[Any] = [None, True, [], {}, [access_claims()[name]], "", 1.5, -1, 0]
        for value in values:
            yield f"{name} {value!r}"[:60], KEY.token(**{name: value})


def _times() -> Iterator[tuple[str, str]]:
    now = int(time.time())
    for name in ("exp", "iat", "auth_time", "nbf"):
        for value in (str(now), float(now), 2**53, 2**62, "2030-01-01", now * 1000 * 1000):
            yield f"{name} {value!r}", KEY.token(**{name: value})
    yield "expired a second ago", KEY.token(exp=now - 1, iat=now - 3600, auth_time=now - 3600)
    yield "expired now", KEY.token(exp=now, iat=now - 3600)
    yield "expired long ago", KEY.token(exp=1, iat=0)
    yield "made in the future", KEY.token(iat=now + 3000)
    yield "signed in in the future", KEY.token(auth_time=now + 3000)
    yield "not yet valid", KEY.token(nbf=now + 3000)
    yield "expired before it was made", KEY.token(iat=now + 3000, exp=now + 3000)


def _others() -> Iterator[tuple[str, str]]:
    issuers = (
        ISSUER + "/",
        ISSUER.upper(),
        ISSUER.replace("https", "http"),
        ISSUER + "?x",
        ISSUER + "#",
        ISSUER + " ",
        " " + ISSUER,
        ISSUER[:-1],
        ISSUER + "x",
        ISSUER.replace("us-east-1.", "us-west-2."),
        ISSUER.replace("us-east-1_", "us-east-1_X"),
        ISSUER.replace("cognito-idp", "issuer-cognito-idp"),
        ISSUER.replace("amazonaws.com", "amazonaws.com.evil.example"),
        ISSUER.replace("https://", "https://evil.example/"),
        ISSUER.replace("https://", "https://evil@"),
        ISSUER.replace("a", "\u0430", 1),
        "https://accounts.google.com",
        [ISSUER],
        {ISSUER: ISSUER},
        f"{ISSUER}\x00",
        f"{ISSUER}\n",
    )
    for issuer in issuers:
        yield f"iss {issuer!r}"[:90], KEY.token(iss=issuer)
    for client in (
        CLIENT_ID.upper(),
        CLIENT_ID + " ",
        "otherclient",
        f"{CLIENT_ID},other",
        [CLIENT_ID, "x"],
        f"{CLIENT_ID}\x00",
    ):
        yield f"client_id {client!r}", KEY.token(client_id=client)
    yield "aud instead of client_id", KEY.token(client_id=..., aud=CLIENT_ID)
    yield "an ID token", KEY.id_token()
    yield "an ID token that says access", KEY.id_token(token_use="access")
    for use in ("id", "ACCESS", "access ", "refresh", ["access"], "accessid"):
        yield f"token_use {use!r}", KEY.token(token_use=use)
    for name in ("sub", "jti", "username"):
        for value in (SUB + "\x00", "a\nb", "x" * 4000):
            yield f"{name} {value!r}"[:60], KEY.token(**{name: value})
    wrong: dict[str, tuple[Any, ...]] = {
        "scope": (["aws.cognito.signin.user.admin"], None, 1, {}, True),
        "cognito:groups": ("admins", None, 1, {"admins": True}, [1], [None], ["a", ["b"]], [""], ["a\nb"]),
        "origin_jti": (None, 1, [], "", "a\x00"),
    }
    for name, values in wrong.items():
        for value in values:
            yield f"{name} {value!r}", KEY.token(**{name: value})


def _spellings() -> Iterator[tuple[str, str]]:
    """Other encodings of the same bytes: RFC 7515, section 2, allows one."""
    token = KEY.token()
    head, body, signature = token.split(".")
    for name, part, parts in (("header", 0, head), ("claims", 1, body), ("signature", 2, signature)):
        rest = [head, body, signature]

        def spelt(text: str, part: int = part, rest: list[str] = rest) -> str:
            return ".".join([*rest[:part], text, *rest[part + 1 :]])

        yield f"{name} with padding", spelt(parts + "=" * (-len(parts) % 4 or 4))
        yield f"{name} with a line feed", spelt(parts + "\n")
        yield f"{name} with a space", spelt(parts[:5] + " " + parts[5:])
        yield f"{name} with a NUL", spelt(parts + "\x00")
        yield f"{name} with a letter more", spelt(parts + "A")
        yield f"{name} with a letter less", spelt(parts[:-1])
        yield f"{name} in another alphabet", spelt(parts.replace("-", "+").replace("_", "/") + "+")
        yield f"{name} that is not ASCII", spelt(parts[:-1] + "é")
        yield f"{name} in full-width letters", spelt(parts[:-1] + chr(0xFF21))
        if len(parts) % 4:
            place = _DIGITS.index(parts[-1])
            yield f"{name} with loose bits at its end", spelt(parts[:-1] + _DIGITS[place ^ 1])
        yield f"{name} with another letter", spelt(("A" if parts[9] != "A" else "B").join([parts[:9], parts[10:]]))


def _structures() -> Iterator[tuple[str, str]]:
    """Missing, extra, empty and nested segments; excessive sizes."""
    token = KEY.token()
    head, body, signature = token.split(".")
    yield from {
        "nothing": "",
        "dots": "..",
        "one segment": head,
        "two segments": f"{head}.{body}",
        "no header": f".{body}.{signature}",
        "no claims": f"{head}..{signature}",
        "no signature": f"{head}.{body}.",
        "four segments": f"{token}.{signature}",
        "five segments, as a JWE": f"{head}.{body}.{signature}.{body}.{signature}",
        "a dot before": f".{token}",
        "a dot after": f"{token}.",
        "the token twice": token + token,
        "header and claims swapped": f"{body}.{head}.{signature}",
        "another token's signature": f"{head}.{body}.{KEY.token().rpartition('.')[2]}",
        "signature cut": f"{head}.{body}.{signature[:100]}",
        "signature of zeros": f"{head}.{body}.{encode(bytes(256))}",
        "signature of ones": f"{head}.{body}.{encode(bytes([255]) * 256)}",
        "signature with bytes more": f"{head}.{body}.{encode(base64.urlsafe_b64decode(signature + '==') + b'x')}",
        "signature of one byte": f"{head}.{body}.AA",
        "a JWS in JSON": json.dumps({"protected": head, "payload": body, "signature": signature}),
        "a token in a token": KEY.sign(_header(cty="JWT"), token.encode()),
        "over 16 KiB": KEY.token(padding="x" * 20_000),
        "a megabyte": "a" * 1_000_000,
        "a megabyte of dots": "." * 1_000_000,
        "huge segments": f"{'a' * 300_000}.{'b' * 300_000}.{'c' * 300_000}",
        "a surrogate": token[:-1] + "\ud800",
        "quotes": f'"{token}"',
        "the scheme twice": f"Bearer {token}",
    }.items()


def _bodies() -> Iterator[tuple[str, str]]:
    """Correctly signed JSON that is malformed or ambiguous: RFC 8259, section 4; RFC 7519, section 4."""
    good = json.dumps(access_claims())
    inner = good[1:-1]
    deep = "[" * 5000 + "]" * 5000
    bodies: dict[str, bytes] = {
        "no JSON": b"claims",
        "empty": b"",
        "null": b"null",
        "a list": f"[{good}]".encode(),
        "a string": json.dumps(good).encode(),
        "a number": b"1",
        "a duplicate claim": f'{{"sub": "admin", {inner}}}'.encode(),
        "a duplicate claim, last": f'{{{inner}, "sub": "admin"}}'.encode(),
        "a duplicate by escape": f'{{{inner}, "s\\u0075b": "admin"}}'.encode(),
        "NaN": f'{{{inner}, "x": NaN}}'.encode(),
        "Infinity": f'{{{inner}, "x": -Infinity}}'.encode(),
        "a huge number": f'{{{inner}, "x": 1e999}}'.encode(),
        "a number of 5000 digits": f'{{{inner}, "x": {"9" * 5000}}}'.encode(),
        "deep lists": f'{{{inner}, "x": {deep}}}'.encode(),
        "deep lists, whole": deep.encode(),
        "a lone surrogate": f'{{{inner}, "x": "\\ud800"}}'.encode(),
        "Latin-1": f'{{{inner}, "x": "é"}}'.encode("latin-1"),
        "UTF-16": good.encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + good.encode(),
        "a comment": f"/* */ {good}".encode(),
        "a comma too many": f"{{{inner},}}".encode(),
        "text after": f"{good} x".encode(),
        "two objects": (good + good).encode(),
        "single quotes": good.replace('"', "'").encode(),
        "overlong UTF-8": f'{{{inner}, "x": "'.encode() + b'\xc0\xaf"}',
        "a NUL after": good.encode() + b"\x00",
    }
    for name, body in bodies.items():
        yield f"claims: {name}", KEY.sign(_header(), body)
    header = json.dumps(_header())
    for name, text in {
        "no JSON": "header",
        "a list": f"[{header}]",
        "a duplicate alg": header[:-1] + ', "alg": "none"}',
        "a duplicate kid": header[:-1] + ', "kid": "x"}',
        "NaN": header[:-1] + ', "x": NaN}',
        "deep lists": header[:-1] + f', "x": {deep}}}',
        "a comment": "// x\n" + header,
    }.items():
        yield f"header: {name}", KEY.sign(text.encode(), access_claims())

"""Users of a pool: lookup by name, sub or address, and their attributes."""

from typing import Any

from local.cognito.emulator import Json, claims_of, cognito, section
from local.cognito.refusals import Refusal, not_authorized

# Pool id -> sign-in name -> user name. Addresses are looked up at every call, and a scan of a large pool is slow.
_indexes: dict[str, dict[str, str]] = {}


def attributes_of(user: Json) -> dict[str, str]:
    """Return the attributes by name."""
    return {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}


def set_attributes(user: Json, **changes: str) -> None:
    """Set attributes and the modification date; an empty value deletes one."""
    merged = attributes_of(user) | changes
    user["Attributes"] = [{"Name": name, "Value": value} for name, value in merged.items() if value]
    user["UserLastModifiedDate"] = cognito._now_epoch()


def find_user(pool: Json, name: str | None) -> Json | None:
    """Return the user by user name, sub, or an address that the pool accepts for sign-in, or None."""
    key = _folded(pool, name or "")
    users: Json = pool["_users"]
    user = users.get(_indexes.get(pool["Id"], {}).get(key, ""))
    if user is None or key not in _keys(pool, user):
        user = users.get(_index(pool).get(key, ""))
    return user


def forget_addresses(pool_id: str) -> None:
    """Clear the pool's index after a user's address has changed."""
    _indexes.pop(pool_id, None)


def user_of_token(data: Json) -> tuple[Json, Json]:
    """Return pool and user of the access token in ``data``; ministack has checked its signature and expiry."""
    claims = claims_of(data.get("AccessToken"))
    pool, user = pool_of_claims(claims), user_of_claims(claims)
    if pool is None or user is None:
        raise not_authorized("Invalid Access Token")
    return pool, user


def pool_of_claims(claims: Json) -> Json | None:
    """Return the pool that issued a token."""
    return cognito._user_pools.get(str(claims.get("iss", "")).rpartition("/")[2])


def user_of_claims(claims: Json) -> Json | None:
    """Return the user of a token; users of other pools or with the same name but another sub do not match."""
    pool, sub = pool_of_claims(claims), claims.get("sub")
    user = find_user(pool, claims.get("username") or claims.get("cognito:username") or sub) if pool and sub else None
    return user if user and attributes_of(user).get("sub") == sub else None


def client_of_token(pool: Json, data: Json) -> Json:
    """Return the app client that the access token in ``data`` was issued to."""
    claims = claims_of(data["AccessToken"])
    client = pool["_clients"].get(claims.get("client_id"))
    if client is None:
        raise not_authorized("Invalid Access Token")
    return client


def resolve_user(pool: Json, name: str | None) -> tuple[Json | None, Any]:
    """Return the user or ministack's error; replaces ``_resolve_user`` and follows the pool's case sensitivity."""
    user = find_user(pool, name)
    missing = cognito.error_response_json("UserNotFoundException", "User does not exist.", 400)
    return (user, None) if user else (None, missing)


def require_user(pool: Json, name: str | None) -> Json:
    """Return the user, or raise UserNotFoundException."""
    user = find_user(pool, name)
    if user is None:
        raise Refusal("UserNotFoundException", "User does not exist.")
    return user


def _index(pool: Json) -> dict[str, str]:
    index = _indexes.setdefault(pool["Id"], {})
    if set(index.values()) != pool["_users"].keys():
        index.clear()
        for user in list(pool["_users"].values()):
            remember_addresses(pool, user)
    return index


def remember_addresses(pool: Json, user: Json) -> None:
    """Add a user to the pool's index."""
    name: str = user["Username"]
    _indexes.setdefault(pool["Id"], {}).update(dict.fromkeys(_keys(pool, user), name))


def _keys(pool: Json, user: Json) -> set[str]:
    attributes = attributes_of(user)
    # The address of a user of another identity provider is no name to sign in with.
    names: set[str] = set() if user["UserStatus"] == "EXTERNAL_PROVIDER" else set(pool.get("UsernameAttributes") or [])
    aliases = set(pool.get("AliasAttributes") or [])
    # An alias address is valid once it is verified; an address used as the user name is valid immediately.
    names |= {name for name in aliases if attributes.get(f"{name}_verified") == "true" or name == "preferred_username"}
    keys: set[str] = {user["Username"], attributes.get("sub", ""), *(attributes.get(name, "") for name in names)}
    return {_folded(pool, key) for key in keys if key}


def _folded(pool: Json, name: str) -> str:
    sensitive = section(pool, "UsernameConfiguration").get("CaseSensitive", True)
    return name if sensitive else name.casefold()

"""User attributes: read and write permissions, and verification of a new address by code.

Source: API_UpdateUserAttributes, API_VerifyUserAttribute, UserAttributeUpdateSettingsType.
"""

import re

from local.cognito import codes, records
from local.cognito.emulator import Json, cognito, masked_delivery, native, pool_of, section
from local.cognito.refusals import Refusal, invalid_parameter, not_authorized, not_implemented
from local.cognito.users import (
    attributes_of,
    client_of_token,
    find_user,
    forget_addresses,
    pool_of_claims,
    require_user,
    set_attributes,
    user_of_token,
)

# Attributes that users cannot set themselves.
_OURS = {"sub", "email_verified", "phone_number_verified", "identities"}
_PHONE = re.compile(r"\+[0-9]{4,18}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def require_writable(pool: Json, client: Json, attributes: list[Json]) -> None:
    """Raise for an attribute that is not in the schema or that the app client may not write."""
    require_known(pool, attributes)
    schema = {attribute["Name"] for attribute in pool["SchemaAttributes"]}
    writable = set(client.get("WriteAttributes") or schema) - _OURS
    if any(attribute["Name"] not in writable for attribute in attributes):
        raise not_authorized("A client attempted to write unauthorized attribute")


def require_known(pool: Json, attributes: list[Json]) -> None:
    """Raise for an attribute that is not in the schema, or for a value that the schema does not allow."""
    schema = {attribute["Name"]: attribute for attribute in pool["SchemaAttributes"]}
    for name, value in ((attribute["Name"], attribute.get("Value", "")) for attribute in attributes):
        if name not in schema:
            raise invalid_parameter(f"Attributes did not conform to the schema: {name}: Attribute does not exist.")
        bounds = section(schema[name], "StringAttributeConstraints")
        if not int(bounds.get("MinLength") or 0) <= len(value) <= int(bounds.get("MaxLength") or 2048):
            raise invalid_parameter(
                f"Attributes did not conform to the schema: {name}: String must be within its length."
            )
        if value and schema[name].get("AttributeDataType") == "Number":
            _require_number(name, value, section(schema[name], "NumberAttributeConstraints"))
        if name == "phone_number" and value and not _PHONE.fullmatch(value):
            raise invalid_parameter("Invalid phone number format.")


def _require_number(name: str, value: str, bounds: Json) -> None:
    lowest, highest = (float(bounds.get(bound) or sign) for bound, sign in (("MinValue", "-inf"), ("MaxValue", "inf")))
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) or not lowest <= float(value) <= highest:
        raise invalid_parameter(f"Attributes did not conform to the schema: {name}: Number is not within its range.")


def require_complete(pool: Json, data: Json) -> None:
    """Raise for a sign-up that lacks a required attribute."""
    given: set[str] = {row["Name"] for row in given_attributes(data)} | set(pool.get("UsernameAttributes") or [])
    for attribute in pool["SchemaAttributes"]:
        if attribute.get("Required") and attribute["Name"] not in given | _OURS:
            raise invalid_parameter(
                f"Attributes did not conform to the schema: {attribute['Name']}: The attribute is required"
            )


def given_attributes(data: Json) -> list[Json]:
    """Return the attributes of a new user; an empty value is none."""
    rows: list[Json] = data.get("UserAttributes") or []
    return [row for row in rows if row.get("Value")]


def readable_claims(claims: Json) -> Json:
    """Return the claims of an ID token without the attributes that its client may not read."""
    pool = pool_of_claims(claims)
    client: Json = pool["_clients"].get(claims.get("aud"), {}) if pool else {}
    readable: list[str] = client.get("ReadAttributes") or []
    if not pool or not readable:
        return claims
    hidden = {attribute["Name"] for attribute in pool["SchemaAttributes"]} - {*readable, "sub"}
    return {name: value for name, value in claims.items() if name not in hidden}


def get_user(data: Json) -> Json:
    """GetUser; returns only the attributes that the app client may read."""
    pool, _ = user_of_token(data)
    answer = native("_get_user", data)
    readable = client_of_token(pool, data).get("ReadAttributes")
    if readable:
        shown = {*readable, "sub"}
        answer["UserAttributes"] = [attribute for attribute in answer["UserAttributes"] if attribute["Name"] in shown]
    # ministack returns empty values where AWS omits the fields.
    for name in ("UserMFASettingList", "PreferredMfaSetting"):
        if not answer.get(name):
            answer.pop(name, None)
    return answer


def update_user_attributes(data: Json) -> Json:
    """UpdateUserAttributes."""
    pool, user = user_of_token(data)
    require_writable(pool, client_of_token(pool, data), data["UserAttributes"])
    changes = {attribute["Name"]: attribute.get("Value", "") for attribute in data["UserAttributes"]}
    for attribute in pool["SchemaAttributes"]:
        if attribute["Name"] in changes and not attribute.get("Mutable", True):
            raise invalid_parameter(f"user.{attribute['Name']}: Attribute cannot be updated.")
    now = attributes_of(user).get("email")
    email = changes.pop("email", now)
    deliveries = [_change_email(pool, user, email)] if email is not None and email != now else []
    set_attributes(user, **changes)
    return {"CodeDeliveryDetailsList": deliveries}


def verify_user_attribute(data: Json) -> Json:
    """VerifyUserAttribute: the new address replaces the old one."""
    pool, user = user_of_token(data)
    _only_email(data)
    codes.check(user, "email", data["Code"])
    email = user.get(records.NEW_EMAIL) or attributes_of(user)["email"]
    _require_free(pool, user, email)
    codes.use_up(user, "email")
    user.pop(records.NEW_EMAIL, None)
    set_attributes(user, email=email, email_verified="true")
    forget_addresses(pool["Id"])
    return {}


def get_user_attribute_verification_code(data: Json) -> Json:
    """GetUserAttributeVerificationCode."""
    pool, user = user_of_token(data)
    _only_email(data)
    email = user.get(records.NEW_EMAIL) or attributes_of(user).get("email")
    if not email:
        raise invalid_parameter("Attribute does not exist.")
    codes.count_resend(user, "email")
    return {"CodeDeliveryDetails": _send_code(pool, user, email)}


def delete_user_attributes(data: Json) -> Json:
    """DeleteUserAttributes."""
    pool, user = user_of_token(data)
    names = data["UserAttributeNames"]
    require_writable(pool, client_of_token(pool, data), [{"Name": name} for name in names])
    return _delete(pool, user, names)


def admin_delete_user_attributes(data: Json) -> Json:
    """AdminDeleteUserAttributes."""
    pool = pool_of(data)
    return _delete(pool, require_user(pool, data["Username"]), data["UserAttributeNames"])


def admin_update_user_attributes(data: Json) -> Json:
    """AdminUpdateUserAttributes; accepts attributes of the schema only, and not ``sub``."""
    pool = pool_of(data)
    schema = {attribute["Name"] for attribute in pool["SchemaAttributes"]}
    for attribute in data["UserAttributes"]:
        if attribute["Name"] not in schema or attribute["Name"] == "sub":
            raise invalid_parameter(f"user.{attribute['Name']}: Attribute cannot be set.")
    user = require_user(pool, data["Username"])
    changes = {attribute["Name"]: attribute.get("Value", "") for attribute in data["UserAttributes"]}
    if "email" in changes:
        _require_free(pool, user, changes["email"])
        changes.setdefault("email_verified", "false")
    set_attributes(user, **changes)
    forget_addresses(pool["Id"])
    return {}


def _change_email(pool: Json, user: Json, email: str) -> Json:
    if not _ADDRESS.fullmatch(email):
        raise invalid_parameter("Invalid email address format.")
    _require_free(pool, user, email)
    settings = section(pool, "UserAttributeUpdateSettings")
    if "email" in settings.get("AttributesRequireVerificationBeforeUpdate", []):
        user[records.NEW_EMAIL] = email
    else:
        set_attributes(user, email=email, email_verified="false")
        forget_addresses(pool["Id"])
    return _send_code(pool, user, email)


def _require_free(pool: Json, user: Json, email: str) -> None:
    if _is_anothers(pool, user, email, by="UsernameAttributes"):
        raise Refusal("AliasExistsException", "An account with the given email already exists.")


def require_free_alias(pool: Json, user: Json) -> None:
    """Raise AliasExistsException when another user holds the address as a verified alias."""
    if _is_anothers(pool, user, attributes_of(user).get("email"), by="AliasAttributes"):
        raise Refusal("AliasExistsException", "An account with the email already exists.")


def _is_anothers(pool: Json, user: Json, email: str | None, *, by: str) -> bool:
    owner = find_user(pool, email) if "email" in (pool.get(by) or []) else None
    return owner is not None and owner["Username"] != user["Username"]


def _send_code(pool: Json, user: Json, email: str) -> Json:
    # The new code replaces a code that was sent to an earlier address.
    cognito._send_verification_email(pool, user["Username"], {"email": email}, "", attribute_name="new email")
    return masked_delivery(email)


def _delete(pool: Json, user: Json, names: list[str]) -> Json:
    required = {attribute["Name"] for attribute in pool["SchemaAttributes"] if attribute.get("Required")}
    required |= set(pool.get("UsernameAttributes") or []) | _OURS
    for name in names:
        if name in required:
            raise invalid_parameter(f"user.{name}: Attribute cannot be deleted.")
    user["Attributes"] = [attribute for attribute in user["Attributes"] if attribute["Name"] not in names]
    return {}


def _only_email(data: Json) -> None:
    if data["AttributeName"] != "email":
        raise not_implemented(f"Verification of {data['AttributeName']}")

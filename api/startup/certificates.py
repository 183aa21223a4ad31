"""A minimal image may have no certificates of authorities, and then no connection with TLS is possible."""

import ssl
from pathlib import Path

from api.errors import ConfigurationError


def require_certificates(url: str) -> None:
    """Raise ``ConfigurationError`` if ``url`` needs TLS, and this host trusts no authority."""
    paths = ssl.get_default_verify_paths()
    has_directory = bool(paths.capath) and any(Path(paths.capath).iterdir())
    if not url.startswith("https://") or paths.cafile or has_directory:
        return
    message = (
        f"No certificates of authorities were found ({paths.openssl_cafile}, {paths.openssl_capath}), so that {url} "
        "cannot be reached. Install the package ca-certificates, or set SSL_CERT_FILE to a file of certificates."
    )
    raise ConfigurationError(message)

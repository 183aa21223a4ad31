"""A minimal image may have no certificates of authorities, and then no connection with TLS is possible."""

import os
import ssl
import sys
from pathlib import Path

from api.errors import ConfigurationError


def require_certificates(url: str) -> None:
    """Raise ``ConfigurationError`` if ``url`` needs TLS, and this host trusts no authority."""
    if sys.platform == "win32":
        # The system's own store.
        return
    paths = ssl.get_default_verify_paths()
    listed = os.environ.get("SSL_CERT_DIR") or paths.openssl_capath
    directories = [Path(name) for name in listed.split(os.pathsep)]
    has_directory = any(any(directory.iterdir()) for directory in directories if directory.is_dir())
    if not url.startswith("https://") or paths.cafile or has_directory:
        return
    message = (
        f"No certificates of authorities were found ({paths.openssl_cafile}, {paths.openssl_capath}), so that {url} "
        "cannot be reached. Install the package ca-certificates, or set SSL_CERT_FILE to a file of certificates."
    )
    raise ConfigurationError(message)

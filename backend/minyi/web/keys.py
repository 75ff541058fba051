"""The instance's keys for a view to hand down: operations and domain get bytes, never the settings."""

from typing import cast

from flask import current_app

from minyi.config import Secrets, Settings


def keys() -> Secrets:
    """The secrets of this instance."""
    return cast("Secrets", current_app.config["MINYI_SECRETS"])


def settings() -> Settings:
    """The settings of this instance."""
    return cast("Settings", current_app.config["MINYI"])

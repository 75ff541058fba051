"""Settings: defaults -> `instance/config.toml` -> environment `MINYI_*`. An unknown or ill-typed one stops the start."""

import os
import secrets
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SECRET_FILES = ("secret_key", "pseudonym_key", "identity_key", "receipt_key")


class SettingsRefused(SystemExit):
    """The start is stopped: one line on stderr names the setting. Exit 2."""

    def __init__(self, message: str) -> None:
        super().__init__(2)
        self.message = message


class Settings(BaseModel):
    """Everything that an operator may set; `MINYI_<NAME>` in the environment wins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance: Path
    """The private folder: database, secrets, config.toml."""
    database_url: str = ""
    """SQLAlchemy address; empty: `minyi.db` in the instance folder. `postgresql://...` for a city."""
    redis_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    """What links in mails, feeds and receipts begin with."""
    smtp_url: str = ""
    proxy_hops: Annotated[int, Field(ge=0, le=4)] = 0
    """How many proxies of our own stand in front; each adds one X-Forwarded-For entry that is believed."""
    site_dir: Path = Path("build/site")
    shell_dir: Path = Path("build/shell")
    csp_file: Path = Path("build/csp.json")
    content_dir: Path = Path("content")
    demo: bool = False
    """Demonstration mode: step-in persons, on loopback only, under a banner."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    threads: Annotated[int, Field(ge=1, le=64)] = 16
    sign_in_days: Annotated[int, Field(ge=1, le=90)] = 30
    argon2_kib: Annotated[int, Field(ge=8, le=1_048_576)] = 19_456
    argon2_rounds: Annotated[int, Field(ge=1, le=10)] = 2
    registrations_per_hour: Annotated[int, Field(ge=1)] = 20
    """From one address."""
    sign_in_tries: Annotated[int, Field(ge=1)] = 10
    """Wrong passwords for one account in 15 minutes."""
    metrics_token: str = ""

    @property
    def database(self) -> str:
        """The address with its default."""
        return self.database_url or f"sqlite:///{(self.instance / 'minyi.db').resolve()}"


ROOT = Path(__file__).resolve().parents[2]


def read_settings(instance: Path | None = None, **given: Any) -> Settings:
    """Read the three layers; `given` (from a test or the terminal) wins over all. Raises `SettingsRefused`."""
    environment = {
        name.removeprefix("MINYI_").lower(): value
        for name, value in os.environ.items()
        if name.startswith("MINYI_") and not name.startswith(("MINYI_TEST_", "MINYI_REQUIRE_"))
    }
    folder = Path(instance or given.get("instance") or environment.get("instance") or ROOT / "instance")
    from_file: dict[str, Any] = {}
    file = folder / "config.toml"
    if file.exists():
        try:
            from_file = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsRefused(f"{file}: {error}") from error
    values: dict[str, Any] = {**from_file, **environment, **given, "instance": folder}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        layer = f"MINYI_{name.upper()}" if name in environment else str(file)
        raise SettingsRefused(f"setting {name} ({layer}): {first['msg']}") from error
    return settings.model_copy(
        update={
            name: value if value.is_absolute() else ROOT / value
            for name, value in (
                ("site_dir", settings.site_dir),
                ("shell_dir", settings.shell_dir),
                ("csp_file", settings.csp_file),
                ("content_dir", settings.content_dir),
            )
        }
    )


class Secrets(BaseModel):
    """The instance's own keys, 32 random bytes each, files of mode 0600 made by `minyi init`."""

    model_config = ConfigDict(frozen=True)

    secret_key: bytes
    """Signs the session cookie."""
    pseudonym_key: bytes
    """HMAC of account and topic, account and vote."""
    identity_key: bytes
    """Seals real names; HMAC of document numbers."""
    receipt_key: bytes
    """Ed25519 seed that signs receipts."""


def make_secrets(instance: Path) -> None:
    """Write the keys that are missing; existing ones are never touched."""
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in SECRET_FILES:
        path = instance / f"{name}.key"
        if path.exists():
            continue
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())


def read_secrets(instance: Path) -> Secrets:
    """Read the keys. Refuses a missing, short or world-readable one by name."""
    found: dict[str, bytes] = {}
    for name in SECRET_FILES:
        path = instance / f"{name}.key"
        if not path.exists():
            raise SettingsRefused(f"{path} is missing: run `minyi init`")
        if path.stat().st_mode & 0o077:
            raise SettingsRefused(f"{path} can be read by others: chmod 600 {path}")
        try:
            key = bytes.fromhex(path.read_text("ascii").strip())
        except ValueError:
            key = b""
        if len(key) != 32:
            raise SettingsRefused(f"{path} is damaged: 64 hexadecimal digits are expected")
        found[name] = key
    return Secrets(**found)

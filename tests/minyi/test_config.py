"""Settings: three layers, and a start that names what is wrong."""

from pathlib import Path

import pytest

from minyi.config import SECRET_FILES, SettingsRefused, make_secrets, read_secrets, read_settings


def test_environment_wins_over_file_wins_over_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text('port = 8100\nbase_url = "https://a.example"\n')
    monkeypatch.setenv("MINYI_PORT", "8200")
    settings = read_settings(tmp_path)
    assert (settings.port, settings.base_url, settings.threads) == (8200, "https://a.example", 16)


@pytest.mark.parametrize(
    ("toml", "environment", "named"),
    [
        pytest.param("colour = 1", {}, "colour", id="unknown in the file"),
        pytest.param("", {"MINYI_COLOUR": "1"}, "MINYI_COLOUR", id="unknown in the environment"),
        pytest.param("port = 'eight'", {}, "port", id="ill-typed in the file"),
        pytest.param("", {"MINYI_PORT": "99999"}, "MINYI_PORT", id="out of bounds in the environment"),
        pytest.param("port = ", {}, "config.toml", id="broken file"),
    ],
)
def test_wrong_setting_stops_the_start_with_its_name(
    toml: str, environment: dict[str, str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text(toml)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as no:
        read_settings(tmp_path)
    assert named in no.value.message
    assert no.value.code == 2


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    make_secrets(tmp_path / "i")
    first = read_secrets(tmp_path / "i")
    make_secrets(tmp_path / "i")
    assert read_secrets(tmp_path / "i") == first
    assert len({first.secret_key, first.pseudonym_key, first.identity_key, first.receipt_key}) == 4
    assert {(tmp_path / "i" / f"{name}.key").stat().st_mode & 0o777 for name in SECRET_FILES} == {0o600}


@pytest.mark.parametrize("damage", ["missing", "readable", "short"])
def test_damaged_secret_is_named(damage: str, tmp_path: Path) -> None:
    make_secrets(tmp_path / "i")
    key = tmp_path / "i" / "receipt_key.key"
    if damage == "missing":
        key.unlink()
    elif damage == "readable":
        key.chmod(0o644)
    else:
        key.write_text("abcd")
    with pytest.raises(SettingsRefused) as no:
        read_secrets(tmp_path / "i")
    assert "receipt_key.key" in no.value.message

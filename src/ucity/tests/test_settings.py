"""What an operator meets who sets something, rightly or wrongly."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from ucity.errors import StartupError
from ucity.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UCITY_DATA", str(tmp_path))


def test_option_goes_before_environment_before_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ucity.toml").write_text("port = 1\nmqtt_port = 2\ndemo_size = 3\n")
    monkeypatch.setenv("UCITY_PORT", "4")
    monkeypatch.setenv("UCITY_MQTT_PORT", "5")
    settings = load_settings(port=6, host=None)
    assert (settings.port, settings.mqtt_port, settings.demo_size, settings.host) == (6, 5, 3, "127.0.0.1")


def test_refuses_unknown_name_in_file(tmp_path: Path) -> None:
    (tmp_path / "ucity.toml").write_text("mqtt_prot = 2\n")
    with pytest.raises(StartupError, match=r"no setting mqtt_prot\. Did you mean mqtt_port"):
        load_settings()


def test_refuses_unknown_name_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UCITY_HOTS", "0.0.0.0")  # noqa: S104 - it is not listened on
    with pytest.raises(StartupError, match=r"UCITY_HOTS\. Did you mean UCITY_HOST"):
        load_settings()


def test_refuses_broken_file(tmp_path: Path) -> None:
    (tmp_path / "ucity.toml").write_text("port 8000")
    with pytest.raises(StartupError, match=r"ucity.toml is not valid TOML"):
        load_settings()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"port": "x"}, "port"),
        ({"port": 70000}, "port"),
        ({"port": 1883}, "port and mqtt_port are both 1883"),
        ({"open": True, "host": "0.0.0.0"}, "open lets anyone write"),  # noqa: S104 - it is not listened on
        ({"tls_key": "/key.pem"}, "tls_certificate and tls_key go together"),
        ({"nats_url": "nats://bus.example"}, "nats_url, nats_callout_url, nats_system_url and nats_issuer_seed go"),
        ({"postgres_url": "mysql://db"}, "postgres_url: it has to start with postgresql://"),
    ],
)
def test_says_what_is_wrong(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(StartupError, match=said):
        load_settings(**wrong)


def test_never_repeats_a_password() -> None:
    with pytest.raises(StartupError) as raised:
        load_settings(postgres_url="mysql://me:hunter2@db")
    assert "hunter2" not in str(raised.value)
    assert "hunter2" not in repr(load_settings(postgres_url="postgresql://me:hunter2@db"))


def test_stays_as_it_is() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1


@pytest.mark.parametrize(("host", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("::", False)])
def test_uses_tls_beyond_loopback(host: str, loopback: bool) -> None:
    assert load_settings(host=host).uses_tls is not loopback


def test_reaches_child_processes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(port=9, demo=False, tls_names="a.example,b.example", postgres_url="postgresql://db")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_describes_every_setting() -> None:
    assert all(field.description for field in Settings.model_fields.values())

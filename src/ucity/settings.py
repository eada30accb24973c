"""What can be set: one frozen model, read from options, ``UCITY_*`` variables and ``ucity.toml``, in this order.

``ucity.toml`` lies in the data folder. An unknown name is refused wherever it comes from, because a misspelt setting
that is silently ignored is worse than a city that does not start.
"""

import difflib
import os
import socket
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ucity.cloud.ioc.manage.ports import is_loopback
from ucity.errors import StartupError

PREFIX = "UCITY_"
FILE = "ucity.toml"

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - only an operator who asks for it gets it
MIB = 1024 * 1024
Port = Annotated[int, Field(ge=0, le=65535)]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class Settings(BaseSettings):
    """Everything that can be set, with what it is when it is not."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data: Folder = Field(
        Path("~/.local/share/ucity"),
        validate_default=True,
        description="Folder with everything that the city keeps. One city runs in it at a time.",
    )
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Address that the city listens on. Beyond loopback, HTTPS and MQTT over TLS are used.",
    )
    port: Port = Field(8000, description="Port of pages and APIs; 0 takes a free one.")
    mqtt_port: Port = Field(1883, description="Port of MQTT; 0 takes a free one.")
    tls_certificate: Folder | None = Field(
        None,
        description="PEM file with the city's certificate and its chain. Without one, a city beyond loopback makes a "
        "private authority and certificate in `tls/` of the data folder, and renews it.",
    )
    tls_key: Folder | None = Field(None, description="PEM file with the certificate's private key.")
    tls_names: str = Field(
        "",
        description="More host names and addresses for the private certificate, separated by commas, beside those "
        "that the machine knows of itself.",
    )

    postgres_url: str | None = Field(
        None,
        repr=False,
        description="A PostgreSQL of your own, 16 or newer, e.g. `postgresql://ucity:password@db.example/ucity`, in "
        "place of the embedded one.",
    )
    nats_url: str | None = Field(
        None,
        repr=False,
        description="A NATS server of your own with JetStream, 2.12 or newer, e.g. "
        "`nats://ucity:password@bus.example:4222`, in place of the embedded one. That server then has to take MQTT at "
        "`mqtt_port`, beyond loopback over TLS. How it has to be configured is told at the top of "
        "`src/ucity/network/nats_config.py`.",
    )
    nats_callout_url: str | None = Field(
        None,
        repr=False,
        description="With `nats_url`: where the city answers for devices that log in, as the user of the account for "
        "the auth callout.",
    )
    nats_system_url: str | None = Field(
        None,
        repr=False,
        description="With `nats_url`: where the city sees and closes connections, as a user of the system account.",
    )
    nats_issuer_seed: str | None = Field(
        None,
        repr=False,
        description="With `nats_url`: the account nkey seed that signs answers of the auth callout.",
    )
    objects: str | None = Field(
        None,
        description="Where files are kept (timetables, maps): the URL of an object store, e.g. `s3://bucket/folder`, "
        "whose credentials come from the environment. Without it, `objects/` in the data folder.",
    )
    sync: Literal["always", "kill"] = Field(
        "kill",
        description="What an acknowledged reading survives. `kill`: any process being killed, at any moment; a power "
        "failure may lose what devices sent in the last minute and PostgreSQL had not stored yet. `always`: a "
        "power failure too; every message is on disk before it is acknowledged, which costs throughput. PostgreSQL "
        "syncs every transaction in both.",
    )

    open: bool = Field(
        False,
        description="Let anyone write, and let the city call loopback addresses, for trials and conformance tools. "
        "Refused unless `host` is loopback.",
    )
    demo: bool = Field(True, description="Run the simulated Busan. Without it the city starts empty.")
    demo_size: int = Field(100, ge=1, le=10_000, description="How many buses the simulated Busan has.")
    demo_seed: int = Field(1, ge=0, description="Seed of the simulation; the same seed gives the same readings.")

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much the logs tell.")
    log_bytes: int = Field(
        10 * MIB, ge=65_536, description="Size in bytes at which a log file in `logs/` is put aside."
    )
    log_files: int = Field(3, ge=1, le=100, description="How many files of each log are kept, the newest included.")
    queue_bytes: int = Field(
        2048 * MIB,
        ge=16 * MIB,
        description="Disk space in bytes for each of the two logs of readings that wait for being stored. When one is "
        "full, senders are told to wait: HTTP answers 429, MQTT does not acknowledge.",
    )
    body_bytes: int = Field(
        16 * MIB, ge=1024, description="Largest HTTP request body in bytes, also after it is unpacked."
    )
    feed_bytes: int = Field(
        1024 * MIB, ge=1024, description="Largest file of a feed in bytes: a timetable, a map; fetched or sent in."
    )
    private_feeds: bool = Field(
        False,
        description="Let feeds be fetched from addresses within the city's own network too. With `open` or `demo` on a "
        "loopback host they can be in any case.",
    )
    private_receivers: bool = Field(
        False,
        description="Let notifications of NGSI-LD subscriptions go to addresses within the city's own network too. "
        "With `open` or `demo` on a loopback host they can be in any case.",
    )
    subscriptions_per_key: int = Field(
        10_000, ge=1, description="Most NGSI-LD subscriptions that one key may have, before 403."
    )
    message_bytes: int = Field(MIB, ge=1024, le=8 * MIB, description="Largest MQTT payload in bytes.")
    proxies: str = Field(
        "",
        description="Addresses or networks of reverse proxies in front of the city, separated by commas. Theirs is the "
        "word on who asks (`X-Forwarded-For`, `X-Forwarded-Proto`), which limits and logs go by.",
    )
    requests_per_minute: int = Field(
        6000, ge=1, description="Requests a minute from one key, or without a key from one address, before 429."
    )
    failures_per_minute: int = Field(
        30, ge=1, description="Failed attempts a minute to authenticate from one address, before it is made to wait."
    )
    ld_context_status: int = Field(
        504,
        ge=503,
        le=504,
        description="HTTP status of NGSI-LD when a JSON-LD @context cannot be had: 504, or 503 as before version 1.9.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options, then the environment, then the file in the data folder, which the first two tell."""
        data = init_settings().get("data") or env_settings().get("data") or cls.model_fields["data"].default
        file = TomlConfigSettingsSource(settings_cls, Path(data).expanduser() / FILE)
        return init_settings, env_settings, file

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.open and not self.is_loopback:
            raise ValueError(f"open lets anyone write, so it needs a loopback host, and host is {self.host}")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        if self.port == self.mqtt_port != 0:
            raise ValueError(f"port and mqtt_port are both {self.port}")
        external = (self.nats_url, self.nats_callout_url, self.nats_system_url, self.nats_issuer_seed)
        if any(external) and not all(external):
            raise ValueError("nats_url, nats_callout_url, nats_system_url and nats_issuer_seed go together")
        return self

    @field_validator("objects")
    @classmethod
    def _names_objects(cls, url: str | None) -> str | None:
        if url is not None and not urlsplit(url).scheme:
            raise ValueError("it is a URL, like s3://bucket/folder or file:///folder")
        return url

    @field_validator("postgres_url")
    @classmethod
    def _names_postgres(cls, url: str | None) -> str | None:
        return _with_scheme(url, "postgresql", "postgres")

    @field_validator("nats_url", "nats_callout_url", "nats_system_url")
    @classmethod
    def _names_nats(cls, url: str | None) -> str | None:
        return _with_scheme(url, "nats", "tls")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the city."""
        return is_loopback(self.host)

    @property
    def fetches_privately(self) -> bool:
        """Whether feeds may be fetched from addresses that are not of the public internet."""
        return self.private_feeds or (self.is_loopback and (self.open or self.demo))

    @property
    def notifies_privately(self) -> bool:
        """Whether notifications may be sent to addresses that are not of the public internet."""
        return self.private_receivers or (self.is_loopback and (self.open or self.demo))

    @property
    def uses_tls(self) -> bool:
        """Whether the city's doors speak TLS: beyond loopback always, on loopback when given a certificate."""
        return not self.is_loopback or self.tls_certificate is not None

    @property
    def url(self) -> str:
        """Where people find the city; a city on every address is told by the name of its machine."""
        host = socket.gethostname() if self.host in EVERYWHERE else self.host
        return f"{'https' if self.uses_tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """The ``UCITY_*`` variables from which another process reads these same settings."""
        given = self.model_dump(mode="json", exclude_none=True)
        return {PREFIX + name.upper(): str(value) for name, value in given.items()}


def load_settings(**options: Any) -> Settings:
    """The settings; ``options`` that are None are not given. StartupError says which one is wrong, and where."""
    _refuse_unknown(os.environ)
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        raise StartupError(_explain(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise StartupError(f"{FILE} is not valid TOML: {error}") from error


def _with_scheme(url: str | None, *schemes: str) -> str | None:
    if url is not None and urlsplit(url).scheme not in schemes:
        raise ValueError(f"it has to start with {schemes[0]}://")
    return url


def _refuse_unknown(names: Iterable[str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        near = difflib.get_close_matches(unknown[0], known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise StartupError(f"There is no setting for the environment variable {unknown[0]}.{hint}")


def _explain(error: ValidationError) -> str:
    """One line a mistake, without the value: it may be a password."""
    lines = []
    for mistake in error.errors(include_input=False, include_url=False):
        name = ".".join(map(str, mistake["loc"]))
        if mistake["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, Settings.model_fields, 1)
            lines.append(f"There is no setting {name}." + (f" Did you mean {near[0]}?" if near else ""))
        else:
            text = mistake["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {text}" if name else text)
    return "\n".join(lines)

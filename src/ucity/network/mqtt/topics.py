"""Topics of devices: ``ucity/<device>/<service>/<stream>``, and the NATS subjects that nats-server makes of them.

nats-server turns each ``/`` of a topic into a ``.``, a ``.`` into ``//``, and an empty level into ``/`` (see its
documentation, "MQTT Topics and NATS Subjects"). A ``*`` or ``>`` stays as it is, so a subject in the log may look like
a pattern without being one.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

ROOT: Final = "ucity"
COMMANDS: Final = "commands"
"""Second level of the topics on which a device hears the city; nobody's service."""

_DEVICE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Reason(StrEnum):
    """Why a topic is none that a device sends readings on."""

    NOT_OURS = "not_ours"
    LEVELS = "levels"
    DEVICE = "device"
    COMMANDS = "commands"
    SERVICE = "service"
    STREAM = "stream"


_DETAILS: Final = {
    Reason.NOT_OURS: "The topic does not begin with ucity/.",
    Reason.LEVELS: "The topic has to have four levels: ucity/<device>/<service>/<stream>.",
    Reason.DEVICE: "The device's name in the topic has to have 1 to 64 letters, digits, - and _.",
    Reason.COMMANDS: "Topics under commands are for what the city tells a device, not for readings.",
    Reason.SERVICE: "The service's name in the topic has to have small letters, digits and _, and begin with a letter.",
    Reason.STREAM: "The stream's name in the topic has to have small letters, digits and _, and begin with a letter.",
}


class Topic(NamedTuple):
    """Where a device sends a reading."""

    device: str
    service: str
    stream: str

    @property
    def subject(self) -> str:
        """As NATS names it."""
        return ".".join((ROOT, *self))

    @property
    def path(self) -> str:
        """Service and stream, as the catalogue names them."""
        return f"{self.service}/{self.stream}"

    def __str__(self) -> str:
        return "/".join((ROOT, *self))


class Malformed(NamedTuple):
    """A subject that is no device's topic. ``device`` is known where the topic began as it should."""

    reason: Reason
    device: str | None = None

    @property
    def detail(self) -> str:
        """A sentence for whoever has to mend it."""
        return _DETAILS[self.reason]


def parse(subject: str) -> Topic | Malformed:
    """The topic behind a NATS subject, or why there is none."""
    root, *levels = subject.split(".")
    if root != ROOT:
        return Malformed(Reason.NOT_OURS)
    device = levels[0] if levels else ""
    if not is_device_name(device):
        return Malformed(Reason.DEVICE)
    reason = _reason(levels[1:])
    return Malformed(reason, device) if reason else Topic(*levels)


def _reason(levels: list[str]) -> Reason | None:
    """What is wrong behind the device's name."""
    if levels[:1] == [COMMANDS]:
        return Reason.COMMANDS
    if len(levels) != 2:
        return Reason.LEVELS
    if not _NAME.fullmatch(levels[0]):
        return Reason.SERVICE
    return None if _NAME.fullmatch(levels[1]) else Reason.STREAM


def is_device_name(name: str) -> bool:
    """Whether a device may have this name: it is a level of its topics as it stands."""
    return _DEVICE.fullmatch(name) is not None


def can_be_published(subject: str) -> bool:
    """Whether NATS takes this subject from anybody; from MQTT clients it lets ``*`` and ``>`` pass."""
    return not {"*", ">", ""} & set(subject.split("."))


def own_subjects(device: str) -> tuple[str, ...]:
    """Subjects that a device may publish to."""
    return (f"{ROOT}.{device}.>",)


def command_subjects(device: str) -> tuple[str, ...]:
    """Subjects that a device may subscribe to. MQTT's ``#`` stands for the level before it as well."""
    return (f"{ROOT}.{device}.{COMMANDS}", f"{ROOT}.{device}.{COMMANDS}.>")

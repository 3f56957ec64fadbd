"""What the owner chose about forwarding, as it is stored and as it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Any, Final, Self

from .const import SECTION_FORWARDING
from .forwarding.message import MessageType
from .stored_options import complain, stored_section

CONF_ENABLED: Final = "enabled"
CONF_PROJECT: Final = "project"
CONF_TOPIC: Final = "topic"
CONF_AUTHENTICATION: Final = "authentication"
CONF_KEY_FILE: Final = "key_file"
"""An upload; it is read and forgotten, and never stored among the options."""

CONF_EMULATOR: Final = "emulator_address"
CONF_KINDS: Final = "kinds"
CONF_PERIOD: Final = "period_s"
CONF_ORDERING: Final = "ordering"
CONF_SITE_ID: Final = "site_id"

SHORTEST_PERIOD_S: Final = 5
LONGEST_PERIOD_S: Final = 3600
DEFAULT_PERIOD_S: Final = 30

PROJECT: Final = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
TOPIC: Final = re.compile(r"(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}")
"""Source: "Guidelines to name a topic" of Pub/Sub."""

ADDRESS: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}")
SITE_ID: Final = re.compile(r"[\w.:+~-]{1,64}")

_SHAPES: Final = {
    CONF_PROJECT: PROJECT,
    CONF_TOPIC: TOPIC,
    CONF_EMULATOR: ADDRESS,
    CONF_SITE_ID: SITE_ID,
}


class Authentication(StrEnum):
    """How we say who we are: a closed list."""

    KEY = "key"
    """The key of a service account, uploaded by the owner."""

    AMBIENT = "ambient"
    """What the machine itself has: Google's application default credentials."""

    EMULATOR = "emulator"
    """Not at all: a server for trying it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingOptions:
    """Whether anything goes to a cloud, what, and to which one."""

    enabled: bool = False
    project: str = ""
    topic: str = ""
    authentication: Authentication = Authentication.KEY
    emulator_address: str = ""
    """``host:port``."""

    kinds: frozenset[MessageType] = frozenset(MessageType)
    period_s: float = DEFAULT_PERIOD_S
    """Of telemetry; what happens is told at once."""

    ordering: bool = False
    """Whether messages carry the name of the plant as their ordering key."""

    site_id: str = ""
    """What the plant is called in the cloud; empty: by its serial number."""

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Return the choices of an entry; what is damaged counts as not chosen."""
        section = stored_section(options, SECTION_FORWARDING)
        return cls(
            enabled=section.get(CONF_ENABLED) is True,
            project=_shaped(section, CONF_PROJECT),
            topic=_shaped(section, CONF_TOPIC),
            authentication=_authentication(section),
            emulator_address=_shaped(section, CONF_EMULATOR),
            kinds=_kinds(section.get(CONF_KINDS)),
            period_s=_period(section.get(CONF_PERIOD, DEFAULT_PERIOD_S)),
            ordering=section.get(CONF_ORDERING) is True,
            site_id=_shaped(section, CONF_SITE_ID),
        )

    @property
    def is_on(self) -> bool:
        """Whether to forward: it is wanted, and said where to."""
        return self.enabled and self.lacking is None

    @property
    def lacking(self) -> str | None:
        """The name of the first field without which nothing can be sent."""
        is_emulated = self.authentication is Authentication.EMULATOR
        needed = {
            CONF_PROJECT: self.project,
            CONF_TOPIC: self.topic,
            **({CONF_EMULATOR: self.emulator_address} if is_emulated else {}),
        }
        return next((name for name, value in needed.items() if not value), None)

    @property
    def topic_path(self) -> str:
        """The topic as Google names it."""
        return f"projects/{self.project}/topics/{self.topic}"

    @property
    def cloud(self) -> tuple[object, ...]:
        """What has to be tried anew when it changes."""
        is_emulated = self.authentication is Authentication.EMULATOR
        address = self.emulator_address if is_emulated else ""
        return self.is_on, self.topic_path, self.authentication, address

    def as_form(self) -> dict[str, Any]:
        """Return the choices as the form takes them; empty texts are left out."""
        texts = {
            CONF_PROJECT: self.project,
            CONF_TOPIC: self.topic,
            CONF_EMULATOR: self.emulator_address,
            CONF_SITE_ID: self.site_id,
        }
        return {
            CONF_ENABLED: self.enabled,
            **{name: value for name, value in texts.items() if value},
            CONF_AUTHENTICATION: self.authentication.value,
            CONF_KINDS: [kind.value for kind in MessageType if kind in self.kinds],
            CONF_PERIOD: self.period_s,
            CONF_ORDERING: self.ordering,
        }


def undefaulted_forwarding(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed in the section, without defaults and without the upload."""
    shown = ForwardingOptions.from_mapping({SECTION_FORWARDING: typed}).as_form()
    default = ForwardingOptions().as_form()
    return {
        name: value
        for name, value in shown.items()
        if name in typed and value != default.get(name)
    }


def malformed(typed: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return name and value of the first text that cannot be what it should be."""
    for name, shape in _SHAPES.items():
        value = str(typed.get(name, "")).strip()
        if value and not shape.fullmatch(value):
            return name, value
    return None


def _shaped(section: Mapping[str, Any], name: str) -> str:
    value = section.get(name, "")
    text = value.strip() if isinstance(value, str) else None
    if text == "" or (text is not None and _SHAPES[name].fullmatch(text)):
        return text
    complain(name, value)
    return ""


def _authentication(section: Mapping[str, Any]) -> Authentication:
    value = section.get(CONF_AUTHENTICATION, Authentication.KEY)
    try:
        return Authentication(value)
    except ValueError:
        complain(CONF_AUTHENTICATION, value)
        return Authentication.KEY


def _kinds(value: Any) -> frozenset[MessageType]:
    if value is None:
        return frozenset(MessageType)
    names = {kind.value for kind in MessageType}
    if isinstance(value, list | tuple) and all(
        isinstance(kind, str) and kind in names for kind in value
    ):
        return frozenset(MessageType(kind) for kind in value)
    complain(CONF_KINDS, value)
    return frozenset(MessageType)


def _period(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and SHORTEST_PERIOD_S <= value <= LONGEST_PERIOD_S:
        return float(value)
    complain(CONF_PERIOD, value)
    return DEFAULT_PERIOD_S

"""The login of the installer: what the dialogs ask, try and keep, and who uses it."""

from collections.abc import Mapping
import secrets
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .const import CONF_UNIT_ID
from .device.endpoint import UnitLink
from .device.link import LinkError
from .device.login import (
    CHALLENGE_BYTES,
    Login,
    LoginRefused,
    LoginUnproven,
    LoginUnsupported,
    log_in,
)
from .device.profile import DeviceProfile, LinkTiming
from .endpoints import async_borrow_endpoint
from .plant_address import Trouble

CONF_LOGIN: Final = "login"
CONF_FORGET_LOGIN: Final = "forget_login"

DEFAULT_USER: Final = "installer"
KEEP_ALIVE: Final = "login_keep_alive"
"""Key of the register that a profile needs for a login to last."""

PASSWORD: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)

LOGIN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_USERNAME, default=DEFAULT_USER): TextSelector(),
        vol.Required(CONF_PASSWORD): PASSWORD,
    }
)


def login_section(data: Mapping[str, Any]) -> dict[Any, Any]:
    """Return the part of a form where a login can be typed, or the present one go."""
    fields: dict[Any, Any] = {
        vol.Optional(CONF_USERNAME): TextSelector(),
        vol.Optional(CONF_PASSWORD): PASSWORD,
    }
    if CONF_PASSWORD in data:
        fields[vol.Optional(CONF_FORGET_LOGIN, default=False)] = BooleanSelector()
    return {vol.Optional(CONF_LOGIN): section(vol.Schema(fields), {"collapsed": True})}


def typed_login(typed: Mapping[str, Any]) -> Login | None:
    """Return the login that was typed, ``None`` without a password."""
    password = typed.get(CONF_PASSWORD)
    if not password:
        return None
    user = typed.get(CONF_USERNAME, "").strip() or DEFAULT_USER
    return Login(user=user, password=password)


def shown_login(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form is filled in with: the user, never the password."""
    return {CONF_USERNAME: data[CONF_USERNAME]} if CONF_USERNAME in data else {}


def login_data(login: Login) -> dict[str, str]:
    """Return what an entry keeps of a login."""
    return {CONF_USERNAME: login.user, CONF_PASSWORD: login.password}


def kept_login(data: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, str]:
    """Return what an entry keeps of its login after a form; empty: none."""
    login = typed_login(typed)
    if login is not None:
        return login_data(login)
    if typed.get(CONF_FORGET_LOGIN) or CONF_PASSWORD not in data:
        return {}
    return {key: data[key] for key in (CONF_USERNAME, CONF_PASSWORD)}


async def async_try_login(
    hass: HomeAssistant, data: Mapping[str, Any], timing: LinkTiming, login: Login
) -> Trouble | None:
    """Log in to the inverter of an entry's data; return what stood in the way.

    The connection of an entry is borrowed where there is one.
    """
    host, port, unit_id = data[CONF_HOST], data[CONF_PORT], data[CONF_UNIT_ID]
    try:
        async with (
            async_borrow_endpoint(hass, host, port, timing) as endpoint,
            endpoint.unit(unit_id).sequence() as turn,
        ):
            await log_in(turn, login, _challenge())
    except LinkError as err:
        return Trouble(
            field="base", error=_key_of(err), placeholders={"detail": str(err)}
        )
    return None


@callback
def async_apply_login(
    unit: UnitLink, data: Mapping[str, Any], profile: DeviceProfile
) -> None:
    """Let writes to the plant of an entry log in, if it has a login."""
    if CONF_PASSWORD not in data:
        unit.forget_login()
        return
    register = profile.registers.get(KEEP_ALIVE)
    login = Login(
        user=data[CONF_USERNAME],
        password=data[CONF_PASSWORD],
        keep_alive=register.address if register else None,
    )
    unit.use_login(login, _challenge)


def _challenge() -> bytes:
    return secrets.token_bytes(CHALLENGE_BYTES)


def _key_of(err: LinkError) -> str:
    """Return the key of the text that explains a failed login."""
    match err:
        case LoginUnproven():
            return "login_unproven"
        case LoginRefused():
            return "login_refused"
        case LoginUnsupported():
            return "login_unsupported"
        case _:
            return "login_failed"

"""Who asked for something to be done, and what they are told of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .core.command import (
    CommandError,
    CommandNotPermitted,
    CommandOverruled,
    DispatchResult,
)
from .core.setpoint import Release, Setpoint, Wish
from .core.telemetry import Value
from .core.verdict import Ground, Outcome
from .safety.limits import LimitError
from .texts import Texts, show_number

AUTOMATION = "automation"
"""Who asks when no person does: automations, scripts and Home Assistant itself."""


async def async_asker(hass: HomeAssistant, context: Context | None) -> str:
    """Return the name of whoever is behind a call, for the audit trail."""
    if context is None or context.user_id is None:
        return AUTOMATION
    user = await hass.auth.async_get_user(context.user_id)
    return (user and user.name) or AUTOMATION


def describe_ground(ground: Ground, texts: Texts) -> dict[str, Any]:
    """Return a reason in words, with its numbers for automations."""
    return {
        "reason": ground.reason.value,
        "text": texts.ground(ground),
        "value": ground.value,
        "limit": ground.limit,
    }


def power_of(wish: Wish | Release) -> float | None:
    """Return a commanded power for people: W, never negative; ``None`` if it has none.

    A tenth of a watt is what is left of a computed one.
    """
    return round(abs(wish.power_w), 1) if isinstance(wish, Setpoint) else None


def describe_result(result: DispatchResult, texts: Texts) -> dict[str, Any]:
    """Return what came of a command as the response of an action."""
    return {
        "verdict": str(result.outcome),
        "reasons": [describe_ground(one, texts) for one in result.verdict.grounds],
        "power": None if result.error else power_of(result.verdict.wish),
        "expires_at": _moment(result.expires_at),
        "read_back": {key: _plain(value) for key, value in result.read_back.items()},
        "error": None if result.error is None else str(result.error),
    }


def _moment(when: datetime | None) -> str | None:
    """Return a time as people read it, to the second."""
    return when.isoformat(timespec="seconds") if when else None


def _plain(value: Value) -> Any:
    """Return a value as JSON knows it."""
    return list(value) if isinstance(value, tuple) else value


def raise_unless_done(result: DispatchResult, texts: Texts) -> None:
    """Let nobody who looks at no response overlook that nothing was commanded.

    Raises:
        ServiceValidationError: If the guard refused.
        HomeAssistantError: If the plant did not take it.
    """
    if result.error is not None:
        _raise_failed(result.error)
    if result.verdict.outcome is Outcome.REFUSED:
        reasons = texts.grounds(result.verdict.grounds)
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="dispatch_refused",
            translation_placeholders={"reasons": reasons},
        )


def _raise_failed(error: CommandError) -> NoReturn:
    if isinstance(error, CommandNotPermitted):
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="dispatch_not_permitted"
        ) from error
    if isinstance(error, CommandOverruled):
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="dispatch_overruled"
        ) from error
    raise HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="dispatch_failed",
        translation_placeholders={"error": str(error)},
    ) from error


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn what the control loop raises into what Home Assistant shows."""
    try:
        yield
    except CommandError as err:
        _raise_failed(err)
    except LimitError as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=(
                "limits_contradict" if err.conflict else "limit_out_of_range"
            ),
            translation_placeholders={
                "value": show_number(err.value),
                "low": show_number(err.low),
                "high": show_number(err.high),
            },
        ) from err

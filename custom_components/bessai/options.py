"""What the owner chose for a plant, as it is stored and as it is used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re
from typing import Any, Final

from .anomaly_options import SECTION_ANOMALY, AnomalyOptions, undefaulted_anomaly
from .const import LOGGER, SECTION_FORWARDING
from .control.mode import DispatchMode
from .core.bounds import Bounds
from .model_options import SECTION_MODELS, undefaulted_models
from .price_options import SECTIONS, undefaulted
from .safety.limits import CAPS, LimitError, Limits, build_limits
from .stored_options import complain, stored_section

SECTION_CONTROL: Final = "control"
SECTION_SAFETY: Final = "safety"
SECTION_NOTIFICATIONS: Final = "notifications"

CONF_ALLOW: Final = "allow"
CONF_MODE: Final = "mode"
CONF_TARGETS: Final = "targets"
CONF_CRITICAL: Final = "critical"
CONF_FINDINGS: Final = "findings"

TARGET: Final = re.compile(r"notify\.[a-z0-9_]+")
"""An action or an entity that sends notifications."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The owner's choices, each of them valid."""

    allow_control: bool
    mode: DispatchMode
    limits: Limits
    targets: tuple[str, ...]
    """Whom to tell when safety blocks: actions and entities of ``notify``."""

    critical: bool
    """Whether that may make a noise on a phone that is silent."""

    findings: bool
    """Whether to tell them of findings that block nothing, too."""

    anomaly: AnomalyOptions


def parse_options(options: Mapping[str, Any], bounds: Mapping[str, Bounds]) -> Options:
    """Return the choices that an entry holds.

    What does not parse counts as not chosen, and is logged: a plant whose options are
    damaged is still watched.
    """
    control, safety, notifications = (
        stored_section(options, name)
        for name in (SECTION_CONTROL, SECTION_SAFETY, SECTION_NOTIFICATIONS)
    )
    return Options(
        allow_control=control.get(CONF_ALLOW) is True,
        mode=_mode(control.get(CONF_MODE, DispatchMode.OBSERVE)),
        limits=build_limits(bounds, _accepted(safety, control, bounds)),
        targets=_targets(notifications.get(CONF_TARGETS, ())),
        critical=notifications.get(CONF_CRITICAL) is True,
        findings=notifications.get(CONF_FINDINGS) is True,
        anomaly=AnomalyOptions.from_mapping(options),
    )


def allows_control(options: Mapping[str, Any]) -> bool:
    """Return whether the owner lets BESSAI write to the plant."""
    return stored_section(options, SECTION_CONTROL).get(CONF_ALLOW) is True


def detects_anomalies(options: Mapping[str, Any]) -> bool:
    """Return whether to look for findings: yes, unless the owner said no."""
    return AnomalyOptions.from_mapping(options).detect


def with_choice(
    options: Mapping[str, Any], section: str, name: str, value: Any
) -> dict[str, Any]:
    """Return the options with one of them replaced."""
    return {**options, section: {**stored_section(options, section), name: value}}


def with_limit(
    options: Mapping[str, Any], bounds: Mapping[str, Bounds], name: str, value: float
) -> dict[str, Any]:
    """Return the options with another limit.

    Raises:
        LimitError: If it is out of bounds, or would disarm a rule.
    """
    control = stored_section(options, SECTION_CONTROL)
    chosen = _accepted(stored_section(options, SECTION_SAFETY), control, bounds)
    build_limits(bounds, {**chosen, name: value})
    section = SECTION_CONTROL if name in CAPS else SECTION_SAFETY
    return with_choice(options, section, name, value)


def merge_options(
    stored: Mapping[str, Any], typed: Mapping[str, Any], bounds: Mapping[str, Bounds]
) -> dict[str, Any]:
    """Return the options with what was typed.

    What entities choose (permission and mode) stays as it is. What is at its default is
    left out, so that a form that was only looked at changes nothing.
    """
    from .forwarding_options import (  # noqa: PLC0415 - loaded with the dialog
        undefaulted_forwarding,
    )

    kept = stored_section(stored, SECTION_CONTROL)
    control = {key: kept[key] for key in (CONF_ALLOW, CONF_MODE) if key in kept}
    sections = {
        SECTION_CONTROL: {**control, **typed[SECTION_CONTROL]},
        SECTION_SAFETY: {
            name: value
            for name, value in typed[SECTION_SAFETY].items()
            if value != bounds[name].default
        },
        SECTION_NOTIFICATIONS: {
            name: value for name, value in typed[SECTION_NOTIFICATIONS].items() if value
        },
    }
    for name in SECTIONS:
        sections[name] = undefaulted(typed.get(name, {}))
    sections[SECTION_ANOMALY] = undefaulted_anomaly(typed.get(SECTION_ANOMALY, {}))
    sections[SECTION_MODELS] = undefaulted_models(typed.get(SECTION_MODELS, {}))
    cloud = typed.get(SECTION_FORWARDING, {})
    sections[SECTION_FORWARDING] = undefaulted_forwarding(cloud)
    others = {name: value for name, value in stored.items() if name not in sections}
    return others | {name: values for name, values in sections.items() if values}


def _mode(value: Any) -> DispatchMode:
    try:
        return DispatchMode(value)
    except ValueError:
        complain(CONF_MODE, value)
        return DispatchMode.OBSERVE


def _numbers(section: Mapping[str, Any], names: Iterable[str]) -> dict[str, float]:
    """Return the numbers of these names in a section."""
    numbers = {}
    for name in names:
        if name not in section:
            continue
        value = section[name]
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers[name] = float(value)
        else:
            complain(name, value)
    return numbers


def _accepted(
    safety: Mapping[str, Any], control: Mapping[str, Any], bounds: Mapping[str, Bounds]
) -> dict[str, float]:
    """Return the limits that were chosen, without those that cannot be accepted."""
    chosen = {**_numbers(safety, bounds), **_numbers(control, CAPS)}
    while (err := _objection(bounds, chosen)) is not None:
        wrong = [name for name in (err.name, err.conflict) if name in chosen]
        if not wrong:
            raise err  # the profile's own defaults, which its parser has looked at
        LOGGER.warning("%s: %s counts as not chosen", err, " and ".join(wrong))
        chosen = {name: value for name, value in chosen.items() if name not in wrong}
    return chosen


def _objection(
    bounds: Mapping[str, Bounds], chosen: Mapping[str, float]
) -> LimitError | None:
    try:
        build_limits(bounds, chosen)
    except LimitError as err:
        return err
    return None


def _targets(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(map(is_target, value)):
        return tuple(value)
    complain(CONF_TARGETS, value)
    return ()


def is_target(value: Any) -> bool:
    """Return whether something can be the name of an action or entity of notify."""
    return isinstance(value, str) and TARGET.fullmatch(value) is not None

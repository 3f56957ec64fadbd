"""Repairs issues: what only a person can put right, raised and cleared by itself."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import CONF_MANAGER, CONF_TIME_FACTOR, DOCUMENTATION, DOMAIN
from .control_issues import (
    FOREIGN_COMMAND,
    SETTINGS_LEFT_BEHIND,
    control_troubles,
    is_undecided,
)
from .device.driver import WrongPlant
from .device.register import Group
from .devices import METER
from .forwarding_issues import (
    FIXABLE_ISSUES,
    FORWARDING_ISSUES,
    forwarding_troubles,
    is_cloud_untried,
)
from .model_issues import MODEL_ISSUES, MODEL_REFUSED, is_untried, model_troubles
from .model_texts import as_plain_text
from .runtime import BessaiConfigEntry, BessaiRuntime

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""Prices change by the quarter of an hour; a clock that is five minutes off moves
the plant's own schedules and its daily counters noticeably."""

REFUSAL_REMEMBERED: Final = timedelta(hours=1)
"""The registers that are read most rarely have their turn each half an hour."""

SECOND_CLIENT: Final = "second_client"
METER_OFFLINE: Final = "meter_offline"
MANAGER_PRESENT: Final = "manager_present"
CLOCK_WRONG: Final = "clock_wrong"
PERMISSION_MISSING: Final = "permission_missing"
WRONG_PLANT: Final = "wrong_plant"
BROKEN_PROFILE: Final = "broken_profile"

MANAGERS: Final = {"emma": "EMMA", "smartlogger": "SmartLogger"}


_WATCHED: Final = (
    SECOND_CLIENT,
    PERMISSION_MISSING,
    METER_OFFLINE,
    MANAGER_PRESENT,
    CLOCK_WRONG,
    WRONG_PLANT,
    FOREIGN_COMMAND,
    SETTINGS_LEFT_BEHIND,
    *MODEL_ISSUES,
    *FORWARDING_ISSUES,
)
"""Names of the issues of a plant, see :class:`Condition`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is wrong now, with what its text needs to be useful."""

    key: str
    """Of its text."""

    placeholders: dict[str, str] = field(default_factory=dict)
    about: str = ""
    """Where there can be several with the same text."""

    @property
    def name(self) -> str:
        """What tells it from the others of the plant."""
        return f"{self.key}_{self.about}" if self.about else self.key


class Refusals:
    """Remembers for a while that the plant wanted a permission."""

    def __init__(self) -> None:
        """Begin with none."""
        self._count = 0
        self._remembered_until: datetime | None = None

    def are_recent(self, count: int, now: datetime) -> bool:
        """Return whether ``count`` has grown lately; ``now`` is aware."""
        if count > self._count:
            self._remembered_until = now + REFUSAL_REMEMBERED
        self._count = count
        return self._remembered_until is not None and now < self._remembered_until


@callback
def async_watch_for_issues(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Raise and clear the issues of a plant with each poll and each change.

    Whatever came of it: what is wrong with the link shows when nothing is read.
    """
    refusals = Refusals()

    @callback
    def review() -> None:
        _async_review(hass, entry, refusals)

    runtime = entry.runtime_data
    for coordinator in (runtime.readings, runtime.settings):
        entry.async_on_unload(coordinator.async_add_listener(review))
    entry.async_on_unload(runtime.models.async_add_listener(review))
    if runtime.control is not None:
        entry.async_on_unload(runtime.control.async_add_listener(review))
    if runtime.forwarder is not None:
        entry.async_on_unload(runtime.forwarder.async_add_listener(review))
    _async_raise_profile_issues(hass, entry)
    review()


@callback
def async_report_wrong_plant(
    hass: HomeAssistant, entry: BessaiConfigEntry, cause: BaseException | None
) -> None:
    """Raise the issue of another inverter for an entry that could not be set up.

    It clears when the entry is set up after all.
    """
    if isinstance(cause, WrongPlant):
        placeholders = {"plant": entry.title, **_serial_numbers(cause)}
        _async_raise(hass, _issue_id(entry, WRONG_PLANT), WRONG_PLANT, placeholders)


@callback
def async_report_left_behind(
    hass: HomeAssistant, entry: BessaiConfigEntry, owed: Mapping[str, float]
) -> None:
    """Say which settings a plant that is being removed did not take back.

    Nobody can put them back later: the issue stays until Home Assistant restarts.
    """
    settings = "\n".join(f"- {key}: {value:.10g}" for key, value in owed.items())
    if settings:
        placeholders = {"plant": entry.title, "settings": settings}
        issue_id = f"{SETTINGS_LEFT_BEHIND}_removed_{entry.entry_id}"
        _async_raise(hass, issue_id, SETTINGS_LEFT_BEHIND, placeholders)


@callback
def async_clear_issues(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Clear every issue of a plant that is being removed.

    Those of the profiles go with the last plant.
    """
    for name in _WATCHED:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, name))
    if not hass.config_entries.async_entries(DOMAIN):
        _async_clear_profile_issues(hass, keep=())


def _async_review(
    hass: HomeAssistant, entry: BessaiConfigEntry, refusals: Refusals
) -> None:
    """Make the issues agree with what is wrong now."""
    wrong = {found.name: found for found in _what_is_wrong(entry, refusals)}
    for name in _WATCHED:
        issue_id = _issue_id(entry, name)
        if name in wrong:
            found = wrong[name]
            entry_id = entry.entry_id if name in FIXABLE_ISSUES else None
            _async_raise(hass, issue_id, found.key, found.placeholders, entry_id)
        elif not _is_open(entry, name):
            ir.async_delete_issue(hass, DOMAIN, issue_id)


def _is_open(entry: BessaiConfigEntry, name: str) -> bool:
    """Return whether it cannot be told at present if something is wrong.

    An issue stays as it is then: deleted and raised again, it would come back to an
    owner who chose to ignore it.
    """
    runtime = entry.runtime_data
    if name == METER_OFFLINE:
        return METER in runtime.driver.parts and not runtime.driver.text("meter_status")
    if name == CLOCK_WRONG:
        return not runtime.settings.last_update_success
    if is_untried(entry, name) or is_cloud_untried(entry, name):
        return True
    return is_undecided(runtime.control, name)


def _async_raise(
    hass: HomeAssistant,
    issue_id: str,
    key: str,
    placeholders: dict[str, str],
    fixed_for: str | None = None,
) -> None:
    """Raise an issue; ``fixed_for`` is the entry that a dialog of ours can help."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data=None if fixed_for is None else {"entry_id": fixed_for},
        is_fixable=fixed_for is not None,
        learn_more_url=f"{DOCUMENTATION}/blob/main/docs/troubleshooting.md#{key}",
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders=placeholders,
    )


def _issue_id(entry: BessaiConfigEntry, name: str) -> str:
    return f"{name}_{entry.entry_id}"


def _what_is_wrong(entry: BessaiConfigEntry, refusals: Refusals) -> Iterator[Condition]:
    """Yield what a person would have to put right."""
    runtime = entry.runtime_data
    plant = {"plant": entry.title}
    statistics = runtime.endpoint.statistics
    if statistics.contended:
        yield Condition(key=SECOND_CLIENT, placeholders=plant)
    if _refuses_reads(entry, refusals) or _refuses_commands(runtime):
        yield Condition(key=PERMISSION_MISSING, placeholders=plant)
    if _meter_is_offline(runtime):
        yield Condition(key=METER_OFFLINE, placeholders=plant)
    if (manager := _manager(entry)) is not None:
        name = MANAGERS[manager]
        yield Condition(key=MANAGER_PRESENT, placeholders={**plant, "manager": name})
    if (offset := _clock_offset(entry)) is not None:
        minutes = f"{offset.total_seconds() / 60:+.0f}"
        yield Condition(key=CLOCK_WRONG, placeholders={**plant, "minutes": minutes})
    cause = getattr(runtime.readings.last_exception, "__cause__", None)
    if not runtime.readings.last_update_success and isinstance(cause, WrongPlant):
        numbers = _serial_numbers(cause)
        yield Condition(key=WRONG_PLANT, placeholders={**plant, **numbers})
    for key, words in control_troubles(runtime):
        yield Condition(key=key, placeholders={**plant, **words})
    for key, words in forwarding_troubles(entry):
        yield Condition(key=key, placeholders={**plant, **words})
    for purpose, words in model_troubles(runtime):
        yield Condition(
            key=MODEL_REFUSED, placeholders={**plant, **words}, about=purpose
        )


def _serial_numbers(cause: WrongPlant) -> dict[str, str]:
    """Return both for a page in Markdown; whatever answers there may say anything."""
    return {
        "expected": as_plain_text(cause.expected),
        "found": as_plain_text(cause.found),
    }


def _refuses_commands(runtime: BessaiRuntime) -> bool:
    """Return whether the device did not permit the last command, in whatever words."""
    return runtime.control is not None and runtime.control.permission_refused


def _refuses_reads(entry: BessaiConfigEntry, refusals: Refusals) -> bool:
    """Return whether the device lately asked for a permission.

    With a login it does so in the ordinary course of things: when rights have lapsed.
    """
    errors = entry.runtime_data.endpoint.statistics.errors
    recent = refusals.are_recent(errors.get("NotPermitted", 0), dt_util.utcnow())
    return recent and CONF_PASSWORD not in entry.data


def _meter_is_offline(runtime: BessaiRuntime) -> bool:
    """Return whether a meter that was there before says that it is gone."""
    driver = runtime.driver
    return METER in driver.parts and driver.text("meter_status") == "offline"


def _manager(entry: BessaiConfigEntry) -> str | None:
    """Return which device would override commands, if one is on site."""
    if entry.runtime_data.driver.number("emma_present"):
        return "emma"
    manager: str | None = entry.data.get(CONF_MANAGER)
    return manager


def _clock_offset(entry: BessaiConfigEntry) -> timedelta | None:
    """Return how far the inverter's clock is from ours, if that is too far."""
    telemetry = entry.runtime_data.settings.data
    seconds = telemetry.number("inverter_clock_s") if telemetry else None
    if not seconds or entry.data.get(CONF_TIME_FACTOR, 1) != 1:
        # A simulated day that passes faster than ours is off on purpose.
        return None
    wall = datetime.fromtimestamp(seconds, UTC)
    ours = telemetry.read_times[Group.SETTINGS].astimezone(
        dt_util.get_default_time_zone()
    )
    offset = wall - ours.replace(tzinfo=UTC)
    # The clock was read at some time of a poll that may have taken minutes.
    tolerance = CLOCK_TOLERANCE + entry.runtime_data.settings.longest_poll
    return offset if abs(offset) > tolerance else None


@callback
def _async_raise_profile_issues(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Say which of the owner's profiles cannot be used, and why."""
    issues = {
        f"{BROKEN_PROFILE}_{problem.file}": {
            "file": problem.file,
            "reason": problem.reason,
        }
        for problem in entry.runtime_data.shelf.problems
    }
    _async_clear_profile_issues(hass, keep=issues)
    for issue_id, placeholders in issues.items():
        _async_raise(hass, issue_id, BROKEN_PROFILE, placeholders)


def _async_clear_profile_issues(hass: HomeAssistant, keep: Container[str]) -> None:
    """Clear the issues of profiles that were mended or taken away."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        is_ours = domain == DOMAIN and issue_id.startswith(BROKEN_PROFILE)
        if is_ours and issue_id not in keep:
            ir.async_delete_issue(hass, DOMAIN, issue_id)

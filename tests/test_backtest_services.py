"""The owner's last days lived through again, in real Home Assistant."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
import threading
from typing import Any

from homeassistant.components.persistent_notification import DOMAIN as NOTIFICATIONS
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai import backtest_services
from custom_components.bessai.backtest_services import MOST_DAYS, TOLD_EACH
from custom_components.bessai.core.errors import BessaiError
from custom_components.bessai.planning.forecast_error import as_rows
from custom_components.bessai.planning.quarters import QUARTER, quarters_between

from .controlled import ask, look
from .home import Home
from .plants import until

CHEAP_NIGHTS = {
    "prices": {
        "source": "time_of_use",
        "periods": "00:00-06:00 0.10\n06:00-24:00 0.40",
    },
    "export_prices": {"export_mode": "fixed", "export_price": 0.05},
}
NOTIFICATION = "bessai_backtest_{}"


def notice(home: Home) -> str | None:
    """Return what the notification says, if there is one."""
    notices = home.hass.data[NOTIFICATIONS]
    found = notices.get(NOTIFICATION.format(home.entry.entry_id))
    return None if found is None else found["message"]


async def living(home: Home, days: float = 10, **options: Any) -> Home:
    """Return a home whose last days were measured: 1 kW in the evening, no sun."""
    home.options = CHEAP_NIGHTS | options
    await home.add()
    await look(home)
    planner = home.runtime.planner
    assert planner is not None
    await until(lambda: planner.market.curve is not None or not home.options)
    now = dt_util.utcnow()
    load = {
        quarter: 1000.0 if dt_util.as_local(quarter).hour >= 17 else 200.0
        for quarter in quarters_between(now - timedelta(days=days), now - QUARTER)
    }
    sun = dict.fromkeys(load, 0.0)
    planner.forecasts._history.restore({"load": as_rows(load), "pv": as_rows(sun)})
    return home


async def test_days_with_cheap_nights_would_have_been_cheaper(home: Home) -> None:
    await living(home)
    answer = await ask(home, "backtest", days=2)
    assert answer["currency"] == home.hass.config.currency
    assert answer["cost_bessai"] < answer["cost_self_consumption"]
    assert answer["saving"] == pytest.approx(
        answer["cost_self_consumption"] - answer["cost_bessai"], abs=1e-3
    )
    assert answer["cost_perfect_forecast"] <= answer["cost_bessai"] + 0.1
    assert answer["cycles"] > answer["cycles_self_consumption"]
    assert answer["not_measured_percent"] < 2
    span = datetime.fromisoformat(answer["end"]) - datetime.fromisoformat(
        answer["start"]
    )
    assert span == timedelta(days=2)
    assert len(answer["days"]) in {2, 3}  # whole days, or parts of three
    assert home.plant.journal.entries == ()  # the plant itself was left alone


async def test_who_waits_sees_how_far_it_is_and_then_the_result(home: Home) -> None:
    await living(home)
    told: list[str] = []
    real = backtest_services._Notice._async_write

    def note(self: Any, message: str) -> None:
        told.append(message)
        real(self, message)

    backtest_services._Notice._async_write = note  # type: ignore[method-assign]
    try:
        await ask(home, "backtest", days=2)
    finally:
        backtest_services._Notice._async_write = real  # type: ignore[method-assign]
    assert told[0].startswith("0 %")
    assert 3 <= len(told) <= 2 / TOLD_EACH
    assert "a saving of" in told[-1]
    assert notice(home) == told[-1]


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1, 999999])
async def test_days_out_of_range_are_named(home: Home, days: int) -> None:
    await living(home)
    with pytest.raises(ServiceValidationError) as refusal:
        await ask(home, "backtest", days=days)
    assert refusal.value.translation_key == "days_out_of_range"
    assert str(days) in str(refusal.value)


async def test_a_plant_that_was_hardly_measured_is_told_so(home: Home) -> None:
    await living(home, days=0.5)
    with pytest.raises(ServiceValidationError) as refusal:
        await ask(home, "backtest", days=2)
    assert refusal.value.translation_key == "too_little_measured"
    assert notice(home) is None


async def test_a_home_without_prices_is_told_so(added_home: Home) -> None:
    with pytest.raises(ServiceValidationError) as refusal:
        await ask(added_home, "backtest")
    assert refusal.value.translation_key == "no_past_prices"


async def test_a_battery_that_leaves_nothing_to_plan_with_is_told_so(
    home: Home,
) -> None:
    await living(home, planning={"reserve_soc_pct": 99})
    with pytest.raises(ServiceValidationError) as refusal:
        await ask(home, "backtest", days=1)
    assert refusal.value.translation_key == "cannot_plan_no_battery"


async def test_without_asking_for_an_answer_the_notification_has_it(
    home: Home,
) -> None:
    await living(home)
    await home.hass.services.async_call(
        "bessai", "backtest", {"days": 1}, blocking=True
    )
    assert notice(home) is not None


class SlowBacktest:
    """A backtest that tells its progress, in its thread, until it is let go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        self.may_fail = threading.Event()
        monkeypatch.setattr(backtest_services, "backtest", self.run)

    def run(self, question: object, progress: Callable[[float], None]) -> None:
        self.begun.set()
        try:
            while not self.may_fail.wait(0.01):
                progress(0.5)
        finally:
            self.ended.set()
        raise BessaiError("the sun has set")


async def begun(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> tuple[SlowBacktest, asyncio.Task[Any]]:
    """Return a backtest that has begun and goes on, and who waits for it."""
    slow = SlowBacktest(monkeypatch)
    await living(home)
    asked = asyncio.create_task(ask(home, "backtest", days=1))
    await until(slow.begun.is_set)
    return slow, asked


async def test_one_backtest_at_a_time_and_a_failure_is_named(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, first = await begun(home, monkeypatch)
    with pytest.raises(ServiceValidationError) as refusal:
        await ask(home, "backtest", days=1)
    assert refusal.value.translation_key == "backtest_running"
    assert notice(home) is not None
    slow.may_fail.set()
    with pytest.raises(ServiceValidationError) as failure:
        await first
    assert failure.value.translation_key == "cannot_plan"
    assert "the sun has set" in str(failure.value)
    assert notice(home) is None


async def test_a_backtest_ends_with_the_entry(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, asked = await begun(home, monkeypatch)
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    with pytest.raises(ServiceValidationError, match="reloaded"):
        await asked
    assert slow.ended.is_set()
    assert notice(home) is None


async def test_a_backtest_nobody_waits_for_ends(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, asked = await begun(home, monkeypatch)
    asked.cancel()
    await until(slow.ended.is_set)
    assert notice(home) is None

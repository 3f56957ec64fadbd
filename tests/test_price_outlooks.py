"""Price forecasts in Home Assistant: learned in the background, told with a band."""

from datetime import UTC, datetime, timedelta
from math import pi, sin
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai import price_outlooks as module
from custom_components.bessai.const import DOMAIN
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep
from custom_components.bessai.core.price_outlook import (
    ExpectedPrice,
    PriceOutlook,
    PriceOutlookError,
)
from custom_components.bessai.inference.errors import Refusal
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.model_library import async_model_library
from custom_components.bessai.model_status import ModelStatus
from custom_components.bessai.price_listing import (
    describe_outlook,
    method_of,
    unpublished,
)
from custom_components.bessai.price_outlooks import PriceOutlooks

from .controlled import ask
from .home import Home, settle
from .owned_models import own_folder

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
H, DAY = timedelta(hours=1), timedelta(days=1)


def daily(hour: int) -> float:
    """Return a price that is dear in the evening."""
    return 0.2 + 0.1 * sin(2 * pi * (hour - 12) / 24)


def past(days: int, end: datetime = NOON) -> dict[datetime, float]:
    """Return the prices of so many days, by the quarter of an hour."""
    starts = (end - (index + 1) * H / 4 for index in range(96 * days))
    return {start: daily(start.hour) for start in starts}


class Learner:
    """Learns for an entry, and counts how often something new was expected."""

    def __init__(self, hass: HomeAssistant, chosen: str = "none") -> None:
        self.hass, self.status, self.heard = hass, ModelStatus(), 0
        entry = MockConfigEntry(domain=DOMAIN)
        entry.add_to_hass(hass)
        library = async_model_library(hass)
        self.outlooks = PriceOutlooks(hass, entry, library, self.status, chosen)

    async def hear(self) -> None:
        """Count."""
        self.heard += 1

    async def learn(self, history: dict[datetime, float]) -> PriceOutlook | None:
        """Let it learn, and return what it expects."""
        self.outlooks.async_learn({"import": history}, self.hear)
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return self.outlooks.of("import")


async def test_eight_weeks_teach_what_the_next_days_will_cost(
    hass: HomeAssistant,
) -> None:
    learner = Learner(hass)
    outlook = await learner.learn(past(60))
    assert outlook is not None
    assert outlook.source == "linear"
    assert outlook.steps[0].interval.start == NOON
    assert outlook.steps[-1].interval.end == NOON + 7 * DAY
    for step in outlook.steps[:24]:
        assert step.p50 == pytest.approx(daily(step.interval.start.hour), abs=0.02)
    assert learner.heard == 1


async def test_with_less_nothing_is_expected_and_numpy_is_not_needed(
    hass: HomeAssistant,
) -> None:
    learner = Learner(hass)
    assert await learner.learn(past(50)) is None
    with_holes = {at: price for at, price in past(60).items() if at.day % 2}
    assert await learner.learn(with_holes) is None


async def test_only_what_is_new_is_learned(hass: HomeAssistant) -> None:
    learner = Learner(hass)
    first = await learner.learn(past(60))
    assert await learner.learn(past(60)) is first
    assert await learner.learn(past(61)) is first  # older than what counts as news
    assert learner.heard == 1
    later = await learner.learn(past(60, NOON + DAY))
    assert later is not None
    assert later is not first
    assert later.steps[0].interval.start == NOON + DAY
    corrected = past(60, NOON + DAY) | {NOON: 9.0}
    assert await learner.learn(corrected) is not later


async def test_learning_twice_at_a_time_is_learning_once(hass: HomeAssistant) -> None:
    learner = Learner(hass)
    learner.outlooks.async_learn({"import": past(60)}, learner.hear)
    assert await learner.learn(past(60, NOON + DAY)) is not None
    assert learner.heard == 1


async def test_a_mishap_leaves_no_old_forecast_behind(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    learner = Learner(hass)
    await learner.learn(past(60))

    def stumble(*_: object) -> None:
        raise RuntimeError("stumbled")

    monkeypatch.setattr(module, "_by_history", stumble)
    assert await learner.learn(past(60, NOON + DAY)) is None
    assert "prices cannot be forecast" in caplog.text
    monkeypatch.undo()
    assert await learner.learn(past(60, NOON + 2 * DAY)) is not None


async def test_a_model_that_is_refused_is_told_and_our_own_method_takes_over(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    own_folder(hass, tmp_path)
    learner = Learner(hass, "nowhere.onnx")
    outlook = await learner.learn(past(60))
    assert outlook is not None
    assert outlook.source == "linear"
    state = learner.status.of(Purpose.PRICE_FORECAST)
    assert state is not None
    assert state.refused is not None
    assert state.refused.refusal is Refusal.NOT_FOUND


def step(hours: int, price: float, confidence: float = 1.0) -> PriceStep:
    """Return the price of an hour."""
    start = NOON + hours * H
    return PriceStep(
        interval=Interval(start=start, end=start + H),
        import_price=price + 0.1,
        export_price=price,
        confidence=confidence,
        spot_price=price,
    )


def expected(hours: int, **changes: Any) -> ExpectedPrice:
    """Return what is expected of an hour."""
    start = NOON + hours * H
    parts = {"p10": 0.1, "p50": 0.2, "p90": 0.4, "confidence": 0.6, **changes}
    return ExpectedPrice(interval=Interval(start=start, end=start + H), **parts)


CURVE = PriceCurve(currency="EUR", steps=(step(0, 0.3), step(1, 0.2, 0.6)))
OUTLOOK = PriceOutlook(source="linear", made_at=NOON, steps=(expected(1), expected(2)))


def test_published_prices_have_no_band_and_others_have_theirs() -> None:
    known, unknown = describe_outlook(CURVE, OUTLOOK)
    assert (known["p10"], known["p50"], known["p90"]) == (0.3, 0.3, 0.3)
    assert (known["published"], known["confidence"]) == (True, 1.0)
    assert (unknown["p10"], unknown["p50"], unknown["p90"]) == (0.1, 0.2, 0.4)
    assert (unknown["published"], unknown["import_price"]) == (False, 0.3)
    bare = describe_outlook(CURVE, None)[1]
    assert (bare["p10"], bare["p50"], bare["p90"]) == (None, 0.2, None)


def test_the_method_says_where_prices_come_from() -> None:
    published = PriceCurve(currency="EUR", steps=CURVE.steps[:1])
    assert method_of(published, OUTLOOK) == "published"
    assert method_of(CURVE, OUTLOOK) == "linear"
    assert method_of(CURVE, None) == "recent_days"


def test_only_what_is_not_published_is_expected() -> None:
    assert list(unpublished(CURVE, OUTLOOK)) == [expected(1)]
    assert list(unpublished(None, OUTLOOK)) == []
    assert list(unpublished(CURVE, None)) == []


@pytest.mark.parametrize(
    "steps",
    [
        (expected(1), expected(3)),
        (expected(1, p10=0.3),),
        (expected(1, p90=float("inf")),),
        (expected(1, confidence=1.2),),
    ],
)
def test_an_outlook_that_cannot_be_is_refused(steps: tuple[ExpectedPrice, ...]) -> None:
    with pytest.raises(PriceOutlookError):
        PriceOutlook(source="linear", made_at=NOON, steps=steps)


def test_an_outlook_knows_its_hours() -> None:
    assert OUTLOOK.at(NOON) is None
    assert OUTLOOK.at(NOON + H) == expected(1)
    assert OUTLOOK.at(NOON + 3 * H) is None


async def test_the_action_lists_prices_and_says_how_they_were_found(
    home: Home,
) -> None:
    home.options = {"prices": {"source": "fixed", "fixed_price": 0.3}}
    await home.add()
    await settle(home.hass)
    answer = await ask(home, "forecast_prices", hours=6)
    assert answer["method"] == "published"
    assert {price["p50"] for price in answer["prices"]} == {0.3}
    assert answer["currency"] == home.hass.config.currency


@pytest.mark.parametrize("hours", [0, 169, -5])
async def test_more_hours_than_can_be_forecast_are_refused(
    added_home: Home, hours: int
) -> None:
    with pytest.raises(ServiceValidationError, match="168"):
        await ask(added_home, "forecast_prices", hours=hours)


async def test_without_prices_there_is_nothing_to_forecast(added_home: Home) -> None:
    with pytest.raises(ServiceValidationError, match="price source"):
        await ask(added_home, "forecast_prices")


async def test_what_is_learned_is_in_curve_sensor_and_action(
    home: Home, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """A sensor with the current price alone, and two months of it on disk."""
    now = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)
    freezer.move_to(now)
    hass = home.hass
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.states.async_set(
        "sensor.price", "0.2", {"unit_of_measurement": "EUR/kWh", "prices": []}
    )
    home.options = {"prices": {"source": "entity", "price_entity": "sensor.price"}}
    await home.add()
    planner = home.runtime.planner
    assert planner is not None
    market = planner.market
    await settle(hass)
    market._history.keep(market._history_key(), {"import": past(60)})
    await market.async_refresh()
    await settle(hass)
    assert market.outlook is not None
    assert market.curve is not None
    answer = await ask(home, "forecast_prices", hours=24)
    assert answer["method"] == "linear"
    later = answer["prices"][-1]
    assert later["published"] is False
    assert later["p10"] <= later["p50"] <= later["p90"]
    at = NOON + 12 * H
    found = market.curve.at(at)
    assert found is not None
    assert found.spot_price == pytest.approx(daily(at.hour), abs=0.05)
    await planner.async_replan()
    state = home.state("expected_price", "sensor")
    assert state.attributes["method"] == "linear"
    assert len(state.attributes["prices"]) > 24

"""Gives what goes to the cloud its time: words it, sends it, keeps what is not taken.

What is to be done is the courier's to say; this does it, one step at a time. It is in
nobody's way: what goes wrong here ends here, and whoever has news only leaves a draft.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from random import SystemRandom
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import LOGGER
from .forwarding.courier import Courier
from .forwarding.courier_steps import (
    Commit,
    Drain,
    Finished,
    Park,
    Remove,
    Send,
    Step,
    Stopped,
    Wait,
)
from .forwarding.outbox_values import Recovery
from .forwarding.publisher import FailureReason, PassingFailure, PublishError
from .forwarding_answers import Answers
from .forwarding_cloud import Cloud
from .forwarding_desk import Desk
from .forwarding_draft import Draft
from .forwarding_figures import Figures
from .forwarding_intake import Intake
from .forwarding_news import News
from .forwarding_storeroom import Storeroom
from .lasting_store import UNREADABLE, LastingStore

PATIENCE_S: Final = 60.0
"""Until something is tried again that failed for no reason that we know."""

CLOSE_S: Final = 10.0
"""Home Assistant waits no longer for a disk that hangs."""

GOODBYE_S: Final = 2.0
SAVE_DELAY_S: Final = 1800


class Forwarder:
    """Messages of one plant on their way to the cloud, while its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        cloud: Cloud,
        desk: Desk,
        store: LastingStore,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            hass: Home Assistant.
            entry: Of the plant.
            cloud: Takes the messages.
            desk: In front of the outbox.
            store: For what entities show after a restart.
        """
        self.cloud, self.figures = cloud, Figures()
        self._hass, self._entry, self._store = hass, entry, store
        self._news = News()
        self._storeroom = Storeroom(hass, desk, self.figures, self._news, entry.title)
        self._intake = Intake(self._storeroom, self.figures, self._news)
        self._answers = Answers()
        self._courier: Courier | None = None
        self._disk_at_s = 0.0
        self._task: asyncio.Task[None] | None = None
        self._mistake: str | None = None
        self._stopping = asyncio.Lock()
        self._is_closed = self._has_failed = False

    @callback
    def async_start(self) -> None:
        """Begin, in the background; it ends with ``async_stop``."""
        self._task = self._entry.async_create_background_task(
            self._hass, self._async_run(), f"{self._entry.title} forwarder"
        )

    @callback
    def async_add_listener(self, update: Callable[[], None]) -> Callable[[], None]:
        """Call ``update`` when the figures have changed, and not too often."""
        return self._news.async_add_listener(update)

    @callback
    def async_put(self, draft: Draft) -> None:
        """Take charge of what is to be told; this never raises."""
        if not self._is_closed:
            self._intake.put(draft)

    async def async_send(self, draft: Draft, within_s: float) -> None:
        """Send a message, and wait until the cloud has taken it.

        Somebody has acted: what had stopped is tried again at once.

        Raises:
            PublishError: If it was not taken; it is kept.
            TimeoutError: If it still waits, e.g. behind others.
        """
        answer = self._answers.expect(draft.event_id)
        self.async_put(draft)
        if self._courier is not None:
            self._courier.resume()
        async with asyncio.timeout(within_s):
            await answer

    async def async_retry_parked(self) -> bool:
        """Try refused messages again that were laid aside: somebody has acted.

        Returns:
            Whether they are in their places again; else the disk does not let us.
        """
        is_done = await self._storeroom.async_unpark()
        if is_done and self._courier is not None:
            self._courier.resume()
        self._intake.woken.set()
        return is_done

    async def async_discard_parked(self) -> bool:
        """Give refused messages up that were laid aside; they count as given up.

        Returns:
            Whether they are gone; else the disk does not let us.
        """
        is_done = await self._storeroom.async_discard_parked()
        self._intake.woken.set()
        return is_done

    async def async_stop(self) -> None:
        """Send no more, and put away what is not acknowledged, in a bounded time.

        Home Assistant may stop while the entry is being unloaded: one after the other.
        """
        async with self._stopping:
            if not self._is_closed:
                await self._async_end()

    async def _async_end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=GOODBYE_S)
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._async_put_away()
        except TimeoutError:
            self._log_loss("the disk does not answer")
        except Exception as err:  # noqa: BLE001 - others are waiting to be stopped
            self._log_loss(repr(err))
        self._is_closed = True
        await self._async_let_go()

    @property
    def recovery(self) -> Recovery | None:
        """What became of an outbox that could not be used, since the start."""
        return self._storeroom.desk.recovery

    def summary(self) -> dict[str, Any]:
        """Return what diagnostics say of it; the topic may be named in errors."""
        recovery = self.recovery
        return {
            **self.figures.summary(),
            "package_problem": self.cloud.package_problem,
            "recovery": None if recovery is None else asdict(recovery),
        }

    async def _async_run(self) -> None:
        document = await self._store.async_load_or_begin()
        try:
            self.figures.restore(document or {})
        except UNREADABLE as err:
            LOGGER.warning("%s begins anew: %r", self._store.key, err)
        while True:
            try:
                await self._async_turn()
                self._has_failed = False
            except Exception:  # noqa: BLE001 - the battery does without a cloud
                if not self._has_failed:
                    LOGGER.exception("%s: forwarding has failed", self._entry.title)
                self._has_failed = True
                await asyncio.sleep(PATIENCE_S)

    async def _async_turn(self) -> None:
        """Do the one thing that is due, or wait until something is."""
        courier = await self._async_courier()
        if courier is None:
            self._news.async_tell(self._now_s, at_once=True)
            await self._async_rest(self._now_s + PATIENCE_S)
            return
        await self._intake.async_hand_over(courier, self._now_s)
        step = courier.next(self._now_s)
        await self._async_do(courier, step)
        await self._async_try_disk()
        is_idle = isinstance(step, Wait | Stopped)
        self._news.async_tell(self._now_s, at_once=is_idle)
        if isinstance(step, Wait | Stopped):
            await self._async_rest(step.until_s)

    async def _async_courier(self) -> Courier | None:
        """Return the courier, with the outbox open; ``None`` if that cannot be had."""
        if self._courier is None:
            state = await self._storeroom.async_open()
            if state is None:
                return None
            self._courier = Courier(
                has_backlog=state.rows > 0, jitter=SystemRandom().random
            )
        return self._courier

    async def _async_do(self, courier: Courier, step: Step) -> None:
        match step:
            case Send():
                await self._async_publish(courier, step)
            case Commit() | Drain() | Remove() | Park():
                await self._storeroom.async_do(courier, step, self._now_s)
            case Stopped():
                self._news.is_due |= self.figures.stopped(step.reason)

    async def _async_try_disk(self) -> None:
        """Try a disk that failed, while no message does: all of them are sent."""
        if self._is_disk_in_doubt and self._now_s >= self._disk_at_s:
            self._disk_at_s = self._now_s + PATIENCE_S
            await self._storeroom.async_try_disk()

    @property
    def _is_disk_in_doubt(self) -> bool:
        has_failed = self.figures.storage_error is not None
        return has_failed and self._courier is not None and not self.figures.backlog

    async def _async_publish(self, courier: Courier, send: Send) -> None:
        self._news.is_due = True
        try:
            await self._async_request(courier, send)
        except PublishError as err:
            self._note_failure(courier, send, err)
        except Exception as err:  # noqa: BLE001 - a fault of ours must not stop it
            if repr(err) != self._mistake:
                LOGGER.exception("%s: messages cannot be sent", self._entry.title)
            self._mistake = repr(err)
            unknown = PassingFailure(FailureReason.INTERNAL)
            self._note_failure(courier, send, unknown)
        else:
            self._mistake = None
            self._note_success(courier, send)

    async def _async_request(self, courier: Courier, send: Send) -> None:
        """Hand over messages; what comes while that hangs goes behind a backlog."""
        request = asyncio.ensure_future(self.cloud.async_publish(send.parcels))
        request.add_done_callback(lambda _: self._intake.woken.set())
        try:
            while send.from_disk and not request.done():
                self._intake.woken.clear()
                await self._intake.async_hand_over(courier, self._now_s)
                step = courier.meanwhile(self._now_s)
                if step is not None:
                    await self._storeroom.async_do(courier, step, self._now_s)
                else:
                    await self._intake.woken.wait()
            await request
        finally:
            request.cancel()
            # Else what it failed with, and this frame, would keep each other.
            del request

    def _note_success(self, courier: Courier, send: Send) -> None:
        if self.figures.is_connected is False:
            LOGGER.info("%s: messages reach the cloud again", self._entry.title)
        courier.acknowledged(send)
        self.figures.acknowledged(send, dt_util.utcnow())
        self._store.async_save_within(self.figures.document, SAVE_DELAY_S)
        self._answers.taken(send.parcels)

    def _note_failure(self, courier: Courier, send: Send, error: PublishError) -> None:
        if self.figures.is_connected is not False:
            LOGGER.warning(
                "%s: messages do not reach the cloud and are kept: %s",
                self._entry.title,
                str(error),  # whoever keeps the record keeps no messages with it
            )
        courier.failed(send, error, self._now_s)
        self.figures.failed(error)
        self._answers.failed(error)

    async def _async_put_away(self) -> None:
        """Commit what only memory has, and close the outbox."""
        courier = await self._async_courier()
        if courier is not None:
            self._intake.due_s = 0.0
            while self._intake and self._now_s >= self._intake.due_s:
                await self._intake.async_hand_over(courier, self._now_s)
            courier.close()
            step = courier.next(self._now_s)
            while not isinstance(step, Finished):
                await self._async_do(courier, step)
                step = courier.next(self._now_s)
        if self._intake:
            self._log_loss("they could not be numbered")
        if self.figures.in_memory:
            self._log_loss(str(self.figures.storage_error))
        await self._storeroom.async_close()
        await self._store.async_save(self.figures.document())

    async def _async_let_go(self) -> None:
        """End connection and thread; neither is waited for long."""
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self.cloud.async_close()
        except Exception:  # noqa: BLE001 - it is over, however it ends
            LOGGER.debug("%s: not closed", self._entry.title, exc_info=True)
        await self._storeroom.async_end()

    async def _async_rest(self, until_s: float | None) -> None:
        """Wait until a time of the loop, or until there is something new.

        Drafts that are there already wait for numbers.
        """
        if self._intake and self._courier is not None:
            until_s = min(until_s or self._intake.due_s, self._intake.due_s)
        if self._is_disk_in_doubt:
            until_s = min(until_s or self._disk_at_s, self._disk_at_s)
        self._intake.woken.clear()
        delay_s = None if until_s is None else max(0.0, until_s - self._now_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._intake.woken.wait()

    def _log_loss(self, why: str) -> None:
        LOGGER.warning(
            "%s: messages to the cloud that were not kept are lost: %s",
            self._entry.title,
            why,
        )

    @property
    def _now_s(self) -> float:
        return self._hass.loop.time()

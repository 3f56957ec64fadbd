"""Tries the way to the cloud with a message of what was read last."""

from typing import TYPE_CHECKING, Final, override

from homeassistant.components.button import ButtonEntity
from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .forwarding.publisher import PublishError
from .forwarding_entity import ForwardingEntity
from .forwarding_issues import reason_text, remedy_text
from .runtime import BessaiRuntime

if TYPE_CHECKING:
    from .forwarder import Forwarder

TEST_S: Final = 15.0
"""A request takes five at most; the first one connects."""


class SendTestMessageButton(ForwardingEntity, ButtonEntity):
    """Sends the last poll once more, and says what became of it."""

    def __init__(self, runtime: BessaiRuntime, forwarder: Forwarder) -> None:
        """Belong to the forwarder."""
        super().__init__(runtime, forwarder, "send_test_message")

    @override
    async def async_press(self) -> None:
        """Send it, and wait until it is taken.

        Raises:
            HomeAssistantError: If it is not; it is kept and sent later.
        """
        from .forwarding_sources import (  # noqa: PLC0415 - loaded where one forwards
            telemetry_draft,
        )

        draft = telemetry_draft(self.runtime.readings.data)
        texts = self.runtime.texts
        try:
            await self.forwarder.async_send(draft, TEST_S)
        except PublishError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="test_message_refused",
                translation_placeholders={
                    "reason": reason_text(texts, err.reason),
                    "remedy": remedy_text(texts, err.reason),
                },
            ) from err
        except TimeoutError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="test_message_waits",
                translation_placeholders={
                    "backlog": str(self.forwarder.figures.backlog)
                },
            ) from err

"""Reaches the owner's topic: finds the key, has the library installed, connects."""

import asyncio
from collections.abc import Sequence
from typing import Final

from homeassistant.core import HomeAssistant

from .forwarding.parcel import Parcel
from .forwarding.publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
    Publisher,
)
from .forwarding.pubsub import Access, AmbientCredentials, Emulator
from .forwarding.service_account import ServiceAccount
from .forwarding_install import PackageMissing, async_open_publisher
from .forwarding_key import CloudKey
from .forwarding_options import Authentication, ForwardingOptions

NO_KEY: Final = "there is none, or it cannot be read"
STILL_OPENING: Final = "the client library is still being installed or loaded"
NO_PACKAGE: Final = "the client library cannot be installed or loaded"

OPENS_S: Final = 20.0
"""Waited for it in one request; an installation may take minutes, and meanwhile what
waits has to come to the disk."""


class Cloud:
    """A publisher that is made when it is first used, and again after a failure."""

    def __init__(
        self, hass: HomeAssistant, options: ForwardingOptions, key: CloudKey
    ) -> None:
        """Prepare; nothing is loaded, installed or connected yet."""
        self.package_problem: str | None = None
        """Why the client library cannot be used; ``None``: it can, as far as known."""

        self._hass, self._options, self._key = hass, options, key
        self._publisher: Publisher | None = None
        self._opening: asyncio.Task[Publisher] | None = None

    async def async_publish(self, parcels: Sequence[Parcel]) -> None:
        """Hand over messages in one request; all are acknowledged on return.

        Raises:
            PublishError: If they were not taken, or that cannot be known.
        """
        if self._publisher is None:
            self._publisher = await self._async_opened()
        await self._publisher.publish(parcels)

    async def async_close(self) -> None:
        """Let go of the connection, and of one that is not there yet."""
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.close()

    async def _async_opened(self) -> Publisher:
        """Return a publisher; what takes long goes on while it is not waited for.

        Raises:
            PublishError: If there is none, or not yet.
        """
        if self._opening is None:
            self._opening = self._hass.async_create_background_task(
                self._async_open(), "bessai cloud"
            )
        done, _ = await asyncio.wait([self._opening], timeout=OPENS_S)
        if not done:
            raise PassingFailure(FailureReason.UNAVAILABLE, STILL_OPENING)
        opening, self._opening = self._opening, None
        return opening.result()

    async def _async_open(self) -> Publisher:
        account = None
        if self._options.authentication is Authentication.KEY:
            account = await self._key.async_load()
        access = access_of(self._options, account)
        try:
            publisher = await async_open_publisher(
                self._hass, self._options.topic_path, access
            )
        except PackageMissing as err:
            self.package_problem = str(err)
            # Not soon: each try may load some megabytes.
            raise LastingFailure(FailureReason.UNAVAILABLE, NO_PACKAGE) from err
        self.package_problem = None
        return publisher


def access_of(options: ForwardingOptions, account: ServiceAccount | None) -> Access:
    """Return how to reach the cloud; ``account`` counts where a key is to be used.

    Raises:
        LastingFailure: If it is missing.
    """
    if options.authentication is Authentication.AMBIENT:
        return AmbientCredentials()
    if options.authentication is Authentication.EMULATOR:
        return Emulator(options.emulator_address)
    if account is None:
        raise LastingFailure(FailureReason.CREDENTIALS, NO_KEY)
    return account

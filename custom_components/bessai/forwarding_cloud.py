"""Reaches the owner's topic: finds the key, has the library installed, connects."""

from collections.abc import Sequence
from typing import Final

from homeassistant.core import HomeAssistant

from .forwarding.parcel import Parcel
from .forwarding.publisher import FailureReason, LastingFailure, Publisher
from .forwarding.pubsub import Access, AmbientCredentials, Emulator
from .forwarding.service_account import ServiceAccount
from .forwarding_install import PackageMissing, async_open_publisher
from .forwarding_key import CloudKey
from .forwarding_options import Authentication, ForwardingOptions

NO_KEY: Final = "there is none, or it cannot be read"
NO_PACKAGE: Final = "the client library cannot be installed or loaded"


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

    async def async_publish(self, parcels: Sequence[Parcel]) -> None:
        """Hand over messages in one request; all are acknowledged on return.

        Raises:
            PublishError: If they were not taken, or that cannot be known.
        """
        if self._publisher is None:
            self._publisher = await self._async_open()
        await self._publisher.publish(parcels)

    async def async_close(self) -> None:
        """Let go of the connection."""
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.close()

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

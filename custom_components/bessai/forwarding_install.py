"""Google's client library, installed where somebody forwards and nowhere else."""

from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.requirements import (
    RequirementsNotFound,
    async_clear_install_history,
    async_process_requirements,
)

from .const import DOMAIN
from .core.errors import BessaiError
from .forwarding.publisher import Publisher
from .forwarding.pubsub import Access, build_publisher

REQUIREMENT: Final = "google-cloud-pubsub>=2.37,<3"
"""A range, as others need this package, too, and there is one of it for all: Home
Assistant 2026.10 pins 2.39.2 for ``google_pubsub``, and the library of ``nest`` takes
the newest. With a pin of our own, each would install its version over the other's.

From the first that goes with the protobuf that Home Assistant prescribes (7), below the
next major version. Only ``google.pubsub_v1`` is used, which is generated from the
service's definition; 2.37.0, 2.39.2 and 2.44.0 were tried. On grpcio and protobuf, for
which there have to be wheels, Home Assistant's constraints decide.
"""


class PackageMissing(BessaiError):  # noqa: N818 - named after what happened
    """The library cannot be installed, or does not run on this machine."""


async def async_open_publisher(
    hass: HomeAssistant, topic: str, access: Access
) -> Publisher:
    """Return a publisher to a topic; what it needs is installed first.

    Raises:
        PackageMissing: If that failed; it may go well when tried again.
        LastingFailure: If there are no credentials.
    """
    await _async_install(hass)
    try:
        return await hass.async_add_executor_job(build_publisher, topic, access)
    except ImportError as err:
        raise PackageMissing(str(err)) from err


async def _async_install(hass: HomeAssistant) -> None:
    if hass.config.skip_pip:
        return  # whoever starts Home Assistant so sees to packages himself
    try:
        await async_process_requirements(hass, DOMAIN, [REQUIREMENT], is_built_in=False)
    except RequirementsNotFound as err:
        # Home Assistant would try no more until its restart; it may be the line only.
        async_clear_install_history(hass)
        raise PackageMissing(REQUIREMENT) from err

"""The key of the service account: a private file of its own, never in the entry."""

from typing import Any, Final

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .forwarding.service_account import (
    MOST_BYTES,
    ServiceAccount,
    ServiceAccountError,
    parse_service_account,
    read_service_account,
)
from .lasting_store import LastingStore

VERSION: Final = 1


class UploadGone(Exception):  # noqa: N818 - named after what happened
    """The uploaded file is not there any more: it is read once only."""


class CloudKey:
    """The key of one plant, where only Home Assistant's own user may read it."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file; it may not be there."""
        self._hass = hass
        self._store = LastingStore(
            hass, VERSION, f"{DOMAIN}.{entry_id}.cloud_key", private=True
        )

    async def async_load(self) -> ServiceAccount | None:
        """Return the key; ``None`` if there is none that can be used."""
        kept = await self._store.async_load_or_begin()
        if kept is None:
            return None
        try:
            return await self._hass.async_add_executor_job(parse_service_account, kept)
        except ServiceAccountError, AttributeError:
            return None  # that it is missing is said where it is to be used

    async def async_keep(self, account: ServiceAccount) -> None:
        """Keep a key in place of the former."""
        document: dict[str, Any] = {**account.as_info()}
        await self._store.async_save(document)

    async def async_remove(self) -> None:
        """Forget the key."""
        await self._store.async_remove()


async def async_read_upload(hass: HomeAssistant, file_id: str) -> ServiceAccount:
    """Return the key in an upload, and delete the upload.

    Raises:
        ServiceAccountError: If it is none.
        UploadGone: If there is no such upload any more.
    """
    return await hass.async_add_executor_job(_read_upload, hass, file_id)


def _read_upload(hass: HomeAssistant, file_id: str) -> ServiceAccount:
    return read_service_account(_content(hass, file_id))


def _content(hass: HomeAssistant, file_id: str) -> bytes:
    try:
        with (
            process_uploaded_file(hass, file_id) as path,
            path.open("rb") as file,
        ):
            # One byte more tells that it is too large.
            return file.read(MOST_BYTES + 1)
    except (ValueError, OSError) as err:
        raise UploadGone from err

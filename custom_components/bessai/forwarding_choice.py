"""Tries the cloud that an owner chooses in a dialog, and keeps the key for it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import voluptuous as vol

from .const import SECTION_FORWARDING
from .forwarding.publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
    PublishError,
)
from .forwarding.pubsub import PermissionUnknown
from .forwarding.service_account import ServiceAccount, ServiceAccountError
from .forwarding_cloud import access_of
from .forwarding_form import forwarding_fields
from .forwarding_install import PackageMissing, async_open_publisher
from .forwarding_issues import reason_text, remedy_text
from .forwarding_key import CloudKey, UploadGone, async_read_upload
from .forwarding_options import (
    CONF_KEY_FILE,
    CONF_PERIOD,
    DEFAULT_PERIOD_S,
    LONGEST_PERIOD_S,
    SHORTEST_PERIOD_S,
    Authentication,
    ForwardingOptions,
    malformed,
)
from .texts import async_load_texts

type ForwardingProblem = tuple[str, str, dict[str, str]]
"""Section, key of the text, and what the text is filled with."""

CHECK_S: Final = 20.0
"""Two questions of five seconds at most, and the time to connect."""

CLOSE_S: Final = 2.0

KEY_REFUSED: Final = "cloud_key_refused"


class KeyRefused(Exception):  # noqa: N818 - named after what happened
    """An upload that is no key; the text says why, in the language of the house."""


class ForwardingChoice:
    """What an owner has newly chosen in one dialog.

    An upload can be read once only, so the key in it is held while the dialog is open.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin with nothing chosen."""
        self.doubt: PublishError | None = None
        """Why it is not known whether messages will be taken, if it is not."""

        self._hass, self._entry = hass, entry
        self._key = CloudKey(hass, entry.entry_id)
        self._new: ServiceAccount | None = None

    def fields(self) -> dict[vol.Marker, Any]:
        """Return the fields of the section."""
        return forwarding_fields()

    def shown_first(self) -> dict[str, Any]:
        """Return what is in force, as the form takes it."""
        options = ForwardingOptions.from_mapping(self._entry.options)
        return {SECTION_FORWARDING: options.as_form()}

    def without_upload(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed without the upload: it can be read once only."""
        section = typed.get(SECTION_FORWARDING, {})
        kept = {name: value for name, value in section.items() if name != CONF_KEY_FILE}
        return {**typed, SECTION_FORWARDING: kept}

    @property
    def has_new_key(self) -> bool:
        """Whether there is a key that was not there before."""
        return self._new is not None

    async def async_find_problem(
        self, stored: Mapping[str, Any], typed: Mapping[str, Any]
    ) -> ForwardingProblem | None:
        """Return why messages would not be taken, if that is certain.

        What is as before is left alone: its trouble is that of repairs, and must not
        keep an owner from changing something else.
        """
        self.doubt = None
        section = typed.get(SECTION_FORWARDING, {})
        if (problem := _misfit(section)) is not None:
            return problem
        after = ForwardingOptions.from_mapping(typed)
        before = ForwardingOptions.from_mapping(stored)
        if not after.enabled:
            return None
        if after.lacking is not None:
            return SECTION_FORWARDING, f"cloud_needs_{after.lacking}", {}
        if after.cloud == before.cloud and not self.has_new_key:
            return None
        return await self._async_try(after)

    async def async_take_upload(
        self, typed: Mapping[str, Any]
    ) -> ForwardingProblem | None:
        """Hold the key that was uploaded, if one was; return why it is none, if so."""
        file_id = typed.get(SECTION_FORWARDING, {}).get(CONF_KEY_FILE)
        if not file_id:
            return None
        try:
            await self.async_take_key(file_id)
        except KeyRefused as err:
            return SECTION_FORWARDING, KEY_REFUSED, {"reason": str(err)}
        return None

    async def async_take_key(self, file_id: str) -> ServiceAccount:
        """Read an upload, and hold the key in it.

        Raises:
            KeyRefused: If there is none in it.
        """
        try:
            self._new = await async_read_upload(self._hass, file_id)
        except UploadGone as err:
            texts = await async_load_texts(self._hass)
            raise KeyRefused(texts.say("cloud_key_gone")) from err
        except ServiceAccountError as err:
            texts = await async_load_texts(self._hass)
            said = texts.say(f"cloud_key_{err.fault}", field=err.field)
            raise KeyRefused(said) from err
        return self._new

    async def async_check(self, options: ForwardingOptions) -> None:
        """Find out whether messages would be taken; ``doubt`` says if nobody knows.

        Raises:
            LastingFailure: If they would not.
            PackageMissing: If the library cannot be installed.
        """
        account = self._new
        if account is None and options.authentication is Authentication.KEY:
            account = await self._key.async_load()
        access = access_of(options, account)
        publisher = await async_open_publisher(self._hass, options.topic_path, access)
        try:
            async with asyncio.timeout(CHECK_S):
                await publisher.check()
        except (PermissionUnknown, PassingFailure) as err:
            self.doubt = err
        except TimeoutError:
            self.doubt = PassingFailure(FailureReason.TIMEOUT)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await publisher.close()

    async def async_page(self) -> dict[str, str]:
        """Return what the page about a doubt is filled with."""
        return await self._async_words(self.doubt) if self.doubt else {}

    async def async_keep(self, chosen: Mapping[str, Any]) -> None:
        """Keep the new key, or forget the former where none is needed any more.

        Args:
            chosen: The options that are to be in force.
        """
        options = ForwardingOptions.from_mapping(chosen)
        if not options.enabled or options.authentication is not Authentication.KEY:
            await self._key.async_remove()
        elif self._new is not None:
            await self._key.async_keep(self._new)

    async def async_replace_key(
        self, file_id: str
    ) -> tuple[str, dict[str, str]] | None:
        """Try another key and keep it; return why not, if not: text and its words."""
        options = ForwardingOptions.from_mapping(self._entry.options)
        try:
            await self.async_take_key(file_id)
        except KeyRefused as err:
            return KEY_REFUSED, {"reason": str(err)}
        problem = await self._async_try(options)
        if problem is not None:
            return problem[1:]
        await self.async_keep(self._entry.options)
        return None

    async def _async_try(self, options: ForwardingOptions) -> ForwardingProblem | None:
        try:
            await self.async_check(options)
        except PackageMissing as err:
            return SECTION_FORWARDING, "cloud_package_missing", {"reason": str(err)}
        except LastingFailure as err:
            words = await self._async_words(err)
            return SECTION_FORWARDING, "cloud_refused", words
        return None

    async def _async_words(self, error: PublishError) -> dict[str, str]:
        texts = await async_load_texts(self._hass)
        return {
            "reason": reason_text(texts, error.reason),
            "remedy": remedy_text(texts, error.reason),
            "detail": str(error),
        }


def _misfit(section: Mapping[str, Any]) -> ForwardingProblem | None:
    """Return the first field that cannot be what it should be."""
    if (wrong := malformed(section)) is not None:
        name, value = wrong
        return SECTION_FORWARDING, f"cloud_invalid_{name}", {"value": value}
    period_s = section.get(CONF_PERIOD, DEFAULT_PERIOD_S)
    if not SHORTEST_PERIOD_S <= period_s <= LONGEST_PERIOD_S:
        words = {"low": str(SHORTEST_PERIOD_S), "high": str(LONGEST_PERIOD_S)}
        return SECTION_FORWARDING, "cloud_invalid_period", words
    return None

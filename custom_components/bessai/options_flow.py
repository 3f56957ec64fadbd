"""Lets the owner choose limits, and whom to tell when safety blocks."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN, SECTION_FORWARDING
from .core.bounds import Bounds
from .forwarding_setup import async_load_dialog
from .market_data import MarketData
from .model_choice import ModelChoice
from .model_options import SECTION_MODELS, ModelOptions
from .options import (
    CONF_TARGETS,
    SECTION_CONTROL,
    SECTION_NOTIFICATIONS,
    SECTION_SAFETY,
    is_target,
    merge_options,
    parse_options,
)
from .options_form import options_schema, suggested
from .price_checks import async_find_problem, find_number_error
from .price_form import suggested_prices
from .price_numbers import SECTION_EXPORT, SECTION_PRICES, NumberError
from .price_options import PriceOptions
from .price_preview import preview, say_what_is_missing
from .runtime import BessaiConfigEntry
from .safety.limits import CAPS, LimitError, build_limits
from .texts import async_load_texts, show_number

if TYPE_CHECKING:
    from .forwarding_choice import ForwardingChoice

type Problem = tuple[str, str, dict[str, str]]
"""Section, key of the text, and what the text is filled with."""


class BessaiOptionsFlow(OptionsFlowWithReload):
    """One form; what an owner rarely needs is folded away."""

    config_entry: BessaiConfigEntry
    _typed: dict[str, Any] | None = None
    """Kept while its prices are looked at."""

    _chosen: dict[str, Any]
    """For the preview; what is stored is merged again."""

    _bounds: Mapping[str, Bounds]
    _missing: Mapping[str, str]
    """What the page without prices is filled with."""

    _looked_at: str | None = None
    """What the last page was about: it is open when the owner comes back."""

    @cached_property
    def _models(self) -> ModelChoice:
        return ModelChoice(self.hass)

    @cached_property
    def _cloud(self) -> ForwardingChoice:
        from .forwarding_choice import (  # noqa: PLC0415 - loaded with the dialog
            ForwardingChoice,
        )

        return ForwardingChoice(self.hass, self.config_entry)

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the choices and take new ones."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        safety = self.config_entry.runtime_data.driver.profile.safety
        if self.config_entry.runtime_data.control is None or safety is None:
            return self.async_abort(reason="nothing_to_choose")
        await async_load_dialog(self.hass)
        if user_input is None:
            first = self._shown_first(safety.limits)
            return await self._async_show(safety.limits, first, None)
        problem = await self._async_problem(user_input, safety.limits)
        user_input = self._cloud.without_upload(user_input)
        if problem is not None:
            return await self._async_show(safety.limits, user_input, problem)
        self._typed, self._bounds = user_input, safety.limits
        self._chosen = merge_options(
            self.config_entry.options, user_input, safety.limits
        )
        return await self._async_go_on()

    async def _async_go_on(self) -> ConfigFlowResult:
        if self._cloud.doubt is not None:
            return await self.async_step_cloud_in_doubt()
        if self._models.has_new:
            return await self.async_step_models()
        if self._has_new_prices():
            return await self.async_step_preview()
        return await self.async_step_save()

    async def async_step_cloud_in_doubt(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say why nobody knows whether messages will be taken; it may still be so."""
        self._looked_at = SECTION_FORWARDING
        following = "preview" if self._has_new_prices() else "save"
        if self._models.has_new:
            following = "models"
        return self.async_show_menu(
            step_id="cloud_in_doubt",
            menu_options=[following, "init"],
            description_placeholders=await self._cloud.async_page(),
        )

    def _shown_first(self, bounds: Mapping[str, Bounds]) -> Mapping[str, Any]:
        """Return what is in force, or what was typed before its prices were shown."""
        if self._typed is not None:
            return self._typed
        stored = self.config_entry.options
        return (
            suggested(parse_options(stored, bounds))
            | suggested_prices(stored)
            | {SECTION_MODELS: ModelOptions.from_mapping(stored).as_form()}
            | self._cloud.shown_first()
        )

    def _has_new_prices(self) -> bool:
        """Return whether there are prices to look at before they are stored."""
        if SECTION_PRICES not in self._chosen:
            return False
        return any(
            self._chosen.get(name) != self.config_entry.options.get(name)
            for name in (SECTION_PRICES, SECTION_EXPORT)
        )

    async def async_step_models(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what newly chosen models say of themselves."""
        self._looked_at = SECTION_MODELS
        return self.async_show_menu(
            step_id="models",
            menu_options=["preview" if self._has_new_prices() else "save", "init"],
            description_placeholders=await self._models.async_page(),
        )

    async def async_step_preview(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what the prices come to, and ask whether that looks right."""
        self._looked_at = SECTION_PRICES
        options = PriceOptions.from_mapping(self._chosen)
        market = MarketData(self.hass, self.config_entry, options)
        await market.async_refresh()
        texts = await async_load_texts(self.hass)
        source = await self._async_source_name(market.source_name)
        if market.curve is None:
            self._missing = {**say_what_is_missing(market, texts), "source": source}
            return await self.async_step_no_prices()
        shown = preview(market, market.curve, texts)
        return self.async_show_menu(
            step_id="preview",
            menu_options=["save", "init"],
            description_placeholders={**shown, "source": source},
        )

    async def async_step_no_prices(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say why there are none; they may come later, so saving stays possible."""
        return self.async_show_menu(
            step_id="no_prices",
            menu_options=["init", "save"],
            description_placeholders=self._missing,
        )

    async def async_step_save(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Store the choices, beside what switches and selects have stored meanwhile."""
        stored = self.config_entry.options
        typed = self._typed or {}
        chosen = merge_options(stored, typed, self._bounds)
        await self._cloud.async_keep(chosen)
        if self._cloud.has_new_key and chosen == stored:
            # Home Assistant sees nothing to reload for: the key is not among them.
            entry_id = self.config_entry.entry_id
            self.hass.config_entries.async_schedule_reload(entry_id)
        return self.async_create_entry(data=chosen)

    async def _async_show(
        self,
        bounds: Mapping[str, Bounds],
        values: Mapping[str, Any],
        problem: Problem | None,
    ) -> ConfigFlowResult:
        opened = problem[0] if problem else self._looked_at
        fields = await self._models.async_fields(values)
        cloud = self._cloud.fields()
        schema = options_schema(self.hass, bounds, values, fields, cloud, opened)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors={problem[0]: problem[1]} if problem else None,
            description_placeholders=problem[2] if problem else None,
        )

    async def _async_problem(
        self,
        typed: Mapping[str, Any],
        bounds: Mapping[str, Bounds],
    ) -> Problem | None:
        """Return why what was typed cannot be accepted, if it cannot.

        An upload comes first: the form does not show it again.
        """
        if (found := await self._cloud.async_take_upload(typed)) is not None:
            return found
        for target in typed[SECTION_NOTIFICATIONS].get(CONF_TARGETS, ()):
            if not is_target(target):
                return SECTION_NOTIFICATIONS, "invalid_target", {"value": target}
        try:
            build_limits(bounds, {**typed[SECTION_SAFETY], **typed[SECTION_CONTROL]})
        except LimitError as err:
            return await self._async_limit_problem(err)
        if (wrong := find_number_error(typed)) is not None:
            return await self._async_number_problem(wrong)
        if (found := await async_find_problem(self.hass, typed)) is not None:
            return found
        stored = self.config_entry.options
        found = await self._models.async_find_problem(stored, typed)
        return found or await self._cloud.async_find_problem(stored, typed)

    async def _async_name(self, section: str, field: str) -> str:
        texts = await async_get_translations(
            self.hass, self.hass.config.language, "options", {DOMAIN}
        )
        path = f"options.step.init.sections.{section}.data.{field}"
        return texts.get(f"component.{DOMAIN}.{path}", field)

    async def _async_source_name(self, name: str) -> str:
        """Return what a tariff is called in the form; others name themselves."""
        texts = await async_get_translations(
            self.hass, self.hass.config.language, "selector", {DOMAIN}
        )
        path = f"selector.price_source.options.{name}"
        return texts.get(f"component.{DOMAIN}.{path}", name)

    async def _async_number_problem(self, err: NumberError) -> Problem:
        placeholders = {
            "name": await self._async_name(err.range.section, err.name),
            "value": show_number(err.value),
            "low": show_number(err.range.low),
            "high": show_number(err.range.high),
        }
        return err.range.section, "limit_out_of_range", placeholders

    async def _async_limit_problem(self, err: LimitError) -> Problem:
        in_section = _section_of(err.name)
        name = await self._async_name(in_section, err.name)
        conflict = ""
        if err.conflict:
            conflict = await self._async_name(_section_of(err.conflict), err.conflict)
        placeholders = {
            "name": name,
            "conflict": conflict,
            "value": show_number(err.value),
            "low": show_number(err.low),
            "high": show_number(err.high),
        }
        error = "limit_conflicts" if err.conflict else "limit_out_of_range"
        return in_section, error, placeholders


def _section_of(limit: str) -> str:
    return SECTION_CONTROL if limit in CAPS else SECTION_SAFETY

"""Lets the owner choose limits, and whom to tell when safety blocks."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .core.bounds import Bounds
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
from .runtime import BessaiConfigEntry
from .safety.limits import CAPS, LimitError, build_limits
from .texts import show_number

type Problem = tuple[str, str, dict[str, str]]
"""Section, key of the text, and what the text is filled with."""


class BessaiOptionsFlow(OptionsFlowWithReload):
    """One form; what an owner rarely needs is folded away."""

    config_entry: BessaiConfigEntry

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the choices and take new ones."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        safety = self.config_entry.runtime_data.driver.profile.safety
        if self.config_entry.runtime_data.control is None or safety is None:
            return self.async_abort(reason="nothing_to_choose")
        stored = self.config_entry.options
        if user_input is None:
            return self._show(safety.limits, stored, None)
        problem = await self._async_problem(user_input, safety.limits)
        if problem is not None:
            return self._show(safety.limits, user_input, problem)
        chosen = merge_options(stored, user_input, safety.limits)
        return self.async_create_entry(data=chosen)

    def _show(
        self,
        bounds: Mapping[str, Bounds],
        shown: Mapping[str, Any],
        problem: Problem | None,
    ) -> ConfigFlowResult:
        schema = options_schema(self.hass, bounds, opened=problem and problem[0])
        values = shown if problem else suggested(parse_options(shown, bounds))
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors={problem[0]: problem[1]} if problem else None,
            description_placeholders=problem[2] if problem else None,
        )

    async def _async_problem(
        self, typed: Mapping[str, Any], bounds: Mapping[str, Bounds]
    ) -> Problem | None:
        """Return why what was typed cannot be accepted, if it cannot."""
        for target in typed[SECTION_NOTIFICATIONS].get(CONF_TARGETS, ()):
            if not is_target(target):
                return SECTION_NOTIFICATIONS, "invalid_target", {"value": target}
        try:
            build_limits(bounds, {**typed[SECTION_SAFETY], **typed[SECTION_CONTROL]})
        except LimitError as err:
            return await self._async_limit_problem(err)
        return None

    async def _async_limit_problem(self, err: LimitError) -> Problem:
        in_section = SECTION_CONTROL if err.name in CAPS else SECTION_SAFETY
        texts = await async_get_translations(
            self.hass, self.hass.config.language, "options", {DOMAIN}
        )

        def name_of(limit: str) -> str:
            part = SECTION_CONTROL if limit in CAPS else SECTION_SAFETY
            path = f"options.step.init.sections.{part}.data.{limit}"
            return texts.get(f"component.{DOMAIN}.{path}", limit)

        placeholders = {
            "name": name_of(err.name),
            "conflict": name_of(err.conflict) if err.conflict else "",
            "value": show_number(err.value),
            "low": show_number(err.low),
            "high": show_number(err.high),
        }
        error = "limit_conflicts" if err.conflict else "limit_out_of_range"
        return in_section, error, placeholders

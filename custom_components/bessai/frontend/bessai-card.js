// What the integration gives to Home Assistant's frontend: a card, and a strategy for dashboards.

import { BessaiCard } from "./card.js";
import { BessaiDashboard, BessaiView } from "./strategy.js";
import { entryOfEntity } from "./plants.js";
import { textsFor } from "./texts.js";

/** Entities beside which the card is suggested: those that people look for it by. */
const TELLING = new Set([
  "soc", "dispatch_mode", "control_state", "safety_block", "plan_step", "plan_status", "expected_saving",
  "expected_saving_today", "saving_today", "import_price",
]);

function define(name, element) {
  // Another tab of the same page may have been here first, with another version.
  if (!customElements.get(name)) customElements.define(name, element);
}

function suggestion(hass, entityId) {
  const entry = entryOfEntity(hass, entityId);
  const isTelling = TELLING.has(hass.entities[entityId]?.translation_key);
  return entry && isTelling ? { config: { type: "custom:bessai-card", entry_id: entry } } : null;
}

define("bessai-card", BessaiCard);
define("ll-strategy-dashboard-bessai", BessaiDashboard);
define("ll-strategy-view-bessai", BessaiView);

const t = textsFor(document.documentElement.lang || navigator.language);
const DOCUMENTATION = "https://github.com/bessai-ha/bessai";

(window.customCards ??= []).push({
  type: "bessai-card", name: "BESSAI", description: t("card_description"), preview: true,
  documentationURL: DOCUMENTATION, getEntitySuggestion: suggestion,
});
(window.customStrategies ??= []).push({
  type: "bessai", strategyType: "dashboard", name: "BESSAI", description: t("dashboard_description"),
  documentationURL: DOCUMENTATION,
});

// The dashboard `custom:bessai`: a view for each plant, made of the entities that it has.

import { plantsOf } from "./plants.js";
import { textsFor } from "./texts.js";

/** Sections of tiles; what the plant does not have is left out, and so is a section without any. */
const TILES = [
  ["plant", "mdi:solar-power", ["sensor.pv_power", "sensor.load_power", "sensor.grid_power", "sensor.battery_power",
    "sensor.soc", "sensor.battery_stored_energy", "sensor.pv_energy_today", "sensor.load_energy_today"]],
  ["prices", "mdi:cash-clock", ["sensor.import_price", "sensor.export_price", "sensor.expected_price",
    "sensor.plan_step", "sensor.plan_next_change", "sensor.stored_energy_value", "sensor.expected_saving",
    "sensor.plan_status"]],
  ["limits", "mdi:tune-vertical", ["number.charge_cap", "number.discharge_cap", "number.soc_min", "number.soc_max"]],
  ["policy", "mdi:head-cog-outline", ["sensor.policy_step", "sensor.policy_in_charge", "sensor.policy_comparison"]],
  ["health", "mdi:heart-pulse", ["binary_sensor.grid_connected", "binary_sensor.alarm", "sensor.alarms",
    "binary_sensor.anomaly", "sensor.anomaly_learning", "sensor.device_status", "sensor.battery_status",
    "sensor.battery_temperature_max", "sensor.inverter_temperature", "event.safety", "event.finding",
    "button.accept_plant"]],
  ["cloud", "mdi:cloud-outline", ["binary_sensor.cloud_connected", "sensor.cloud_last_acknowledged",
    "sensor.cloud_backlog", "sensor.cloud_dropped", "button.send_test_message"]],
];
/** "Power" alone says nothing among other powers, and there are two called "Status". */
const NAMED_WITH_DEVICE = new Set(["sensor.battery_power", "sensor.device_status", "sensor.battery_status"]);
const POWERS = ["sensor.pv_power", "sensor.load_power", "sensor.grid_power", "sensor.battery_power"];

export class BessaiDashboard extends HTMLElement {
  /** @returns the config of a dashboard */
  static async generate(config, hass) {
    const entries = config.entry_id ? [config.entry_id] : [...plantsOf(hass).keys()];
    const views = entries.length ? entries : [undefined];
    const made = views.map((entryId, index) => viewOf(hass, entryId, index));
    // The name of a device tells plants apart, and says less than ours where there is one.
    return { title: "BESSAI", views: made.length > 1 ? made : [{ ...made[0], title: "BESSAI" }] };
  }
}

export class BessaiView extends HTMLElement {
  /** @returns the config of a view */
  static async generate(config, hass) {
    return viewOf(hass, config.entry_id ?? plantsOf(hass).keys().next().value, 0);
  }
}

function viewOf(hass, entryId, index) {
  const t = textsFor(hass.locale?.language ?? hass.language);
  const ids = visible(hass, plantsOf(hass).get(entryId) ?? {});
  return {
    title: titleOf(hass, ids),
    path: index ? `plant-${index + 1}` : "plant",
    icon: "mdi:home-battery",
    type: "sections",
    max_columns: 3,
    sections: [
      cardSection(entryId),
      ...TILES.map((one) => tileSection(t, ids, one)),
      graphSection(t, ids),
    ].filter(Boolean),
  };
}

/** What the owner has hidden is not wanted on a dashboard. */
function visible(hass, ids) {
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => !hass.entities[id].hidden));
}

/** What the owner calls the inverter, which stands for the plant. */
function titleOf(hass, ids) {
  const entity = hass.entities[ids["sensor.ac_power"] ?? ids["sensor.pv_power"]];
  const device = hass.devices?.[entity?.device_id];
  return device?.name_by_user ?? device?.name ?? "BESSAI";
}

function cardSection(entryId) {
  const card = { type: "custom:bessai-card", grid_options: { columns: "full" } };
  return { type: "grid", column_span: 2, cards: [entryId ? { ...card, entry_id: entryId } : card] };
}

function tileSection(t, ids, [name, icon, keys]) {
  const cards = keys.filter((key) => key in ids).map((key) => tile(key, ids[key]));
  return cards.length ? { type: "grid", cards: [heading(t, name, icon), ...cards] } : undefined;
}

function tile(key, entity) {
  const own = { type: "entity" };
  const name = NAMED_WITH_DEVICE.has(key) ? [{ type: "device" }, own] : own;
  if (!key.startsWith("button.")) return { type: "tile", entity, name };
  // The icon of a tile would be a second button, and one without a name for a screen reader.
  return { type: "tile", entity, name, icon_tap_action: { action: "none" }, features: [{ type: "button" }] };
}

function graphSection(t, ids) {
  const entities = POWERS.filter((key) => key in ids).map((key) => ({ entity: ids[key] }));
  if (!entities.length) return undefined;
  const graph = { type: "history-graph", hours_to_show: 24, entities, grid_options: { columns: "full" } };
  return { type: "grid", cards: [heading(t, "energy", "mdi:chart-line"), graph] };
}

function heading(t, name, icon) {
  return { type: "heading", heading: t(`view_${name}`), icon };
}

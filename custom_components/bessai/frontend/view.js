// What the sections of the card draw from: one plant as it is now, and words for it.

import { Formats } from "./formats.js";
import { DOMAIN } from "./plants.js";
import { textsFor } from "./texts.js";

/** The entities that the card shows: what others say costs it nothing. */
export const SHOWN = [
  ...["anomaly", "heartbeat", "safety_block"].map((key) => `binary_sensor.${key}`),
  ...[
    "anomaly_score", "battery_power", "control_state", "data_age", "expected_saving_today", "import_price",
    "link_error_rate", "link_latency", "link_latency_p95", "saving_this_month", "saving_today", "saving_total", "soc",
  ].map((key) => `sensor.${key}`),
  "button.release", "select.dispatch_mode", "switch.allow_control",
];

const NOTHING = new Set(["unavailable", "unknown"]);

/** Words and formats of a user; made anew only when the user's choices change. */
export function speak(hass) {
  const t = textsFor(hass.locale?.language ?? hass.language ?? "en");
  return { t, formats: new Formats(hass, t) };
}

export class View {
  constructor(hass, ids, { config, feed, past, speech, now }) {
    Object.assign(this, { hass, ids, config, now, ...speech });
    this.picture = feed.picture;
    this.error = feed.error;
    this.past = past.series;
    this.state = (key, value) => this._localized(key, `state.${value}`) || value;
  }

  entity(key) {
    return this.hass.states[this.ids[key]];
  }

  /** The state of an entity; undefined if there is none, or nothing is known. */
  value(key) {
    const value = this.entity(key)?.state;
    return NOTHING.has(value) ? undefined : value;
  }

  /** Until when plan or policy command nothing after a release; undefined: they may. */
  get pausedUntil() {
    const until = Date.parse(this.attribute("sensor.control_state", "paused_until"));
    return until > this.now ? until : undefined;
  }

  number(key) {
    const value = Number.parseFloat(this.value(key));
    return Number.isFinite(value) ? value : undefined;
  }

  /** A power in W, whatever unit the owner has it shown in. */
  watts(key) {
    const factor = { W: 1, kW: 1e3, MW: 1e6, mW: 1e-3 }[this.attribute(key, "unit_of_measurement")];
    const value = this.number(key);
    return value === undefined || factor === undefined ? undefined : value * factor;
  }

  /** The state of an entity as Home Assistant shows it, with its unit. */
  shown(key) {
    const entity = this.entity(key);
    return this.hass.formatEntityState?.(entity) ?? entity.state;
  }

  attribute(key, name) {
    return this.entity(key)?.attributes[name] ?? undefined;
  }

  /** Whether the plant has such an entity, whatever it says. */
  has(key) {
    return this.entity(key) !== undefined;
  }

  /** What Home Assistant calls such an entity. */
  name(key) {
    return this._localized(key, "name") || key.split(".")[1];
  }

  /** The state of an entity in words. */
  word(key) {
    const value = this.value(key);
    return value === undefined ? undefined : this.state(key, value);
  }

  _localized(key, rest) {
    return this.hass.localize?.(`component.${DOMAIN}.entity.${key}.${rest}`);
  }
}

// What is planned, or was, at one moment: in words for people and for screen readers.

import { isNumber } from "./formats.js";
import { at, valueAt } from "./timeline.js";

/** `time`, `what`, `why` and `facts` (pairs of name and value) of a moment; undefined: of the present. */
export function momentWords(timeline, moment, words) {
  if (moment === undefined) return presentWords(timeline, words);
  return moment < timeline.now ? pastWords(timeline, moment, words) : plannedWords(timeline, moment, words);
}

/** What is decided for the load as it was measured counts more than what was foreseen. */
function presentWords(timeline, words) {
  const { decision, now } = timeline;
  const planned = plannedWords(timeline, now, words);
  return decision ? { ...planned, ...wishOf(decision, words) } : planned;
}

function plannedWords(timeline, moment, words) {
  const { t, formats } = words;
  const step = at(timeline.steps, moment);
  const price = at(timeline.prices, moment);
  const times = step ?? price;
  return {
    time: times ? formats.span(times.start, times.end, timeline.now) : formats.moment(moment, timeline.now),
    ...(step && wishOf(step, words)),
    facts: [
      ...priceFacts(price, timeline.currency, { t, formats }),
      step && isNumber(step.soc) && [t("soc_past"), t("soc_after", { soc: formats.percent(step.soc) })],
      forecastFact("pv", at(timeline.pv, moment), { t, formats }),
      forecastFact("load", at(timeline.load, moment), { t, formats }),
    ].filter(Boolean),
  };
}

/** What a step or a decision wants of the battery, and why. */
function wishOf({ intent, power, why }, { t, formats, state }) {
  return { intent, what: stepWords({ intent, power }, { t, formats, state }), why };
}

/** What is done and with how much: "Charge: with 3.0 kW". */
export function stepWords({ intent, power }, { t, formats, state }) {
  const name = state("sensor.plan_step", intent);
  return isNumber(power) ? `${name}: ${powerWords({ intent, power }, { t, formats })}` : name;
}

function pastWords(timeline, moment, { t, formats }) {
  const soc = valueAt(timeline.pastSoc, moment);
  const power = timeline.pastPower.find(([start, , end]) => start <= moment && moment < end)?.[1];
  return {
    time: formats.moment(moment, timeline.now),
    what: power === undefined ? t("measured") : batteryWords(power, { t, formats }),
    facts: [
      ...priceFacts(at(timeline.prices, moment), timeline.currency, { t, formats }),
      soc !== undefined && [t("soc_past"), formats.percent(soc)],
    ].filter(Boolean),
  };
}

function priceFacts(price, currency, { t, formats }) {
  if (!price) return [];
  const said = (value) => formats.price(value, currency);
  const band = isNumber(price.low) && isNumber(price.high) && price.isExpected;
  return [
    [t(price.isExpected ? "expected_price" : "import_price"), said(price.importPrice)],
    band && [t("band"), t("band_text", { low: formats.number(price.low, 3), high: said(price.high) })],
    isNumber(price.exportPrice) && [t("export_price"), said(price.exportPrice)],
  ].filter(Boolean);
}

function forecastFact(name, forecast, { t, formats }) {
  if (!forecast) return undefined;
  const { p10, p50, p90 } = forecast;
  const range = p10 === p90 ? "" : ` (${formats.number(p10 / 1000, 1)} – ${formats.number(p90 / 1000, 1)})`;
  return [t(name), `${formats.power(p50)}${range}`];
}

/** The power of a step or run: commanded, or what is expected where the inverter follows the house. */
function powerWords({ intent, power }, { t, formats }) {
  if (Math.abs(power) < 1) return t("power_none");
  const about = intent === "charge" || intent === "discharge" ? "" : "_about";
  return t(`${power < 0 ? "power_charge" : "power_discharge"}${about}`, { power: formats.power(power) });
}

/** A measured power. */
export function batteryWords(watts, { t, formats }) {
  if (Math.abs(watts) < 20) return t("battery_rests");
  return t(watts < 0 ? "battery_charges" : "battery_discharges", { power: formats.power(watts) });
}

/** Everything in one line, as a screen reader says it. */
export function spoken(words) {
  return [words.time, words.what, ...words.facts.map(([name, value]) => `${name} ${value}`), words.why]
    .filter(Boolean).join(". ");
}

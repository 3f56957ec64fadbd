// The first thing that is seen: how full the battery is, what it does, and at whose word.

import { h, icon } from "./dom.js";
import { Section } from "./section.js";
import { batteryWords } from "./step_words.js";

const SOURCE = "sensor.control_state.state_attributes.source";
const ICONS = {
  waking: "mdi:battery-clock-outline", settling: "mdi:battery-clock", charging: "mdi:battery-arrow-up",
  discharging: "mdi:battery-arrow-down", holding: "mdi:battery-lock", blocked: "mdi:shield-alert",
  not_allowed: "mdi:hand-back-left-off-outline", released: "mdi:battery-sync",
};

export function nowSection() {
  return new Section({ name: "now", title: ({ t }) => t("at_present"), isHeaded: false, inputs: inputsOf, draw });
}

function inputsOf(view) {
  const soc = view.number("sensor.soc");
  const control = view.value("sensor.control_state");
  if (!view.has("sensor.soc") && control === undefined) return undefined;
  return { soc, power: view.watts("sensor.battery_power"), control, command: commandWords(view) };
}

/** What is commanded, by whom and how long; undefined without control. */
function commandWords(view) {
  const { t, formats } = view;
  const source = view.attribute("sensor.control_state", "source");
  const expires = Date.parse(view.attribute("sensor.control_state", "expires_at"));
  // The word of the state would read as if what the battery does were not allowed.
  const isForbidden = view.value("sensor.control_state") === "not_allowed";
  const word = isForbidden ? t("only_reads") : view.word("sensor.control_state");
  if (word === undefined) return undefined;
  const parts = [
    word,
    source && `${view.name(SOURCE)}: ${view.state(SOURCE, source)}`,
    Number.isFinite(expires) && t("until", { time: formats.moment(expires, view.now) }),
  ];
  return parts.filter(Boolean).join(" · ");
}

function draw({ soc, power, control, command }, { t, formats }) {
  return [
    h("div", { class: "charge-level" },
      h("div", { class: "soc-value" }, formats.percent(soc)),
      h("div", { class: "gauge", "aria-hidden": "true" },
        h("div", { style: `inline-size: ${Math.min(100, Math.max(0, soc ?? 0))}%` }))),
    h("div", { class: "doing" },
      h("div", { class: "power" }, power === undefined ? t("no_answer") : batteryWords(power, { t, formats })),
      command && h("div", { class: "command" }, icon(ICONS[control] ?? "mdi:battery"), command)),
  ];
}

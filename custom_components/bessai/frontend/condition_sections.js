// Whether commands are let through, whether anything is off, and how well the plant answers.

import { fire, h, icon } from "./dom.js";
import { notice } from "./plan_notices.js";
import { Section } from "./section.js";

const BLOCK = "binary_sensor.safety_block";
const ANOMALY = "binary_sensor.anomaly";
const HEARTBEAT = "binary_sensor.heartbeat";
const LINK = ["sensor.link_latency", "sensor.link_latency_p95", "sensor.link_error_rate", "sensor.data_age"];

export function safetySection() {
  return new Section({ name: "safety", title: ({ t }) => t("safety"), inputs: safetyOf, draw: drawSafety });
}

function safetyOf(view) {
  if (!view.has(BLOCK)) return undefined;
  return {
    block: view.value(BLOCK),
    isAllowed: view.value("switch.allow_control") === "on",
    reasons: view.attribute(BLOCK, "reasons") ?? [],
    since: view.attribute(BLOCK, "since"),
  };
}

function drawSafety({ block, isAllowed, reasons, since }, { t, formats, now }) {
  if (block === undefined) return line("mdi:shield-outline", t("safety_unknown"));
  if (block === "off" && !isAllowed) return line("mdi:hand-back-left-off", t("safety_off"));
  if (block === "off") return line("mdi:shield-check", t("safety_ok"), "good");
  const time = since && t("since", { time: formats.moment(Date.parse(since), now) });
  return notice("warning", [t("safety_on"), time].filter(Boolean).join(" "),
    h("ul", {}, reasons.map(({ text, remedy }) => h("li", {}, text, advice(remedy, t)))));
}

function advice(text, t) {
  return text && h("div", { class: "advice" }, h("b", {}, `${t("remedy")}: `), text);
}

export function findingsSection() {
  return new Section({ name: "findings", title: ({ t }) => t("findings"), inputs: findingsOf, draw: drawFindings });
}

/** With sentences where the score has them, else with the names alone. */
function findingsOf(view) {
  if (!view.has(ANOMALY)) return undefined;
  const full = view.attribute("sensor.anomaly_score", "findings");
  const names = (view.attribute(ANOMALY, "findings") ?? []).map((name) => ({ name }));
  return { anomaly: view.value(ANOMALY), findings: full?.length ? full.map(brief) : names };
}

function brief({ name, about, text, advice: remedy }) {
  return { name: [name, about].filter(Boolean).join(": "), text, remedy };
}

function drawFindings({ anomaly, findings }, { t, ids }) {
  if (anomaly === undefined) return line("mdi:magnify", t("findings_unknown"));
  if (anomaly === "off") return line("mdi:check-decagram-outline", t("no_findings"), "good");
  return notice("warning", undefined,
    findings.map(({ name, text, remedy }) => h("div", { class: "finding" },
      h("div", { class: "head" }, name), text && h("div", {}, text), advice(remedy, t))),
    h("button", {
      type: "button", class: "plain",
      onclick: (event) => fire(event.target, "hass-more-info", { entityId: ids[ANOMALY] }),
    }, t("details")));
}

export function linkSection() {
  return new Section({ name: "link", title: ({ t }) => t("link"), inputs: linkOf, draw: drawLink });
}

function linkOf(view) {
  const facts = LINK.filter((key) => view.value(key) !== undefined)
    .map((key) => [view.name(key), view.shown(key)]);
  const heartbeat = view.value(HEARTBEAT);
  return facts.length || heartbeat ? { heartbeat, facts } : undefined;
}

function drawLink({ heartbeat, facts }, { t }) {
  return [
    heartbeat === "on" && line("mdi:heart-pulse", t("link_alive"), "good"),
    heartbeat === "off" && notice("warning", t("link_lost")),
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
  ];
}

function line(name, text, style = "") {
  return h("div", { class: `line ${style}` }, icon(name), h("span", {}, text));
}

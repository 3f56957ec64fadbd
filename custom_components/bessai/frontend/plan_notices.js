// Says why there is no plan, why the plan is not carried out, or what would make it better.

import { h, icon } from "./dom.js";

const INTEGRATION = "/config/integrations/integration/bessai";
const READY = "ready";

/** What the notices depend on. */
export function noticeKey(view) {
  const { status, missing, mode } = view.picture ?? {};
  const block = view.value("binary_sensor.safety_block");
  return [status, missing, mode, view.error, view.formats.language, block];
}

/** Notices about a view; none while all is well. */
export function drawNotices(view) {
  const { picture, error, t } = view;
  if (error === "not_found") return isKnown(view) ? notLoaded(t) : notice("warning", t("other_plant"));
  if (!picture) return notice("info", t("loading"));
  switch (picture.status) {
    case "not_loaded": return notLoaded(t);
    case "no_control": return notice("info", t("no_battery"));
    default: return [statusNotice(view), blockNotice(view)];
  }
}

/** A plant that is not loaded has its entities in the registry all the same. */
function isKnown({ ids }) {
  return Object.keys(ids).length > 0;
}

function notLoaded(t) {
  return notice("warning", t("not_loaded"), link(INTEGRATION, t("look")));
}

function statusNotice({ picture, state, t }) {
  if (picture.status === READY) return undefined;
  const kind = picture.status === "waiting" ? "info" : "warning";
  const way = picture.status === "no_prices" && link(INTEGRATION, t("look"));
  return notice(kind, state("sensor.plan_status", picture.status), missingList(picture), way);
}

/** What would make a plan better that is good enough to be carried out. */
export function drawHints({ picture }) {
  return picture?.status === READY ? missingList(picture) : undefined;
}

function missingList({ missing }) {
  return missing.length > 0 && h("ul", {}, missing.map((one) => h("li", {}, one)));
}

function blockNotice(view) {
  const isWanted = ["arbitrage", "policy"].includes(view.picture.mode);
  const isBlocked = view.value("binary_sensor.safety_block") === "on";
  return isWanted && isBlocked ? notice("warning", view.t("refused")) : undefined;
}

const ICONS = { info: "mdi:information-outline", warning: "mdi:alert-outline" };

/** A box with an icon, so that not the colour alone tells how grave it is. */
export function notice(kind, text, ...more) {
  return h("div", { class: `notice ${kind}`, role: "status" }, icon(ICONS[kind]),
    h("div", {}, text && h("div", { class: "head" }, text), more));
}

export function link(href, text) {
  return h("a", { href }, text);
}

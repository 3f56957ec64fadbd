// The plan: what stands in its way, the step that is looked at and its reason, the chart, all steps.

import { h, icon, keep, present } from "./dom.js";
import { PlanChart } from "./plan_chart.js";
import { legend } from "./plan_legend.js";
import { drawHints, drawNotices, noticeKey } from "./plan_notices.js";
import { StepsTable } from "./plan_table.js";
import { momentWords } from "./step_words.js";
import { buildTimeline } from "./timeline.js";

const INTENT_ICONS = {
  charge: "mdi:battery-arrow-up", discharge: "mdi:battery-arrow-down", store_surplus: "mdi:battery-lock",
  keep: "mdi:home-export-outline", self_consumption: "mdi:home-lightning-bolt-outline",
};
const MINUTE = 60_000;

export class PlanSection {
  constructor() {
    this._chart = new PlanChart((moment) => this._showMoment(moment));
    this._heading = h("h3", {});
    this._notices = h("div", { class: "notices" });
    this._moment = h("div", { class: "moment" });
    this._legend = h("ul", { class: "legend" });
    this._steps = new StepsTable();
    this._made = h("div", { class: "quiet made" });
    this._drawing = h("div", { class: "drawing" },
      this._moment, this._chart.element, this._legend, this._steps.element, this._made);
    this.element = h("section", { class: "plan" }, this._heading, this._notices, this._drawing);
  }

  connect() {
    this._chart.connect();
  }

  disconnect() {
    this._chart.disconnect();
  }

  update(view) {
    const soc = view.number("sensor.soc");
    const block = view.value("binary_sensor.safety_block");
    const { picture, past, error, formats } = view;
    const inputs = [picture, past, error, formats, view.hass.localize, view.config,
      soc, block, presentHeading(view), Math.floor(view.now / MINUTE)];
    if (this._inputs?.every((one, index) => one === inputs[index])) return;
    this._inputs = inputs;
    this._words = view;
    this._timeline = buildTimeline(picture, past, soc, view.now, {
      hoursBack: view.config.hours_back, hoursAhead: view.config.hours_ahead,
    });
    this._draw(view);
  }

  _draw(view) {
    const { t } = view;
    const { steps, prices, pastSoc } = this._timeline;
    this._heading.textContent = t("plan");
    this.element.setAttribute("aria-label", t("plan"));
    keep(this._notices, noticeKey(view), () => drawNotices(view));
    this._drawing.hidden = !steps.length && !prices.length && !pastSoc.length;
    this._chart.show(this._timeline, view);
    this._legend.replaceChildren(...legend(this._timeline, t));
    this._steps.show(this._timeline, view);
    this._made.replaceChildren(...present([madeWords(view), drawHints(view)]));
  }

  _showMoment(moment) {
    if (!this._timeline) return;
    // Without a plan there is nothing to say until a moment is pointed at.
    this._moment.hidden = !this._timeline.steps.length && moment === undefined;
    const words = momentWords(this._timeline, moment, this._words);
    const heading = moment === undefined ? `${this._words.t(presentHeading(this._words))} · ` : "";
    this._moment.replaceChildren(...present([drawMoment(words, heading)]));
  }
}

/** A plan that nobody carries out is not what happens; an owner's command comes before it. */
function presentHeading(view) {
  const mode = view.value("select.dispatch_mode");
  const isAllowed = mode === "arbitrage" && view.value("switch.allow_control") !== "off";
  const isOverruled = view.attribute("sensor.control_state", "source") === "owner" || view.pausedUntil;
  const isFollowed = isAllowed && !isOverruled;
  return isFollowed || mode === undefined ? "at_present" : "not_followed";
}

function drawMoment(words, heading) {
  return [
    h("div", { class: "when" }, `${heading}${words.time}`),
    words.what && h("div", { class: `what ${words.intent ?? ""}` },
      words.intent && icon(INTENT_ICONS[words.intent] ?? "mdi:battery"), words.what),
    words.why && h("div", { class: "why" }, words.why),
    h("dl", { class: "facts" }, words.facts.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
  ];
}

function madeWords({ picture, t, formats, now }) {
  const made = Date.parse(picture?.plan?.made_at);
  if (!Number.isFinite(made)) return undefined;
  const source = picture.price_source;
  const names = { time_of_use: t("time_of_use"), fixed: t("fixed") };
  const values = { time: formats.moment(made, now), source: names[source] ?? source };
  return t(source ? "made_at" : "made_at_only", values);
}

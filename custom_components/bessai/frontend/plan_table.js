// All steps of a plan as a table that can be opened: one row for each stretch in which the same is done.

import { h, keep } from "./dom.js";
import { stepWords } from "./step_words.js";

const HEADS = ["column_time", "column_step", "column_price", "column_soc"];

export class StepsTable {
  constructor() {
    this._summary = h("summary", {});
    this._table = h("div", { class: "table", tabindex: "0", role: "region" });
    this.element = h("details", { class: "steps", ontoggle: () => this._draw() }, this._summary, this._table);
  }

  show(timeline, words) {
    this._timeline = timeline;
    this._words = words;
    this.element.hidden = !timeline.steps.length;
    this._summary.textContent = words.t("steps");
    this._table.setAttribute("aria-label", words.t("steps"));
    this._draw();
  }

  /** Made when it is opened: most people never do. Kept while it says the same, with its focus. */
  _draw() {
    const { runs, currency, now } = this._timeline;
    const { formats } = this._words;
    if (!this.element.open) return;
    keep(this._table, [runs, currency, formats.language, formats.day(runs.at(-1)?.end, now)], () =>
      drawTable(this._timeline, this._words));
  }
}

function drawTable({ runs, currency, now }, words) {
  const { t, formats } = words;
  return h("table", {},
    h("thead", {}, h("tr", {}, HEADS.map((one) => h("th", { scope: "col" }, t(one))))),
    h("tbody", {}, runs.map((run) => h("tr", {},
      h("th", { scope: "row" }, formats.span(run.start, run.end, now)),
      h("td", {}, stepWords(run, words), h("div", { class: "why" }, run.why)),
      h("td", {}, prices(run, currency, formats)),
      h("td", {}, formats.percent(run.soc))))));
}

function prices({ low, high }, currency, formats) {
  const most = formats.price(high, currency);
  return low === high ? most : `${formats.number(low, 3)} – ${most}`;
}

// All steps of a plan as a table: one row for each stretch in which the same is done.

import { h } from "./dom.js";
import { powerWords } from "./step_words.js";

export function drawTable({ runs, currency, now }, words) {
  const { t, formats } = words;
  const heads = ["column_time", "column_step", "column_power", "column_price", "column_soc"];
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": t("steps") },
    h("table", {},
      h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, t(one))))),
      h("tbody", {}, runs.map((run) => h("tr", {},
        h("th", { scope: "row" }, formats.span(Math.max(run.start, now), run.end, now)),
        h("td", {}, words.state("sensor.plan_step", run.intent), h("div", { class: "why" }, run.why)),
        h("td", {}, powerWords(run, words)),
        h("td", {}, prices(run, currency, formats)),
        h("td", {}, formats.percent(run.soc)))))));
}

function prices({ low, high }, currency, formats) {
  const most = formats.price(high, currency);
  return low === high ? most : `${formats.number(low, 3)} – ${most}`;
}

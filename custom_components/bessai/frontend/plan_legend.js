// What lines and colours of the chart mean; only of what is to be seen.

import { h } from "./dom.js";

export function legend({ prices, steps, pastSoc, plannedSoc }, t) {
  const intents = new Set(steps.map((step) => step.intent));
  const keys = [
    [prices.length, "import", "import_price"],
    [prices.some((one) => one.isExpected), "import expected", "expected_price"],
    [prices.some((one) => one.isExpected && one.low !== undefined), "band", "band"],
    [prices.some((one) => one.exportPrice !== undefined), "export", "export_price"],
    [intents.has("charge"), "box charge", "charging"],
    [intents.has("discharge"), "box discharge", "discharging"],
    [steps.length, "box itself", "otherwise"],
    [pastSoc.length, "soc", "soc_past"],
    [plannedSoc.length, "soc planned", "soc_planned"],
  ];
  return keys.filter(([isShown]) => isShown).map(([, style, text]) =>
    h("li", {}, h("span", { class: `key ${style}`, "aria-hidden": "true" }), t(text)));
}

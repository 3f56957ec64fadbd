// What was saved, and what the plan is expected to save.

import { h } from "./dom.js";
import { Section } from "./section.js";

const FIGURES = [
  ["sensor.saving_today", "today"],
  ["sensor.expected_saving_today"],
  ["sensor.saving_this_month", "month"],
  ["sensor.saving_total", "total"],
];

export function savingsSection() {
  return new Section({ name: "savings", title: ({ t }) => t("savings"), inputs: inputsOf, draw });
}

function inputsOf(view) {
  const figures = FIGURES.map((one) => figureOf(view, ...one)).filter(Boolean);
  const plan = view.picture?.plan;
  const expected = plan && { ...plan.saving_band, currency: plan.currency, saving: plan.saving, end: plan.end };
  return figures.length || expected ? { figures, expected } : undefined;
}

/** From the picture where it has it: entities can be disabled. */
function figureOf(view, key, part) {
  const savings = part && view.picture?.savings;
  const value = savings ? savings[part] : view.number(key);
  const currency = savings ? savings.currency : view.attribute(key, "unit_of_measurement");
  return value === undefined ? undefined : { name: view.name(key), value, currency };
}

function draw({ figures, expected }, { t, formats, now }) {
  return [
    h("dl", { class: "figures pairs" }, figures.map(({ name, value, currency }) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, formats.money(value, currency))))),
    expected && h("p", {}, expectedWords(expected, t, formats, now)),
    h("p", { class: "quiet" }, t("against")),
  ];
}

function expectedWords({ saving, end, p10, p90, currency }, t, formats, now) {
  const values = { saving: formats.money(saving, currency), until: formats.moment(Date.parse(end), now) };
  if (p10 === undefined) return t("plan_saves", values);
  const [low, high] = [p10, p90].map((one) => formats.money(one, currency));
  if (low === values.saving) return t("plan_saves_least", { ...values, high });
  return t("plan_saves_band", { ...values, low, high });
}

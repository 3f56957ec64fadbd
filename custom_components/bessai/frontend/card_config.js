// What the owner of a dashboard can choose about the card, and the form to choose it in.

import { textsFor } from "./texts.js";

export const SECTIONS = ["now", "plan", "savings", "control", "safety", "findings", "link"];
const DEFAULTS = { hours_ahead: 48, hours_back: 6, sections: SECTIONS };
const RANGES = { hours_ahead: [6, 72], hours_back: [0, 48] };

/** A whole config from what was written.
 * @throws Error that says what cannot be meant */
export function completeConfig(config) {
  const written = Object.entries(config).filter(([, value]) => value !== undefined && value !== null);
  const whole = { ...DEFAULTS, ...Object.fromEntries(written) };
  for (const [name, [low, high]] of Object.entries(RANGES)) {
    const value = whole[name];
    if (typeof value !== "number" || value < low || value > high) {
      throw new Error(`${name} has to be a number from ${low} to ${high}`);
    }
  }
  const unknown = Array.isArray(whole.sections) && whole.sections.find((one) => !SECTIONS.includes(one));
  if (!Array.isArray(whole.sections) || unknown) {
    throw new Error(`sections has to be a list of ${SECTIONS.join(", ")}`);
  }
  for (const name of ["entry_id", "title"]) {
    if (whole[name] !== undefined && typeof whole[name] !== "string") throw new Error(`${name} has to be a text`);
  }
  return whole;
}

/** The form of the visual editor: Home Assistant draws it. */
export function configForm() {
  const t = textsFor(document.documentElement.lang);
  const hours = ([min, max]) => ({ number: { min, max, mode: "box", unit_of_measurement: "h" } });
  const options = SECTIONS.map((value) => ({ value, label: t(value === "now" ? "at_present" : value) }));
  return {
    schema: [
      { name: "entry_id", selector: { config_entry: { integration: "bessai" } } },
      { name: "title", selector: { text: {} } },
      {
        type: "grid", name: "",
        schema: Object.entries(RANGES).map(([name, range]) =>
          ({ name, default: DEFAULTS[name], selector: hours(range) })),
      },
      { name: "sections", default: SECTIONS, selector: { select: { multiple: true, mode: "list", options } } },
    ],
    computeLabel: ({ name }) => t(`editor_${name}`),
    computeHelper: ({ name }) => (name === "entry_id" ? t("editor_entry_id_help") : undefined),
    assertConfig: completeConfig,
  };
}

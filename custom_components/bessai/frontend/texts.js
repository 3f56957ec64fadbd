// What the card says in words of its own. Names and states of entities come from Home Assistant's
// translations of the integration, so that nothing is called by two names.

import { EN } from "./texts_en.js";
import { ES } from "./texts_es.js";

/** A function that says a text in a language, filled; English where we do not speak it. */
export function textsFor(language) {
  const texts = String(language).toLowerCase().startsWith("es") ? ES : EN;
  return (key, values = {}) =>
    (texts[key] ?? EN[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// The card: what the battery does and why.

import { completeConfig, configForm, SECTIONS } from "./card_config.js";
import { findingsSection, linkSection, safetySection } from "./condition_sections.js";
import { ControlSection } from "./control_section.js";
import { h } from "./dom.js";
import { nowSection } from "./now_section.js";
import { Past } from "./past.js";
import { PlanFeed } from "./plan_feed.js";
import { link, notice } from "./plan_notices.js";
import { PlanSection } from "./plan_section.js";
import { chosenEntry, plantsOf } from "./plants.js";
import { savingsSection } from "./savings_section.js";
import { STYLES } from "./styles.js";
import { SHOWN, speak, View } from "./view.js";

const ADD = "/config/integrations/dashboard/add?domain=bessai";
const TICK_MS = 60_000;
const MAKERS = {
  now: nowSection, plan: () => new PlanSection(), savings: savingsSection, control: () => new ControlSection(),
  safety: safetySection, findings: findingsSection, link: linkSection,
};

export class BessaiCard extends HTMLElement {
  static getConfigForm() {
    return configForm();
  }

  /** With all parts named, so that the editor shows each with a tick. */
  static getStubConfig() {
    return { sections: [...SECTIONS] };
  }

  constructor() {
    super();
    this._feed = new PlanFeed(() => this._drawSoon());
    this._past = new Past(() => this._drawSoon());
    this._title = h("h2", {});
    this._missing = h("div", { class: "notices" });
    this._grid = h("div", { class: "sections" });
    this.attachShadow({ mode: "open" }).append(
      h("style", {}, STYLES),
      h("ha-card", {}, h("div", { class: "card" }, this._title, this._missing, this._grid)));
  }

  /** @throws Error that Home Assistant shows in the place of the card */
  setConfig(config) {
    this._config = completeConfig(config);
    this._disconnectSections();
    this._sections = this._config.sections.map((name) => MAKERS[name]());
    this._grid.replaceChildren(...this._sections.map((section) => section.element));
    if (this.isConnected) this._connectSections();
    this._seen = undefined;
    this._drawSoon();
  }

  /** Called with every change of any state at home: most of them are none of ours. */
  set hass(hass) {
    this._hass = hass;
    if (!this._config) return;
    const seen = this._watched(hass);
    if (this._seen?.length === seen.length && this._seen.every((one, index) => one === seen[index])) return;
    this._seen = seen;
    this._drawSoon();
  }

  getCardSize() {
    return 4 + (this._config?.sections.includes("plan") ? 8 : 0);
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  connectedCallback() {
    this._connectSections();
    this._timer = setInterval(() => this._drawSoon(), TICK_MS);
    this._drawSoon();
  }

  disconnectedCallback() {
    clearInterval(this._timer);
    this._disconnectSections();
    this._feed.stop();
  }

  _connectSections() {
    this._sections?.forEach((section) => section.connect?.());
  }

  _disconnectSections() {
    this._sections?.forEach((section) => section.disconnect?.());
  }

  _watched(hass) {
    const ids = plantsOf(hass).get(chosenEntry(hass, this._config)) ?? {};
    const states = SHOWN.map((key) => hass.states[ids[key]]);
    return [ids, hass.connection, hass.locale, hass.localize, hass.formatEntityState, hass.themes?.darkMode, ...states];
  }

  /** Once for all that changes now. */
  _drawSoon() {
    this._frame ??= requestAnimationFrame(() => {
      this._frame = undefined;
      if (this.isConnected && this._hass && this._config) this._draw(this._hass, this._config);
    });
  }

  _draw(hass, config) {
    this.toggleAttribute("dark", Boolean(hass.themes?.darkMode));
    if (this._speechOf !== hass.locale) {
      this._speechOf = hass.locale;
      this._speech = speak(hass);
    }
    const entryId = chosenEntry(hass, config);
    const ids = plantsOf(hass).get(entryId) ?? {};
    this._follow(hass, entryId, ids);
    const view = new View(hass, ids, {
      config, feed: this._feed, past: this._past, speech: this._speech, now: Date.now(),
    });
    this._title.textContent = config.title ?? view.picture?.title ?? "BESSAI";
    this._grid.hidden = entryId === undefined;
    this._missing.replaceChildren(...(entryId === undefined ? [noPlant(view)] : []));
    if (entryId !== undefined) this._sections.forEach((section) => section.update(view));
  }

  _follow(hass, entryId, ids) {
    if (entryId === undefined) {
      this._feed.stop();
      return;
    }
    this._feed.follow(hass.connection, entryId);
    this._past.follow(hass, ids, this._config.hours_back);
    const soc = hass.states[ids["sensor.soc"]];
    if (soc) this._past.note("soc", Number.parseFloat(soc.state), Date.parse(soc.last_changed));
  }
}

function noPlant({ t }) {
  return notice("info", t("no_plant"), link(ADD, t("add_plant")));
}

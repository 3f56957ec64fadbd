// Mode, permission and release. Kept in place instead of drawn anew: a list that is open stays open.

import { confirm } from "./confirm.js";
import { h, icon } from "./dom.js";

const MODE = "select.dispatch_mode";
const ALLOW = "switch.allow_control";
const RELEASE = "button.release";
/** The modes in which BESSAI commands the battery by itself. */
const COMMANDS = new Set(["arbitrage", "policy"]);
const IN_FORCE = new Set(["waking", "settling", "charging", "discharging", "holding"]);

export class ControlSection {
  constructor() {
    this._heading = h("h3", { id: "bessai-control" });
    this._select = h("select", { id: "bessai-mode", onchange: () => this._chooseMode() });
    this._label = h("label", { for: "bessai-mode" });
    this._does = h("p", { class: "quiet" });
    this._allow = h("button", {
      type: "button", role: "switch", class: "switch", "aria-labelledby": "bessai-allow",
      onclick: () => this._switch(),
    }, h("span", { class: "knob" }));
    this._allowName = h("span", { id: "bessai-allow" });
    this._allowRow = h("div", { class: "row" }, this._allowName, this._allow);
    this._modeRow = h("div", { class: "row" }, this._label, this._select);
    this._command = h("p", { class: "quiet" });
    this._releaseName = h("span", {});
    this._release = h("button", { type: "button", class: "plain", onclick: () => this._doRelease() },
      icon("mdi:battery-sync-outline"), this._releaseName);
    this._result = h("p", { class: "result", role: "status" });
    this.element = h("section", { class: "control", "aria-labelledby": "bessai-control" }, this._heading,
      h("div", { class: "body" }, this._modeRow, this._does, this._allowRow, this._command, this._release, this._result));
  }

  update(view) {
    this._view = view;
    const { t } = view;
    this.element.hidden = ![MODE, ALLOW, RELEASE].some((key) => view.has(key));
    this._heading.textContent = t("control");
    this._showMode(view);
    this._showPermission(view);
    this._showCommand(view);
  }

  _showMode(view) {
    const mode = view.value(MODE);
    const options = view.attribute(MODE, "options") ?? [];
    this._modeRow.hidden = !view.has(MODE);
    this._label.textContent = view.name(MODE);
    const names = options.map((one) => view.state(MODE, one));
    const key = names.join("|");
    if (key !== this._names) {
      this._names = key;
      this._select.replaceChildren(...options.map((one, index) => h("option", { value: one }, names[index])));
    }
    this._select.disabled = mode === undefined || this._isBusy;
    if (!this._isBusy) this._select.value = mode ?? "";
    this._does.textContent = mode === undefined ? "" : this._modeWords(mode);
  }

  _modeWords(mode) {
    const waits = COMMANDS.has(mode) && this._view.value(ALLOW) === "off";
    const { t, formats, now } = this._view;
    const paused = this._view.pausedUntil;
    if (paused) return t("goes_on", { mode: this._view.word(MODE), time: formats.moment(paused, now) });
    return [t(`mode_${mode}`), waits && t("mode_waits")].filter(Boolean).join(" ");
  }

  _showPermission(view) {
    const value = view.value(ALLOW);
    this._allowRow.hidden = !view.has(ALLOW);
    this._allowName.textContent = view.name(ALLOW);
    this._allow.setAttribute("aria-checked", value === "on");
    this._allow.disabled = value === undefined || this._isBusy === true;
  }

  _showCommand(view) {
    const state = view.value("sensor.control_state");
    const isInForce = IN_FORCE.has(state);
    this._command.textContent = isInForce ? endWords(view, state) : "";
    this._command.hidden = !this._command.textContent;
    this._release.hidden = !view.has(RELEASE) || view.value(ALLOW) !== "on";
    this._releaseName.textContent = view.name(RELEASE);
    this._release.disabled = this._isBusy === true;
    this._release.classList.toggle("strong", isInForce);
  }

  async _chooseMode() {
    const view = this._view;
    const option = this._select.value;
    const isSure = !COMMANDS.has(option) || await this._sureOfMode(view, option);
    if (isSure) await this._do("select", "select_option", MODE, { option });
    this.update(this._view);
  }

  _sureOfMode({ t, state }, option) {
    const isAllowed = this._view.value(ALLOW) === "on";
    return this._ask(t("confirm_mode", { mode: state(MODE, option) }),
      [t(`mode_${option}`), t("confirm_mode_text"), ...(isAllowed ? [] : [t("confirm_waits")])]);
  }

  async _switch() {
    const isOn = this._view.value(ALLOW) === "on";
    // Taking it back is never asked about.
    const isSure = isOn || await this._sureOfPermission(this._view);
    if (isSure) await this._do("switch", isOn ? "turn_off" : "turn_on", ALLOW);
    this.update(this._view);
  }

  _sureOfPermission(view) {
    const mode = view.value(MODE);
    const values = { mode: view.word(MODE), does: mode ? view.t(`mode_${mode}`) : "" };
    return this._ask(view.t("confirm_allow"), [view.t("confirm_allow_text", values)]);
  }

  async _doRelease() {
    const isDone = await this._do("button", "press", RELEASE);
    if (isDone) this._result.textContent = this._view.t("done_release");
  }

  _ask(title, texts) {
    const { t } = this._view;
    return confirm(this.element, { title, texts, yes: t("confirm"), no: t("cancel") });
  }

  /** Call an action; what is wrong with it is said here, where it was asked for. */
  async _do(domain, action, key, data = {}) {
    const { hass, ids, t } = this._view;
    this._result.textContent = "";
    this._isBusy = true;
    this.update(this._view);
    try {
      await hass.callService(domain, action, data, { entity_id: ids[key] }, false);
      return true;
    } catch (error) {
      this._result.textContent = t("failed", { error: error?.message ?? String(error) });
      return false;
    } finally {
      this._isBusy = false;
      this.update(this._view);
    }
  }
}

/** What becomes of a command if Home Assistant dies: the inverter counts down all but a hold. */
function endWords(view, state) {
  if (state === "holding" || !view.attribute("sensor.control_state", "power")) return view.t("hold_stays");
  const seconds = view.attribute("sensor.control_state", "worst_overrun_s");
  return seconds ? view.t("overrun", { seconds: view.formats.number(seconds) }) : "";
}

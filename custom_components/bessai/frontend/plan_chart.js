// The chart: drawn as wide as it is shown, and explored by pointer, finger or keyboard.

import { drawPanels, layOut } from "./chart_panels.js";
import { h, s } from "./dom.js";
import { momentWords, spoken } from "./step_words.js";

const STEP = 15 * 60_000;

export class PlanChart {
  /** @param onMoment called with the moment that is looked at; undefined: none */
  constructor(onMoment) {
    this._onMoment = onMoment;
    this._svg = s("svg", { "aria-hidden": "true" });
    this._cursor = s("line", { class: "cursor" });
    this.element = h("div", {
      class: "chart", role: "slider", tabindex: "0",
      onpointerdown: (event) => this._point(event),
      onpointermove: (event) => this._point(event),
      onpointerleave: (event) => event.pointerType === "mouse" && this._look(undefined),
      onkeydown: (event) => this._key(event),
      onblur: () => this._look(undefined),
    }, this._svg);
    // Later: to draw within the call would change the size that is being told.
    this._observer = new ResizeObserver(() => requestAnimationFrame(() => this._resize()));
  }

  connect() {
    this._observer.observe(this.element);
  }

  disconnect() {
    this._observer.disconnect();
  }

  show(timeline, words) {
    this._timeline = timeline;
    this._words = words;
    this._draw();
  }

  _resize() {
    const width = Math.round(this.element.clientWidth);
    if (width && width !== this._width) {
      this._width = width;
      this._draw();
    }
  }

  _draw() {
    if (!this._timeline || !this._width) return;
    this._place = layOut(this._timeline, this._width);
    const { width, height } = this._place;
    this._svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this._svg.setAttribute("height", height);
    this._svg.replaceChildren(...drawPanels(this._timeline, this._place, this._words), this._cursor);
    this._look(this._moment);
  }

  _point(event) {
    if (!this._place) return;
    const x = event.clientX - this._svg.getBoundingClientRect().left;
    this._look(this._place.momentAt(x));
  }

  _key(event) {
    const target = this._timeline && this._targetOf(event.key);
    if (target === undefined) return;
    event.preventDefault();
    this._look(target === null ? undefined : target);
  }

  /** Where a key leads; null: back to now, undefined: it is not one of ours. */
  _targetOf(key) {
    const { start, end, now, runs } = this._timeline;
    const here = this._moment ?? now;
    const borders = [now, ...runs.map((run) => run.start).filter((one) => one > now)];
    switch (key) {
      case "ArrowRight": case "ArrowUp": return here + STEP;
      case "ArrowLeft": case "ArrowDown": return here - STEP;
      case "PageDown": return borders.find((one) => one > here) ?? end;
      case "PageUp": return borders.findLast((one) => one < here) ?? start;
      case "Home": return start;
      case "End": return end;
      case "Escape": return this._moment === undefined ? undefined : null;
      default: return undefined;
    }
  }

  _look(moment) {
    const { start, end, now } = this._timeline ?? {};
    this._moment = moment === undefined ? undefined : Math.min(Math.max(moment, start), end - 1);
    this._moveCursor();
    if (this._timeline) this._describe(this._moment, now);
    this._onMoment(this._moment);
  }

  _moveCursor() {
    const isShown = this._moment !== undefined && this._place;
    this._cursor.setAttribute("visibility", isShown ? "visible" : "hidden");
    if (!isShown) return;
    const x = this._place.x(this._moment).toFixed(1);
    const line = { x1: x, x2: x, y1: this._place.panels.price.top, y2: this._place.bottom };
    for (const [name, value] of Object.entries(line)) this._cursor.setAttribute(name, value);
  }

  _describe(moment, now) {
    const { start, end } = this._timeline;
    const { t } = this._words;
    const said = {
      "aria-label": t("plan_by_time"), "aria-description": t("plan_keys"),
      "aria-valuemin": Math.round(start / STEP), "aria-valuemax": Math.round(end / STEP),
      "aria-valuenow": Math.round((moment ?? now) / STEP),
      "aria-valuetext": spoken(momentWords(this._timeline, moment, this._words)),
    };
    for (const [name, value] of Object.entries(said)) this.element.setAttribute(name, value);
  }
}

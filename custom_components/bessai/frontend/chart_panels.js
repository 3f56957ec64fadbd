// Draws the three panels of the chart over one axis of time: price, battery power, state of charge.

import { s } from "./dom.js";
import { digitsOf, hourTicks, niceRange, scale, ticksOf } from "./scales.js";

const LEFT = 44;
const RIGHT = 10;
const TITLE = 18;
const GAP = 12;
const AXIS = 22;
const HEIGHTS = { price: 92, power: 64, soc: 64 };
/** Of a label of the axis: between two, and a letter of it. */
const LABEL_GAP = 12;
const LETTER = 6.5;
const COMMANDED = ["charge", "discharge"];

/** Where everything is, for a width in pixels. */
export function layOut(timeline, width) {
  const right = Math.max(LEFT + 60, width - RIGHT);
  const panels = {};
  let top = 0;
  for (const [name, height] of Object.entries(HEIGHTS)) {
    panels[name] = { top: top + TITLE, bottom: top + TITLE + height };
    top += TITLE + height + GAP;
  }
  return {
    width, left: LEFT, right, panels,
    bottom: panels.soc.bottom,
    height: panels.soc.bottom + AXIS,
    x: scale(timeline.start, timeline.end, LEFT, right),
    momentAt: scale(LEFT, right, timeline.start, timeline.end),
  };
}

/** All of the drawing but the cursor, from the back to the front. */
export function drawPanels(timeline, place, words) {
  return [
    drawRuns(timeline, place),
    drawHours(timeline, place, words),
    drawPrices(timeline, place, words),
    drawPowers(timeline, place, words),
    drawSoc(timeline, place, words),
    drawNow(timeline, place, words),
  ];
}

/** What is commanded is marked over all panels: cheap hours and charging are seen together. */
function drawRuns({ runs, now }, { x, panels, bottom }) {
  const marks = runs.filter((run) => COMMANDED.includes(run.intent)).map((run) => {
    const start = x(Math.max(run.start, now));
    return s("rect", {
      class: `run ${run.intent}`, x: start, width: Math.max(0, x(run.end) - start),
      y: panels.price.top, height: bottom - panels.price.top,
    });
  });
  return s("g", {}, marks);
}

function drawHours({ start, end }, { x, left, right, panels, bottom }, { formats }) {
  const label = LETTER * Math.max(...[start, end].map((moment) => formats.hour(moment).length));
  const ticks = hourTicks(start, end, right - left, label + LABEL_GAP, (moment) => formats.hourOf(moment));
  return s("g", { class: "hours" }, ticks.map(({ moment, isMidnight }) => [
    s("line", {
      class: isMidnight ? "midnight" : "", x1: x(moment), x2: x(moment), y1: panels.price.top, y2: bottom,
    }),
    s("text", { x: Math.min(x(moment), right + RIGHT - label / 2), y: bottom + 15, "text-anchor": "middle" },
      isMidnight ? formats.weekday(moment) : formats.hour(moment)),
  ]));
}

function drawPrices({ prices, currency }, place, { t, formats }) {
  const title = t("axis_price", { currency: currency ?? "" });
  const shown = prices.flatMap((one) => [one.importPrice, one.exportPrice, one.low, one.high]);
  const range = niceRange(shown.some(isPresent) ? shown.filter(isPresent) : [0, 1], 4);
  const axis = drawAxis(place, place.panels.price, range, title, formats);
  const { x } = place;
  const steps = (list, key) => stepPath(list.filter((one) => isPresent(one[key])), key, x, axis.y);
  const banded = prices.filter((one) => isPresent(one.low) && isPresent(one.high));
  return s("g", {}, axis.node,
    s("path", { class: "band", d: bandPath(banded, x, axis.y) }),
    s("path", { class: "export", d: steps(prices, "exportPrice") }),
    s("path", { class: "import", d: steps(prices.filter((one) => !one.isExpected), "importPrice") }),
    s("path", { class: "import expected", d: steps(prices.filter((one) => one.isExpected), "importPrice") }));
}

function drawPowers({ steps, pastPower, now }, place, { t, formats }) {
  const powers = [...steps.map((one) => one.power), ...pastPower.map(([, power]) => power)].map((one) => one / 1000);
  const range = niceRange([...powers, 0, ...(powers.length ? [] : [-1, 1])], 4);
  const axis = drawAxis(place, place.panels.power, range, t("axis_power"), formats);
  const bars = (list) => barsPath(list, place.x, axis.y);
  const planned = (test) => bars(steps.filter((one) => test(one.intent))
    .map((one) => [Math.max(one.start, now), one.power, one.end]));
  return s("g", {}, axis.node,
    s("path", { class: "power past", d: bars(pastPower) }),
    s("path", { class: "power itself", d: planned((intent) => !COMMANDED.includes(intent)) }),
    COMMANDED.map((one) => s("path", { class: `power ${one}`, d: planned((intent) => intent === one) })),
    s("line", { class: "zero", x1: place.left, x2: place.right, y1: axis.y(0), y2: axis.y(0) }));
}

function drawSoc({ pastSoc, plannedSoc }, place, { t, formats }) {
  const axis = drawAxis(place, place.panels.soc, { from: 0, to: 100, step: 50 }, t("axis_soc"), formats);
  return s("g", {}, axis.node,
    s("path", { class: "soc area", d: areaPath(pastSoc, place.x, axis.y) }),
    s("path", { class: "soc", d: linePath(pastSoc, place.x, axis.y) }),
    s("path", { class: "soc planned", d: linePath(plannedSoc, place.x, axis.y) }));
}

function drawNow({ now }, { x, panels, bottom, left }, { t }) {
  const line = s("line", { class: "now", x1: x(now), x2: x(now), y1: panels.price.top - 4, y2: bottom });
  // Beside the title of the panel, or not at all.
  const hasRoom = x(now) - left > 16;
  const label = hasRoom && s("text", { class: "now", x: x(now) + 4, y: panels.price.top - 7 }, t("now"));
  return s("g", {}, line, label);
}

function drawAxis({ left, right }, { top, bottom }, range, title, formats) {
  const y = scale(range.from, range.to, bottom, top);
  const digits = digitsOf(range.step);
  const node = s("g", { class: "axis" },
    s("text", { class: "title", x: 0, y: top - 7 }, title),
    ticksOf(range).map((value) => [
      s("line", { x1: left, x2: right, y1: y(value), y2: y(value) }),
      s("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, formats.number(value, digits)),
    ]));
  return { node, y };
}

function isPresent(value) {
  return value !== undefined && value !== null;
}

function stepPath(list, key, x, y) {
  return list.map((one, index) => {
    const touches = index > 0 && list[index - 1].end === one.start;
    return `${touches ? "L" : "M"}${dot(x(one.start), y(one[key]))}L${dot(x(one.end), y(one[key]))}`;
  }).join("");
}

function bandPath(list, x, y) {
  return list.map((one) => boxPath(x(one.start), x(one.end), y(one.low), y(one.high))).join("");
}

function barsPath(list, x, y) {
  return list.filter(([, watts]) => Math.abs(watts) >= 1)
    .map(([start, watts, end]) => boxPath(x(start), x(end), y(0), y(watts / 1000))).join("");
}

function boxPath(left, right, bottom, top) {
  return `M${dot(left, bottom)}L${dot(left, top)}L${dot(right, top)}L${dot(right, bottom)}Z`;
}

function linePath(line, x, y) {
  return line.map(([moment, value], index) => `${index ? "L" : "M"}${dot(x(moment), y(value))}`).join("");
}

function areaPath(line, x, y) {
  if (!line.length) return "";
  return `${linePath(line, x, y)}L${dot(x(line.at(-1)[0]), y(0))}L${dot(x(line[0][0]), y(0))}Z`;
}

function dot(x, y) {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

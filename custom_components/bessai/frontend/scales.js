// Where things are in a chart: from values to pixels, and which values are written beside it.

const HOUR = 3_600_000;

/** A function from values to pixels. */
export function scale(from, to, start, end) {
  const factor = to === from ? 0 : (end - start) / (to - from);
  return (value) => start + (value - from) * factor;
}

/** Round borders around values, with the step between round values in them. */
export function niceRange(values, parts = 3) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const step = niceStep((high - low || Math.abs(high) || 1) / parts);
  const from = Math.floor(low / step + 1e-9) * step;
  const to = Math.ceil(high / step - 1e-9) * step;
  return { from, to: to > from ? to : from + step, step };
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10);
}

export function ticksOf({ from, to, step }) {
  const count = Math.round((to - from) / step);
  return Array.from({ length: count + 1 }, (_, index) => from + index * step);
}

/** How many decimals tell the ticks apart. */
export function digitsOf(step) {
  return [0, 1, 2, 3].find((digits) => Math.abs(step - Number(step.toFixed(digits))) < 1e-9) ?? 3;
}

/** Full hours of the clock on the wall: every so many that their labels do not touch. */
export function hourTicks(start, end, width, label, hourOf) {
  const room = width / ((end - start) / HOUR);
  const every = [1, 2, 3, 6, 12, 24].find((hours) => hours * room >= label) ?? 24;
  const ticks = [];
  for (let moment = Math.ceil(start / HOUR) * HOUR; moment <= end; moment += HOUR) {
    const hour = hourOf(moment);
    if (hour % every === 0) ticks.push({ moment, isMidnight: hour === 0 });
  }
  return ticks;
}

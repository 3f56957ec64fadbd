// From the picture of a plan and what was measured to what a chart shows. Times are milliseconds;
// powers keep the sign of the picture: positive when the battery discharges.

const HOUR = 3_600_000;
const SHORTEST = 6 * HOUR;
/** Less is no charge or discharge, W. */
const RESTING = 20;
const COMMANDED = new Set(["charge", "discharge"]);

/**
 * @param picture what the plan feed has, or undefined
 * @param past series of what was measured: `soc`, `price`, `power`
 * @param soc the state of charge now, or undefined
 * @param span `hoursBack`, `hoursAhead`
 */
export function buildTimeline(picture, past, soc, now, span) {
  const until = now + span.hoursAhead * HOUR;
  const prices = pricesOf(picture).filter((one) => one.end > now && one.start < until);
  const steps = stepsOf(picture).filter((one) => one.end > now && one.start < until);
  const last = Math.max(now + SHORTEST, prices.at(-1)?.end ?? 0, steps.at(-1)?.end ?? 0);
  const start = now - span.hoursBack * HOUR;
  return {
    start,
    now,
    end: Math.min(until, last),
    currency: picture?.currency,
    decision: picture?.decision ?? undefined,
    prices: [...pastPrices(past.price, start, prices[0]?.start ?? now), ...prices],
    steps,
    runs: runsOf(steps),
    pastPower: past.power.filter(([, , end]) => end > start),
    pastSoc: pastLine(past.soc, start, now, soc),
    plannedSoc: plannedLine(steps, now, soc),
    pv: powersOf(picture?.pv_forecast),
    load: powersOf(picture?.load_forecast),
  };
}

function pricesOf(picture) {
  return (picture?.prices ?? []).map((one) => ({
    ...times(one),
    importPrice: one.import_price,
    exportPrice: one.export_price,
    low: one.import_price_p10 ?? undefined,
    high: one.import_price_p90 ?? undefined,
    isExpected: one.confidence < 1,
  }));
}

function stepsOf(picture) {
  return (picture?.steps ?? []).map((one) => ({ ...one, ...times(one) }));
}

function powersOf(steps) {
  return (steps ?? []).map((one) => ({ ...times(one), p10: one.p10, p50: one.p50, p90: one.p90 }));
}

function times(one) {
  return { start: Date.parse(one.start), end: Date.parse(one.end) };
}

/** A price that was holds until the next one. */
function pastPrices(points, start, until) {
  return points
    .map(([moment, price], index) => ({
      start: Math.max(moment, start),
      end: Math.min(points[index + 1]?.[0] ?? until, until),
      importPrice: price,
      isPast: true,
    }))
    .filter((one) => one.end > one.start);
}

function pastLine(points, start, now, soc) {
  const line = points.filter(([moment]) => moment >= start && moment <= now);
  const before = points.findLast(([moment]) => moment < start);
  if (before) line.unshift([start, before[1]]);
  if (soc !== undefined && line.length) line.push([now, soc]);
  return line;
}

function plannedLine(steps, now, soc) {
  const line = steps.filter((one) => one.soc !== null).map((one) => [one.end, one.soc]);
  return soc === undefined || !line.length ? line : [[now, soc], ...line];
}

/** Steps that do the same, put together; the power is their mean, prices are a range. */
export function runsOf(steps) {
  const runs = [];
  for (const step of steps) {
    const run = runs.at(-1);
    if (run?.intent === step.intent && run.end === step.start) extend(run, step);
    else runs.push(begin(step));
  }
  return runs.map((run) => ({ ...run, power: meanPower(run) }));
}

/** What charges and discharges in turn has no mean that says anything. */
function meanPower({ start, end, wattHours, least, most }) {
  return least < -RESTING && most > RESTING ? undefined : wattHours / ((end - start) / HOUR);
}

function begin(step) {
  return {
    intent: step.intent, start: step.start, end: step.end, soc: step.soc, why: step.why,
    low: step.import_price, high: step.import_price, wattHours: energyOf(step), least: step.power, most: step.power,
  };
}

function extend(run, step) {
  run.end = step.end;
  run.soc = step.soc;
  run.low = Math.min(run.low, step.import_price);
  run.high = Math.max(run.high, step.import_price);
  run.wattHours += energyOf(step);
  run.least = Math.min(run.least, step.power);
  run.most = Math.max(run.most, step.power);
  // What the inverter decides has a reason of its own in each step.
  if (!COMMANDED.has(run.intent) && run.why !== step.why) run.why = undefined;
}

function energyOf(step) {
  return step.power * ((step.end - step.start) / HOUR);
}

/** The interval of a list that has a moment. */
export function at(list, moment) {
  return list.find((one) => one.start <= moment && moment < one.end);
}

/** The value of a line between its points; undefined outside. */
export function valueAt(line, moment) {
  const index = line.findIndex(([when]) => when >= moment);
  if (index < 0) return undefined;
  const [when, value] = line[index];
  if (index === 0) return when === moment ? value : undefined;
  const [before, start] = line[index - 1];
  return start + (value - start) * ((moment - before) / (when - before || 1));
}

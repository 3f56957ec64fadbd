// What was measured: the last hours of state of charge, price and battery power.

const REFRESH_MS = 15 * 60_000;
const EMPTY = { soc: [], price: [], power: [] };

export class Past {
  constructor(onChange) {
    this._onChange = onChange;
    this._asked = undefined;
    this.series = EMPTY;
  }

  /** Ask anew when another plant is meant, or what is known has become old. */
  follow(hass, ids, hours) {
    const key = JSON.stringify([ids["sensor.soc"], hours]);
    const isFresh = this._asked?.key === key && Date.now() - this._asked.at < REFRESH_MS;
    if (isFresh || !hours || !ids["sensor.soc"]) return;
    if (this._asked?.key !== key) this.series = EMPTY;
    this._asked = { key, at: Date.now() };
    this._load(hass, ids, hours, this._asked);
  }

  /** Add what the entities say now, so that the line reaches the present. */
  note(name, value, moment) {
    const series = this.series[name];
    const last = series.at(-1);
    if (!Number.isFinite(value) || (last && (last[1] === value || last[0] >= moment))) return;
    this.series = { ...this.series, [name]: [...series, [moment, value]] };
  }

  async _load(hass, ids, hours, asked) {
    const start = new Date(asked.at - hours * 3_600_000).toISOString();
    const [changes, means] = await Promise.all([
      ask(hass, changesOf([ids["sensor.soc"], ids["sensor.import_price"]], start)),
      ask(hass, meansOf(ids["sensor.battery_power"], start)),
    ]);
    if (asked !== this._asked) return;
    this.series = {
      soc: pointsOf(changes?.[ids["sensor.soc"]]),
      price: pointsOf(changes?.[ids["sensor.import_price"]]),
      power: (means?.[ids["sensor.battery_power"]] ?? []).map((one) => [one.start, one.mean, one.end]),
    };
    this._onChange();
  }
}

function changesOf(entityIds, start) {
  return {
    type: "history/history_during_period",
    start_time: start,
    entity_ids: entityIds.filter(Boolean),
    minimal_response: true,
    no_attributes: true,
    significant_changes_only: false,
  };
}

/** Powers change with every poll: means of five minutes say the same with a thirtieth of the data. */
function meansOf(entityId, start) {
  return entityId && {
    type: "recorder/statistics_during_period",
    start_time: start,
    statistic_ids: [entityId],
    period: "5minute",
    types: ["mean"],
    units: { power: "W" },
  };
}

/** Nothing, where there is no recorder. */
async function ask(hass, message) {
  try {
    return message ? await hass.callWS(message) : undefined;
  } catch {
    return undefined;
  }
}

function pointsOf(states) {
  return (states ?? [])
    .map((one) => [(one.lu ?? one.lc) * 1000, Number.parseFloat(one.s)])
    .filter(([, value]) => Number.isFinite(value));
}

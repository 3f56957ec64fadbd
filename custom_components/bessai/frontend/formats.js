// Numbers, amounts and times as the user has Home Assistant show them.

const NUMBERS = { comma_decimal: "en-US", decimal_comma: "de", space_comma: "fr", quote_decimal: "de-CH" };
const MISSING = "–";
/** A loss of less than a cent is nothing, and no "-0.00". */
const NEGATIVE = "negative";

export class Formats {
  constructor(hass, t) {
    const locale = hass.locale ?? {};
    this._t = t;
    this.language = locale.language ?? hass.language ?? "en";
    this._numbers = numberLanguage(locale, this.language);
    this._zone = locale.time_zone === "server" ? hass.config?.time_zone : undefined;
    this._hours = { 12: "h12", 24: "h23" }[locale.time_format];
    this._kept = new Map();
  }

  number(value, digits = 0) {
    if (!isNumber(value)) return MISSING;
    return this._intl(Intl.NumberFormat, this._numbers, {
      minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: NEGATIVE,
    }).format(value);
  }

  percent(value) {
    return isNumber(value) ? `${this.number(value)}\u00a0%` : MISSING;
  }

  /** Watts as kW; without their sign, which words tell. */
  power(watts) {
    if (!isNumber(watts)) return MISSING;
    const kw = Math.abs(watts) / 1000;
    const digits = kw < 0.995 ? 2 : 1;
    return `${this.number(kw, kw < 0.005 ? 0 : digits)}\u00a0kW`;
  }

  money(value, currency) {
    if (!isNumber(value)) return MISSING;
    try {
      return this._intl(Intl.NumberFormat, this._numbers, { style: "currency", currency, signDisplay: NEGATIVE }).format(value);
    } catch {
      return `${this.number(value, 2)} ${currency ?? ""}`.trim();
    }
  }

  price(value, currency) {
    return isNumber(value) ? `${this.number(value, 3)}\u00a0${currency ?? ""}/kWh` : MISSING;
  }

  time(moment) {
    return this._date(moment, { hour: "2-digit", minute: "2-digit", hourCycle: this._hours });
  }

  /** A full hour as short as a clock of the user's has it: "14:00" or "2 PM". */
  hour(moment) {
    const time = this._intl(Intl.DateTimeFormat, this.language, { hour: "numeric", hourCycle: this._hours });
    if (!time.resolvedOptions().hour12) return this.time(moment);
    return this._date(moment, { hour: "numeric", hourCycle: this._hours });
  }

  weekday(moment) {
    return this._date(moment, { weekday: "short" });
  }

  /** The time, with the day where that is not today. */
  moment(moment, now = Date.now()) {
    const day = this.day(moment, now);
    return day === this._t("today") ? this.time(moment) : `${day} ${this.time(moment)}`;
  }

  day(moment, now = Date.now()) {
    const names = { "-1": "yesterday", 0: "today", 1: "tomorrow" };
    const name = names[Math.round((this._dayNumber(moment) - this._dayNumber(now)) / 86_400_000)];
    return name ? this._t(name) : this.weekday(moment);
  }

  span(start, end, now) {
    return `${this.moment(start, now)} – ${this.time(end)}`;
  }

  hourOf(moment) {
    return Number(this._date(moment, { hour: "numeric", hourCycle: "h23" }, "en-GB"));
  }

  /** Midnight of the local day as if it were UTC: days differ by whole days, whatever the clock did. */
  _dayNumber(moment) {
    const [year, month, day] = this._date(moment, { year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA")
      .split("-").map(Number);
    return Date.UTC(year, month - 1, day);
  }

  _date(moment, options, language = this.language) {
    if (!isNumber(moment)) return MISSING;
    return this._intl(Intl.DateTimeFormat, language, { ...options, timeZone: this._zone }).format(moment);
  }

  /** Making one takes a hundred times as long as using it. */
  _intl(kind, language, options) {
    const key = `${kind.name} ${language} ${JSON.stringify(options)}`;
    if (!this._kept.has(key)) this._kept.set(key, new kind(language, options));
    return this._kept.get(key);
  }
}

function numberLanguage(locale, language) {
  if (locale.number_format === "system") return undefined;
  return NUMBERS[locale.number_format] ?? language;
}

export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

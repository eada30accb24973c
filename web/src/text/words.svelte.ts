/** What people read, in their language: texts from the catalogues, numbers and times by Intl. */
import en from './en.json';
import ko from './ko.json';
import { filled } from './fill';
import { preferred, type Language } from './language';

export type Key = keyof typeof ko;
/** A text in several languages, as the API gives it. */
export type Texts = Readonly<Record<string, string>>;

const CATALOGUES: Record<Language, Record<Key, string>> = { ko, en };
const REMEMBERED = 'ucity.language';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null; // a browser that keeps nothing
  }
}

/** Formats take long to make and are used over and over. */
function kept<Format>(formats: Map<string, Format>, key: string, make: () => Format): Format {
  const found = formats.get(key) ?? make();
  formats.set(key, found);
  return found;
}

class Words {
  readonly #times = new Map<string, Intl.DateTimeFormat>();
  readonly #amounts = new Map<string, Intl.NumberFormat>();
  language = $state<Language>(preferred(remembered(), navigator.languages));
  timeZone = $state<string | undefined>();

  /** Speak this language from now on, and at the next visit. */
  speak(language: Language): void {
    this.language = language;
    try {
      localStorage.setItem(REMEMBERED, language);
    } catch {
      // a browser that keeps nothing: then for this visit only
    }
  }

  /** A text of the catalogue with these values. */
  say(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
    return filled(CATALOGUES[this.language][key], values);
  }

  /** The text in the reader's language, else in any. */
  pick(texts: Texts | null | undefined): string {
    if (!texts) return '';
    return texts[this.language] ?? texts['en'] ?? Object.values(texts)[0] ?? '';
  }

  /** Of a feed, which may have a text in one language only: the reader's, else the feed's own, else any. */
  prefer(texts: Texts, own: string): string {
    return texts[this.language] || own || this.pick(texts);
  }

  /** What a language is called by those who speak it. */
  nameOf(language: Language): string {
    return new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language;
  }

  number(value: number, digits = 0): string {
    return this.#numbers({ maximumFractionDigits: digits }).format(value);
  }

  percent(share: number): string {
    return this.#numbers({ style: 'percent' }).format(share);
  }

  /** Hours, minutes and seconds on the city's clock. */
  clock(time: Date): string {
    return this.#format(time, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  }

  /** Hours and minutes on the city's clock. */
  minute(time: Date): string {
    return this.#format(time, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  }

  /** Day and time on the city's clock. */
  moment(time: Date): string {
    return this.#format(time, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  }

  /** The hour that begins then. */
  hour(start: Date): string {
    return this.say('time.hour', { from: this.minute(start), to: this.minute(new Date(start.getTime() + HOUR)) });
  }

  /** How long ago, roughly. */
  ago(time: Date, now: number): string {
    const passed = Math.max(now - time.getTime(), 0);
    const format = new Intl.RelativeTimeFormat(this.language, { numeric: 'always' });
    if (passed < MINUTE) return format.format(-Math.floor(passed / SECOND), 'second');
    if (passed < HOUR) return format.format(-Math.floor(passed / MINUTE), 'minute');
    if (passed < 2 * DAY) return format.format(-Math.floor(passed / HOUR), 'hour');
    return format.format(-Math.floor(passed / DAY), 'day');
  }

  /** How long something takes, to the minute. */
  duration(seconds: number): string {
    const minutes = Math.max(Math.round(seconds / 60), seconds > 0 ? 1 : 0);
    if (minutes < 60) return this.say('time.minutes', { minutes: this.number(minutes) });
    const hours = this.number(Math.floor(minutes / 60));
    return minutes % 60 ? this.say('time.hours', { hours, minutes: minutes % 60 }) : this.say('time.wholeHours', { hours });
  }

  /** Metres to the nearest ten, from a thousand on kilometres. */
  distance(metres: number): string {
    if (metres >= 1000) return `${this.number(metres / 1000, 1)} km`;
    return `${this.number(metres < 20 ? Math.round(metres) : Math.round(metres / 10) * 10)} m`;
  }

  /** Grams, from a thousand on kilograms. */
  weight(grams: number): string {
    return grams >= 1000 ? `${this.number(grams / 1000, 1)} kg` : `${this.number(grams, grams < 10 ? 1 : 0)} g`;
  }

  /** An amount in the smallest unit that is paid of a currency (ISO 4217). */
  money(amount: number, currency: string): string {
    const format = this.#numbers({ style: 'currency', currency });
    return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0));
  }

  #numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = `${this.language} ${JSON.stringify(options)}`;
    return kept(this.#amounts, key, () => new Intl.NumberFormat(this.language, options));
  }

  #format(time: Date, options: Intl.DateTimeFormatOptions): string {
    const here = this.timeZone ? { ...options, timeZone: this.timeZone } : options;
    const key = `${this.language} ${JSON.stringify(here)}`;
    return kept(this.#times, key, () => new Intl.DateTimeFormat(this.language, here)).format(time);
  }
}

export const words = new Words();
export const say = words.say.bind(words);

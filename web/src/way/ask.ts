/** What is asked of the planner, and how it stands in the address and in the question to the city. Pure. */
import type { Mode } from '../api/client';

/** A place that one is at or wants to go to. `stop` where it is one. */
export interface Spot {
  lon: number;
  lat: number;
  name: string;
}

export const BY = ['now', 'depart', 'arrive'] as const;
export type By = (typeof BY)[number];
/** Modes that can be left out, in the order in which they are offered. */
export const RIDES = ['bus', 'metro', 'rail', 'ferry', 'tram'] as const satisfies readonly Mode[];
export type Ride = (typeof RIDES)[number];

/** How one goes, in the order in which it is offered; several are compared. `park`: by car to a stop, and on from there. */
export const MEANS = ['transit', 'bicycle', 'shared', 'car', 'park', 'taxi'] as const;
export type Means = (typeof MEANS)[number];
const USUAL: readonly Means[] = ['transit'];
/** Modes that are asked for beside walking and rides. */
const DRIVEN: Record<Means, readonly Mode[]> = {
  transit: [],
  bicycle: ['bicycle'],
  shared: ['shared_bicycle'],
  car: ['car'],
  park: ['car'],
  taxi: ['taxi'],
};
const BICYCLES: readonly Means[] = ['bicycle', 'shared'];
const RIDING: readonly Means[] = ['transit', 'park'];

export interface Ask {
  from: Spot | null;
  to: Spot | null;
  by: By;
  /** Date and time on the city's clock, as an input field has it: `2026-11-24T18:00`. */
  at: string;
  wheelchair: boolean;
  fewSteps: boolean;
  /** At least one. */
  means: readonly Means[];
  /** Rides that are not wanted. */
  without: readonly Ride[];
}

export const NOTHING: Ask = {
  from: null,
  to: null,
  by: 'now',
  at: '',
  wheelchair: false,
  fewSteps: false,
  means: USUAL,
  without: [],
};

const DIGITS = 5;
const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

export function spotText({ lon, lat, name }: Spot): string {
  return [lon.toFixed(DIGITS), lat.toFixed(DIGITS), name].join(',');
}

export function toSpot(text: string | null): Spot | null {
  const [lon = '', lat = '', ...name] = (text ?? '').split(',');
  const spot = { lon: Number(lon), lat: Number(lat), name: name.join(',').slice(0, 200) };
  const isPlace = lon.trim() !== '' && lat.trim() !== '' && Math.abs(spot.lon) <= 180 && Math.abs(spot.lat) <= 90;
  return isPlace ? spot : null; // Not a number is no place either.
}

/** As the address has it; null is left out. */
export function toQuery(ask: Ask): Record<string, string | null> {
  return {
    from: ask.from && spotText(ask.from),
    to: ask.to && spotText(ask.to),
    by: ask.by === 'now' ? null : ask.by,
    at: ask.by === 'now' ? null : ask.at,
    wheelchair: ask.wheelchair ? '1' : null,
    steps: ask.fewSteps ? '1' : null,
    go: ask.means.join('.') === USUAL.join('.') ? null : ask.means.join('.'),
    without: ask.without.join('.') || null,
  };
}

/** What of a question is a habit of whoever asks it, and is worth keeping. */
export const HABITS = ['wheelchair', 'steps', 'go', 'without'] as const;

/** The habits in a question, as an address has them; empty for the usual. */
export function habitsOf(ask: Ask): string {
  const told = toQuery(ask);
  return new URLSearchParams(HABITS.flatMap((name) => (told[name] ? [[name, told[name]]] : []))).toString();
}

export function fromQuery(query: URLSearchParams): Ask {
  const at = query.get('at') ?? '';
  const by = BY.find((each) => each === query.get('by')) ?? 'now';
  const without = (query.get('without') ?? '').split('.');
  const go = (query.get('go') ?? '').split('.');
  const means = MEANS.filter((each) => go.includes(each));
  return {
    from: toSpot(query.get('from')),
    to: toSpot(query.get('to')),
    by: LOCAL.test(at) ? by : 'now',
    at: LOCAL.test(at) ? at : '',
    wheelchair: query.get('wheelchair') === '1',
    fewSteps: query.get('steps') === '1',
    means: means.length ? means : USUAL,
    without: RIDES.filter((ride) => without.includes(ride)),
  };
}

export function isComplete(ask: Ask): ask is Ask & { from: Spot; to: Spot } {
  return ask.from !== null && ask.to !== null;
}

/** The other way round. */
export function swapped(ask: Ask): Ask {
  return { ...ask, from: ask.to, to: ask.from };
}

function modesOf(means: readonly Means[], without: readonly Ride[]): Mode[] {
  const rides = means.some((each) => RIDING.includes(each)) ? RIDES.filter((ride) => !without.includes(ride)) : [];
  return [...new Set<Mode>(['walk', ...rides, ...means.flatMap((each) => DRIVEN[each])])];
}

/** Whether a way goes by these means: who asks for a car park is also told of driving all the way, and so on. */
export function fits(modes: readonly Mode[], means: readonly Means[]): boolean {
  const used = new Set<Mode>(modes.filter((mode) => mode !== 'walk'));
  const own = MEANS.filter((each) => each !== 'park' && DRIVEN[each].some((mode) => used.delete(mode)));
  if (!used.size) return own.every((each) => means.includes(each));
  if (own.includes('car')) return means.includes('park');
  return means.includes('transit') && own.every((each) => means.includes(each));
}

/** One question for each way to go, since of one question only the best ways come back, whatever they go by. A bicycle is
 * also taken to a stop by who rides both. */
export function groups({ means }: Ask): readonly (readonly Means[])[] {
  return means.map((each) => (BICYCLES.includes(each) && means.includes('transit') ? ['transit', each] : [each]));
}

/** What is asked of the city by who goes by these means; the time zone is the city's. */
export function request(ask: Ask & { from: Spot; to: Spot }, means: readonly Means[], timeZone: string) {
  const time = ask.by === 'now' ? {} : { [ask.by]: new Date(instant(ask.at, timeZone)).toISOString() };
  return {
    from: `${ask.from.lon},${ask.from.lat}`,
    to: `${ask.to.lon},${ask.to.lat}`,
    modes: modesOf(means, ask.without).join(','),
    wheelchair: ask.wheelchair,
    few_steps: ask.fewSteps,
    ...time,
  } as { from: string; to: string };
}

/** How far the zone's clock is ahead of UTC at a moment, in milliseconds. */
function ahead(moment: number, timeZone: string): number {
  const options = { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en', { ...options, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}

/** The moment at which the clock of a time zone shows `local`; of two the earlier one. */
export function instant(local: string, timeZone: string): number {
  const asUtc = Date.parse(`${local}:00Z`);
  const guess = asUtc - ahead(asUtc, timeZone);
  return asUtc - ahead(guess, timeZone);
}

/** What the clock of a time zone shows at a moment, to the minute, as an input field takes it. */
export function local(moment: number, timeZone: string): string {
  return new Date(moment + ahead(moment, timeZone)).toISOString().slice(0, 16);
}

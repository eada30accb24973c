/** What sets the ways that were found apart. Pure. */
import type { Journey, JourneysAnswer, Leg } from '../api/client';

export type Merit = 'fastest' | 'leastCarbon' | 'leastWalking' | 'fewestTransfers' | 'cleanestAir';

const BY: readonly [Merit, (journey: Journey) => number | null][] = [
  ['fastest', (journey) => Date.parse(journey.arrives)],
  ['leastCarbon', (journey) => journey.co2Grams],
  ['fewestTransfers', (journey) => journey.transfers],
  ['leastWalking', (journey) => journey.walkMetres],
  ['cleanestAir', (journey) => journey.pm25?.micrograms ?? null],
];

/** In a cabin of one's own nobody knows what is breathed: the air outside is a guess that is no merit. */
const CABINS = ['car', 'taxi'];

/** What each journey is the best one in; nothing where all are alike, or where one is not known. */
export function merits(journeys: readonly Journey[]): Merit[][] {
  const found = journeys.map((): Merit[] => []);
  for (const [merit, by] of BY) {
    const compared = journeys.flatMap((journey, position) => (isCompared(journey, merit) ? [{ position, value: by(journey) }] : []));
    if (compared.some(({ value }) => value === null)) continue;
    const least = Math.min(...compared.map(({ value }) => value as number));
    const best = compared.filter(({ value }) => value === least);
    if (best.length === 1 && (compared.length > 1 || journeys.length === 1)) found[best[0]?.position ?? 0]?.push(merit);
  }
  return found;
}

function isCompared({ legs }: Journey, merit: Merit): boolean {
  return merit !== 'cleanestAir' || !legs.some(({ mode }) => CABINS.includes(mode));
}

/** A name that stays the same when a way is asked for anew: the runs that are taken, and between which stops. */
export function nameOf(journey: Journey): string {
  return journey.legs.map((leg) => (leg.trip ? `${leg.trip.trip}@${leg.trip.day}${between(leg)}` : leg.mode)).join('~');
}

function between({ origin, destination }: Leg): string {
  return `@${origin.stop}-${destination.stop}`;
}

/** The ways of several answers, soonest there first, each once; `isWanted` is told of which answer a way is. */
export function together(answers: readonly JourneysAnswer[], isWanted: (journey: Journey, answer: number) => boolean): Journey[] {
  const found = answers.flatMap(({ journeys }, answer) => journeys.filter((journey) => isWanted(journey, answer)));
  const once = new Map(found.map((journey) => [nameOf(journey), journey]));
  return [...once.values()].sort((one, other) => Date.parse(one.arrives) - Date.parse(other.arrives));
}

/** Seconds by which the ride is later than the timetable; null without one, or while nothing live is known. */
export function delay(leg: Leg): number | null {
  if (!leg.trip?.isLive || !leg.departsScheduled) return null;
  return (Date.parse(leg.departs) - Date.parse(leg.departsScheduled)) / 1000;
}

/** Seconds from the end of the leg before to the departure of this one. */
export function wait(before: Leg | undefined, leg: Leg): number {
  return before ? Math.max(0, (Date.parse(leg.departs) - Date.parse(before.arrives)) / 1000) : 0;
}

/** Black or white, whichever can be read on a colour (RRGGBB) by WCAG's relative luminance. */
export function on(colour: string): '#000' | '#fff' {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#000' : '#fff';
}

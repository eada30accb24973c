/** Ways, legs and chances in words. */
import type { Comparison, Journey, Leg } from '../api/client';
import { say, words, type Key } from '../text/words.svelte';
import type { Means } from './ask';
import { delay, type Merit } from './compare';

const MODES: Record<string, Key> = {
  walk: 'mode.walk',
  bicycle: 'mode.bicycle',
  shared_bicycle: 'mode.sharedBicycle',
  car: 'mode.car',
  taxi: 'mode.taxi',
  bus: 'mode.bus',
  metro: 'mode.metro',
  tram: 'mode.tram',
  rail: 'mode.rail',
  ferry: 'mode.ferry',
};
const MEANS: Record<Means, Key> = {
  transit: 'means.transit',
  bicycle: 'means.bicycle',
  shared: 'mode.sharedBicycle',
  car: 'mode.car',
  park: 'means.park',
  taxi: 'mode.taxi',
};
const MERITS: Record<Merit, Key> = {
  fastest: 'merit.fastest',
  leastCarbon: 'merit.leastCarbon',
  leastWalking: 'merit.leastWalking',
  fewestTransfers: 'merit.fewestTransfers',
  cleanestAir: 'merit.cleanestAir',
};
const OCCUPANCY: Record<string, Key> = {
  empty: 'occupancy.seats',
  many_seats_available: 'occupancy.seats',
  few_seats_available: 'occupancy.few',
  standing_room_only: 'occupancy.standing',
  crushed_standing_room_only: 'occupancy.crowded',
  full: 'occupancy.full',
  not_accepting_passengers: 'occupancy.full',
};
const STANDINGS: Record<string, Key> = {
  published: 'co2.published',
  second_hand: 'co2.secondHand',
  inference: 'co2.inference',
};
const ON_TIME_S = 60;
const FREE = ['walk', 'bicycle'];

export function modeText(mode: string): string {
  const known = MODES[mode];
  return known ? say(known) : mode;
}

export function meansText(means: Means): string {
  return say(MEANS[means]);
}

export function meritText(merit: Merit): string {
  return say(MERITS[merit]);
}

/** How full a vehicle is; empty where nothing is known. */
export function occupancyText(occupancy: string | null): string {
  const known = OCCUPANCY[(occupancy ?? '').toLowerCase()];
  return known ? say(known) : '';
}

export function standingText(standing: string): string {
  const known = STANDINGS[standing];
  return known ? say(known) : standing;
}

export function timeText(time: string): string {
  return words.minute(new Date(time));
}

/** Late, early or on time, as far as is known live. */
export function delayText(seconds: number | null): string {
  if (seconds === null) return say('live.scheduled');
  if (seconds >= ON_TIME_S) return say('live.late', { time: words.duration(seconds) });
  if (seconds <= -ON_TIME_S) return say('live.early', { time: words.duration(-seconds) });
  return say('live.onTime');
}

export function legDelay(leg: Leg): string {
  return delayText(delay(leg));
}

export function transfersText(count: number): string {
  return count ? say('way.transfers', { count }) : say('way.direct');
}

type Price = { amount: number; currency: string };

export function priceText({ amount, currency }: Price): string {
  return words.money(amount, currency);
}

/** What a taxi is expected to cost; empty where that is not known. */
export function estimateText(estimate: Price | null | undefined): string {
  return estimate ? say('cost.about', { money: priceText(estimate) }) : '';
}

/** Whose bicycle it is, how many were to be had, how many docks were free, and how old that is. */
export function sharedText({ system, bicycles, docks, ageSeconds }: NonNullable<Leg['sharedRide']>): string {
  const free = docks === null ? '' : say('shared.docks', { count: words.number(docks) });
  const known = say('shared.bicycles', { system, count: words.number(bicycles), age: words.duration(ageSeconds) });
  return `${known} ${free}`.trim();
}

/** What a way costs, as far as that is known: a fare, a taxi's estimate, or none for who walks or rides a bicycle. */
export function costText({ fare, legs }: Pick<Journey, 'fare' | 'legs'>): string {
  if (fare?.media.length) return say('cost.with', { money: priceText(fare), media: fare.media.join(' · ') });
  if (fare) return priceText(fare);
  const estimate = legs.find((leg) => leg.fareEstimate)?.fareEstimate;
  if (estimate) return estimateText(estimate);
  return legs.every(({ mode }) => FREE.includes(mode)) ? say('cost.none') : '';
}

/** The same of a way that is only compared with. */
export function comparedCost({ mode, fareEstimate }: Comparison): string {
  return estimateText(fareEstimate) || (FREE.includes(mode) ? say('cost.none') : '');
}

/** What can be said of a whole way in short, what is not known left out. */
export function figures(journey: Journey): { id: string; title: string; value: string }[] {
  const { co2Grams, pm25, chance } = journey;
  const cost = costText(journey);
  const known = [
    { id: 'transfers', title: say('figure.transfers'), value: transfersText(journey.transfers) },
    { id: 'walk', title: say('figure.walk'), value: words.distance(journey.walkMetres) },
    co2Grams === null ? null : { id: 'co2', title: say('figure.co2'), value: words.weight(co2Grams) },
    pm25 === null ? null : { id: 'pm25', title: say('figure.pm25'), value: `${words.number(pm25.micrograms, 1)} µg` },
    cost ? { id: 'fare', title: say('figure.fare'), value: cost } : null,
    chance === null ? null : { id: 'chance', title: say('figure.chance'), value: words.percent(chance) },
  ];
  return known.filter((each) => each !== null);
}

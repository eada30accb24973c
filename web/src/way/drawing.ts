/** A way as the map draws it. Pure. */
import type { Journey, Leg } from '../api/client';
import { around, type Box } from '../map/box';
import type { Dot, Line } from '../map/overlay.svelte';
import type { Spot } from './ask';

export function linesOf(journey: Journey): Line[] {
  return journey.legs.map(({ geometry, mode, trip }) => ({
    coordinates: geometry.coordinates,
    colour: trip?.color ? `#${trip.color}` : '',
    isOnFoot: mode === 'walk',
  }));
}

/** Its two ends, and where one gets on and off; `named` says what a place is called. */
export function dotsOf(journey: Journey, named: (place: Leg['origin']) => string): Dot[] {
  const changes = journey.legs.slice(1).map(({ origin }) => ({ ...place(origin), label: named(origin), isEnd: false, stop: origin.stop }));
  const [first, last] = [journey.legs[0], journey.legs.at(-1)];
  if (!first || !last) return changes;
  const ends = [first.origin, last.destination].map((end) => ({ ...place(end), label: named(end), isEnd: true }));
  return [...changes, ...ends];
}

export function endsOf(spots: readonly Spot[]): Dot[] {
  return spots.map(({ lon, lat, name }) => ({ lon, lat, label: name, isEnd: true }));
}

/** The box around a way. */
export function boxOf(journey: Journey): Box {
  return around(journey.legs.flatMap(({ geometry }) => geometry.coordinates.map(([lon = 0, lat = 0]) => ({ lon, lat }))));
}

function place({ lon, lat }: { lon: number; lat: number }): { lon: number; lat: number } {
  return { lon, lat };
}

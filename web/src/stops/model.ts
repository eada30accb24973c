/** Boards of stops as they are shown: in how many minutes, how sure, how old. Pure. */

import type { Board, LineOnMap } from '../api/client';

export type Call = Board['calls'][number];
type Way = LineOnMap['ways'][number];
export type OnLine = LineOnMap['vehicles'][number];

const MINUTE = 60_000;
/** From this on a time on the clock says more than a number of minutes. */
const SOON_MS = 60 * MINUTE;
/** Whole minutes until a call is left, none when it is due; null when a time on the clock says more. */
export function minutesTo(call: Pick<Call, 'departs'>, now: number): number | null {
  const left = Date.parse(call.departs) - now;
  return left >= SOON_MS ? null : Math.max(0, Math.floor(left / MINUTE));
}

/** The calls that can still be caught, the rest being gone by the city's clock. */
export function ahead<C extends Pick<Call, 'departs'>>(calls: readonly C[], now: number): C[] {
  return calls.filter((call) => Date.parse(call.departs) > now - MINUTE / 2);
}

/** What tells a call from all others of a board; runs that are not in the timetable go apart by when they leave. */
export function keyOf(call: Pick<Call, 'trip' | 'vehicle' | 'day' | 'sequence' | 'departs_scheduled' | 'departs'>): string {
  const who = call.trip ?? call.vehicle;
  const leaves = call.departs_scheduled ?? (call.trip && call.departs);
  return `${who} ${call.day} ${call.sequence} ${leaves}`;
}

/** The vehicles of a line that stand at each stop of one of its ways or go there next, by the stop's key. */
export function vehiclesAt(way: Pick<Way, 'direction' | 'stops'>, vehicles: readonly OnLine[]): Map<string, OnLine[]> {
  const at = new Map<string, OnLine[]>(way.stops.map(({ stop }) => [stop, []]));
  for (const each of vehicles) {
    const isOther = each.direction !== null && way.direction !== null && Number(each.direction) !== way.direction;
    if (each.stop && !isOther) at.get(each.stop)?.push(each);
  }
  return at;
}

/** Whether somebody who types this means a line rather than a place: most lines have a number in their name. */
export function meansLine(typed: string): boolean {
  return /\d/.test(typed);
}

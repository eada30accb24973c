/** Vehicles of public transport as the city pushes them. Pure. */
import type { Thing, Value } from '../api/live';

export const VEHICLE = 'PublicTransportVehicle';

/** Vehicles report every half minute. After this one is shown as silent, and after the next it is no longer shown. */
export const SILENT_MS = 3 * 60_000;
export const GONE_MS = 15 * 60_000;

export interface Vehicle {
  id: string;
  subject: string;
  name: string;
  mode: string;
  /** `<feed>:<route>`. */
  route: string;
  lon: number;
  lat: number;
  at: number;
  isSilent: boolean;
  /** Seconds later than the timetable; null when unknown. */
  delay: number | null;
  occupancy: string | null;
}

const TIMED = ['speed', 'bearing', 'delay', 'status', 'occupancy'];

function text(value: Value | undefined): string {
  return typeof value?.[0] === 'string' ? value[0] : '';
}

/** When it last reported, in milliseconds; null when that is not told. */
export function reportedAt(thing: Thing): number | null {
  const times = TIMED.flatMap((key) => thing.values[key]?.[1] ?? []).map((at) => Date.parse(at));
  return times.length ? Math.max(...times) : null;
}

export function vehicle(thing: Thing, now: number): Vehicle | null {
  const at = reportedAt(thing);
  if (thing.lon === null || thing.lat === null || at === null || now - at > GONE_MS) return null;
  const subject = thing.id.replace(`urn:ngsi-ld:${VEHICLE}:`, '');
  const delay = thing.values['delay']?.[0];
  return {
    id: thing.id,
    subject,
    name: text(thing.values['name']) || subject,
    mode: text(thing.values['mode']) || 'bus',
    route: text(thing.values['route']),
    lon: thing.lon,
    lat: thing.lat,
    at,
    isSilent: now - at > SILENT_MS,
    delay: typeof delay === 'number' ? delay : null,
    occupancy: text(thing.values['occupancy']) || null,
  };
}

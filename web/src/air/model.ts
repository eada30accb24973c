/** Air quality as the map shows it: stations with their index, buses with their sensor. Pure calculations. */
import type { Thing, Value } from '../api/live';

export const STATION = 'AirQualityObserved';
export const BUS = 'AirQualityVehicle';

export const GRADES = ['good', 'moderate', 'unhealthy', 'very_unhealthy'] as const;
export type Grade = (typeof GRADES)[number];
/** How a thing is drawn: by its grade, or because its newest index is old, or because it has none. */
export type Look = Grade | 'old' | 'none';

/** Highest index of each grade (CAI), and highest PM2.5 in ug/m3 of each. Source: AirKorea. */
export const CAI_EDGES = [50, 100, 250, 500] as const;
const PM25_EDGES = [15, 35, 75, Infinity] as const;

const MINUTE = 60_000;
/** An hourly index begins at its stamp; one of an hour that began longer ago says nothing of now. */
export const INDEX_FRESH_MS = 180 * MINUTE;
/** A bus sends every minute. After this it is shown as silent, and after the next it is no longer on the road. */
export const BUS_FRESH_MS = 10 * MINUTE;
export const BUS_GONE_MS = 60 * MINUTE;

export interface Placed {
  id: string;
  /** Its identifier within its type, as the API's views take it. */
  subject: string;
  name: string;
  lon: number;
  lat: number;
  /** Time of its newest reading, in milliseconds. */
  at: number | null;
}

export interface Station extends Placed {
  look: Look;
  /** Newest index and the beginning of its hour; null when none can be given yet. */
  index: { cai: number; grade: Grade; pollutant: string | null; hour: number } | null;
}

export interface Bus extends Placed {
  look: Look;
  route: string;
  /** PM2.5 in ug/m3, mended by the sensor's bias where that is known. */
  pm25: number | null;
  /** 0 to 1; null while nothing is known of the sensor. */
  confidence: number | null;
}

function number(value: Value | undefined): number | null {
  return typeof value?.[0] === 'number' ? value[0] : null;
}

function text(value: Value | undefined): string | null {
  return typeof value?.[0] === 'string' ? value[0] : null;
}

function time(value: Value | undefined): number | null {
  return value?.[1] ? Date.parse(value[1]) : null;
}

function within(value: number, edges: readonly number[]): Grade {
  return GRADES[edges.findIndex((edge) => value <= edge)] ?? 'very_unhealthy';
}

/** Grade of a CAI. */
export function caiGrade(cai: number): Grade {
  return within(Math.round(cai), CAI_EDGES);
}

/** Grade of PM2.5 in ug/m3. */
export function pm25Grade(pm25: number): Grade {
  return within(Math.round(pm25), PM25_EDGES);
}

function placed(thing: Thing, measures: readonly string[]): Placed | null {
  if (thing.lon === null || thing.lat === null) return null;
  const subject = thing.id.replace(`urn:ngsi-ld:${thing.type}:`, '');
  const times = measures.map((key) => time(thing.values[key])).filter((at) => at !== null);
  const at = times.length ? Math.max(...times) : null;
  return { id: thing.id, subject, name: text(thing.values['name']) ?? subject, lon: thing.lon, lat: thing.lat, at };
}

const MEASURED = ['pm25', 'pm10', 'o3', 'no2', 'so2', 'co', 'temperature', 'humidity'];

export function station(thing: Thing, now: number): Station | null {
  const where = placed(thing, MEASURED);
  if (!where) return null;
  const cai = number(thing.values['cai']);
  const hour = time(thing.values['cai']);
  if (cai === null || hour === null) return { ...where, look: 'none', index: null };
  const grade = caiGrade(cai);
  // The main pollutant is that of the same hour, or unknown.
  const main = thing.values['cai_pollutant'];
  const pollutant = time(main) === hour ? text(main) : null;
  return { ...where, look: now - hour > INDEX_FRESH_MS ? 'old' : grade, index: { cai, grade, pollutant, hour } };
}

export function bus(thing: Thing, now: number): Bus | null {
  const where = placed(thing, ['pm25', 'pm10', 'no2', 'speed']);
  if (!where || where.at === null || now - where.at > BUS_GONE_MS) return null;
  const raw = number(thing.values['pm25']);
  const pm25 = raw === null ? null : raw / (number(thing.values['pm25_bias']) || 1);
  const silent = now - where.at > BUS_FRESH_MS;
  const look = silent ? 'old' : pm25 === null ? 'none' : pm25Grade(pm25);
  const confidence = number(thing.values['confidence']);
  return { ...where, look, route: text(thing.values['route']) ?? '', pm25, confidence };
}

/** Newest reading of all of them, in milliseconds. */
export function newest(things: readonly Placed[]): number | null {
  return things.reduce<number | null>((found, { at }) => (at !== null && at > (found ?? -Infinity) ? at : found), null);
}

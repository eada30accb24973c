/** The recent past of a station or a bus, ready to be drawn. */
import { address, get, type Point, type StationResult } from '../api/client';

export interface Series {
  /** Milliseconds since 1970, in order; null where nothing is known. */
  points: { at: number; value: number | null }[];
}

export const STATION_HOURS = 24;
const BUS_HOURS = 3;
const HISTORY = '/api/v1/streams/{service}/{stream}/history';
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A bus that says nothing for longer than this leaves a gap. */
const BUS_GAP_MS = 5 * MINUTE_MS;
const MOST_ROWS = 20_000;

export type Plotted = Exclude<keyof Point, 'hour'>;
export const PLOTTED: readonly Plotted[] = ['cai', 'pm25', 'pm10', 'o3', 'no2', 'so2', 'co', 'us_aqi'];

export function askStation(station: string): Promise<StationResult> {
  const query = { station, hours: STATION_HOURS };
  return get('/api/v1/environment/air_quality/station', { query });
}

export function stationSeries(points: readonly Point[], key: Plotted): Series {
  return { points: points.map((point) => ({ at: Date.parse(point.hour), value: point[key] })) };
}

/** PM2.5 of a bus over its last hours, as sent, at most one value a minute. */
export async function askBus(bus: string, now: number): Promise<Series> {
  const path = { service: 'air_quality', stream: 'buses' };
  const since = new Date(now - BUS_HOURS * HOUR_MS).toISOString();
  const query = { subject: [bus], since, limit: MOST_ROWS, format: 'json' as const };
  const rows = await get(HISTORY, { path, query });
  return { points: withGaps(thinned(rows as { observedAt: string; pm25: number | null }[])) };
}

function thinned(rows: readonly { observedAt: string; pm25: number | null }[]): Series['points'] {
  const byMinute = new Map<number, { at: number; value: number | null }>();
  for (const { observedAt, pm25 } of rows) {
    const at = Date.parse(observedAt);
    if (pm25 !== null) byMinute.set(Math.floor(at / MINUTE_MS), { at, value: pm25 });
  }
  return [...byMinute.values()].sort((one, other) => one.at - other.at);
}

/** The same with a null where a stretch is missing, so that no line bridges it. */
export function withGaps(points: Series['points']): Series['points'] {
  return points.flatMap((point, position) => {
    const before = points[position - 1];
    const isGap = before && point.at - before.at > BUS_GAP_MS;
    return isGap ? [{ at: before.at + MINUTE_MS, value: null }, point] : [point];
  });
}

/** Where the raw readings of a thing are to be had. */
export function rawAddress(stream: 'stations' | 'buses', subject: string, format: 'json' | 'csv'): string {
  return address(HISTORY, { path: { service: 'air_quality', stream }, query: { subject: [subject], format } });
}

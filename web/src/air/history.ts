/** The recent past of a station or a bus, ready to be drawn. */
import { address, get, type BusPoint, type BusResult, type Point, type StationResult } from '../api/client';

export interface Series {
  /** Milliseconds since 1970, in order; null where nothing is known. */
  points: { at: number; value: number | null }[];
}

const HOURS = 24;
const HISTORY = '/api/v1/streams/{service}/{stream}/history';

export type Plotted = Exclude<keyof Point, 'hour'>;
export const PLOTTED: readonly Plotted[] = ['cai', 'pm25', 'pm10', 'o3', 'no2', 'so2', 'co', 'us_aqi'];

export function askStation(station: string): Promise<StationResult> {
  const query = { station, hours: HOURS };
  return get('/api/v1/environment/air_quality/station', { query });
}

export function stationSeries(points: readonly Point[], key: Plotted): Series {
  return { points: points.map((point) => ({ at: Date.parse(point.hour), value: point[key] })) };
}

export function askBus(bus: string): Promise<BusResult> {
  return get('/api/v1/environment/air_quality/bus', { query: { bus, hours: HOURS } });
}

/** PM2.5 of a bus in means of ten minutes, as sent. */
export function busSeries(points: readonly BusPoint[]): Series {
  return { points: points.map(({ since, pm25 }) => ({ at: Date.parse(since), value: pm25 })) };
}

/** Where the raw readings of a thing are to be had. */
export function rawAddress(stream: 'stations' | 'buses', subject: string, format: 'json' | 'csv'): string {
  return address(HISTORY, { path: { service: 'air_quality', stream }, query: { subject: [subject], format } });
}

/** What is asked of the city about stops and lines. */
import { ApiError, get, type Board, type LineInfo, type LineOnMap, type NearStop } from '../api/client';
import { middle, type Box } from '../map/box';

/** Far enough ahead for the last line at night to have some, too. */
const LINE_MINUTES = 240;
/** The most that a city tells of at once, within so many metres. */
const IN_VIEW = { limit: 50, radius: 5000, calls: 0 };
const CONFLICT = 409;

export function askBoard(stop: string): Promise<Board> {
  return get('/api/v1/transport/bus_information/board', { query: { stop } });
}

/** The board of a stop with the calls of one line alone. */
export function askDepartures(stop: string, line: string, limit: number): Promise<Board> {
  return get('/api/v1/transport/bus_information/board', { query: { stop, line, limit, minutes: LINE_MINUTES } });
}

/** Lines that may be called so, the likeliest first; none in a city without a timetable. */
export async function askLines(q: string, limit: number, signal: AbortSignal): Promise<LineInfo[]> {
  try {
    return (await get('/api/v1/transport/bus_information/lines', { query: { q, limit } }, signal)).lines;
  } catch (error) {
    if (error instanceof ApiError && error.status === CONFLICT) return [];
    throw error;
  }
}

export function askLine(line: string): Promise<LineOnMap> {
  return get('/api/v1/transport/bus_information/line', { query: { line } });
}

export async function askAround(lon: number, lat: number): Promise<NearStop[]> {
  return (await get('/api/v1/transport/bus_information/nearby', { query: { lon, lat } })).stops;
}

/** Stops in view, those nearest to its middle. */
export async function askInView(box: Box, signal: AbortSignal): Promise<NearStop['stop'][]> {
  const { stops } = await get('/api/v1/transport/bus_information/nearby', { query: { ...middle(box), ...IN_VIEW } }, signal);
  return stops.map(({ stop }) => stop);
}

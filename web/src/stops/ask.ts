/** What is asked of the city about stops and lines. */
import { get, type Board, type LineOnMap, type NearStop } from '../api/client';

export function askBoard(stop: string): Promise<Board> {
  return get('/api/v1/transport/bus_information/board', { query: { stop } });
}

export function askLine(line: string): Promise<LineOnMap> {
  return get('/api/v1/transport/bus_information/line', { query: { line } });
}

export async function askAround(lon: number, lat: number): Promise<NearStop[]> {
  return (await get('/api/v1/transport/bus_information/nearby', { query: { lon, lat } })).stops;
}

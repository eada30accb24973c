/** The city's own API, typed by what it serves. */
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type CityInfo = Schemas['CityInfo'];
export type StreamInfo = Schemas['StreamInfo'];
export type DistrictAir = Schemas['DistrictAir'];
export type DistrictsResult = Schemas['DistrictsResult'];
export type StationResult = Schemas['StationResult'];
export type Point = Schemas['Point'];
export type PlaceFound = Schemas['PlaceFound'];
export type Journey = Schemas['JourneyInfo'];
export type Leg = Schemas['LegInfo'];
export type Mode = Schemas['Mode'];
export type Comparison = Schemas['ComparisonInfo'];
export type JourneysAnswer = Schemas['JourneysAnswer'];
export type Board = Schemas['BoardResult'];
export type LineOnMap = Schemas['LineResult'];
export type LineInfo = Schemas['LineInfo'];
export type NearStop = Schemas['NearbyStop'];
export type BusResult = Schemas['BusResult'];
export type BusPoint = Schemas['BusPoint'];

type Path = { [P in keyof paths]: paths[P] extends { get: object } ? P : never }[keyof paths];
type Parameters<P extends Path> = paths[P] extends { get: { parameters: infer All } } ? All : never;
type Given<P extends Path> = {
  path?: Parameters<P> extends { path: infer InPath } ? InPath : never;
  query?: Parameters<P> extends { query?: infer InQuery } ? InQuery : never;
};
type Answer<P extends Path> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer Data } } } };
}
  ? Data
  : unknown;

const PATIENCE_MS = 20_000;

/** The city answered, but not with what was asked for. */
export class ApiError extends Error {
  /** `laterMs`: how long to wait before asking again; null where that is of no use. */
  constructor(
    readonly status: number,
    readonly laterMs: number | null = null,
  ) {
    super(`status ${status}`);
  }
}

const LATER = [429, 503];
const LATER_MS = 2_000;

function refusal({ status, headers }: Response): ApiError {
  const told = Number(headers.get('Retry-After') ?? 0) * 1000;
  return new ApiError(status, LATER.includes(status) ? told || LATER_MS : null);
}

/** The address of a path of the API with these parameters; a list is repeated, what is undefined is left out. */
export function address<P extends Path>(path: P, given: Given<P> = {}): string {
  const inPath: Record<string, unknown> = given.path ?? {};
  const query = Object.entries((given.query ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => (each == null ? [] : [[name, String(each)]])),
  );
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(inPath[name])));
  return query.length ? `${filled}?${new URLSearchParams(query)}` : filled;
}

/** What the city answers. Throws ApiError, or a TypeError or DOMException when it cannot be reached. */
export async function get<P extends Path>(path: P, given: Given<P> = {}, stop?: AbortSignal): Promise<Answer<P>> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const signal = stop ? AbortSignal.any([stop, patience]) : patience;
  const answer = await fetch(address(path, given), { signal });
  if (!answer.ok) throw refusal(answer);
  return (await answer.json()) as Answer<P>;
}

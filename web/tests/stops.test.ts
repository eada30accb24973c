import { describe, expect, test } from 'vitest';

import type { Thing } from '../src/api/live';
import { Trails } from '../src/map/trails';
import { ahead, keyOf, meansLine, minutesTo, vehiclesAt, type OnLine } from '../src/stops/model';
import { GONE_MS, SILENT_MS, vehicle, VEHICLE } from '../src/transit/model';

const NOW = Date.parse('2026-11-24T09:00:00Z');
const MINUTE = 60_000;

function leaving(ms: number): { departs: string } {
  return { departs: new Date(NOW + ms).toISOString() };
}

describe('a board', () => {
  test.each([
    [-10_000, 0],
    [59_000, 0],
    [60_000, 1],
    [59 * MINUTE, 59],
    [60 * MINUTE, null],
  ])('counts whole minutes to what leaves in %d ms, and tells the time of what is far off', (ms, minutes) => {
    expect(minutesTo(leaving(ms), NOW)).toBe(minutes);
  });

  test('drops what has left since it was asked for', () => {
    expect(ahead([leaving(-MINUTE), leaving(-1000), leaving(MINUTE)], NOW)).toHaveLength(2);
  });
});

describe('a call', () => {
  const call = { trip: null, vehicle: null, day: '2026-11-24', sequence: 0, departs_scheduled: null };

  test('of one of two runs that a feed adds for one trip is not that of the other', () => {
    const [first, second] = [0, MINUTE].map((ms) => keyOf({ ...call, trip: 'f:often', ...leaving(ms) }));
    expect(first).not.toBe(second);
  });

  test.each([
    { trip: 'f:1', departs_scheduled: '2026-11-24T09:00:00Z' },
    { vehicle: 'f:7' },
  ])('stays the same when it is late: %o', (named) => {
    expect(keyOf({ ...call, ...named, ...leaving(0) })).toBe(keyOf({ ...call, ...named, ...leaving(MINUTE) }));
  });
});

describe('a line', () => {
  const stops = ['f:a', 'f:b'].map((stop) => ({ stop })) as never[];
  const on = (vehicle: string, stop: string | null, direction: string | null): OnLine => ({ vehicle, stop, direction }) as OnLine;

  test('has its vehicles at the stops where they are or go to, those of the other direction left out', () => {
    const all = [on('f:1', 'f:b', '0'), on('f:2', 'f:b', '1'), on('f:3', 'f:b', null), on('f:4', null, '0'), on('f:5', 'f:x', '0')];
    const names = (direction: number | null): string[][] =>
      [...vehiclesAt({ direction, stops }, all).values()].map((each) => each.map(({ vehicle: key }) => key));
    expect(names(0)).toEqual([[], ['f:1', 'f:3']]);
    expect(names(null)).toEqual([[], ['f:1', 'f:2', 'f:3']]);
  });

  test.each([['36', true], ['1호선', true], ['Line 1', true], ['서면', false]])('is meant by %s: %s', (typed, isMeant) => {
    expect(meansLine(typed)).toBe(isMeant);
  });
});

describe('a vehicle', () => {
  const thing = (age: number): Thing => ({
    id: `urn:ngsi-ld:${VEHICLE}:busan:1`,
    type: VEHICLE,
    lon: 129,
    lat: 35,
    values: { speed: [20, new Date(NOW - age).toISOString()], route: ['busan:M1', null], mode: ['metro', null] },
  });

  test('is shown as it is while it reports, as silent when it does not, and then no longer', () => {
    expect(vehicle(thing(0), NOW)).toMatchObject({ subject: 'busan:1', mode: 'metro', route: 'busan:M1', isSilent: false });
    expect(vehicle(thing(SILENT_MS + 1), NOW)?.isSilent).toBe(true);
    expect(vehicle(thing(GONE_MS + 1), NOW)).toBe(null);
    expect(vehicle({ ...thing(0), lon: null }, NOW)).toBe(null);
  });

  test('leaves a trail of the last minutes behind', () => {
    const trails = new Trails();
    [0, 1, 2].forEach((minute) => trails.report('a', [129 + minute, 35], NOW + minute * MINUTE));
    trails.report('a', [131, 35], NOW + 3 * MINUTE);
    expect(trails.of('a')).toEqual([[129, 35], [130, 35]]);
    trails.report('a', [132, 35], NOW + 30 * MINUTE);
    expect(trails.of('a')).toEqual([]);
    trails.keep(new Set());
    trails.report('a', [133, 35], NOW + 31 * MINUTE);
    expect(trails.of('a')).toEqual([]);
  });

  test('begins where the city remembers it to have been, and goes on from what is seen', () => {
    const trails = new Trails();
    trails.report('a', [129.5, 35], NOW);
    trails.report('a', [129.6, 35], NOW + MINUTE);
    const past = [-12, -8, -1, 0, 1].map((minute) => ({ at: NOW + minute * MINUTE, place: [129 + minute / 100, 35] as const }));
    trails.remember('a', past);
    expect(trails.of('a')).toEqual([[128.92, 35], [128.99, 35], [129.5, 35]]);
    trails.remember('b', past.slice(-2));
    expect(trails.of('b')).toEqual([[129, 35]]);
  });
});

import { describe, expect, test } from 'vitest';

import type { Journey, Leg } from '../src/api/client';
import { fits, fromQuery, groups, habitsOf, instant, isComplete, local, NOTHING, request, swapped, toQuery, toSpot, type Ask } from '../src/way/ask';
import { delay, merits, nameOf, on, wait } from '../src/way/compare';
import { boxOf, dotsOf, linesOf } from '../src/way/drawing';

const SEOMYEON = { lon: 129.05915, lat: 35.15778, name: '서면, 1번 출구' };
const STATION = { lon: 129.0415, lat: 35.115, name: '부산역' };

function asked(more: Partial<Ask>): Ask {
  return { ...NOTHING, ...more };
}

function address(ask: Ask): URLSearchParams {
  const given = Object.entries(toQuery(ask)).filter((pair): pair is [string, string] => pair[1] !== null);
  return new URLSearchParams(new URLSearchParams(given).toString());
}

describe('what is asked', () => {
  test.each<Ask>([
    NOTHING,
    asked({ from: SEOMYEON, to: STATION }),
    asked({ from: SEOMYEON, by: 'arrive', at: '2026-11-24T18:05', wheelchair: true }),
    asked({ to: STATION, by: 'depart', at: '2026-11-24T00:00', fewSteps: true, without: ['bus', 'ferry'] }),
    asked({ from: SEOMYEON, means: ['bicycle', 'park'] }),
  ])('stands in the address, and is read from there', (ask) => {
    expect(fromQuery(address(ask))).toEqual(ask);
  });

  test.each(['', 'x', '1', '200,1,far', '1,100', 'NaN,1', ',', ' ,1'])('is nothing for an address like %j', (text) => {
    expect(toSpot(text)).toBe(null);
  });

  test('is not asked for a time that the address tells wrongly', () => {
    expect(fromQuery(new URLSearchParams({ by: 'arrive', at: 'noon' }))).toEqual(NOTHING);
  });

  test('is asked by the clock of the city, wherever its reader is', () => {
    const ask = asked({ from: SEOMYEON, to: STATION, by: 'arrive', at: '2026-11-24T18:05', without: ['metro'] });
    if (!isComplete(ask)) throw new Error('it is complete');
    expect(request(ask, ask.means, 'Asia/Seoul')).toMatchObject({
      arrive: '2026-11-24T09:05:00.000Z',
      from: '129.05915,35.15778',
      modes: 'walk,bus,rail,ferry,tram',
    });
    expect(request({ ...ask, by: 'now' }, ask.means, 'Asia/Seoul')).not.toHaveProperty('arrive');
  });

  test.each<[Ask['means'], string[]]>([
    [['bicycle'], ['walk,bicycle']],
    [['transit', 'bicycle', 'car'], ['walk,bus,metro,rail,ferry,tram', 'walk,bus,metro,rail,ferry,tram,bicycle', 'walk,car']],
    [['shared'], ['walk,shared_bicycle']],
    [['transit', 'shared'], ['walk,bus,metro,rail,ferry,tram', 'walk,bus,metro,rail,ferry,tram,shared_bicycle']],
    [['park', 'taxi'], ['walk,bus,metro,rail,ferry,tram,car', 'walk,taxi']],
  ])('is asked for each way to go by itself: %j', (means, modes) => {
    const ask = asked({ from: SEOMYEON, to: STATION, means });
    if (!isComplete(ask)) throw new Error('it is complete');
    expect(groups(ask).map((each) => request(ask, each, 'Asia/Seoul'))).toMatchObject(modes.map((each) => ({ modes: each })));
  });

  test.each<[Parameters<typeof fits>[0], Ask['means'], boolean]>([
    [['walk'], ['car'], true],
    [['car'], ['car'], true],
    [['car'], ['park', 'transit'], false],
    [['car', 'walk', 'metro', 'walk'], ['park'], true],
    [['car', 'walk', 'metro', 'walk'], ['car', 'transit'], false],
    [['walk', 'bus'], ['park'], false],
    [['bicycle', 'bus'], ['bicycle', 'transit'], true],
    [['bicycle', 'bus'], ['bicycle', 'park'], false],
    [['taxi'], ['transit'], false],
    [['walk', 'shared_bicycle', 'walk'], ['shared'], true],
    [['walk', 'shared_bicycle', 'walk'], ['bicycle'], false],
    [['walk', 'shared_bicycle', 'metro'], ['shared', 'transit'], true],
  ])('is answered by %j for who goes by %j: %j', (modes, means, isWanted) => {
    expect(fits(modes, means)).toBe(isWanted);
  });

  test('has habits that are kept, without where and when', () => {
    const ask = asked({ from: SEOMYEON, by: 'arrive', at: '2026-11-24T18:05', means: ['car', 'taxi'], fewSteps: true });
    expect(fromQuery(new URLSearchParams(habitsOf(ask)))).toEqual(asked({ means: ['car', 'taxi'], fewSteps: true }));
    expect(habitsOf(asked({ to: STATION }))).toBe('');
  });

  test('can be turned round', () => {
    expect(swapped(asked({ from: SEOMYEON }))).toMatchObject({ from: null, to: SEOMYEON });
  });
});

test.each([
  ['2026-11-24T18:05', 'Asia/Seoul'],
  ['2026-03-29T00:30', 'Europe/London'],
  ['2026-03-29T02:30', 'Europe/London'],
  ['2026-10-25T03:30', 'Europe/London'],
  ['2026-01-01T00:00', 'America/St_Johns'],
])('a time on the clock of a zone is a moment, and back: %s %s', (time, zone) => {
  expect(local(instant(time, zone), zone)).toBe(time);
});

const LEG = {
  mode: 'bus',
  departs: '2026-11-24T09:02:00Z',
  arrives: '2026-11-24T09:20:00Z',
  departsScheduled: '2026-11-24T09:00:00Z',
  arrivesScheduled: '2026-11-24T09:18:00Z',
  origin: { name: '서면', lon: 129.06, lat: 35.16, stop: 'a:1', platform: '' },
  destination: { name: '부산역', lon: 129.04, lat: 35.11, stop: 'a:2', platform: '' },
  geometry: { type: 'LineString', coordinates: [[129.06, 35.16], [129.04, 35.11]] },
  trip: { trip: 'a:t', day: '2026-11-24', color: 'F06A00', isLive: true },
} as unknown as Leg;

function journey(more: Partial<Journey>): Journey {
  const legs = [{ ...LEG, mode: 'walk', trip: null } as unknown as Leg, LEG];
  return { arrives: '2026-11-24T09:20:00Z', transfers: 0, walkMetres: 100, co2Grams: 50, pm25: null, legs, ...more } as Journey;
}

describe('the ways that were found', () => {
  test('are told by what each is the best one in', () => {
    const quick = journey({ arrives: '2026-11-24T09:10:00Z', transfers: 1, co2Grams: 90 });
    const clean = journey({ co2Grams: 10, walkMetres: 900 });
    expect(merits([quick, clean])).toEqual([['fastest', 'leastWalking'], ['leastCarbon', 'fewestTransfers']]);
  });

  test('are the best in nothing that is alike or unknown', () => {
    expect(merits([journey({}), journey({ co2Grams: null })])).toEqual([[], []]);
  });

  test('are not the ones with the cleanest air for the guess at a cabin of one\'s own', () => {
    const dust = (micrograms: number) => ({ micrograms, low: 0, high: 9 });
    const car = journey({ pm25: dust(1), legs: [{ ...LEG, mode: 'car', trip: null } as unknown as Leg] });
    const [bus, slow] = [journey({ pm25: dust(3) }), journey({ pm25: dust(4) })];
    expect(merits([car, bus, slow]).map((each) => each.includes('cleanestAir'))).toEqual([false, true, false]);
    expect(merits([car, bus]).flat()).not.toContain('cleanestAir');
    const unknown = journey({ pm25: null, legs: car.legs });
    expect(merits([unknown, bus, slow])[1]).toContain('cleanestAir');
  });

  test('have a name that the minute of the question does not change', () => {
    expect(nameOf(journey({}))).toBe('walk~a:t@2026-11-24@a:1-a:2');
    expect(nameOf(journey({ arrives: '2026-11-24T10:00:00Z' }))).toBe(nameOf(journey({})));
  });

  test('have another name for the same run where one alights later', () => {
    const later = { ...LEG, destination: { ...LEG.destination, stop: 'a:3' } };
    expect(nameOf(journey({ legs: [later] }))).not.toBe(nameOf(journey({ legs: [LEG] })));
  });

  test('are drawn as lines with their ends and changes', () => {
    expect(linesOf(journey({})).map(({ colour, isOnFoot }) => [colour, isOnFoot])).toEqual([['', true], ['#F06A00', false]]);
    expect(dotsOf(journey({}), ({ name }) => name).map(({ isEnd }) => isEnd)).toEqual([false, true, true]);
    const [west, south, east, north] = boxOf(journey({}));
    expect(west).toBeLessThan(129.04);
    expect(east).toBeGreaterThan(129.06);
    expect(south).toBeLessThan(north);
  });
});

describe('a ride', () => {
  test('is late by what is known live, and by nothing else', () => {
    expect(delay(LEG)).toBe(120);
    expect(delay({ ...LEG, trip: { ...LEG.trip, isLive: false } } as Leg)).toBe(null);
    expect(delay({ ...LEG, departsScheduled: null })).toBe(null);
  });

  test('is waited for from the end of the one before', () => {
    expect(wait({ ...LEG, arrives: '2026-11-24T08:55:00Z' }, LEG)).toBe(420);
    expect(wait(undefined, LEG)).toBe(0);
  });

  test.each([
    ['FFFFFF', '#000'],
    ['F06A00', '#000'],
    ['003DA5', '#fff'],
    ['000000', '#fff'],
  ])('has a name that can be read on its colour %s', (colour, text) => {
    expect(on(colour)).toBe(text);
  });
});

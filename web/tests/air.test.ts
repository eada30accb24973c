import { describe, expect, test } from 'vitest';

import { busSeries } from '../src/air/history';
import { bus, caiGrade, newest, pm25Grade, station } from '../src/air/model';
import type { Thing, Value } from '../src/api/live';
import { wait } from '../src/api/live';
import { districtAt, districts, type Outlines } from '../src/city/districts';
import { filled } from '../src/text/fill';
import { preferred } from '../src/text/language';

const NOW = Date.parse('2026-11-24T10:30:00Z');

function thing(type: string, values: Record<string, Value>): Thing {
  return { id: `urn:ngsi-ld:${type}:s-1`, type, lon: 129, lat: 35, values };
}

describe('grades', () => {
  test('change at the edges that AirKorea tells', () => {
    expect([50, 50.4, 51, 100, 101, 250, 251].map(caiGrade)).toEqual([
      'good',
      'good',
      'moderate',
      'moderate',
      'unhealthy',
      'unhealthy',
      'very_unhealthy',
    ]);
    expect([15, 16, 36, 76].map(pm25Grade)).toEqual(['good', 'moderate', 'unhealthy', 'very_unhealthy']);
  });
});

describe('a station', () => {
  test('is drawn by its index while that is fresh, and as old after three hours, whatever else is new', () => {
    const values = (hour: string): Record<string, Value> => ({
      cai: [72, hour],
      cai_pollutant: ['pm10', hour],
      pm25: [12, '2026-11-24T10:29:00Z'],
      name: ['전포동', null],
    });
    const fresh = station(thing('AirQualityObserved', values('2026-11-24T08:00:00Z')), NOW);
    expect(fresh).toMatchObject({ look: 'moderate', subject: 's-1', name: '전포동', index: { cai: 72, pollutant: 'pm10' } });
    expect(station(thing('AirQualityObserved', values('2026-11-24T07:00:00Z')), NOW)?.look).toBe('old');
  });

  test('without an index is drawn as such, and goes by its identifier when it has no name', () => {
    const told = station(thing('AirQualityObserved', { pm25: [12, '2026-11-24T10:29:00Z'] }), NOW);
    expect(told).toMatchObject({ look: 'none', index: null, name: 's-1', at: Date.parse('2026-11-24T10:29:00Z') });
  });

  test('does not take the main pollutant of another hour', () => {
    const values: Record<string, Value> = {
      cai: [72, '2026-11-24T10:00:00Z'],
      cai_pollutant: ['o3', '2026-11-24T09:00:00Z'],
    };
    expect(station(thing('AirQualityObserved', values), NOW)?.index?.pollutant).toBeNull();
  });

  test('without a place is not on the map', () => {
    expect(station({ ...thing('AirQualityObserved', {}), lon: null }, NOW)).toBeNull();
  });
});

describe('a bus', () => {
  const sent = '2026-11-24T10:29:30Z';

  test('shows its dust mended by its bias', () => {
    const values: Record<string, Value> = { pm25: [30, sent], pm25_bias: [2, sent], confidence: [0.8, sent] };
    expect(bus(thing('AirQualityVehicle', values), NOW)).toMatchObject({ pm25: 15, look: 'good', confidence: 0.8 });
  });

  test('falls silent, and then is no longer on the road', () => {
    const values: Record<string, Value> = { pm25: [30, sent] };
    expect(bus(thing('AirQualityVehicle', values), NOW + 11 * 60_000)?.look).toBe('old');
    expect(bus(thing('AirQualityVehicle', values), NOW + 61 * 60_000)).toBeNull();
  });
});

test('the newest of all readings is found', () => {
  const told = station(thing('AirQualityObserved', { pm25: [12, '2026-11-24T10:29:00Z'] }), NOW);
  expect(newest(told ? [told, { ...told, at: null }] : [])).toBe(Date.parse('2026-11-24T10:29:00Z'));
  expect(newest([])).toBeNull();
});

test('a bus has its PM2.5 drawn where it was measured, and open stretches elsewhere', () => {
  const point = (minute: string, pm25: number | null) => ({ since: `2026-11-24T10:${minute}:00Z`, pm25, pm10: 1, no2: null });
  expect(busSeries([point('00', 12), point('10', null)]).points).toEqual([
    { at: Date.parse('2026-11-24T10:00:00Z'), value: 12 },
    { at: Date.parse('2026-11-24T10:10:00Z'), value: null },
  ]);
});

test('attempts to connect come ever less often, at different times, and not before the city asks', () => {
  expect(wait(0, 1)).toBe(500);
  expect(wait(3, 1)).toBe(4000);
  expect(wait(3, 0)).toBe(2000);
  expect(wait(50, 1)).toBe(30_000);
  expect(wait(0, 1, 10_000)).toBe(10_000);
});

test('a place lies in the district whose outline holds it, and not in a hole of one', () => {
  const square = (from: number, to: number) => [
    [from, from],
    [to, from],
    [to, to],
    [from, to],
    [from, from],
  ];
  const outlines: Outlines = {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        properties: { id: 'ring', name: { ko: '고리', en: 'Ring' } },
        geometry: { type: 'Polygon', coordinates: [square(0, 9), square(3, 6)] },
      },
      {
        type: 'Feature',
        properties: { id: 'islands', name: { ko: '섬', en: 'Islands' } },
        geometry: { type: 'MultiPolygon', coordinates: [[square(20, 21)], [square(30, 35)]] },
      },
    ],
  };
  const all = districts(outlines);
  expect(districtAt(all, 1, 1)).toBe('ring');
  expect(districtAt(all, 4, 4)).toBeNull();
  expect(districtAt(all, 32, 32)).toBe('islands');
  expect(all[1]?.label.map(Math.round)).toEqual([33, 33]);
});

test('people are spoken to in the language that they chose, else in their browser’s, else in English', () => {
  expect(preferred('ko', ['en-US'])).toBe('ko');
  expect(preferred(null, ['fr-FR', 'ko-KR', 'en-US'])).toBe('ko');
  expect(preferred('fr', ['fr-FR'])).toBe('en');
});

test('one stop is said as one, and several as several', () => {
  const text = '{count} {count|stop|stops} away';
  expect(filled(text, { count: '1' })).toBe('1 stop away');
  expect(filled(text, { count: '21' })).toBe('21 stops away');
  expect(filled('{a} of {b}', { a: 1 })).toBe('1 of ');
});

import { describe, expect, test } from 'vitest';

import { around, isWorld, outgrown, widened } from '../src/map/box';
import { apart, towards } from '../src/map/declutter';
import { Glides } from '../src/map/glide';

const MINUTE = 60_000;

describe('a bus between two reports', () => {
  test('appears where it is first reported, and glides to the next place as long as the reports lie apart', () => {
    const glides = new Glides();
    glides.report('bus', [129, 35], 0, 1000);
    expect(glides.place('bus', 1000)).toEqual([129, 35]);
    expect(glides.moving(1000)).toBe(false);
    glides.report('bus', [129.01, 35], MINUTE, 2000);
    expect(glides.place('bus', 2000 + MINUTE / 2)?.[0]).toBeCloseTo(129.005, 6);
    expect(glides.place('bus', 2000 + 2 * MINUTE)).toEqual([129.01, 35]);
    expect(glides.heading('bus')).toBeCloseTo(Math.PI / 2, 6);
  });

  test('goes on from where it is shown when a report comes early', () => {
    const glides = new Glides();
    glides.report('bus', [129, 35], 0, 0);
    glides.report('bus', [129.02, 35], MINUTE, 0);
    glides.report('bus', [129.02, 35.01], 2 * MINUTE, MINUTE / 2);
    expect(glides.place('bus', MINUTE / 2)?.[0]).toBeCloseTo(129.01, 6);
  });

  test('jumps when it is reported far away, or when motion is unwelcome', () => {
    const glides = new Glides();
    glides.report('bus', [129, 35], 0, 0);
    glides.report('bus', [129.5, 35], MINUTE, 0);
    expect(glides.place('bus', 0)).toEqual([129.5, 35]);
    glides.report('bus', [129.501, 35], 2 * MINUTE, 0, true);
    expect(glides.place('bus', 0)).toEqual([129.501, 35]);
    expect(glides.moving(1)).toBe(false);
  });

  test('is forgotten when it has left the view', () => {
    const glides = new Glides();
    glides.report('bus', [129, 35], 0, 0);
    glides.keep(new Set());
    expect(glides.place('bus', 0)).toBeNull();
  });
});

describe('marks', () => {
  const spots = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 40, y: 0 },
    { x: 40, y: 45 },
  ];

  test('that would cover a more important one are left out', () => {
    expect(apart(spots, 34, 10)).toEqual([0, 2, 3]);
    expect(apart(spots, 34, 2)).toEqual([0, 2]);
    expect(apart(spots, 5, 10)).toEqual([0, 1, 2, 3]);
  });

  test('are gone through by arrow keys', () => {
    expect(towards(spots, { x: 0, y: 0 }, 'ArrowRight')).toBe(1);
    expect(towards(spots, { x: 40, y: 0 }, 'ArrowDown')).toBe(3);
    expect(towards(spots, { x: 0, y: 0 }, 'ArrowLeft')).toBeNull();
    expect(towards(spots, { x: 0, y: 0 }, 'Enter')).toBeNull();
  });
});

describe('what is watched', () => {
  const view = [129, 35, 129.1, 35.1] as const;

  test('changes when the view leaves it or has become far smaller', () => {
    const watched = widened(view, 0.25);
    expect(outgrown(null, view)).toBe(true);
    expect(outgrown(watched, view)).toBe(false);
    expect(outgrown(watched, [129.1, 35, 129.2, 35.1])).toBe(true);
    expect(outgrown(watched, [129.05, 35.05, 129.06, 35.06])).toBe(true);
  });

  test('begins with all the devices there are, where a city has not told where it is', () => {
    expect(isWorld([-180, -60, 180, 75])).toBe(true);
    expect(isWorld([128.7, 34.9, 129.3, 35.4])).toBe(false);
    expect(around([{ lon: 129, lat: 35 }])).toEqual([129, 35, 129, 35]);
    expect(around([{ lon: 129, lat: 35 }, { lon: 130, lat: 36 }])).toEqual([128.9, 34.9, 130.1, 36.1]);
  });

  test('stays within the world', () => {
    expect(widened([-180, -85, 180, 85], 0.25)).toEqual([-180, -85, 180, 85]);
  });
});

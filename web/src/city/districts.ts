/** The city's districts: names, outlines, and which one a place lies in. */
import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';
import polylabel from 'polylabel';

import { holds, type Box } from '../map/box';
import type { Texts } from '../text/words.svelte';

type Area = Feature<Polygon | MultiPolygon, { id: string; name: Texts }>;
export type Outlines = FeatureCollection<Polygon | MultiPolygon, { id: string; name: Texts }>;

export interface District {
  id: string;
  name: Texts;
  box: Box;
  /** Where its name goes: inside it, as far as can be from its borders. */
  label: Position;
  polygons: Position[][][];
}

const LABEL_PRECISION = 0.002;

function district(area: Area): District {
  const { geometry, properties } = area;
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const largest = polygons.reduce((one, other) => (size(other) > size(one) ? other : one));
  const [x, y] = polylabel(largest as [number, number][][], LABEL_PRECISION);
  return { id: properties.id, name: properties.name, box: box(polygons.flat(2)), label: [x ?? 0, y ?? 0], polygons };
}

export function districts(outlines: Outlines): District[] {
  return outlines.features.map(district);
}

function box(positions: readonly Position[]): Box {
  const xs = positions.map((each) => each[0] ?? 0);
  const ys = positions.map((each) => each[1] ?? 0);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function size(polygon: Position[][]): number {
  const [west, south, east, north] = box(polygon[0] ?? []);
  return (east - west) * (north - south);
}

/** The id of the district that a place lies in; null outside of all. */
export function districtAt(all: readonly District[], lon: number, lat: number): string | null {
  const found = all.find((each) => holds(each.box, lon, lat) && each.polygons.some((rings) => inside(rings, lon, lat)));
  return found?.id ?? null;
}

/** Even-odd rule over all rings, holes included. */
function inside(rings: Position[][], lon: number, lat: number): boolean {
  let within = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [x1 = 0, y1 = 0] = ring[i] ?? [];
      const [x2 = 0, y2 = 0] = ring[j] ?? [];
      if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) within = !within;
    }
  }
  return within;
}

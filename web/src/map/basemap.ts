/** Our own map of the city: sea, land, districts and their names, from the city's own data and the theme's colours. */
import type { FeatureCollection, LineString, Point } from 'geojson';
import type { FilterSpecification, LineLayerSpecification, StyleSpecification } from 'maplibre-gl';

import type { District, Outlines } from '../city/districts';
import type { Line } from './overlay.svelte';
import type { Palette } from './palette';

/** Family of the labels; the style has no glyphs, so that they are drawn with the page's own font. */
export const FONT = 'Pretendard GOV';
/** Name of an empty image: where a mark stands, labels make room for it. */
export const ROOM = 'room';

export interface Ground {
  coast: FeatureCollection;
  outlines: Outlines;
  districts: readonly District[];
}

/** Where marks stand, for labels to make room. */
export function places(marks: readonly { lon: number; lat: number }[]): FeatureCollection<Point> {
  const features = marks.map(({ lon, lat }) => ({
    type: 'Feature' as const,
    properties: {},
    geometry: { type: 'Point' as const, coordinates: [lon, lat] },
  }));
  return { type: 'FeatureCollection', features };
}

/** Lines to be laid over the ground. */
export function ways(lines: readonly Line[], colours: Palette): FeatureCollection<LineString> {
  const features = lines.map(({ coordinates, colour, isOnFoot }) => ({
    type: 'Feature' as const,
    properties: { colour: colour || (isOnFoot ? colours.text : colours.chosen), isOnFoot },
    geometry: { type: 'LineString' as const, coordinates: coordinates as number[][] },
  }));
  return { type: 'FeatureCollection', features };
}

function labels(districts: readonly District[], name: (district: District) => string): FeatureCollection<Point> {
  return {
    type: 'FeatureCollection',
    features: districts.map((each) => ({
      type: 'Feature',
      properties: { name: name(each) },
      geometry: { type: 'Point', coordinates: each.label },
    })),
  };
}

function layers(colours: Palette, isSea: boolean, chosen: string | null): StyleSpecification['layers'] {
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': isSea ? colours.sea : colours.land } },
    { id: 'land', type: 'fill', source: 'coast', paint: { 'fill-color': colours.land, 'fill-outline-color': colours.line } },
    { id: 'district', type: 'fill', source: 'districts', paint: { 'fill-color': colours.district } },
    {
      id: 'border',
      type: 'line',
      source: 'districts',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': colours.line, 'line-width': ['interpolate', ['linear'], ['zoom'], 9, 0.6, 13, 1.6] },
    },
    {
      id: 'chosen',
      type: 'line',
      source: 'districts',
      filter: ['==', ['get', 'id'], chosen ?? ''],
      layout: { 'line-join': 'round' },
      paint: { 'line-color': colours.chosen, 'line-width': 3 },
    },
    line('edge', ['!', ['get', 'isOnFoot']], { 'line-color': colours.halo, 'line-width': 8 }),
    line('ride', ['!', ['get', 'isOnFoot']], { 'line-color': ['get', 'colour'], 'line-width': 5 }),
    line('foot', ['get', 'isOnFoot'], {
      'line-color': ['get', 'colour'],
      'line-width': 3,
      'line-dasharray': [1, 1.5],
    }),
    {
      id: 'name',
      type: 'symbol',
      source: 'names',
      layout: {
        'text-field': ['get', 'name'],
        'text-font': [FONT],
        'text-size': ['interpolate', ['linear'], ['zoom'], 9, 11, 13, 16],
        'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'],
        'text-radial-offset': 1.4,
        'text-padding': 4,
      },
      paint: { 'text-color': colours.label, 'text-halo-color': colours.halo, 'text-halo-width': 1.5 },
    },
    {
      id: 'marks',
      type: 'symbol',
      source: 'marks',
      layout: { 'icon-image': ROOM, 'icon-allow-overlap': true, 'icon-padding': 0 },
    },
  ];
}

function line(
  id: string,
  filter: FilterSpecification,
  paint: LineLayerSpecification['paint'],
): StyleSpecification['layers'][number] {
  const layout = { 'line-join': 'round', 'line-cap': 'round' } as const;
  return { id, type: 'line', source: 'lines', filter, layout, paint: paint ?? {} };
}

/** The style for these colours and names; `chosen` is the district to outline. */
export function basemap(
  ground: Ground,
  colours: Palette,
  name: (district: District) => string,
  chosen: string | null,
): StyleSpecification {
  return {
    version: 8,
    sources: {
      coast: { type: 'geojson', data: ground.coast },
      districts: { type: 'geojson', data: ground.outlines },
      names: { type: 'geojson', data: labels(ground.districts, name) },
      lines: { type: 'geojson', data: ways([], colours) },
      marks: { type: 'geojson', data: places([]) },
    },
    // Where no coast is known, all is taken for land.
    layers: layers(colours, ground.coast.features.length > 0, chosen),
  };
}

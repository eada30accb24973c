/** West, south, east, north in degrees (WGS 84). */
export type Box = readonly [number, number, number, number];

const MOST_NORTH = 85;

/** The box with a share of its width and height added on every side, within the world. */
export function widened([west, south, east, north]: Box, share: number): Box {
  const x = (east - west) * share;
  const y = (north - south) * share;
  return [
    Math.max(west - x, -180),
    Math.max(south - y, -MOST_NORTH),
    Math.min(east + x, 180),
    Math.min(north + y, MOST_NORTH),
  ];
}

export function holds(box: Box, lon: number, lat: number): boolean {
  return box[0] <= lon && lon <= box[2] && box[1] <= lat && lat <= box[3];
}

function contains(outer: Box, inner: Box): boolean {
  return holds(outer, inner[0], inner[1]) && holds(outer, inner[2], inner[3]);
}

export function middle([west, south, east, north]: Box): { lon: number; lat: number } {
  return { lon: (west + east) / 2, lat: (south + north) / 2 };
}

function width(box: Box): number {
  return box[2] - box[0];
}

/** The smallest box around these places, a little wider than they lie apart. */
export function around(places: readonly { lon: number; lat: number }[]): Box {
  const lons = places.map(({ lon }) => lon);
  const lats = places.map(({ lat }) => lat);
  return widened([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], 0.1);
}

/** Whether a city has not told yet where it is: its area is about the whole world. */
export function isWorld(area: Box): boolean {
  return width(area) > 180;
}

/** Whether what is watched has to change: the view has left it, or it has become far larger than the view. */
export function outgrown(watched: Box | null, view: Box): boolean {
  return watched === null || !contains(watched, view) || width(watched) > 6 * width(view);
}

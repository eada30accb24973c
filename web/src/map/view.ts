/** The drawn map: MapLibre as this page uses it, north always up, with layers of our own over its ground. */
import type { FeatureCollection, Point } from 'geojson';
import { Map as Drawn, type GeoJSONSource, type MapMouseEvent, type PaddingOptions, type StyleSpecification } from 'maplibre-gl';

import { FONT, ROOM } from './basemap';
import type { Box } from './box';
import type { Spot } from './declutter';

export interface Told {
  /** The ground is drawn, and can be changed from now on. */
  ready(): void;
  /** What is seen has shifted; in the same frame whatever lies over the ground has to shift, too. */
  shifted(): void;
  /** The map has come to rest, showing this box. */
  rests(box: Box): void;
  clicked(spot: Spot, lon: number, lat: number): void;
  /** Whether something that can be clicked is drawn there. */
  isOver(spot: Spot): boolean;
  /** Whether the machine draws at all. */
  failed(isFailed: boolean): void;
}

export interface Start {
  holder: HTMLElement;
  /** What lies over the ground, in the map's own element, so that it can be dragged and zoomed there, too. */
  over: readonly HTMLElement[];
  style: StyleSpecification;
  area: Box;
  padding: PaddingOptions;
}

type Bounds = [number, number, number, number];

/** Width and height in pixels of the room that labels leave to a mark. */
const ROOM_PX = 36;
const MOST_ZOOM = 17;
const DISTRICT_ZOOM = 13;

function drawn({ holder, style, area, padding }: Start): Drawn {
  const map = new Drawn({
    container: holder,
    style,
    bounds: area as unknown as Bounds,
    fitBoundsOptions: { padding },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: MOST_ZOOM,
    renderWorldCopies: false,
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  return map;
}

export class MapView {
  readonly #map: Drawn;

  #goal = 0;

  /** Throws where the browser cannot draw maps. */
  constructor(start: Start, told: Told) {
    const map = drawn(start);
    this.#map = map;
    map.getCanvasContainer().append(...start.over);
    map.on('styleimagemissing', ({ id }) => {
      if (id === ROOM) map.addImage(ROOM, { width: ROOM_PX, height: ROOM_PX, data: new Uint8Array(4 * ROOM_PX ** 2) });
    });
    map.once('load', () => {
      told.ready();
      told.rests(this.box);
    });
    map.on('move', () => told.shifted());
    map.on('resize', () => told.shifted());
    map.on('moveend', () => told.rests(this.box));
    map.on('click', (event) => this.#clicked(event, told));
    map.on('mousemove', ({ point }) => (map.getCanvas().style.cursor = told.isOver(point) ? 'pointer' : ''));
    map.on('webglcontextlost', () => told.failed(true));
    map.on('webglcontextrestored', () => told.failed(false));
  }

  get zoom(): number {
    return this.#map.getZoom();
  }

  get box(): Box {
    const bounds = this.#map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  /** Where a place is on the screen, in pixels from the map's upper left corner. */
  spot(lon: number, lat: number): Spot {
    return this.#map.project([lon, lat]);
  }

  style(style: StyleSpecification): void {
    this.#map.setStyle(style);
  }

  marks(places: FeatureCollection<Point>): void {
    this.#map.getSource<GeoJSONSource>('marks')?.setData(places);
  }

  /** Ways to be drawn over the ground. */
  lines(lines: FeatureCollection): void {
    this.#map.getSource<GeoJSONSource>('lines')?.setData(lines);
  }

  label(text: string): void {
    this.#map.getCanvas().setAttribute('aria-label', text);
  }

  /** So many steps from where it stands, or from where the step before takes it: quick presses all count. */
  zoomBy(steps: number): void {
    const from = this.#map.isZooming() ? this.#goal : this.zoom;
    this.#goal = Math.min(Math.max(Math.round(from + steps), this.#map.getMinZoom()), this.#map.getMaxZoom());
    this.#map.zoomTo(this.#goal);
  }

  fit(box: Box, padding: PaddingOptions, maxZoom = DISTRICT_ZOOM): void {
    this.#map.fitBounds(box as unknown as Bounds, { padding, maxZoom });
  }

  /** Bring a place into the part of the map that nothing covers, if it is not there. */
  reveal(lon: number, lat: number, { top = 0, right = 0, bottom = 0, left = 0 }: PaddingOptions): void {
    const { x, y } = this.spot(lon, lat);
    const { clientWidth, clientHeight } = this.#map.getContainer();
    const isSeen = x >= left && x <= clientWidth - right && y >= top && y <= clientHeight - bottom;
    const offset: [number, number] = [(left - right) / 2, (top - bottom) / 2];
    if (!isSeen) this.#map.easeTo({ center: [lon, lat], offset });
  }

  remove(): void {
    this.#map.remove();
  }

  #clicked(event: MapMouseEvent, told: Told): void {
    if ((event.originalEvent.target as Element).closest('button')) return; // which has its own say
    told.clicked(event.point, event.lngLat.lng, event.lngLat.lat);
  }
}

/** Labels are drawn with the page's font, and only once: so it has to be there first. */
export async function fontLoaded(): Promise<void> {
  await document.fonts.load(`16px "${FONT}"`).catch(() => []);
}

/** What a page lays over the map: ways, stops, the vehicles under way. The map draws it and knows nothing of the page. */
import { around, widened, type Box } from './box';

export interface Line {
  coordinates: readonly (readonly number[])[];
  /** A CSS colour, or empty for the map's own. */
  colour: string;
  isOnFoot: boolean;
}

export interface Dot {
  lon: number;
  lat: number;
  label: string;
  /** An end of the way is drawn larger than a stop on it. */
  isEnd: boolean;
  /** The stop whose board opens when it is pressed. */
  stop?: string | null;
}

/** Degrees around a single place that are shown with it. */
const NEAR = 0.006;

class Overlay {
  lines = $state.raw<readonly Line[]>([]);
  dots = $state.raw<readonly Dot[]>([]);
  /** Stops that lie in view, whatever the page is about. */
  stops = $state.raw<readonly Dot[]>([]);
  /** All that is drawn, each stop once; what the page is about goes first. */
  readonly marks = $derived<readonly Dot[]>([
    ...this.dots,
    ...this.stops.filter(({ stop }) => !this.dots.some((dot) => dot.stop === stop)),
  ]);
  /** What the map shows since it has come to rest. */
  view = $state.raw<{ box: Box; zoom: number } | null>(null);
  /** To be brought into view whenever another one is set. */
  box = $state.raw<Box | null>(null);
  /** Where one is, if the browser was asked and told. */
  here = $state.raw<{ lon: number; lat: number } | null>(null);
  /** Called with a place that was pressed on the map. */
  pressed: ((lon: number, lat: number) => void) | null = null;

  show(lines: readonly Line[], dots: readonly Dot[], box: Box | null): void {
    this.lines = lines;
    this.dots = dots;
    this.box = box;
  }

  /** The box around places; a single place with some of its neighbourhood. */
  around(places: readonly { lon: number; lat: number }[]): Box {
    const box = around(places);
    return box[0] === box[2] ? widened([box[0] - NEAR, box[1] - NEAR, box[2] + NEAR, box[3] + NEAR], 0) : box;
  }

  clear(): void {
    this.show([], [], null);
    this.stops = [];
    this.pressed = null;
  }
}

export const overlay = new Overlay();

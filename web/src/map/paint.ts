/** Draws what is too many or too quick for elements of the page: buses, and stations that others cover. */
import type { Bus, Look } from '../air/model';
import { BUS_SHAPE, SHAPES, STRIPES } from '../air/shapes';
import type { Spot } from './declutter';
import type { Palette } from './palette';

const BUS_PATH = new Path2D(BUS_SHAPE);
const STRIPE_PATHS = new Map(Object.entries(STRIPES).map(([look, shape]) => [look, new Path2D(shape)]));
const PATHS = Object.fromEntries(Object.entries(SHAPES).map(([look, shape]) => [look, new Path2D(shape)]));

/** Below this zoom buses are dots. */
const DOTS_BELOW = 9.5;
const DOT_RADIUS = 3.5;
/** From this zoom on buses are drawn in full size. */
const FULL_FROM = 12.5;
const LEAST_SCALE = 0.7;
const HIDDEN_SCALE = 0.3;
/** A sensor that nothing is known of is drawn as one in the middle. */
const UNKNOWN_CONFIDENCE = 0.5;

export interface DrawnBus extends Spot {
  bus: Bus;
  /** Radians clockwise from north; null when unknown. */
  heading: number | null;
  chosen: boolean;
}

export interface DrawnDot extends Spot {
  look: Look;
}

/** Opacity by confidence: always visible, never as strong as a station. */
export function opacity(confidence: number | null): number {
  return 0.3 + 0.7 * (confidence ?? UNKNOWN_CONFIDENCE);
}

/** The canvas's context, the canvas being as large as this many pixels of the page. */
export function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  return canvas.getContext('2d');
}

/** The bus nearest to a spot, if it is within reach, in pixels. */
export function nearest(buses: readonly DrawnBus[], spot: Spot, reach: number): Bus | null {
  let [found, least]: [Bus | null, number] = [null, reach];
  for (const { bus, x, y } of buses) {
    const far = Math.hypot(x - spot.x, y - spot.y);
    if (far <= least) [found, least] = [bus, far];
  }
  return found;
}

export function paint(
  context: CanvasRenderingContext2D,
  buses: readonly DrawnBus[],
  dots: readonly DrawnDot[],
  colours: Palette,
  zoom: number,
): void {
  const ratio = devicePixelRatio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, context.canvas.width / ratio, context.canvas.height / ratio);
  context.lineJoin = 'round';
  for (const dot of dots) drawDot(context, dot, colours);
  for (const bus of buses) drawBus(context, bus, colours, zoom);
}

function drawDot(context: CanvasRenderingContext2D, dot: DrawnDot, colours: Palette): void {
  const path = PATHS[dot.look];
  if (!path) return;
  context.save();
  context.translate(dot.x, dot.y);
  context.scale(HIDDEN_SCALE, HIDDEN_SCALE);
  context.fillStyle = colours.looks[dot.look];
  context.fill(path);
  context.lineWidth = 5;
  context.strokeStyle = colours.edge;
  context.stroke(path);
  context.restore();
}

function drawBus(context: CanvasRenderingContext2D, drawn: DrawnBus, colours: Palette, zoom: number): void {
  const { bus, x, y, heading, chosen } = drawn;
  context.save();
  context.translate(x, y);
  if (chosen) ring(context, colours.chosen);
  context.globalAlpha = opacity(bus.confidence);
  context.fillStyle = colours.looks[bus.look];
  context.strokeStyle = colours.edge;
  context.lineWidth = 1.5;
  const scale = LEAST_SCALE + (1 - LEAST_SCALE) * Math.min(Math.max((zoom - DOTS_BELOW) / (FULL_FROM - DOTS_BELOW), 0), 1);
  context.scale(scale, scale);
  if (zoom < DOTS_BELOW || heading === null) {
    context.beginPath();
    context.arc(0, 0, zoom < DOTS_BELOW ? DOT_RADIUS : DOT_RADIUS + 1.5, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  } else {
    context.rotate(heading);
    context.fill(BUS_PATH);
    context.stroke(BUS_PATH);
    const stripes = STRIPE_PATHS.get(bus.look);
    if (stripes) context.stroke(stripes);
  }
  context.restore();
}

function ring(context: CanvasRenderingContext2D, colour: string): void {
  context.beginPath();
  context.arc(0, 0, 15, 0, 2 * Math.PI);
  context.lineWidth = 3;
  context.strokeStyle = colour;
  context.stroke();
}

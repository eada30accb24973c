/** Draws what public transport lays over the map: vehicles with their trails, stops, the ends of a way. */
import type { Vehicle } from '../transit/model';
import type { Spot } from './declutter';
import type { Palette } from './palette';

const BODY = new Path2D('M-7-7.5A2.5 2.5 0 0 1-4.5-10h9A2.5 2.5 0 0 1 7-7.5V7.5A2.5 2.5 0 0 1 4.5 10h-9A2.5 2.5 0 0 1-7 7.5z');
const NOSE = new Path2D('M-5-9L0-16 5-9z');
const SMALL_BELOW = 11;
const SMALL = 0.5;
const FULL = 0.85;
const LABEL_FROM = 13.5;
/** Pixels that a name takes: of two that would cover one another one is left out. */
const LABEL_WIDE = 70;
const LABEL_HIGH = 16;
const PIN = new Path2D('M0 0C-2-7-8-9-8-16A8 8 0 0 1 8-16C8-9 2-7 0 0z');

const STOP = new Path2D('M-5 0A5 5 0 1 1 5 0A5 5 0 1 1-5 0z');

export interface DrawnVehicle extends Spot {
  vehicle: Vehicle;
  heading: number | null;
  /** Where it was, in pixels, the oldest first. */
  trail: readonly Spot[];
}

export interface DrawnMark extends Spot {
  label: string;
  isEnd: boolean;
}

export function paintVehicles(context: CanvasRenderingContext2D, drawn: readonly DrawnVehicle[], colours: Palette, zoom: number): void {
  for (const each of drawn) trail(context, each, colours);
  for (const each of drawn) body(context, each, colours, zoom);
}

function colourOf({ vehicle }: DrawnVehicle, colours: Palette): string {
  if (vehicle.isSilent) return colours.looks.old;
  return vehicle.mode === 'bus' ? colours.bus : colours.metro;
}

function trail(context: CanvasRenderingContext2D, drawn: DrawnVehicle, colours: Palette): void {
  const spots = [...drawn.trail, drawn];
  context.strokeStyle = colourOf(drawn, colours);
  context.lineWidth = 3;
  context.lineCap = 'butt'; // Round ones would show where see-through pieces overlap.
  spots.slice(1).forEach((spot, position) => {
    const from = spots[position] ?? spot;
    context.globalAlpha = (0.5 * (position + 1)) / spots.length;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(spot.x, spot.y);
    context.stroke();
  });
  context.globalAlpha = 1;
}

function body(context: CanvasRenderingContext2D, drawn: DrawnVehicle, colours: Palette, zoom: number): void {
  const scale = zoom < SMALL_BELOW ? SMALL : FULL;
  context.save();
  context.translate(drawn.x, drawn.y);
  context.scale(scale, scale);
  context.fillStyle = colourOf(drawn, colours);
  context.strokeStyle = colours.edge;
  context.lineWidth = 2;
  if (drawn.heading !== null) {
    context.rotate(drawn.heading);
    context.fill(NOSE);
  }
  context.fill(BODY);
  context.stroke(BODY);
  context.restore();
  if (zoom >= LABEL_FROM) text(context, drawn.vehicle.name, drawn.x + 12, drawn.y + 4, colours, 'left');
}

export function paintMarks(context: CanvasRenderingContext2D, marks: readonly DrawnMark[], colours: Palette): void {
  const named: Spot[] = [];
  // The ends first, so that they have their names, whatever lies beside them.
  for (const { x, y, label, isEnd } of marks.toSorted((one, other) => Number(other.isEnd) - Number(one.isEnd))) {
    context.save();
    context.translate(x, y);
    context.fillStyle = isEnd ? colours.chosen : colours.edge;
    context.strokeStyle = isEnd ? colours.edge : colours.text;
    context.lineWidth = 2;
    const shape = isEnd ? PIN : STOP;
    context.fill(shape);
    context.stroke(shape);
    context.restore();
    if (named.some((other) => Math.abs(other.x - x) < LABEL_WIDE && Math.abs(other.y - y) < LABEL_HIGH)) continue;
    named.push({ x, y });
    text(context, label, x, y + (isEnd ? 14 : 18), colours, 'center');
  }
}

function text(context: CanvasRenderingContext2D, label: string, x: number, y: number, colours: Palette, align: CanvasTextAlign): void {
  context.font = `12px ${colours.font}`;
  context.textAlign = align;
  context.lineWidth = 3;
  context.strokeStyle = colours.halo;
  context.fillStyle = colours.label;
  context.strokeText(label, x, y);
  context.fillText(label, x, y);
}

/** The theme's colours, for what is drawn and not styled; read anew when the reader turns the light on or off. */
import type { Look } from '../air/model';

export interface Palette {
  sea: string;
  land: string;
  district: string;
  line: string;
  label: string;
  halo: string;
  chosen: string;
  edge: string;
  text: string;
  grid: string;
  bus: string;
  metro: string;
  font: string;
  looks: Record<Look, string>;
}

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    sea: read('--map-sea'),
    land: read('--map-land'),
    district: read('--map-district'),
    line: read('--map-line'),
    label: read('--map-label'),
    halo: read('--map-halo'),
    chosen: read('--focus'),
    edge: read('--mark-edge'),
    text: read('--text'),
    grid: read('--border'),
    bus: read('--transit-bus'),
    metro: read('--transit-metro'),
    font: read('--font'),
    looks: {
      good: read('--good'),
      moderate: read('--moderate'),
      unhealthy: read('--unhealthy'),
      very_unhealthy: read('--very-unhealthy'),
      old: read('--old-line'),
      none: read('--on-none'),
    },
  };
}

/** Calls back whenever light or dark is chosen; returns how to stop that. */
export function onTheme(changed: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', changed);
  return () => dark.removeEventListener('change', changed);
}

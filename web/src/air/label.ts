/** Stations, grades and pollutants in words. */
import { say, words, type Key } from '../text/words.svelte';
import type { Grade, Look, Station } from './model';

const LOOKS: Record<Look, Key> = {
  good: 'grade.good',
  moderate: 'grade.moderate',
  unhealthy: 'grade.unhealthy',
  very_unhealthy: 'grade.veryUnhealthy',
  old: 'grade.old',
  none: 'grade.none',
};
const ADVICE: Record<Grade, Key> = {
  good: 'advice.good',
  moderate: 'advice.moderate',
  unhealthy: 'advice.unhealthy',
  very_unhealthy: 'advice.veryUnhealthy',
};
const POLLUTANTS: Record<string, Key> = {
  pm25: 'pollutant.pm25',
  pm10: 'pollutant.pm10',
  o3: 'pollutant.o3',
  no2: 'pollutant.no2',
  so2: 'pollutant.so2',
  co: 'pollutant.co',
};

export function lookText(look: Look): string {
  return say(LOOKS[look]);
}

export function adviceText(grade: Grade): string {
  return say(ADVICE[grade]);
}

export function pollutantText(key: string | null | undefined): string {
  const known = key ? POLLUTANTS[key] : undefined;
  return known ? say(known) : (key ?? '');
}

/** What a station's mark says to those who do not see it. */
export function stationLabel({ name, look, index }: Station): string {
  if (!index) return say('station.labelNone', { name });
  return say('station.label', { name, index: words.number(index.cai), grade: lookText(look) });
}

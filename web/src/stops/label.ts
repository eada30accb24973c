/** Names of lines and stops, and times of calls, in words. */
import type { LineInfo, NearStop } from '../api/client';
import type { Dot } from '../map/overlay.svelte';
import { say, words, type Texts } from '../text/words.svelte';
import { delayText, modeText, occupancyText } from '../way/label';
import type { Option } from '../way/option';
import type { OnLine } from './model';

/** A text of a feed, which may have one language only. */
export function named(texts: Texts | null | undefined): string {
  return words.pick(texts);
}

/** A stop on the map, which opens its board. */
export function stopDot({ stop, lon, lat, name }: NearStop['stop']): Dot {
  return { lon, lat, label: named(name), isEnd: false, stop };
}

/** When it comes: in so many minutes, or at what time. */
export function dueText(minutes: number | null, time: string): string {
  if (minutes === null) return words.minute(new Date(time));
  return minutes === 0 ? say('board.due') : say('time.minutes', { minutes });
}

/** A line among what is suggested for what was typed. */
export function lineOption({ line, mode, name, long_name }: LineInfo): Option {
  const [short, long] = [named(name), named(long_name)];
  const note = [modeText(mode), long === short ? '' : long].filter(Boolean).join(' · ');
  return { id: line, kind: 'line', name: short, note, spot: null };
}

/** A vehicle beside the stop where it is or that it goes to. */
export function vehicleText({ name, vehicle, status, delay_seconds, occupancy }: OnLine): string {
  const where = say(status === 'stopped_at' ? 'line.here' : 'line.coming', { vehicle: name ?? vehicle.replace(/^[^:]*:/, '') });
  return [where, delay_seconds === null ? '' : delayText(delay_seconds), occupancyText(occupancy)].filter(Boolean).join(' · ');
}

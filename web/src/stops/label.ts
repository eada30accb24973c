/** Names of lines and stops, and times of calls, in words. */
import { say, words, type Texts } from '../text/words.svelte';

/** A text of a feed, which may have one language only. */
export function named(texts: Texts | null | undefined): string {
  return words.pick(texts);
}

/** When it comes: in so many minutes, or at what time. */
export function dueText(minutes: number | null, time: string): string {
  if (minutes === null) return words.minute(new Date(time));
  return minutes === 0 ? say('board.due') : say('time.minutes', { minutes });
}

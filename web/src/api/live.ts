/** The live map's push: what is in view, then what changes there, over one connection that mends itself. */
import { createParser } from 'eventsource-parser';

import type { Box } from '../map/box';

/** Newest value of an attribute, and its own time (RFC 3339) where it has one. */
export type Value = readonly [unknown, string | null];

export interface Thing {
  id: string;
  type: string;
  lon: number | null;
  lat: number | null;
  values: Record<string, Value>;
}

/** `connecting` until the first view has arrived; `broken` from a failure until the next view has. */
export type Link = 'connecting' | 'live' | 'broken';

export interface Told {
  snapshot(things: Thing[], complete: boolean): void;
  change(things: Thing[], gone: string[]): void;
  link(state: Link): void;
}

/** The city says something at least every 15 seconds; after this long without a word the connection is taken for dead. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** How long to wait before the next attempt: twice as long each time, and not all maps at once. */
export function wait(failures: number, chance: number, asked = 0): number {
  const backedOff = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);
  return Math.max(backedOff * (0.5 + chance / 2), asked);
}

class Refused extends Error {
  constructor(readonly waitMs: number) {
    super('refused');
  }
}

export class Live {
  #types: string;
  readonly #told: Told;
  #box: Box | null = null;
  #current: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(types: readonly string[], told: Told) {
    this.#types = types.join(',');
    this.#told = told;
  }

  /** Watch this box from now on. */
  look(box: Box): void {
    this.#box = box;
    this.retry();
  }

  /** Watch things of these types from now on. */
  show(types: readonly string[]): void {
    this.#types = types.join(',');
    this.retry();
  }

  /** Connect anew at once. */
  retry(): void {
    clearTimeout(this.#timer);
    this.#current?.abort();
    if (this.#box) void this.#watch(this.#box);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#current?.abort();
    this.#box = null;
  }

  async #watch(box: Box): Promise<void> {
    const stop = new AbortController();
    this.#current = stop;
    let asked = 0;
    try {
      await this.#read(box, stop);
    } catch (error) {
      asked = error instanceof Refused ? error.waitMs : 0;
    }
    if (this.#current !== stop || this.#box === null) return;
    this.#told.link('broken');
    this.#timer = setTimeout(() => this.retry(), wait(this.#failures, Math.random(), asked));
    this.#failures += 1;
  }

  async #read(box: Box, stop: AbortController): Promise<void> {
    const query = new URLSearchParams({ bbox: box.map((each) => each.toFixed(5)).join(','), types: this.#types });
    const answer = await fetch(`/api/v1/live?${query}`, { signal: stop.signal, cache: 'no-store' });
    if (!answer.ok || !answer.body) throw new Refused(1000 * Number(answer.headers.get('Retry-After') ?? 0));
    const parser = createParser({ onEvent: (event) => this.#take(event.event ?? '', event.data) });
    const decoder = new TextDecoder();
    const reader = answer.body.getReader();
    for (;;) {
      const silence = setTimeout(() => stop.abort(), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      if (this.#current !== stop) return;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  }

  #take(event: string, data: string): void {
    const told = JSON.parse(data) as { things: Thing[]; gone?: string[]; complete?: boolean };
    if (event === 'snapshot') {
      this.#failures = 0;
      this.#told.snapshot(told.things, told.complete ?? true);
      this.#told.link('live');
    } else if (event === 'change') {
      this.#told.change(told.things, told.gone ?? []);
    }
  }
}

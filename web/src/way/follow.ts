/** Following a journey: the city tells over one connection how it stands, and of another way when it breaks. */
import { createParser } from 'eventsource-parser';

import { wait } from '../api/live';
import type { Journey, Leg } from '../api/client';

/** Data of each event, see `/api/v1/journeys/follow` at `/docs`. */
export interface Followed {
  at: string;
  legs: { departs: string; arrives: string; isLive: boolean }[];
  delaySeconds: number;
  broken: { reason: string; leg: number; message: Record<string, string> } | null;
  /** Of the legs that are not over, by their number. */
  alerts: (Leg['alerts'][number] & { leg: number })[];
  instead: Journey | null;
}

export type Event = 'status' | 'broken' | 'over';

export interface Told {
  state(event: Event, state: Followed): void;
  link(isBroken: boolean): void;
  /** The city will not follow it: there is nothing to try again. */
  refused(): void;
}

const SILENCE_MS = 60_000;

export class Follow {
  #stop: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(
    readonly token: string,
    readonly told: Told,
  ) {}

  start(): void {
    this.close();
    void this.#watch();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    this.#stop = null;
  }

  async #watch(): Promise<void> {
    const stop = (this.#stop = new AbortController());
    let isRefused = false;
    try {
      isRefused = await this.#read(stop);
    } catch {
      // Told below, and tried again.
    }
    if (this.#stop !== stop) return;
    if (isRefused) return this.told.refused();
    this.told.link(true);
    this.#timer = setTimeout(() => void this.#watch(), wait(this.#failures, Math.random()));
    this.#failures += 1;
  }

  /** Whether the city refused. */
  async #read(stop: AbortController): Promise<boolean> {
    const answer = await fetch(`/api/v1/journeys/follow?${new URLSearchParams({ journey: this.token })}`, {
      signal: stop.signal,
      cache: 'no-store',
    });
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return true;
    if (!answer.ok || !answer.body) return false;
    const parser = createParser({
      onEvent: ({ event, data }) => {
        this.#failures = 0;
        this.told.link(false);
        this.told.state((event ?? 'status') as Event, JSON.parse(data) as Followed);
      },
    });
    const decoder = new TextDecoder();
    const reader = answer.body.getReader();
    for (;;) {
      const silence = setTimeout(() => stop.abort(), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done || this.#stop !== stop) return false;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  }
}

/** Where moving things have been in the last minutes: as the city remembers it, and then as this page sees it. */
import type { Position } from './glide';

/** As long as the trails that the city remembers. */
const LONGEST_MS = 10 * 60_000;
const MOST = 60;

/** Where it was, and when, in milliseconds. */
export interface Past {
  at: number;
  place: Position;
}

export class Trails {
  #byId = new Map<string, Past[]>();

  report(id: string, place: Position, at: number): void {
    const before = (this.#byId.get(id) ?? []).filter((each) => at - each.at < LONGEST_MS);
    const last = before.at(-1)?.place;
    if (last?.[0] === place[0] && last[1] === place[1]) return;
    this.#byId.set(id, [...before, { at, place }].slice(-MOST));
  }

  /** What the city remembers of a thing goes before what this page has seen of it. */
  remember(id: string, past: readonly Past[]): void {
    const seen = this.#byId.get(id) ?? [];
    const first = seen[0]?.at ?? Infinity;
    this.#byId.delete(id);
    for (const { at, place } of [...past.filter((each) => each.at < first), ...seen]) this.report(id, place, at);
  }

  /** Places it has been at, the oldest first, without the one that it is on its way to. */
  of(id: string): Position[] {
    return (this.#byId.get(id) ?? []).slice(0, -1).map(({ place }) => place);
  }

  /** Forget all but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#byId.keys()) if (!ids.has(id)) this.#byId.delete(id);
  }
}

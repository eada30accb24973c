/** Where moving things have been in the last minutes, as far as this page has seen it. */
import type { Position } from './glide';

const LONGEST_MS = 4 * 60_000;
const MOST = 12;

export class Trails {
  #byId = new Map<string, { at: number; place: Position }[]>();

  report(id: string, place: Position, at: number): void {
    const before = (this.#byId.get(id) ?? []).filter((each) => at - each.at < LONGEST_MS);
    const last = before.at(-1)?.place;
    if (last?.[0] === place[0] && last[1] === place[1]) return;
    this.#byId.set(id, [...before, { at, place }].slice(-MOST));
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

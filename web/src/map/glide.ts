/** Where moving things are shown between two reports: they glide from the last place to the new one. Pure but for its
 * memory; times in milliseconds. */

export type Position = readonly [number, number];

interface Glide {
  from: Position;
  to: Position;
  start: number;
  end: number;
  /** When the report of `to` was made. */
  at: number;
}

/** A glide takes as long as there was between the two reports, so that things move at their own speed. */
const LONGEST_MS = 75_000;
const SHORTEST_MS = 300;
/** Farther than this, in degrees, is no drive but a jump. */
const JUMP = 0.05;

function between(glide: Glide, now: number): Position {
  const span = glide.end - glide.start;
  const share = span <= 0 ? 1 : Math.min(Math.max((now - glide.start) / span, 0), 1);
  return [
    glide.from[0] + (glide.to[0] - glide.from[0]) * share,
    glide.from[1] + (glide.to[1] - glide.from[1]) * share,
  ];
}

function far(one: Position, other: Position): boolean {
  return Math.hypot(one[0] - other[0], one[1] - other[1]) > JUMP;
}

export class Glides {
  #byId = new Map<string, Glide>();
  /** Until when something moves. */
  #until = 0;

  /** A report of a thing's place, made at `at`. `still`: show it there at once. */
  report(id: string, to: Position, at: number, now: number, still = false): void {
    const before = this.#byId.get(id);
    if (before && before.to[0] === to[0] && before.to[1] === to[1]) {
      before.at = at;
      return;
    }
    const from = before ? between(before, now) : to;
    const jumps = still || !before || far(from, to);
    const span = jumps ? 0 : Math.min(Math.max(at - before.at, SHORTEST_MS), LONGEST_MS);
    this.#byId.set(id, { from: jumps ? to : from, to, start: now, end: now + span, at });
    this.#until = Math.max(this.#until, now + span);
  }

  /** Forget all but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#byId.keys()) if (!ids.has(id)) this.#byId.delete(id);
  }

  place(id: string, now: number): Position | null {
    const glide = this.#byId.get(id);
    return glide ? between(glide, now) : null;
  }

  /** Direction of travel in radians clockwise from north; null for what has not moved. */
  heading(id: string): number | null {
    const glide = this.#byId.get(id);
    if (!glide || (glide.from[0] === glide.to[0] && glide.from[1] === glide.to[1])) return null;
    const east = (glide.to[0] - glide.from[0]) * Math.cos((glide.to[1] * Math.PI) / 180);
    return Math.atan2(east, glide.to[1] - glide.from[1]);
  }

  moving(now: number): boolean {
    return now < this.#until;
  }
}

/** Everything in view, as the city pushes it. */
import type { Thing } from '../api/live';
import { holds, type Box } from '../map/box';

export class Things {
  #byId = new Map<string, Thing>();
  #version = $state(0);
  /** False when more is in view than the city shows at once. */
  complete = $state(true);
  /** Whether anything has been told yet. */
  told = $state(false);
  box: Box | null = null;

  /** All that is in view. */
  snapshot(things: readonly Thing[], complete: boolean): void {
    this.#byId = new Map(things.map((thing) => [thing.id, thing]));
    this.complete = complete;
    this.told = true;
    this.#version += 1;
  }

  /** Nothing is known until the next snapshot. */
  forget(): void {
    this.#byId = new Map();
    this.told = false;
    this.#version += 1;
  }

  /** What is new of some of it, and what is gone. What has left the view is forgotten. */
  change(things: readonly Thing[], gone: readonly string[]): void {
    for (const id of gone) this.#byId.delete(id);
    for (const thing of things) this.#merge(thing);
    this.#version += 1;
  }

  /** Something else has become known of them, which shows. */
  touch(): void {
    this.#version += 1;
  }

  of(type: string): Thing[] {
    void this.#version;
    return [...this.#byId.values()].filter((thing) => thing.type === type);
  }

  get(id: string): Thing | undefined {
    void this.#version;
    return this.#byId.get(id);
  }

  get count(): number {
    void this.#version;
    return this.#byId.size;
  }

  #merge(news: Thing): void {
    const before = this.#byId.get(news.id);
    const lon = news.lon ?? before?.lon ?? null;
    const lat = news.lat ?? before?.lat ?? null;
    if (lon === null || lat === null || (this.box && !holds(this.box, lon, lat))) {
      this.#byId.delete(news.id);
      return;
    }
    this.#byId.set(news.id, { ...news, lon, lat, values: { ...before?.values, ...news.values } });
  }
}

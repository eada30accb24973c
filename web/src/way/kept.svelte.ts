/** What this browser keeps for its reader, and nobody else: favourites, places looked for, the journey one is on. */
import type { Journey } from '../api/client';
import type { Texts } from '../text/words.svelte';
import type { Spot } from './ask';

function read<T>(name: string, otherwise: T): T {
  try {
    return (JSON.parse(localStorage.getItem(name) ?? 'null') as T | null) ?? otherwise;
  } catch {
    return otherwise; // a browser that keeps nothing, or something else by that name
  }
}

function write(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing: then for this visit only
  }
}

const MOST_RECENT = 6;
const PLACES = 'ucity.places';
const STOPS = 'ucity.stops';
const JOURNEY = 'ucity.journey';
const HABITS = 'ucity.habits';

export interface Favourite {
  id: string;
  name: Texts;
}

/** Favourites; one kept before they had their names by language has it in none. */
function favourites(): Favourite[] {
  const found = read<(Omit<Favourite, 'name'> & { name: Texts | string })[]>(STOPS, []);
  return found.map(({ id, name }) => ({ id, name: typeof name === 'string' ? { '': name } : name }));
}

class Kept {
  #recent = $state.raw<Spot[]>(read<Spot[]>(PLACES, []));
  #stops = $state.raw<Favourite[]>(favourites());
  #journey = $state.raw<Journey | null>(read<Journey | null>(JOURNEY, null));

  /** Places that were gone from or to, the newest first. */
  get recent(): readonly Spot[] {
    return this.#recent;
  }

  visit(spot: Spot): void {
    if (!spot.name) return;
    const others = this.#recent.filter(({ name }) => name !== spot.name);
    this.#recent = [spot, ...others].slice(0, MOST_RECENT);
    write(PLACES, this.#recent);
  }

  get stops(): readonly Favourite[] {
    return this.#stops;
  }

  isFavourite(id: string): boolean {
    return this.#stops.some((each) => each.id === id);
  }

  toggle(stop: Favourite): void {
    const others = this.#stops.filter((each) => each.id !== stop.id);
    this.#stops = others.length < this.#stops.length ? others : [...others, stop];
    write(STOPS, this.#stops);
  }

  /** How its reader goes, as an address has it. */
  get habits(): string {
    const habits: unknown = read<unknown>(HABITS, '');
    return typeof habits === 'string' ? habits : '';
  }

  set habits(habits: string) {
    write(HABITS, habits || null);
  }

  /** The journey that is followed. */
  get journey(): Journey | null {
    return this.#journey;
  }

  set journey(journey: Journey | null) {
    this.#journey = journey;
    write(JOURNEY, journey);
  }
}

export const kept = new Kept();

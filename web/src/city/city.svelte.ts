/** The city as this page knows it: its profile and ground, what is in view, the air of its districts, what is chosen. */
import type { FeatureCollection } from 'geojson';

import { bus, BUS, newest, station, STATION, type Bus, type Station } from '../air/model';
import { get, type CityInfo, type DistrictAir } from '../api/client';
import { Live, type Link, type Thing } from '../api/live';
import { outgrown, widened, type Box } from '../map/box';
import { Glides } from '../map/glide';
import { Trails } from '../map/trails';
import { words } from '../text/words.svelte';
import { reportedAt, vehicle, VEHICLE, type Vehicle } from '../transit/model';
import { clock } from './clock.svelte';
import { districtAt, districts, type District, type Outlines } from './districts';
import { Things } from './things.svelte';

export interface Choice {
  kind: 'station' | 'bus' | 'district';
  id: string;
  /** Chosen on the map itself, which then stays as it is. */
  onMap?: boolean;
}

/** What is watched reaches this share beyond the view, so that a small move shows nothing new. */
const AROUND = 0.25;
const LOOK_AFTER_MS = 250;
const AIR_EVERY_MS = 60_000;
/** After a station's index has changed, its district's follows; several stations come together. */
const AIR_AFTER_MS = 3_000;
/** A page that nobody has looked at for so long lets go of its connection, of which a browser has but a few. */
const REST_AFTER_MS = 60_000;

/** What is watched, by what the page is about. */
const LAYERS = { air: [STATION, BUS], transit: [VEHICLE] } as const;
type Layer = keyof typeof LAYERS;

function all<T>(things: readonly Thing[], of: (thing: Thing, now: number) => T | null): T[] {
  return things.map((thing) => of(thing, clock.now)).filter((each) => each !== null);
}

/** When a thing that moves was where it says; null of what stands. */
function movedAt(thing: Thing): number | null {
  if (thing.type === VEHICLE) return reportedAt(thing);
  const { pm25, pm10, speed } = thing.values;
  const at = thing.type === BUS ? (pm25?.[1] ?? pm10?.[1] ?? speed?.[1]) : null;
  return at ? Date.parse(at) : null;
}

export class City {
  info = $state<CityInfo | null>(null);
  failed = $state(false);
  outlines = $state.raw<Outlines>({ type: 'FeatureCollection', features: [] });
  coast = $state.raw<FeatureCollection>({ type: 'FeatureCollection', features: [] });
  districts = $derived<District[]>(districts(this.outlines));
  air = $state.raw<DistrictAir[] | null>(null);
  link = $state<Link>('connecting');
  chosen = $state<Choice | null>(null);

  readonly things = new Things();
  readonly glides = new Glides();
  readonly trails = new Trails();
  stations = $derived<Station[]>(all(this.things.of(STATION), station));
  buses = $derived<Bus[]>(all(this.things.of(BUS), bus));
  vehicles = $derived<Vehicle[]>(all(this.things.of(VEHICLE), vehicle));
  /** Time of the newest reading in view, in milliseconds. */
  newest = $derived(newest([...this.stations, ...this.buses]));
  /** Whether no device has sent anything yet. */
  isEmpty = $derived(this.things.told && this.things.count === 0 && this.air?.length === 0);

  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #live: Live;
  #lookTimer: ReturnType<typeof setTimeout> | undefined;
  #airTimer: ReturnType<typeof setTimeout> | undefined;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #rests = false;
  #layer: Layer = 'air';
  #asked: AbortController | undefined;

  constructor() {
    this.#live = new Live(LAYERS.air, {
      snapshot: (things, complete) => this.#snapshot(things, complete),
      change: (things, gone) => this.#change(things, gone),
      link: (link) => (this.link = link),
    });
    addEventListener('online', () => this.reconnect());
    document.addEventListener('visibilitychange', () => this.#turnedOver());
  }

  /** Ask for the city's profile and ground, then watch it. */
  async open(): Promise<void> {
    this.failed = false;
    void this.#askForAir();
    try {
      const [info, outlines, coast] = await Promise.all([
        get('/api/v1/city'),
        get('/api/v1/city/districts'),
        get('/api/v1/city/coast'),
      ]);
      words.timeZone = info.timeZone;
      this.outlines = outlines as Outlines;
      this.coast = coast as FeatureCollection;
      this.info = info;
      this.look(info.area);
    } catch {
      this.failed = true;
    }
  }

  /** The map shows this box now. */
  look(view: Box): void {
    clearTimeout(this.#lookTimer);
    if (!outgrown(this.things.box, view)) return;
    const isFirst = this.things.box === null;
    this.#lookTimer = setTimeout(() => this.#watch(widened(view, AROUND)), isFirst ? 0 : LOOK_AFTER_MS);
  }

  /** Watch the air, or public transport. */
  show(layer: Layer): void {
    if (layer === this.#layer) return;
    this.#layer = layer;
    this.things.forget();
    this.#live.show(LAYERS[layer]);
  }

  reconnect(): void {
    this.#live.retry();
  }

  choose(choice: Choice | null): void {
    this.chosen = choice;
  }

  districtName(id: string | null): string {
    return words.pick(this.districts.find((each) => each.id === id)?.name) || (id ?? '');
  }

  /** The district that a place lies in. */
  districtOf(place: { lon: number; lat: number }): string | null {
    return districtAt(this.districts, place.lon, place.lat);
  }

  #watch(box: Box): void {
    this.things.box = box;
    if (!this.#rests) this.#live.look(box);
  }

  /** Another page of the browser is looked at, or this one again. */
  #turnedOver(): void {
    clearTimeout(this.#restTimer);
    if (document.hidden) {
      this.#restTimer = setTimeout(() => {
        this.#rests = true;
        this.#live.close();
      }, REST_AFTER_MS);
    } else if (this.#rests || this.link === 'broken') {
      this.#rests = false;
      if (this.things.box) this.#live.look(this.things.box);
    }
  }

  #snapshot(things: Thing[], complete: boolean): void {
    this.things.snapshot(things, complete);
    const ids = new Set(things.map((thing) => thing.id));
    this.glides.keep(ids);
    this.trails.keep(ids);
    this.#glide(things);
    if (this.#layer === 'transit') void this.#askForTrails();
  }

  #change(things: Thing[], gone: string[]): void {
    this.things.change(things, gone);
    this.#glide(things);
    if (things.some((thing) => thing.type === STATION)) this.#askSoon(AIR_AFTER_MS);
  }

  #glide(things: readonly Thing[]): void {
    const now = clock.exact();
    for (const thing of things) {
      const at = movedAt(thing);
      if (at === null || thing.lon === null || thing.lat === null) continue;
      const place = [thing.lon, thing.lat] as const;
      this.glides.report(thing.id, place, at, now, this.#still.matches || document.hidden);
      if (thing.type === VEHICLE) this.trails.report(thing.id, place, at);
    }
  }

  /** Where vehicles in view have been before this page has seen them. */
  async #askForTrails(): Promise<void> {
    this.#asked?.abort();
    this.#asked = new AbortController();
    const bbox = this.things.box?.map((each) => each.toFixed(5)).join(',') ?? '';
    try {
      const { at, trails } = await get('/api/v1/transport/bus_information/trails', { query: { bbox } }, this.#asked.signal);
      const now = Date.parse(at);
      for (const { vehicle, points } of trails) {
        const past = points.map(([lon, lat, ago]) => ({ at: now - 1000 * ago, place: [lon, lat] as const }));
        this.trails.remember(`urn:ngsi-ld:${VEHICLE}:${vehicle}`, past);
      }
      this.things.touch();
    } catch {
      // Trails then begin with what is seen from now on; the next view asks again.
    }
  }

  #askSoon(wait: number): void {
    this.#airTimer ??= setTimeout(() => void this.#askForAir(), wait);
  }

  async #askForAir(): Promise<void> {
    clearTimeout(this.#airTimer);
    this.#airTimer = undefined;
    try {
      const { at, districts } = await get('/api/v1/environment/air_quality/districts');
      clock.set(at);
      this.air = districts;
    } catch {
      // Whether the city can be reached is told by the live connection; this asks again.
    }
    this.#airTimer ??= setTimeout(() => void this.#askForAir(), AIR_EVERY_MS);
  }
}

export const city = new City();

/** What the city declares of air quality: titles and units of its measures. Asked for once, when first needed. */
import { get, type StreamInfo } from '../api/client';

type Measure = StreamInfo['measures'][number];

const STREAMS = ['stations', 'buses', 'bus_confidence'] as const;

class Streams {
  #asked = false;
  #measures = $state.raw<ReadonlyMap<string, Measure>>(new Map());

  measure(key: string): Measure | undefined {
    return this.#measures.get(key);
  }

  async ask(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const found = await Promise.all(STREAMS.map((stream) => this.#one(stream)));
      this.#measures = new Map(found.flat().map((measure) => [measure.key, measure]));
    } catch {
      this.#asked = false; // The next panel asks again; until then measures go by their keys.
    }
  }

  async #one(stream: string): Promise<Measure[]> {
    const path = { service: 'air_quality', stream };
    const { measures } = await get('/api/v1/streams/{service}/{stream}', { path });
    return measures;
  }
}

export const streams = new Streams();

/** The city's clock: the browser's own may be wrong, and then every age would be. */

const TICK_MS = 5_000;

class Clock {
  #ahead = 0;
  now = $state(Date.now());

  constructor() {
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Milliseconds since 1970, as the city counts them. */
  exact(): number {
    return Date.now() + this.#ahead;
  }

  /** Take over the time that the city has just told. */
  set(told: string): void {
    const time = Date.parse(told);
    if (Number.isFinite(time)) this.#ahead = time - Date.now();
    this.#tick();
  }

  #tick(): void {
    this.now = this.exact();
  }
}

export const clock = new Clock();

/** The planner: what is asked, what was found, which way is looked at, and the journey that is followed. */
import { ApiError, get, type Journey, type JourneysAnswer } from '../api/client';
import { city } from '../city/city.svelte';
import { clock } from '../city/clock.svelte';
import { page } from '../page/page.svelte';
import { fits, fromQuery, groups, HABITS, habitsOf, isComplete, local, MEANS, request, toQuery, type Ask, type Means, type Spot } from './ask';
import { nameOf, together } from './compare';
import { Follow, type Event, type Followed } from './follow';
import { kept } from './kept.svelte';

/** `unready`: the city will answer soon, and is asked again. `unmapped`: it has no timetable. */
export type State = 'idle' | 'asking' | 'found' | 'nothing' | 'unready' | 'unmapped' | 'unanswered';

const CONFLICT = 409;
/** A journey that ended so long ago is no longer followed when the page is opened again. */
const OVER_AFTER_MS = 10 * 60_000;

/** The city's. */
function zone(): string {
  return city.info?.timeZone ?? 'UTC';
}

class Planner {
  readonly ask = $derived<Ask>(fromQuery(page.query));
  state = $state<State>('idle');
  answer = $state.raw<JourneysAnswer | null>(null);
  /** The followed journey as it stands, and whether the city can be heard. */
  status = $state.raw<Followed | null>(null);
  event = $state<Event>('status');
  isSilent = $state(false);
  readonly following = $derived(kept.journey);
  readonly chosen = $derived.by<Journey | null>(() => {
    const name = page.get('way');
    return (name && this.answer?.journeys.find((journey) => nameOf(journey) === name)) || null;
  });
  /** What the map draws. */
  readonly shown = $derived<Journey | null>(page.view === 'way' ? (this.following ?? this.chosen) : null);
  /** The ends to be marked while no way is shown. */
  readonly ends = $derived<Spot[]>(page.view === 'way' ? [this.ask.from, this.ask.to].filter((spot) => spot !== null) : []);

  #stop: AbortController | null = null;
  #follow: Follow | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Change what is asked; a change of the places or of the time is a new question. */
  change(changes: Partial<Ask>): void {
    const asked = { ...this.ask, ...changes };
    if (asked.by !== 'now' && !asked.at) asked.at = local(clock.exact(), zone());
    kept.habits = habitsOf(asked);
    page.go({ ...toQuery(asked), way: null }, true);
  }

  /** Go as before, where the address asks for nothing yet. */
  recall(): void {
    if (!kept.habits || ['from', 'to', ...HABITS].some((name) => page.get(name))) return;
    const { wheelchair, fewSteps, means, without } = fromQuery(new URLSearchParams(kept.habits));
    page.go(toQuery({ ...this.ask, wheelchair, fewSteps, means, without }), true);
  }

  /** Ask for the way by other means too, and look at that one. */
  compare(mode: Means): void {
    const means = MEANS.filter((each) => each === mode || this.ask.means.includes(each));
    page.go({ ...toQuery({ ...this.ask, means }), way: mode });
  }

  /** Ask no longer. */
  rest(): void {
    this.#stop?.abort();
    clearTimeout(this.#timer);
  }

  /** Ask the city, as soon as it is known where from and where to. */
  async put(): Promise<void> {
    this.rest();
    const ask = this.ask;
    if (!isComplete(ask)) {
      this.answer = null;
      this.state = 'idle';
      return;
    }
    const stop = (this.#stop = new AbortController());
    if (this.state !== 'unready') this.state = 'asking';
    try {
      const means = groups(ask);
      const answers = await Promise.all(means.map((each) => this.#answer(request(ask, each, zone()), stop.signal)));
      const [answer] = answers;
      if (stop.signal.aborted || !answer) return;
      clock.set(answer.at);
      const journeys = together(answers, ({ legs }, group) => fits(legs.map(({ mode }) => mode), means[group] ?? []));
      this.answer = { ...answer, journeys };
      this.state = journeys.length ? 'found' : 'nothing';
      for (const spot of [ask.from, ask.to]) kept.visit(spot);
    } catch (error) {
      if (stop.signal.aborted) return;
      this.answer = null;
      this.state = this.#failed(error);
    }
  }

  #answer(query: ReturnType<typeof request>, signal: AbortSignal): Promise<JourneysAnswer> {
    return get('/api/v1/journeys', { query }, signal);
  }

  #failed(error: unknown): State {
    if (!(error instanceof ApiError)) return 'unanswered';
    if (error.laterMs !== null) {
      this.#timer = setTimeout(() => void this.put(), error.laterMs);
      return 'unready';
    }
    return error.status === CONFLICT ? 'unmapped' : 'unanswered';
  }

  choose(journey: Journey | null): void {
    page.go({ way: journey && nameOf(journey) });
  }

  /** Set out: from now on the city tells when the journey breaks. */
  follow(journey: Journey): void {
    this.#follow?.close();
    kept.journey = journey;
    this.status = null;
    this.event = 'status';
    this.isSilent = false;
    this.#follow = new Follow(journey.follow, {
      state: (event, state) => {
        clock.set(state.at);
        this.event = event;
        // Another way is told once; it stays on offer for as long as the journey is broken.
        const instead = state.instead ?? (state.broken ? (this.status?.instead ?? null) : null);
        this.status = { ...state, instead };
        if (event === 'over') this.#follow?.close();
      },
      link: (isBroken) => (this.isSilent = isBroken),
      refused: () => this.end(),
    });
    this.#follow.start();
  }

  /** Go on with a journey that was followed when the page was left. */
  resume(): void {
    const journey = kept.journey;
    if (!journey || this.#follow) return;
    if (Date.parse(journey.arrives) + OVER_AFTER_MS < clock.exact()) kept.journey = null;
    else this.follow(journey);
  }

  end(): void {
    this.#follow?.close();
    this.#follow = null;
    kept.journey = null;
    this.status = null;
    if (page.get('way')) page.go({ way: null }, true);
  }
}

export const planner = new Planner();

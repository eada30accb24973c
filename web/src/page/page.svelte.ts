/** Which page is shown, and what of it: all of that is in the address, so that it can be kept, sent and gone back to. */
import type { Key } from '../text/words.svelte';

export const VIEWS = ['map', 'way', 'stops'] as const;
export type View = (typeof VIEWS)[number];
export const TITLES = { map: 'page.title', way: 'way.title', stops: 'stops.title' } as const satisfies Record<View, Key>;
export type Changes = Readonly<Record<string, string | null>>;

/** The address of a page with these things; what is null is left out. Pure. */
export function addressOf(query: URLSearchParams, changes: Changes): string {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') changed.delete(name);
    else changed.set(name, value);
  }
  const text = changed.toString();
  return text ? `?${text}` : '/';
}

class Page {
  query = $state.raw(new URLSearchParams(location.search));
  readonly view = $derived<View>(VIEWS.find((each) => each === this.query.get('view')) ?? 'map');

  constructor() {
    addEventListener('popstate', () => (this.query = new URLSearchParams(location.search)));
  }

  /** Change some of what is shown. `stay`: the step is none to go back to. */
  go(changes: Changes, stay = false): void {
    const address = addressOf(this.query, changes);
    history[stay ? 'replaceState' : 'pushState'](null, '', address);
    this.query = new URLSearchParams(location.search);
  }

  /** Go to another page, leaving all of this one. */
  open(changes: Changes): void {
    history.pushState(null, '', addressOf(new URLSearchParams(), changes));
    this.query = new URLSearchParams(location.search);
  }

  get(name: string): string | null {
    return this.query.get(name);
  }
}

export const page = new Page();

/** For links within the city: the page changes without being loaded anew, unless another tab is asked for. */
export function within(event: MouseEvent & { currentTarget: HTMLAnchorElement }): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const query = new URL(event.currentTarget.href).searchParams;
  page.open(Object.fromEntries(query));
}

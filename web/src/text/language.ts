/** The languages that the pages speak, and which of them to begin with. */

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

function isLanguage(tag: string | null | undefined): tag is Language {
  return (LANGUAGES as readonly unknown[]).includes(tag);
}

/** The language chosen here before, else the first of the browser's that there is, else English. */
export function preferred(chosen: string | null, browser: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  return browser.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
}

/** A text with its values: `{name}` stands for the value of that name, `{name|stop|stops}` for the first word where that
 * is 1, and else for the second. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, other?: string) => {
    const value = String(values[name] ?? '');
    return one === undefined ? value : ((value === '1' ? one : other) ?? '');
  });
}

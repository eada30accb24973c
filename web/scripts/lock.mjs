// Takes every address out of the lock, so that it names no host: packages come from the registry that npm is set to,
// each checked by its hash. `npm run lock` makes the lock anew and then runs this.
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
for (const each of Object.values(lock.packages)) {
  delete each.resolved;
  delete each.funding;
  delete each.deprecated;
}
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);

// Types of the city's API, from the OpenAPI document that a running city serves:
//
//   npm run types -- http://127.0.0.1:8000            writes src/api/schema.d.ts
//   npm run types -- http://127.0.0.1:8000 --check    says whether it is current
//
// Only the paths that the pages use are taken, so that a change elsewhere in the API does not touch them.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const SCHEMA = new URL('../src/api/schema.d.ts', import.meta.url);
const USED = [
  '/api/v1/city',
  '/api/v1/city/coast',
  '/api/v1/city/districts',
  '/api/v1/journeys',
  '/api/v1/live',
  '/api/v1/places',
  '/api/v1/places/at',
  '/api/v1/streams/{service}/{stream}',
  '/api/v1/streams/{service}/{stream}/history',
  '/api/v1/environment/air_quality/bus',
  '/api/v1/environment/air_quality/districts',
  '/api/v1/environment/air_quality/station',
  '/api/v1/transport/bus_information/board',
  '/api/v1/transport/bus_information/line',
  '/api/v1/transport/bus_information/lines',
  '/api/v1/transport/bus_information/nearby',
  '/api/v1/transport/bus_information/trails',
];
const HEAD = '// Written by `npm run types` from the OpenAPI document of a running city. Change the API, not this file.\n\n';

function references(part) {
  const found = [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
  return found.map((match) => match[1]);
}

function used(document) {
  const paths = Object.fromEntries(USED.map((path) => [path, document.paths[path]]));
  const missing = USED.filter((path) => !paths[path]);
  if (missing.length) throw new Error(`The city does not serve ${missing.join(', ')}`);
  const schemas = {};
  const waiting = references(paths);
  while (waiting.length) {
    const name = waiting.pop();
    if (name in schemas) continue;
    schemas[name] = document.components.schemas[name];
    waiting.push(...references(schemas[name]));
  }
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([one], [other]) => (one < other ? -1 : 1)));
  return { openapi: document.openapi, info: document.info, paths, components: { schemas: sorted } };
}

const [url, check] = process.argv.slice(2);
const answer = await fetch(new URL('/api/v1/openapi.json', url));
const text = HEAD + astToString(await openapiTS(used(await answer.json()), { alphabetize: true }));
if (check !== '--check') {
  writeFileSync(SCHEMA, text);
} else if (readFileSync(SCHEMA, 'utf8') !== text) {
  console.error('src/api/schema.d.ts is not what the city serves: run npm run types');
  process.exit(1);
}

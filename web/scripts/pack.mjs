// Packs what was built once and for all, so that the city sends it without packing it each time; and adds the licence of
// the font, which is no script, to those that the build has gathered.
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const OUT = new URL('../../src/ucity/pages/', import.meta.url).pathname;
const SMALLEST = 1024;

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

const font = new URL('../node_modules/pretendard-gov/dist/LICENSE.txt', import.meta.url);
appendFileSync(join(OUT, 'licences.md'), `\n## pretendard-gov (OFL-1.1)\n\n${readFileSync(font, 'utf8')}`);

for (const path of files(OUT).filter((each) => /\.(html|js|css|svg)$/.test(each))) {
  const body = readFileSync(path);
  if (body.length < SMALLEST) continue;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(body, { params: quality }));
}

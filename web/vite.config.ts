import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, loadEnv } from 'vite';

// For `npm run dev`: where a city runs, as UCITY_URL.
const CITY = loadEnv('', '.', 'UCITY')['UCITY_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../src/ucity/pages',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    license: { fileName: 'licences.md' },
    chunkSizeWarningLimit: 1200, // kB of the map library, which comes as one piece
  },
  server: { proxy: { '/api': CITY, '/docs': CITY } },
});

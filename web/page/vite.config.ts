/**
 * Bundles the page. While one works on it: `npx vite web/page` beside `npm start`, which answers the requests.
 * Source: vite. Deviation: none.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Of the server that `npm start` runs; settings of the engine are not read here. */
const server = 'http://127.0.0.1:3210';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    // Nothing inline: the content security policy allows none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // On a busy machine it would print a page about its own speed.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { proxy: { '/v1': server, '/health': server, '/ready': server } },
});

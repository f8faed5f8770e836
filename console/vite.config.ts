import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** For `npm run dev -w console`: a running platform answers what is not a file of the console. */
const platform = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Nothing inline: the pages are served with a content security policy that forbids it.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2023' },
  server: {
    proxy: Object.fromEntries(
      ['/admin', '/events', '/recordings', '/docs'].map((path) => [path, { target: platform, ws: true }]),
    ),
  },
});

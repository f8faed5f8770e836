import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Bytes below which there is nothing to gain. */
const SMALL = 1_024;

/** Of 11; the last two cost a start some seconds and gain little. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** Each file as it was written, in its compressed forms beside it: the platform sends the one that a browser takes. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle)) {
      const path = join(dir, name);
      const content = readFileSync(path);
      if (content.length < SMALL) continue;
      writeFileSync(`${path}.br`, brotliCompressSync(content, BROTLI));
      writeFileSync(`${path}.gz`, gzipSync(content));
    }
  },
};

/** For `npm run dev -w console`: a running platform answers what is not a file of the console. */
const platform = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwindcss(), compressed],
  // Nothing inline: the pages are served with a content security policy that forbids it.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    // Whoever starts the platform for the first time waits for this build; how long each part took is not their concern.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: {
    proxy: Object.fromEntries(
      ['/admin', '/events', '/recordings', '/docs'].map((path) => [path, { target: platform, ws: true }]),
    ),
  },
});

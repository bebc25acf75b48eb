import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The product's own address in development: `hoofprint serve` beside `npm run dev`.
const server = process.env.HOOFPRINT_URL ?? 'http://127.0.0.1:8127';

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: 'dist',
    // public/.keep comes back as dist/.keep, so that the Go embed directive finds the directory.
    emptyOutDir: true,
    // light-dark() must reach the browser as written: the theme switch needs it.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': server } },
});

import { defineConfig } from 'vitest/config';

// One browser, one server: files run one after the other.
export default defineConfig({
  test: {
    include: ['e2e/*.spec.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

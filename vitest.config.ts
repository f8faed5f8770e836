import { defineConfig } from 'vitest/config';

/**
 * Three projects. `unit` needs nothing but Node: cores on a simulated network, the store, the API on a free port.
 * `interop` talks to peers that others wrote (SIPp, baresip); each file skips itself, with the reason, where
 * its peer is not installed. `browser` uses the console in Chromium.
 */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is polled for comes in its own time on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    // Most tests wait for calls, not for the processor.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Tests that say they run at once wait for calls, not for the processor.
          maxConcurrency: 50,
          include: [
            'src/**/*.test.ts',
            'console/src/**/*.test.ts',
            'test/{contract,virtual-network,torture,fuzz,support,system}/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: 'test/browser/build-console.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          testTimeout: 90_000,
        },
      },
    ],
  },
});

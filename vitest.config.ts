import { defineConfig } from "vitest/config";

/** Generous: a shared machine may be ten times slower than an idle one, and a time-out there proves nothing. */
const testTimeout = 240_000;

/** Where CI shares its processors, seconds go missing now and then: one more try, which the output shows as such. */
const retry = process.env["CI"] ? 1 : 0;

export default defineConfig({
  test: {
    // Two cores are what CI has; more workers would only make time-outs of the crash tests less true.
    maxWorkers: 2,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        test: {
          name: "unit",
          include: ["{services,packages}/*/src/**/*.test.ts", "test/deploy/*.test.ts"],
          testTimeout,
        },
      },
      {
        test: {
          name: "integration",
          include: ["{services,packages}/*/test/**/*.int.test.ts", "test/**/*.int.test.ts"],
          globalSetup: ["./test/start-test-servers.ts"],
          testTimeout,
          retry,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Two cores are what CI has; more workers would only make time-outs of the crash tests less true.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["{services,packages}/*/src/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "integration",
          include: ["{services,packages}/*/test/**/*.int.test.ts", "test/**/*.int.test.ts"],
          globalSetup: ["./test/start-test-servers.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

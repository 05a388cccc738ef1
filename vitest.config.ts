import { defineConfig } from "vitest/config";

/** Generous: a shared machine may be ten times slower than an idle one, and a time-out there proves nothing. */
const testTimeout = 240_000;

const integration = ["{services,packages}/*/test/**/*.int.test.ts", "test/**/*.int.test.ts"];
/** Whether something is lost, done twice or too late: here a second try would hide what is looked for. */
const once = [
  "test/flows/*.int.test.ts",
  "services/*/test/{audience,backfill-crashes,crashes,leaving,once,open-calls,outages,replays,zombies}.int.test.ts",
];

/** Where CI shares its processors, seconds go missing now and then: one more try, which the output shows as such. */
const retry = process.env["CI"] ? 1 : 0;

const onServers = {
  globalSetup: ["./test/start-test-servers.ts"],
  testTimeout,
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    // Two cores are what CI has; more workers would only make time-outs of the crash tests less true.
    maxWorkers: 2,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{services,packages}/*/src/**/*.test.ts",
            "test/{deploy,demo,imports}/*.test.ts",
          ],
          exclude: integration,
          testTimeout,
        },
      },
      {
        test: {
          name: "integration",
          include: integration,
          exclude: once,
          retry,
          ...onServers,
          // They wait for more than half of their time: a third one fills the gaps.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { name: "once", include: once, retry: 0, ...onServers, sequence: { groupOrder: 2 } },
      },
    ],
  },
});

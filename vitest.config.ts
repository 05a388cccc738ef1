import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

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

// Each file is a process, and many start others: what they load is compiled once, beside what test/stack keeps.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, ".yubin/compiled");

/**
 * Those that take longest begin first, or one of them runs alone at the end of its project. A fresh clone remembers no
 * times, and goes by the size of the files.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return place === -1 ? longest.length : place;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

const longest = [
  "sender/src/domain/races",
  // These two are all that is beside outages, which measures how long answers take: both wait for most of their time.
  "test/flows/once-sends.int",
  "sender/test/zombies.int",
  "ingress/test/outages.int",
  "identity/test/backfill-crashes.int",
  "test/flows/once-webhooks.int",
  "test/flows/stops.int",
  "identity/test/reconcile.int",
  "queue/test/nemeses.int",
  "sender/test/long-lists.int",
  "identity/test/people-model.int",
  "identity/test/backfill.int",
  "identity/test/people-crashes.int",
  "sender/test/reply-crashes.int",
];

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
    sequence: { sequencer: LongestFirst },
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
        test: {
          name: "once",
          include: once,
          retry: 0,
          ...onServers,
          // Two of them leave more than half of two cores idle: they wait for locks of the killed to lapse.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

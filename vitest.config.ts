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

/** How long things take is what these look at: they are kept apart from those that keep both cores busy. */
const timed = [
  "packages/queue/test/{hostile-hashes,outcomes,trouble}.int.test.ts",
  "services/ingress/test/{clicks-away,slow-store}.int.test.ts",
  "services/sender/test/{neighbours,pace,pacer,pacer-seconds,schedule}.int.test.ts",
];
const timedOnce = [
  "services/ingress/test/outages.int.test.ts",
  "services/sender/test/zombies.int.test.ts",
  "test/flows/stops.int.test.ts",
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
  "test/flows/once-sends.int",
  "identity/test/backfill-crashes.int",
  "test/flows/once-webhooks.int",
  "sender/test/trouble.int",
  "identity/test/backfill.int",
  "queue/test/nemeses.int",
  "sender/test/long-lists.int",
  "identity/test/reconcile.int",
  "sender/test/variants.int",
  "sender/test/line-answers.int",
  "identity/test/people-crashes.int",
  "sender/test/reply-crashes.int",
  "test/cli/imports.int",
  "test/cli/campaigns.int",
  "sender/test/merges.int",
  "sender/test/quota-trouble.int",
  "sender/test/free-replies.int",
  "sender/test/crashes.int",
  "sender/test/bounds.int",
  "test/flows/ingress-crashes.int",
  "identity/test/hostile-line.int",
  "sender/test/rules.int",
  "sender/test/estimates.int",
  "identity/test/queues.int",
  "test/links/link-page.int",
  "test/cli/identity.int",
  "identity/test/people-model.int",
  // Those by the clock, which come last.
  "sender/test/pacer.int",
  "sender/test/pace.int",
  "ingress/test/outages.int",
  "test/flows/stops.int",
  "sender/test/zombies.int",
  "queue/test/outcomes.int",
  "queue/test/trouble.int",
];

const onServers = {
  globalSetup: ["./test/start-test-servers.ts"],
  testTimeout,
  hookTimeout: 300_000,
  // More than cores, as they wait for names, paces and locks of the killed. With four, stories that look at the clock
  // begin to fail.
  maxWorkers: 3,
};
const busy = { ...onServers, sequence: { groupOrder: 1 } };
const calm = { ...onServers, sequence: { groupOrder: 2 } };

export default defineConfig({
  test: {
    // Two cores are what CI has.
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
          ...busy,
          include: integration,
          exclude: [...once, ...timed],
          retry,
        },
      },
      { test: { name: "once", ...busy, include: once, exclude: timedOnce, retry: 0 } },
      { test: { name: "timed", ...calm, include: timed, retry } },
      { test: { name: "timed once", ...calm, include: timedOnce, retry: 0 } },
    ],
  },
});

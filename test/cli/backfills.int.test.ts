import type { BackfillView } from "@yubin/types";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { startLinkWorld, type LinkWorld } from "../links/link-world.ts";
import { until } from "../stack/until.ts";
import { startYubin, yubin, yubinJson, yubinRows } from "./run-yubin.ts";

const earlier = 40;

let world: LinkWorld;
beforeAll(async () => {
  world = await startLinkWorld();
  const { simulator, line } = world;
  const people = simulator.addPeople({ provider: "acme", count: earlier });
  simulator.updateChannel(line.channelId, { webhookActive: false });
  simulator.follow(line.channelId, people);
  simulator.updateChannel(line.channelId, { webhookActive: true });
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(() => world.simulator.faults.set([]));

/** LINE takes its time with the list. */
const slowly = (): void =>
  world.simulator.faults.set([{ kind: "slow", endpoint: "followers", rate: 1, latencyMs: 6_000 }]);

it("counts in a dry run, and watches until it has ended", async () => {
  const start = ["backfill", "start", world.channelId, "--dry-run", "--watch"];
  const { code, stdout } = await yubin(world, ...start);
  expect(code).toBe(0);
  const all = earlier + world.friends.length;
  expect(stdout).toMatch(/^backfill_\w+, dry run \(nobody was written\), done\n/);
  expect(stdout).toContain(
    `${all} found: ${earlier} new, 0 updated, ${world.friends.length} known`,
  );
});

it("goes on without whoever watched it, and says so at Ctrl-C", async () => {
  slowly();
  const watching = startYubin(world, ["backfill", "start", world.channelId, "--watch"]);
  await until(() => (watching.told().includes(" found: ") ? true : undefined), {
    what: "progress to be told",
    everyMs: 20,
  });
  watching.child.kill("SIGINT");
  const { code, stdout, stderr } = await watching.ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  const [, id = ""] = /^(backfill_\w+) goes on without being watched: yubin /m.exec(stderr) ?? [];
  expect(await yubinJson<BackfillView>(world, "backfill", "watch", id)).toMatchObject({
    id,
    state: "done",
    created: earlier,
  });
  const rows = await yubinRows<BackfillView>(world, "backfills", "list", world.channelId);
  expect(rows.map(({ dryRun, state }) => [dryRun, state])).toEqual([
    [true, "done"],
    [false, "done"],
  ]);
});

it("is one at a time, and can be cancelled", async () => {
  slowly();
  const { id } = await yubinJson<{ id: string }>(world, "backfill", "start", world.channelId);
  const second = await yubin(world, "backfill", "start", world.channelId);
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("backfill_running: ") });
  const watching = startYubin(world, ["backfill", "watch", id]);
  const cancelled = await yubin(world, "backfill", "cancel", id);
  expect(cancelled).toMatchObject({ code: 0, stdout: expect.stringContaining(", cancelled\n") });
  const { code, stdout } = await watching.ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(", cancelled\n") });
});

it("tells why LINE lists nobody, and what to do", async () => {
  world.simulator.updateChannel(world.line.channelId, { verified: false });
  const { code, stdout } = await yubin(world, "backfill", "start", world.channelId, "--watch");
  expect(code).toBe(1);
  expect(stdout).toContain(", failed: line.forbidden\n");
  expect(stdout).toContain("Have the account verified and start it again");
});

it("refuses what is not there", async () => {
  for (const args of [
    ["backfill", "start", "chan_none"],
    ["backfill", "watch", "backfill_none"],
    ["backfill", "cancel", "backfill_none"],
    ["backfills", "list", "chan_none"],
    ["import", "show", "imp_none"],
    ["import", "rows", "imp_none"],
  ])
    expect(await yubin(world, ...args)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("not_found: "),
    });
});

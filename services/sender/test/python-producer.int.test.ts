import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { queuePrefix } from "@yubin/queue";
import { pythonWith } from "@yubin/servers/testing";
import { idFrom } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { openWorld, until, workspaceId, type World } from "./open-world.ts";

/** BullMQ in another language than ours; where it cannot be had these tests are skipped, and it is said why. */
const python = await pythonWith(
  { name: "bullmq", version: "3.4.4" },
  "nobody puts jobs on the public queue from another language",
);

const readme = readFileSync(
  join(import.meta.dirname, "../../../packages/client/README.md"),
  "utf8",
);

/** What the documentation tells people to run, with other values for what is theirs. */
const programOf = (values: Readonly<Record<string, string>>): string => {
  const [, documented] = /```python\n([^`]*)```/.exec(readme) ?? [];
  if (documented === undefined) throw new Error("the documentation has no program in Python");
  return Object.entries(values).reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`${from} is not there once`);
    return text.replace(from, () => to);
  }, documented);
};

const run = (program: string) => promisify(execFile)(python ?? "", ["-c", program]);

const valuesFor = (world: World) => ({
  "redis://127.0.0.1:6379": world.servers.redisUrl,
  "{yubin-sends}": queuePrefix("sends", world.servers.redisPrefix),
  "chan_…": world.channelId,
});

describe.skipIf(python === undefined)("BullMQ for Python", { timeout: 120_000 }, () => {
  it("sends a message by the documented job, once for its key, in the words it was given", async () => {
    await using world = await openWorld();
    const [userId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
    await world.addProfile({ lineUserId: userId, externalId: "42" });
    const program = programOf({ ...valuesFor(world), "Your parcel": "[[py]] 荷物" });
    await run(program);
    const row = await world.untilSettled(idFrom("msg", workspaceId, "order-7/shipped"));
    expect(row.recipients[0]).toMatchObject({ outcome: "accepted", lineUserId: userId });
    await run(program);
    await until(async () => (await queued(world)) === 0, { what: "the second job to be taken" });
    expect(world.simulator.ledger.recipients("py").get(userId)).toBe(1);
    const [request] = world.simulator.ledger.requests({ recipient: userId });
    expect(JSON.stringify(request)).toContain("[[py]] 荷物 7 is on its way 📦");
    expect(await world.store.deadLetters.countDocuments()).toBe(0);
  });

  it("gets a dead letter with the reason for what does not fit", async () => {
    await using world = await openWorld();
    await run(programOf({ ...valuesFor(world), "user:42": "nobody at all" }));
    await until(async () => (await world.store.deadLetters.countDocuments()) === 1, {
      what: "a dead letter",
    });
    expect(await world.store.deadLetters.findOne()).toMatchObject({
      workspaceId,
      code: "request_invalid",
    });
    expect(await world.store.batches.countDocuments()).toBe(0);
  });
});

/** Jobs of the public queue that nobody has finished yet. */
const queued = async (world: World): Promise<number> => {
  const depths = await world.producer.depths(["sends"]);
  return depths.reduce((sum, { waiting, active }) => sum + waiting + active, 0);
};

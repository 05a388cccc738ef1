import { expect, it } from "vitest";

import { advanceCampaign } from "@yubin/types";
import { openWorld, until, workspaceId } from "./open-world.ts";

it("starts a campaign on time, whoever looks, and not before", async () => {
  await using world = await openWorld({ senders: 2 });
  await world.addFriends(3);
  const startsAt = new Date(Date.now() + 3_000);
  const id = await world.launch({
    text: "hello",
    more: {
      state: "scheduled",
      startsAt,
      startedAt: null,
      nextAt: new Date(startsAt.getTime() - 10_000),
    },
  });
  await world.producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId: id }]); // too early
  await until(async () => (await world.campaign(id)).state !== "scheduled", { what: "the start" });
  expect(Date.now()).toBeGreaterThanOrEqual(startsAt.getTime());
  expect(Date.now() - startsAt.getTime()).toBeLessThan(10_000);
  await world.untilDone(id);
  const [batch] = await world.batchesOf(id);
  expect(batch?.counts).toMatchObject({ audience: 3, accepted: 3 });
  expect(batch?.createdAt.getTime()).toBeGreaterThanOrEqual(startsAt.getTime());
  // From then on nothing of it is changed, though it be paused.
  const { startedAt } = await world.campaign(id);
  expect(startedAt?.getTime()).toBeGreaterThanOrEqual(startsAt.getTime());
});

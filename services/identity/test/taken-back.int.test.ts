import { checkPeople } from "@yubin/people-model";
import { expect, it } from "vitest";

import { identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld } from "./people-world.ts";
import { slowWorker } from "./slow-worker.ts";

const lineUserId = lineUser(1);

it.each(["is somebody already", "is new"])(
  "takes an external id from nobody for what another call of the job would have made of them, who %s",
  async (who) => {
    const world = await openPeopleWorld();
    const before = [lineEvent("follow", lineUserId), identify({ userId: "first" })];
    const other = who === "is new" ? "second" : "first";
    await world.keep(before);
    await world.apply(before);
    // The follower is about to be "wanted"; their name is there, and their profile does not say so yet.
    const call = identify({ userId: "wanted", lineUserId, traits: { of: "wanted" } });
    const job = [
      identify({ userId: other, lineUserId }),
      identify({ userId: "wanted", traits: { since: "then" } }),
    ];
    await world.keep([call, ...job]);
    const slow = slowWorker(world, call);
    await slow.goTo("update");
    const fast = slowWorker(world, ...job);
    await fast.goTo(who === "is new" ? "claim" : "journal");
    await slow.goOn();
    await fast.goOn();
    await world.sweep();
    expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
    expect(await world.store.profiles.find({ externalIds: "wanted" }).toArray()).toMatchObject([
      { externalIds: ["wanted"], traits: { of: "wanted", since: "then" } },
    ]);
  },
);

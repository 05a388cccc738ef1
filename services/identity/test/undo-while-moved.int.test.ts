import { aliasKey, lineAlias, newId, type PersonCommand } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { brokenPromises, openPeopleWorld } from "./people-world.ts";

const lineUserId = lineUser(1);

it.each(["insert", "depart", "moved"])(
  "a LINE ID that is unlinked while a merge is undone, before %s, is in one profile",
  async (write) => {
    const world = await openPeopleWorld();
    const { store } = world;
    const tell = async (
      event: InboxEvent,
      step?: (name: string) => Promise<void>,
    ): Promise<void> => {
      await world.keep([event]);
      await world.apply([event], step ? { step } : {});
    };
    const command = (type: PersonCommand, body: InboxEvent["body"]): InboxEvent =>
      identify({}, { id: `${workspaceId}/api/${newId("evt")}`, source: "api", type, body });
    await tell(identify({ userId: "first" }));
    await tell(lineEvent("follow", lineUserId));
    await tell(identify({ userId: "first", lineUserId }));
    const merge = await store.merges.findOne({ state: "done" });

    let isUndone = false;
    await tell(
      command("unlink", { profileId: merge?.into, provider: "main", lineUserId }),
      async (name) => {
        if (name !== write || isUndone) return;
        isUndone = true;
        await tell(command("undo", { mergeId: merge?._id }));
      },
    );
    expect(isUndone).toBe(true);
    expect((await store.merges.findOne({ _id: merge?._id ?? "" }))?.state).toBe("undone");

    const key = aliasKey(workspaceId, lineAlias("main", lineUserId));
    const alias = await store.aliases.findOne({ _id: key });
    const holders = await store.profiles.find({ "lineAccounts.lineUserId": lineUserId }).toArray();
    expect(holders.filter((row) => row.mergedInto === null)).toMatchObject([
      { _id: alias?.profileId, friendOf: ["chan_1"] },
    ]);
    const broken = await brokenPromises(store);
    expect(broken.filter((text) => !text.includes("orphan"))).toEqual([]);
  },
);

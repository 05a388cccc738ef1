import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { createUnappliedEvents } from "../src/store/unapplied-events.ts";
import { channelId, lineEvent, lineUser } from "./made-events.ts";
import { openPeopleWorld, type PeopleWorld } from "./people-world.ts";

const later = new Date(Date.now() + 3_600_000);

/** Each writes onto an event's row. */
const writes: Record<string, (world: PeopleWorld, event: InboxEvent) => Promise<void>> = {
  end: ({ people }, event) =>
    people.end([{ event, state: "applied", reason: null, profileId: null }], later),
  countFailure: ({ people }, event) => people.countFailure(event, later),
  purge: ({ people }, event) => people.purge(event.workspaceId, [event.id], later),
  postpone: ({ store }, event) => createUnappliedEvents(store).postpone([event], later),
};

it.each(Object.entries(writes))("%s changes no event of another workspace", async (_, write) => {
  const world = await openPeopleWorld();
  const event = lineEvent("follow", lineUser(1));
  await world.keep([event]);
  const rowNow = () => world.store.events.findOne({ _id: event.id });
  const before = await rowNow();

  await write(world, { ...event, workspaceId: "ws_other" });
  expect(await rowNow()).toEqual(before);
  await write(world, event);
  expect(await rowNow()).not.toEqual(before);
});

it("takes back no message that another workspace has traced", async () => {
  const { people } = await openPeopleWorld();
  const trace = (workspaceId: string, unsent: boolean) => ({
    workspaceId,
    channelId,
    messageId: unsent ? "1" : "2",
    eventRowId: `${workspaceId}/${unsent}`,
    unsent,
    expireAt: later,
  });
  const theirs = trace("ws_other", false);
  const theirUnsend = { ...trace("ws_other", true), messageId: "3" };
  await people.traceMessages([theirs, theirUnsend]);

  const unsendOfTheirs = { ...trace("ws_main", true), messageId: theirs.messageId };
  const takenByThem = { ...trace("ws_main", false), messageId: theirUnsend.messageId };
  expect(await people.traceMessages([unsendOfTheirs, takenByThem])).toEqual([]);
  const unsend = { ...theirUnsend, messageId: theirs.messageId };
  expect(await people.traceMessages([unsend])).toEqual([theirs.eventRowId]);
});

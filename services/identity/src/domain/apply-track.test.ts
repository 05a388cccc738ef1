import { aliasKey } from "@yubin/types";
import { expect, it } from "vitest";

import { identify, workspaceId } from "../../test/made-events.ts";
import { createMemoryPeople } from "../../test/memory-people.ts";
import { applyEvents } from "./apply-events.ts";
import type { InboxEvent } from "./inbox-event.ts";

const fact = (type: string, body: Record<string, unknown>): InboxEvent =>
  identify({}, { type, body });
const setup = async (...events: readonly InboxEvent[]) => {
  const people = createMemoryPeople(events);
  let made = 0;
  await applyEvents(
    {
      people,
      providerOf: async () => "main",
      rulesOf: async () => ({ conflictPolicy: "hold", mergesPerHourMax: 20, undoWindowMs: 1 }),
      solo: () => Promise.reject(new Error("needs a database")),
      newProfileId: () => `prof_${(made += 1)}`,
      now: () => new Date("2026-11-25T00:00:00Z"),
      onFailed: () => undefined,
      onContention: () => undefined,
    },
    workspaceId,
    events.map(({ id }) => id),
  );
  const ends = events.map(({ id }) => {
    const end = people.ended.get(id);
    return [end?.state, end?.reason, end?.profileId];
  });
  return { people, ends, profiles: [...people.profiles.values()] };
};

it("opens the person of a track call as an identify call without traits does, once", async () => {
  const { ends, profiles } = await setup(
    fact("track", { userId: "ann", event: "Ordered", properties: { email: "x@example.com" } }),
    fact("track", { userId: "ann", event: "Paid" }),
  );
  expect(ends).toEqual([
    ["applied", null, "prof_1"],
    ["applied", null, "prof_1"],
  ]);
  expect(profiles).toMatchObject([{ id: "prof_1", externalId: "ann", traits: {} }]);
});

it("attaches what an anonymous visitor did to the person that they turn out to be", async () => {
  const { ends, profiles } = await setup(
    fact("track", { anonymousId: "a-1", event: "Looked" }),
    identify({ userId: "ann", anonymousId: "a-1" }),
    fact("page", { anonymousId: "a-1", name: "Home" }),
  );
  expect(new Set(ends.map(([, , profileId]) => profileId)).size).toBe(1);
  expect(profiles).toMatchObject([{ externalId: "ann" }]);
});

it.each(["page", "screen", "group"])(
  "records a %s, of somebody known on the person, and names nobody who is not",
  async (type) => {
    const more = type === "group" ? { groupId: "acme", traits: { email: "all@example.com" } } : {};
    const { ends, profiles, people } = await setup(
      fact(type, { anonymousId: "nobody", ...more }),
      fact(type, { userId: "nobody", ...more }),
      identify({ userId: "ann", anonymousId: "a-1" }),
      fact(type, { userId: "ann", ...more }),
      fact(type, { userId: "nobody", anonymousId: "a-1", ...more }),
    );
    expect(ends).toEqual([
      ["applied", null, null],
      ["applied", null, null],
      ["applied", null, "prof_1"],
      ["applied", null, "prof_1"],
      ["applied", null, "prof_1"],
    ]);
    expect(profiles).toMatchObject([{ externalId: "ann", traits: {} }]);
    const email = aliasKey(workspaceId, { kind: "email", value: "all@example.com" });
    expect(people.aliases.has(email)).toBe(false);
  },
);

it("ends a fact about nobody as such, and sets one aside that it cannot read", async () => {
  const { ends, profiles } = await setup(
    fact("track", { event: "Invited" }),
    fact("track", { userId: "ann" }),
    fact("group", { userId: "ann" }),
    fact("dance", { userId: "ann" }),
  );
  expect(ends).toEqual([
    ["ignored", "nobody_named", null],
    ["quarantined", "event_shape", null],
    ["quarantined", "event_shape", null],
    ["ignored", "type_unknown", null],
  ]);
  expect(profiles).toEqual([]);
});

import { aliasKey } from "@yubin/types";
import { expect, it } from "vitest";

import { identify, lineEvent, workspaceId } from "../../test/made-events.ts";
import { createMemoryPeople } from "../../test/memory-people.ts";
import { applyEvents } from "./apply-events.ts";
import type { InboxEvent } from "./inbox-event.ts";
import { newProfile, type Profile } from "./profile.ts";

let made = 0;
const command = (type: string, body: Record<string, unknown>): InboxEvent => {
  made += 1;
  const eventId = `evt_${made}`;
  return lineEvent(type, null, {
    id: `${workspaceId}/api/${eventId}`,
    eventId,
    channelId: null,
    source: "api",
    body,
  });
};

const setup = async (events: readonly InboxEvent[], profiles: readonly Partial<Profile>[] = []) => {
  const people = createMemoryPeople(events);
  await people.insertProfiles(
    profiles.map((given) => ({ ...newProfile("prof_a", workspaceId, new Date(0)), ...given })),
  );
  await applyEvents(
    {
      people,
      providerOf: async () => "main",
      rulesOf: async () => ({ conflictPolicy: "hold", mergesPerHourMax: 20, undoWindowMs: 1 }),
      solo: () => Promise.reject(new Error("needs a database")),
      newProfileId: () => "prof_new",
      now: () => new Date("2026-11-25T00:00:00Z"),
      onFailed: (_, error) => {
        throw error;
      },
      onContention: () => undefined,
    },
    workspaceId,
    events.map(({ id }) => id),
  );
  const ends = events.map(({ id }) => {
    const { state, reason, profileId } = people.ended.get(id) ?? {};
    return { state, reason, profileId };
  });
  return { people, ends };
};

it("does each to the person it names", async () => {
  const { people, ends } = await setup(
    [
      command("patch", { profileId: "prof_a", traits: { plan: "pro", city: null } }),
      command("consent", { profileId: "prof_a", purpose: "news", granted: true, source: "form" }),
      command("suppress", { profileId: "prof_a", suppressed: true, reason: "asked" }),
    ],
    [{ traits: { city: "Kyoto" } }],
  );
  expect(people.profiles.get("prof_a")).toMatchObject({
    traits: { plan: "pro" },
    consents: { news: { granted: true, source: "form" } },
    suppression: { reason: "asked" },
    version: 2,
  });
  expect(ends.map(({ state }) => state)).toEqual(["applied", "applied", "applied"]);
});

it("does it to the survivor of a merge, and remembers whom it was about", async () => {
  const { people, ends } = await setup(
    [command("suppress", { profileId: "prof_a", suppressed: true, reason: "asked" })],
    [{ mergedInto: "prof_b" }, { id: "prof_b" }],
  );
  expect(people.profiles.get("prof_a")?.suppression).toBeNull();
  expect(people.profiles.get("prof_b")?.suppression).toMatchObject({ reason: "asked" });
  expect(ends).toEqual([{ state: "applied", reason: null, profileId: "prof_a" }]);
});

it("opens nobody, and writes nothing under the id of somebody who was erased", async () => {
  const traits = { plan: "pro" };
  const { people, ends } = await setup(
    [
      command("patch", { profileId: "prof_gone", traits }),
      command("patch", { profileId: "prof_a", traits }),
      command("patch", { profileId: 5, traits }),
      command("toString", { profileId: "prof_a" }),
    ],
    [{ erasedAt: new Date(1) }],
  );
  expect(ends).toEqual([
    { state: "ignored", reason: "profile_unknown", profileId: "prof_gone" },
    { state: "ignored", reason: "profile_erased", profileId: "prof_a" },
    { state: "quarantined", reason: "event_shape", profileId: null },
    { state: "ignored", reason: "type_unknown", profileId: null },
  ]);
  expect([...people.profiles.keys()]).toEqual(["prof_a"]);
  expect(people.profiles.get("prof_a")?.traits).toEqual({});
});

it("makes an address a name where it is free", async () => {
  const { people } = await setup(
    [
      command("patch", { profileId: "prof_a", traits: { email: "Ann@Example.com" } }),
      command("patch", { profileId: "prof_b", traits: { email: "ann@example.com" } }),
    ],
    [{}, { id: "prof_b" }],
  );
  const key = aliasKey(workspaceId, { kind: "email", value: "ann@example.com" });
  expect(people.aliases.get(key)).toMatchObject({ profileId: "prof_a", proof: "trait" });
  expect(people.aliases.size).toBe(1);
});

it("says when there was no room for all of it", async () => {
  const full = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`t${n}`, n]));
  const { people, ends } = await setup(
    [command("patch", { profileId: "prof_a", traits: { t0: 1, more: 1 } })],
    [{ traits: full }],
  );
  expect(ends).toEqual([{ state: "applied", reason: "limit_exceeded", profileId: "prof_a" }]);
  expect(people.profiles.get("prof_a")?.traits).toEqual({ ...full, t0: 1 });
});

it("takes the answers to purposes from an imported row", async () => {
  const row = identify({ userId: "ann" });
  const { people } = await setup([
    { ...row, body: { ...row.body, consents: { news: true, ads: false } } },
  ]);
  expect(people.profiles.get("prof_new")?.consents).toEqual({
    news: { granted: true, at: row.occurredAt, source: "import" },
    ads: { granted: false, at: row.occurredAt, source: "import" },
  });
});

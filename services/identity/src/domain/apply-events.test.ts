import { aliasKey, lineAlias } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { channelId, identify, lineEvent, lineUser, workspaceId } from "../../test/made-events.ts";
import { createMemoryPeople } from "../../test/memory-people.ts";
import { applyEvents, applyOneByOne, type ApplyEventsDeps } from "./apply-events.ts";
import type { InboxEvent } from "./inbox-event.ts";

const setup = (events: readonly InboxEvent[], more: Partial<ApplyEventsDeps> = {}) => {
  const people = createMemoryPeople(events);
  let made = 0;
  const deps: ApplyEventsDeps = {
    people,
    providerOf: async (_, channel) => (channel === "chan_gone" ? undefined : "main"),
    rulesOf: async () => ({
      conflictPolicy: "hold",
      mergesPerHourMax: 20,
      undoWindowMs: 86_400_000,
    }),
    solo: () => Promise.reject(new Error("needs a database")),
    newProfileId: () => `prof_${(made += 1)}`,
    now: () => new Date("2026-11-25T00:00:00Z"),
    onFailed: () => undefined,
    onContention: () => undefined,
    ...more,
  };
  const apply = (some = events) =>
    applyEvents(
      deps,
      workspaceId,
      some.map(({ id }) => id),
    );
  const live = () => [...people.profiles.values()].filter((one) => one.mergedInto === null);
  return { people, deps, apply, live };
};
const u1 = lineUser(1);

describe("LINE's events", () => {
  it("opens one profile for whoever follows, however often", async () => {
    const first = lineEvent("follow", u1);
    const { apply, live, people } = setup([first, lineEvent("follow", u1)]);
    await apply([first]);
    await apply();
    expect(live()).toHaveLength(1);
    expect(live()[0]).toMatchObject({
      friendOf: [channelId],
      lineAccounts: [{ lineUserId: u1, proof: { kind: "follow" } }],
    });
    expect([...people.ended.values()].map(({ state }) => state)).toEqual(["applied", "applied"]);
  });

  it("records an unfollow of somebody unknown, and a later word about an earlier follow", async () => {
    const follow = lineEvent("follow", u1);
    const unfollow = lineEvent("unfollow", u1);
    const { apply, live } = setup([unfollow, follow]);
    await apply([unfollow]);
    expect(live()[0]).toMatchObject({ friendOf: [] });
    await apply([follow]);
    expect(live()).toHaveLength(1);
    expect(live()[0]).toMatchObject({
      friendOf: [],
      lineAccounts: [
        { friendship: { [channelId]: { state: "blocked" } }, proof: { kind: "follow" } },
      ],
    });
  });

  it("opens a profile for somebody who writes without having followed, and calls nobody a friend", async () => {
    const { apply, live } = setup([lineEvent("message", u1, { body: { message: { id: "1" } } })]);
    await apply();
    expect(live()[0]).toMatchObject({
      friendOf: [],
      lineAccounts: [{ friendship: {}, proof: { kind: "event" } }],
    });
  });

  it("records events of groups, standby and modules without a person", async () => {
    const { apply, live, people } = setup([
      lineEvent("join", null),
      lineEvent("message", null, { body: { message: { id: "1" } } }),
      lineEvent("module", null),
    ]);
    await apply();
    expect(live()).toEqual([]);
    expect([...people.ended.values()].every(({ state }) => state === "applied")).toBe(true);
  });

  it("ignores types that LINE did not have yet, and events of channels that are gone", async () => {
    const { apply, people } = setup([
      lineEvent("teleport", u1),
      lineEvent("follow", u1, { channelId: "chan_gone" }),
    ]);
    await apply();
    const reasons = [...people.ended.values()].map(({ state, reason }) => `${state}: ${reason}`);
    expect(reasons.sort()).toEqual(["ignored: channel_unknown", "ignored: type_unknown"]);
  });

  it("asks for a name once per person at first sight, and not of somebody who left", async () => {
    const { apply } = setup([
      lineEvent("follow", u1),
      lineEvent("message", u1),
      lineEvent("unfollow", lineUser(2)),
    ]);
    const { names } = await apply();
    expect(names.map(({ lineUserId }) => lineUserId)).toEqual([u1]);
  });
});

describe("unsend", () => {
  const message = lineEvent("message", u1, { body: { message: { id: "77", text: "oops" } } });
  const unsend = lineEvent("unsend", u1, { body: { unsend: { messageId: "77" } } });

  it.each([
    ["after the message", [[message], [unsend]]],
    ["before the message", [[unsend], [message]]],
    ["with the message", [[message, unsend]]],
  ])("takes the text away when it comes %s", async (_, batches) => {
    const { apply, people } = setup([message, unsend]);
    for (const batch of batches) await apply(batch);
    expect([...people.purged]).toEqual([message.id]);
  });

  it("leaves other messages and other channels alone", async () => {
    const elsewhere = lineEvent("unsend", u1, { channelId: "chan_2", body: unsend.body });
    const other = lineEvent("message", u1, { body: { message: { id: "7" } } });
    const { apply, people } = setup([message, other, elsewhere]);
    await apply();
    expect([...people.purged]).toEqual([]);
  });
});

describe("identify", () => {
  it.each([
    ["before", true],
    ["after", false],
  ])("is the same person as a follow %s it", async (_, identifyFirst) => {
    const call = identify({ userId: "u1", lineUserId: u1, traits: { plan: "pro" } });
    const follow = lineEvent("follow", u1);
    const { apply, live } = setup([call, follow]);
    await apply([identifyFirst ? call : follow]);
    await apply();
    expect(live()).toHaveLength(1);
    expect(live()[0]).toMatchObject({
      externalId: "u1",
      traits: { plan: "pro" },
      friendOf: [channelId],
      lineAccounts: [{ lineUserId: u1, proof: { kind: "server_key" } }],
    });
  });

  it("gives a LINE ID to the first of two people, and parks the second's claim", async () => {
    const first = identify({ userId: "u1", lineUserId: u1 });
    const second = identify({ userId: "u2", lineUserId: u1, traits: { plan: "pro" } });
    const { apply, live, people } = setup([lineEvent("follow", u1), first, second]);
    await apply();
    expect(people.ended.get(second.id)).toMatchObject({
      state: "applied",
      reason: "conflict_pending",
    });
    expect(live().map(({ externalId, lineAccounts }) => [externalId, lineAccounts.length])).toEqual(
      [
        ["u1", 1],
        ["u2", 0],
      ],
    );
    expect(live()[1]?.traits).toEqual({ plan: "pro" });
  });

  it("merges the nameless profile of a LINE ID into the person who is named", async () => {
    const known = identify({ userId: "u1", traits: { plan: "free", city: "Kobe" } });
    const follow = lineEvent("follow", u1);
    const call = identify({ userId: "u1", lineUserId: u1, traits: { plan: "pro" } });
    const { apply, live, people } = setup([known, follow, call]);
    await apply();
    expect(people.ended.get(call.id)).toMatchObject({ state: "applied", reason: null });
    expect(live()).toHaveLength(1);
    expect(live()[0]).toMatchObject({
      externalId: "u1",
      traits: { plan: "pro", city: "Kobe" },
      friendOf: [channelId],
      mergedFrom: [expect.any(String)],
    });
    expect([...people.merges.values()]).toMatchObject([{ state: "done", askedBy: "identify" }]);
  });

  it("finishes what a crash left between alias and profile", async () => {
    const call = identify({ userId: "u1", lineUserId: u1 });
    const { apply, live, people } = setup([call]);
    const alias = lineAlias("main", u1);
    const key = aliasKey(workspaceId, alias);
    await people.claim([
      {
        key,
        workspaceId,
        alias,
        profileId: "prof_lost",
        proof: "server_key",
        since: new Date(0),
        provenAt: null,
      },
    ]);
    await apply();
    expect(live()).toHaveLength(1);
    expect(live()[0]).toMatchObject({ id: "prof_lost", externalId: "u1" });
  });

  it("leads an alias without a profile to the person who is known meanwhile", async () => {
    const known = identify({ userId: "u1" });
    const call = identify({ userId: "u1", lineUserId: u1 });
    const follow = lineEvent("follow", u1);
    const { apply, live, people } = setup([known, call, follow]);
    await apply([known]);
    const alias = lineAlias("main", u1);
    const key = aliasKey(workspaceId, alias);
    await people.claim([
      {
        key,
        workspaceId,
        alias,
        profileId: "prof_lost",
        proof: "follow",
        since: new Date(0),
        provenAt: null,
      },
    ]);
    await apply([call]);
    await apply([follow]);
    expect(live()).toHaveLength(1);
    expect(live()[0]).toMatchObject({ externalId: "u1", friendOf: [channelId] });
    expect(people.aliases.get(key)?.profileId).toBe(live()[0]?.id);
  });

  it("attaches an e-mail address where it is free, and decides nothing by it", async () => {
    const first = identify({ userId: "u1", traits: { email: "Mio@Example.com" } });
    const second = identify({ userId: "u2", traits: { email: "mio@example.com" } });
    const { apply, live, people } = setup([first, second]);
    await apply();
    expect(live()).toHaveLength(2);
    const alias = people.aliases.get(`${workspaceId}/email/mio@example.com`);
    expect(alias?.profileId).toBe(live().find(({ externalId }) => externalId === "u1")?.id);
  });

  it("sets aside what has no shape, and ignores what names nobody", async () => {
    const shapeless = identify({}, { body: { userId: 7 } });
    const nobody = identify({ traits: { a: 1 } });
    const { apply, people } = setup([shapeless, nobody]);
    await apply();
    expect(people.ended.get(shapeless.id)).toMatchObject({
      state: "quarantined",
      reason: "event_shape",
    });
    expect(people.ended.get(nobody.id)).toMatchObject({ state: "ignored", reason: "nobody_named" });
  });
});

describe("a bad event", () => {
  it("does not keep its batch-mates from being applied, and is set aside after five tries", async () => {
    const events = Array.from({ length: 20 }, (_, n) => lineEvent("follow", lineUser(n + 1)));
    const bad = lineEvent("follow", lineUser(99));
    const failed: string[] = [];
    const { people, deps, apply, live } = setup([...events.slice(0, 7), bad, ...events.slice(7)], {
      onFailed: (event) => failed.push(event.id),
    });
    const { insertProfiles } = people;
    const refusing = async (profiles: Parameters<typeof insertProfiles>[0]): Promise<boolean> => {
      if (profiles.some(({ lineAccounts }) => lineAccounts[0]?.lineUserId === lineUser(99)))
        throw new Error("the document is refused");
      return insertProfiles(profiles);
    };
    Object.assign(deps.people, { insertProfiles: refusing });

    await apply();
    expect(live()).toHaveLength(20);
    expect(people.ended.size).toBe(20);
    expect(failed).toEqual([bad.id]);
    for (let tries = 1; tries < 4; tries += 1) await apply();
    expect(people.setBack.get(bad.id)).toBeInstanceOf(Date);
    const { ends } = await apply();
    expect(people.setBack.get(bad.id)).toBeNull();
    expect(ends).toMatchObject([{ state: "quarantined", reason: "apply_failed" }]);
  });
});

describe("an event that takes the process down", () => {
  it("is known by its starts and set aside, and those beside it are applied", async () => {
    const events = Array.from({ length: 10 }, (_, n) => lineEvent("follow", lineUser(n + 1)));
    const poison = lineEvent("follow", lineUser(99));
    const all = [...events.slice(0, 4), poison, ...events.slice(4)];
    const failed: string[] = [];
    const { people, deps, live } = setup(all, { onFailed: (event) => failed.push(event.id) });
    const { insertProfiles } = people;
    let died = Promise.withResolvers<void>();
    const dying = async (profiles: Parameters<typeof insertProfiles>[0]): Promise<boolean> => {
      if (!profiles.some(({ lineAccounts }) => lineAccounts[0]?.lineUserId === lineUser(99)))
        return insertProfiles(profiles);
      died.resolve();
      return new Promise(() => undefined); // nothing of this process happens after it
    };
    Object.assign(deps.people, { insertProfiles: dying });

    let deaths = 0;
    const ids = all.map(({ id }) => id);
    for (let over = false; !over;) {
      died = Promise.withResolvers<void>();
      const applied = applyOneByOne(deps, workspaceId, ids).then(() => true);
      over = await Promise.race([applied, died.promise.then(() => false)]);
      if (!over) deaths += 1;
    }
    expect(deaths).toBe(4);
    expect(failed).toEqual([poison.id]);
    expect(people.setBack.get(poison.id)).toBeNull();
    expect(live()).toHaveLength(10);
    expect(people.ended.size).toBe(10);
  });
});

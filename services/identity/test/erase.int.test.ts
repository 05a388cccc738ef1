import { newReplyToken, type Store } from "@yubin/store";
import { aliasKey, newId, type PersonCommand } from "@yubin/types";
import { expect, it } from "vitest";

import { sweepErasures } from "../src/domain/erase-person.ts";
import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { channelId, identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld, type PeopleWorld } from "./people-world.ts";

/** What is told of the person who is erased, and nowhere else. */
const secret = "told-of-nobody-else";
const secretLine = lineUser(0xabc);

const setup = async () => {
  const world = await openPeopleWorld();
  const tell = async (...events: readonly InboxEvent[]): Promise<void> => {
    await world.keep(events);
    await world.apply(events);
  };
  const command = async (type: PersonCommand, body: InboxEvent["body"]): Promise<string> => {
    const id = `${workspaceId}/api/${newId("evt")}`;
    await tell(identify({}, { id, source: "api", type, body, occurredAt: new Date() }));
    return id;
  };
  return { world, tell, command, idOf: (user: string) => homeOf(world, user) };
};

const homeOf = async ({ store }: PeopleWorld, value: string): Promise<string> => {
  const key = aliasKey(workspaceId, { kind: "user", value });
  return (await store.aliases.findOne({ _id: key }))?.profileId ?? "";
};

/** The collections in which something of the person is left. */
const leftIn = async (store: Store): Promise<string[]> => {
  const collections = Object.entries({
    profiles: store.profiles,
    aliases: store.aliases,
    events: store.events,
    merges: store.merges,
    conflicts: store.conflicts,
    lineLinks: store.lineLinks,
    tombstones: store.tombstones,
    messageTraces: store.messageTraces,
    replyTokens: store.replyTokens,
  });
  const texts = await Promise.all(
    collections.map(async ([name, rows]) => {
      const text = JSON.stringify(await rows.find({} as never).toArray());
      return { name, isNamed: text.includes(secret) || text.includes(secretLine) };
    }),
  );
  return texts.flatMap(({ name, isNamed }) => (isNamed ? [name] : []));
};

const mergeIdOf = async ({ store }: PeopleWorld, eventRowId: string): Promise<string> =>
  (await store.merges.findOne({ eventRowId }))?._id ?? "";

it("leaves nothing in journals of merges with others, from when the two were one person", async () => {
  const { world, tell, command, idOf } = await setup();
  await tell(identify({ userId: "first" }));
  await tell(identify({ userId: "erased", traits: { note: secret } }));
  await tell(identify({ userId: "third" }));
  await tell(identify({ userId: "zeroth" }));
  const into = await idOf("first");
  const profileId = await idOf("erased");
  const merged = [];
  for (const from of [profileId, await idOf("third")])
    merged.push(await mergeIdOf(world, await command("merge", { from, into })));
  expect(await leftIn(world.store)).toEqual(["profiles", "events", "merges"]);
  for (const mergeId of merged.toReversed()) await command("undo", { mergeId });

  await command("erase", { profileId });
  expect(await leftIn(world.store)).toEqual([]);
  // What is known of the others stays, and so does that they were merged.
  expect(await world.store.merges.countDocuments({ state: "undone" })).toBe(2);
});

it("leaves no token by which the person could be answered, nor one of what was unsent", async () => {
  const { world, tell, command, idOf } = await setup();
  const { store } = world;
  const other = lineUser(7);
  await tell(identify({ userId: "erased", lineUserId: secretLine }));
  const said = lineEvent("message", other, { body: { message: { id: "9", text: "oops" } } });
  await tell(said);
  const keep = (lineUserId: string, eventId: string) =>
    store.replyTokens.insertOne(
      newReplyToken({ workspaceId, channelId, lineUserId, eventId, token: "t" }, new Date()),
    );
  await keep(secretLine, "1");
  await keep(other, "2");
  await keep(other, said.eventId);
  await command("erase", { profileId: await idOf("erased") });
  expect(await leftIn(store)).not.toContain("replyTokens");
  expect(await store.replyTokens.countDocuments()).toBe(2);

  await tell(lineEvent("unsend", other, { body: { unsend: { messageId: "9" } } }));
  expect(await store.replyTokens.find().toArray()).toMatchObject([
    { _id: `${channelId}/${other}/2` },
  ]);
});

it("leaves no LINE ID in a conflict that was decided for the person", async () => {
  const { world, tell, command, idOf } = await setup();
  await tell(identify({ userId: "holder", lineUserId: secretLine }));
  await tell(identify({ userId: "erased", lineUserId: secretLine }));
  const conflict = await world.store.conflicts.findOne({});
  const profileId = await idOf("erased");
  await command("resolve", { conflictId: conflict?._id ?? "", to: profileId });
  expect(await world.store.conflicts.findOne({})).toMatchObject({ state: "resolved" });
  await command("erase", { profileId });
  expect(await leftIn(world.store)).not.toContain("conflicts");
});

it("leaves no LINE ID with whoever it was just being taken from", async () => {
  const { world, tell, idOf } = await setup();
  await tell(identify({ userId: "holder", lineUserId: secretLine }));
  await tell(identify({ userId: "erased", lineUserId: secretLine }));
  const conflictId = (await world.store.conflicts.findOne({}))?._id;
  const profileId = await idOf("erased");
  const api = (type: PersonCommand, body: InboxEvent["body"]): InboxEvent =>
    identify(
      {},
      { id: `${workspaceId}/api/${type}`, source: "api", type, body, occurredAt: new Date() },
    );
  const [resolve, erase] = [
    api("resolve", { conflictId, to: profileId }),
    api("erase", { profileId }),
  ];
  await world.keep([resolve, erase]);
  // Its process ends when the name was given and the account was not.
  const ended = new Promise<void>((resolved) => {
    const step = (name: string): Promise<void> | undefined => {
      if (name !== "update") return undefined;
      resolved();
      return new Promise(() => undefined);
    };
    void world.apply([resolve], { step });
  });
  await ended;
  await world.apply([erase]);
  await world.apply([resolve]);
  expect(await leftIn(world.store)).not.toContain("profiles");
});

it("keeps nothing of a command that came too late", async () => {
  const { world, tell, command, idOf } = await setup();
  await tell(identify({ userId: "erased" }), identify({ userId: "other" }));
  const profileId = await idOf("erased");
  await command("merge", { from: await idOf("other"), into: profileId });
  const merge = await world.store.merges.findOne({ state: "done" });
  await command("erase", { profileId });
  const line = { provider: "main", lineUserId: secretLine };
  await command("undo", { mergeId: merge?._id });
  await command("link", { profileId, ...line, proof: "link_page" });
  await command("unlink", { profileId, ...line });
  await command("patch", { profileId, traits: { note: secret } });
  expect(await leftIn(world.store)).toEqual([]);
  const late = await world.store.events.find({ reason: "profile_erased" }).toArray();
  expect(late.map(({ type }) => type).toSorted()).toEqual(["link", "patch", "undo", "unlink"]);
  expect(late.map(({ body }) => body)).toEqual([{}, {}, {}, {}]);
});

it("keeps of a visit by nobody we know that there was one, and not whose", async () => {
  const { world, tell, command, idOf } = await setup();
  const visit = identify({}, { type: "page", body: { anonymousId: secret, name: "Shop" } });
  await tell(visit);
  await tell(identify({ userId: "erased", anonymousId: secret }));
  await command("erase", { profileId: await idOf("erased") });
  expect(await leftIn(world.store)).toEqual([]);
  expect(await world.store.events.findOne({ _id: visit.id })).toMatchObject({
    type: "page",
    state: "applied",
  });
});

it("leaves nothing in what was set aside because it could not be applied", async () => {
  const { world, tell, command, idOf } = await setup();
  const context = { line: { provider: "main", userId: secretLine } };
  const named = [
    { type: "identify", body: { userId: "erased", traits: { note: secret } } },
    { type: "track", body: { userId: "erased", properties: { note: secret } } },
    { type: "identify", body: { context } },
    { type: "alias", body: { userId: "other", previousId: "erased", note: secret } },
  ].map((event) => identify({}, event));
  const said = identify({}, { source: "line", lineUserId: secretLine, body: { text: secret } });
  const others = identify({}, { body: { userId: "other", traits: { note: "theirs" } } });
  await world.keep([...named, said, others]);
  await world.store.events.updateMany(
    { workspaceId },
    { $set: { state: "quarantined", reason: "apply_failed" } },
  );
  await tell(identify({ userId: "erased", lineUserId: secretLine }));
  await command("erase", { profileId: await idOf("erased") });
  expect(await leftIn(world.store)).toEqual([]);
  expect(await world.store.events.countDocuments({ state: "quarantined" })).toBe(6);
  const left = await world.store.events.findOne({ _id: others.id });
  expect(left?.body).toEqual(others.body);
});

it("looks a second time once, whoever sweeps, and then only reminds the sender", async () => {
  const { world, tell, command, idOf } = await setup();
  await tell(identify({ userId: "erased" }));
  const id = await command("erase", { profileId: await idOf("erased") });
  const seen = { looks: 0, reminders: 0 };
  const people: typeof world.people = {
    ...world.people,
    dropTraces: async (...erasure) => {
      seen.looks += 1;
      await world.people.dropTraces(...erasure);
    },
  };
  const sweepAt = (laterMs: number): Promise<number> =>
    sweepErasures({
      people,
      tellSender: async () => {
        seen.reminders += 1;
      },
      now: () => new Date(Date.now() + laterMs),
    });
  await Promise.all([sweepAt(20_000), sweepAt(20_000), sweepAt(20_000)]);
  expect(seen).toEqual({ looks: 1, reminders: 1 });
  expect(await sweepAt(90_000)).toBe(1);
  expect(seen).toEqual({ looks: 1, reminders: 2 });

  await world.store.erasures.updateOne(
    { _id: id, workspaceId },
    { $set: { "parts.sender": new Date() } },
  );
  await sweepAt(180_000);
  expect(await world.store.erasures.findOne({ _id: id })).toMatchObject({
    state: "done",
    refs: [],
  });
  expect(await sweepAt(360_000)).toBe(0);
});

it.each(["hold", "last_proof_wins"] as const)(
  "leaves no name of theirs in what others said who claimed it in vain (%s)",
  async (conflictPolicy) => {
    const { world, tell, command, idOf } = await setup();
    const rules = { $set: { conflictPolicy } };
    await world.store.workspaces.updateOne({ _id: workspaceId }, rules, { upsert: true });
    const late = new Date(1_700_000_000_000); // before what is made up here
    await tell(identify({ userId: "erased", lineUserId: secretLine }));
    await tell(
      identify(
        { userId: "other", lineUserId: secretLine, traits: { plan: "pro" } },
        { occurredAt: late },
      ),
    );
    // Where the last proof wins, a link of now would not be in vain.
    const line = { provider: "main", lineUserId: secretLine, proof: "server_key" };
    const links = conflictPolicy === "hold" ? [line] : [];
    for (const link of links) await command("link", { profileId: await idOf("other"), ...link });
    await command("erase", { profileId: await idOf("erased") });
    expect(await leftIn(world.store)).toEqual([]);
    // What they said of themselves is theirs.
    const said = await world.store.events.find({ profileId: await idOf("other") }).toArray();
    expect(said.map(({ body }) => body["traits"])).toContainEqual({ plan: "pro" });
  },
);

it("leaves no name of theirs in what was said while they were taken for others", async () => {
  const { world, tell, command, idOf } = await setup();
  await tell(
    lineEvent("follow", secretLine),
    identify({ userId: "other" }),
    identify({ userId: "other", lineUserId: secretLine }),
  );
  const undo = async (): Promise<void> => {
    const merge = await world.store.merges.findOne({ state: "done" });
    await command("undo", { mergeId: merge?._id });
  };
  await undo();
  const follower = await world.store.profiles.findOne({
    "lineAccounts.lineUserId": secretLine,
    mergedInto: null,
  });
  await command("erase", { profileId: follower?._id });
  expect(await leftIn(world.store)).toEqual([]);

  await tell(
    identify({ userId: secret }),
    identify({}, { type: "alias", body: { previousId: secret, userId: "other" } }),
  );
  await undo();
  await command("erase", { profileId: await idOf(secret) });
  expect(await leftIn(world.store)).toEqual([]);
});

it("leaves no device of theirs in what was said of somebody else who used it", async () => {
  const { world, tell, command, idOf } = await setup();
  await tell(
    identify({ userId: "erased", anonymousId: secret }),
    identify({ userId: "other", anonymousId: secret, traits: { plan: "pro" } }),
  );
  await command("erase", { profileId: await idOf("erased") });
  expect(await leftIn(world.store)).toEqual([]);
});

it("does not bring them back because LINE lists them among the followers", async () => {
  const { world, tell, command, idOf } = await setup();
  await tell(
    lineEvent("follow", secretLine),
    identify({ userId: "erased", lineUserId: secretLine }),
  );
  await command("erase", { profileId: await idOf("erased") });
  const later = new Date(Date.now() + 60_000);
  const listed = (listing: string): InboxEvent =>
    lineEvent("followerFound", secretLine, {
      occurredAt: later,
      body: { by: "backfill", listing },
    });
  await tell(listed("one"));
  expect(await leftIn(world.store)).toEqual([]);
  await tell(lineEvent("follow", secretLine, { occurredAt: later })); // that they do themselves
  await tell(listed("two"));
  expect(await world.store.profiles.countDocuments({ erasedAt: null })).toBe(1);
});

import type { LineLinkRow } from "@yubin/store";
import { hashLinkSecret, lineLinkEventId, linkCodeFrom, newId } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { proveLinks } from "../src/domain/prove-links.ts";
import { createLinks } from "../src/store/links.ts";
import { createProviders } from "../src/store/providers.ts";
import { channelId, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { channelRow, openPeopleWorld, type PeopleWorld } from "./people-world.ts";

const at = new Date(1_764_000_000_000);
const nonce = "nonce-of-the-first-link";
const code = linkCodeFrom("of the first link");
const ann = lineUser(1);
const bob = lineUser(2);

const setup = async () => {
  const world = await openPeopleWorld();
  const now = () => new Date(at.getTime() + 60_000);
  const announced: string[] = [];
  const deps = {
    links: createLinks(world.store, now),
    providerOf: createProviders(world.store),
    now,
    announce: async (_: string, ids: readonly string[]) => void announced.push(...ids),
  };
  return { world, announced, prove: (events: readonly InboxEvent[]) => proveLinks(deps, events) };
};

const keepLink = async (world: PeopleWorld, over: Partial<LineLinkRow> = {}) => {
  const row: LineLinkRow = {
    _id: newId("link"),
    workspaceId,
    tokenHash: newId("link"),
    profileId: "prof_ann",
    provider: "main",
    channelId,
    lineUserId: ann,
    via: "account_link",
    locale: null,
    state: "confirmed",
    reason: null,
    nonceHashes: [hashLinkSecret(nonce)],
    codeHash: null,
    secretsUntil: new Date(at.getTime() + 600_000),
    confirmations: 1,
    confirmedAt: at,
    provedBy: null,
    provenAt: null,
    version: 1,
    createdAt: at,
    expiresAt: new Date(at.getTime() + 600_000),
    deleteAt: new Date(Date.now() + 86_400_000),
    ...over,
  };
  await world.store.lineLinks.insertOne(row);
  return row;
};
const codeLink = (world: PeopleWorld, over: Partial<LineLinkRow> = {}) =>
  keepLink(world, {
    via: "code",
    lineUserId: null,
    nonceHashes: [],
    codeHash: hashLinkSecret(`${workspaceId}/${code}`),
    ...over,
  });

const accountLink = (
  lineUserId: string | null,
  given = nonce,
  more: Partial<InboxEvent> = {},
): InboxEvent =>
  lineEvent("accountLink", lineUserId, {
    occurredAt: at,
    body: {
      link: { result: lineUserId === null ? "failed" : "ok", nonceHash: hashLinkSecret(given) },
    },
    ...more,
  });
const says = (lineUserId: string, text: string, more: Partial<InboxEvent> = {}): InboxEvent =>
  lineEvent("message", lineUserId, {
    occurredAt: at,
    body: { message: { id: "1", type: "text", text } },
    ...more,
  });

const commands = async ({ store }: PeopleWorld) =>
  (await store.events.find({ source: "api", workspaceId }).toArray()).map(({ _id, type, body }) => [
    _id,
    type,
    body,
  ]);
const commandOf = ({ _id, profileId }: LineLinkRow, lineUserId: string, proof: string) => [
  `${workspaceId}/api/${lineLinkEventId(workspaceId, _id)}`,
  "link",
  { profileId, provider: "main", lineUserId, proof },
];
const rowNow = ({ store }: PeopleWorld, { _id }: LineLinkRow) => store.lineLinks.findOne({ _id });

it("ends LINE's account link in one command, however often its event is looked at", async () => {
  const { world, prove, announced } = await setup();
  const link = await keepLink(world);
  const event = accountLink(ann);
  await prove([event]);
  await prove([event, event]);
  expect(await commands(world)).toEqual([commandOf(link, ann, "account_link")]);
  expect(new Set(announced)).toEqual(new Set([commandOf(link, ann, "account_link")[0]]));
  expect(await rowNow(world, link)).toMatchObject({ state: "proven", provedBy: event.id });
});

it("takes a nonce once: another event with it has no effect", async () => {
  const { world, prove } = await setup();
  const link = await keepLink(world, { lineUserId: null });
  await prove([accountLink(ann)]);
  await world.store.events.deleteMany({ source: "api" });
  await prove([accountLink(bob), accountLink(ann)]);
  expect(await commands(world)).toEqual([]);
  expect(await rowNow(world, link)).toMatchObject({ state: "proven", lineUserId: ann });
});

it("links one of two people who bring one nonce at the same time", async () => {
  const { world, prove } = await setup();
  const link = await keepLink(world, { lineUserId: null });
  await Promise.all([1, 2, 3, 4, 5, 6].map((n) => prove([accountLink(lineUser(n))])));
  const row = await rowNow(world, link);
  expect(await commands(world)).toEqual([commandOf(link, row?.lineUserId ?? "", "account_link")]);
});

const elsewhere = "chan_2";
it.each<[string, InboxEvent, string, string | null]>([
  ["LINE's failed", accountLink(null), "failed", "account_link_failed"],
  ["another person", accountLink(bob), "failed", "other_line_account"],
  ["another channel", accountLink(ann, nonce, { channelId: elsewhere }), "failed", "other_channel"],
  ["a nonce that is not there", accountLink(ann, "another"), "confirmed", null],
  ["another workspace", accountLink(ann, nonce, { workspaceId: "ws_b" }), "confirmed", null],
  [
    "an event later than the nonce lives",
    accountLink(ann, nonce, { occurredAt: new Date(at.getTime() + 600_001) }),
    "confirmed",
    null,
  ],
  [
    "a nonce as it was stored once",
    { ...accountLink(ann), body: { link: { nonce } } },
    "confirmed",
    null,
  ],
])("does not link for %s", async (_what, event, state, reason) => {
  const { world, prove } = await setup();
  await world.channel(elsewhere);
  const link = await keepLink(world);
  await prove([event, event]);
  expect(await commands(world)).toEqual([]);
  expect(await rowNow(world, link)).toMatchObject({ state, reason });
});

it.each(["created", "declined", "failed"] as const)(
  "does not link one that is %s",
  async (state) => {
    const { world, prove } = await setup();
    await keepLink(world, { state });
    await prove([accountLink(ann)]);
    expect(await commands(world)).toEqual([]);
  },
);

it("links whoever sends the code in a chat of the provider", async () => {
  const { world, prove } = await setup();
  await world.store.channels.insertOne(channelRow("chan_other", { provider: "other" }));
  const link = await codeLink(world);
  await prove([says(ann, code, { channelId: "chan_other" })]);
  await prove([says(ann, `please: ${code}`)]);
  await prove([says(ann, code, { workspaceId: "ws_b" })]);
  expect(await commands(world)).toEqual([]);
  const right = says(bob, ` ${code.toLowerCase().replace("-", " ")} `);
  await prove([right]);
  await prove([right, says(ann, code)]);
  expect(await commands(world)).toEqual([commandOf(link, bob, "link_code")]);
});

it("takes a code only from whom it was made for, if it was made for somebody", async () => {
  const { world, prove } = await setup();
  const link = await codeLink(world, { lineUserId: ann });
  await prove([says(bob, code)]);
  expect(await commands(world)).toEqual([]);
  await prove([says(ann, code)]);
  expect(await commands(world)).toEqual([commandOf(link, ann, "link_code")]);
});

it("listens to nobody who guesses codes, and to everybody else", async () => {
  const { world, prove } = await setup();
  const link = await codeLink(world);
  const guess = says(ann, linkCodeFrom("guess 0"));
  for (let again = 0; again < 10; again += 1) await prove([guess]); // one event counts once
  for (let n = 1; n < 5; n += 1) await prove([says(ann, linkCodeFrom(`guess ${n}`))]);
  await prove([says(ann, code)]);
  expect(await commands(world)).toEqual([]);
  await prove([says(bob, code)]);
  expect(await commands(world)).toEqual([commandOf(link, bob, "link_code")]);
  const rows = await world.store.linkAttempts.find().toArray();
  expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${ann}|${bob}`));
});

it.each(["prove", "end"])("survives a crash before the step %s", async (at_) => {
  const { world, prove } = await setup();
  const link = await keepLink(world);
  const event = accountLink(ann);
  await world.keep([event]);
  const crash = (name: string): void => {
    if (name === at_) throw new Error("crash");
  };
  await expect(world.apply([event], { step: crash, proveLinks: prove })).rejects.toThrow("crash");
  await world.apply([event], { proveLinks: prove });
  expect(await commands(world)).toEqual([commandOf(link, ann, "account_link")]);
  expect(await world.store.events.findOne({ _id: event.id })).toMatchObject({ state: "applied" });
});

import { createClickTokens } from "@yubin/kit";
import { recipientsOf } from "@yubin/store";
import { clickLinkId, type LineMessage } from "@yubin/types";
import { expect, it } from "vitest";

import { createLineBetween, type LineBetween } from "./line-between.ts";
import { countsOf, openWorld, workspaceId, type World } from "./open-world.ts";

const shop = "https://shop.example/spring";
const map = "https://shop.example/map?floor=2";
const ours = /https:\/\/yubin\.example\/c\/([\w-]+)/g;

const messages: LineMessage[] = [
  { type: "text", text: `「春のセール：${shop}」まで。` },
  {
    type: "template",
    altText: "Where we are",
    template: {
      type: "buttons",
      text: "Where we are",
      actions: [
        { type: "uri", label: "Map", uri: map },
        { type: "uri", label: "Chat", uri: "https://line.me/R/ti/p/@shop" },
        { type: "uri", label: "Call", uri: "tel:0312345678" },
      ],
    },
  },
];

interface Sent {
  readonly to: readonly string[];
  readonly body: string;
  readonly tokens: readonly string[];
}

/** What LINE was asked to send, each call once. */
const sentIn = ({ requests }: LineBetween): Sent[] =>
  requests
    .filter(({ tryNumber, body }) => tryNumber === 1 && body.includes('"to"'))
    .map(({ body }) => {
      const { to } = JSON.parse(body) as { to: string | string[] };
      const tokens = [...body.matchAll(ours)].map(([, token = ""]) => token);
      return { to: [to].flat(), body, tokens };
    });

const readWith = ({ environment }: World) => {
  const [id = "", key = ""] = (environment["YUBIN_SECRET_KEYS"] ?? "").split(":");
  return createClickTokens([{ id, key: Buffer.from(key, "base64") }]).read;
};

const linksOf = async ({ store }: World, ownerId: string): Promise<Record<string, string>> => {
  const owner = { $or: [{ campaignId: ownerId }, { messageId: ownerId }] };
  const rows = await store.clickLinks.find({ workspaceId, ...owner }).toArray();
  return Object.fromEntries(rows.map(({ _id, url }) => [_id, url]));
};

const linksWanted = (ownerId: string): Record<string, string> =>
  Object.fromEntries(
    [shop, map].map((url) => [clickLinkId({ workspaceId, ownerId, variant: null, url }), url]),
  );

it("each person of a campaign has links of their own, which say who they are", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open });
  await world.addFriends(450);
  const more = { tracking: "person" } as const;
  const id = await world.launch({ text: "", messages, personal: true, more });
  await world.untilDone(id);
  expect((await countsOf(world, id)).counted).toMatchObject({ accepted: 450 });

  const wanted = linksWanted(id);
  expect(await linksOf(world, id)).toEqual(wanted);
  const read = readWith(world);
  const batches = new Map((await world.batchesOf(id)).map((row) => [row.seq, recipientsOf(row)]));
  const sent = sentIn(between);
  expect(sent).toHaveLength(450);
  for (const { to, tokens, body } of sent) {
    expect(body).not.toContain("shop.example");
    expect(body).toContain("https://line.me/R/ti/p/@shop");
    expect(tokens).toHaveLength(2);
    for (const token of tokens) {
      const { linkId = "", place } = read(token) ?? {};
      expect(wanted).toHaveProperty(linkId);
      expect(batches.get(place?.batch ?? -1)?.[place?.index ?? -1]?.lineUserId).toBe(to[0]);
    }
  }
  expect(new Set(sent.flatMap(({ tokens }) => tokens)).size).toBe(900);
});

it("all people of a campaign have the same links, and so the same message", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open });
  await world.addFriends(700);
  const more = { tracking: "campaign" } as const;
  const id = await world.launch({ text: "", messages, personal: false, more });
  await world.untilDone(id);
  const sent = sentIn(between);
  const people = sent.map(({ to }) => to.length);
  expect(people.toSorted((one, other) => one - other)).toEqual([200, 500]);
  const read = readWith(world);
  const tokens = new Set(sent.flatMap((one) => one.tokens));
  const wanted = Object.keys(linksWanted(id));
  expect(new Set([...tokens].map(read))).toEqual(new Set(wanted.map((linkId) => ({ linkId }))));
  expect(await linksOf(world, id)).toEqual(linksWanted(id));
});

it("a message on its own has links where it asks for them, and none where it does not", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open });
  await world.addFriends(1);
  const { _id: to = "" } = (await world.store.profiles.findOne({})) ?? {};
  const tracked = await world.message({ to, messages, tracking: "person" });
  const plain = await world.message({ to, messages, tracking: "off" });
  await Promise.all([tracked, plain].map((id) => world.untilSettled(id)));
  const [withLinks, without] = sentIn(between).toSorted(
    (one, other) => other.tokens.length - one.tokens.length,
  );
  expect(without?.body).toContain(shop);
  expect(await linksOf(world, plain)).toEqual({});
  expect(await linksOf(world, tracked)).toEqual(linksWanted(tracked));
  for (const token of withLinks?.tokens ?? [])
    expect(readWith(world)(token)).toMatchObject({ place: { batch: 0, index: 0 } });
  expect(withLinks?.tokens).toHaveLength(2);
});

it("what a template fills in is left as it is, and stored nowhere", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open });
  await world.addFriends(3);
  const text = `${shop} https://shop.example/u/{{ profile.displayName | url_encode }}`;
  const more = { tracking: "person" } as const;
  const id = await world.launch({ text, personal: true, more });
  await world.untilDone(id);
  expect(Object.values(await linksOf(world, id))).toEqual([shop]);
  for (const { body, tokens } of sentIn(between)) {
    expect(tokens).toHaveLength(1);
    expect(body).toMatch(/https:\/\/shop\.example\/u\/[^"]/);
    expect(body).not.toContain(shop);
  }
});

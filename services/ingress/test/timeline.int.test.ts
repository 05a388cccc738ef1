import { packRecipients, type BatchRow, type CampaignRow, type RecipientRow } from "@yubin/store";
import { newId, type TimelineItem } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { addLink, follow, type TestLink } from "./click-links.ts";
import { startIdentityProcess } from "./identity-process.ts";
import { addPerson, newLineUserId } from "./people.ts";
import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  lineEvent,
  postWebhook,
  startTestIngress,
  verdict,
  type TestIngress,
} from "./setup.ts";

const resources = new AsyncDisposableStack();
let ingress: TestIngress;
beforeAll(async () => {
  ingress = resources.use(await startTestIngress());
});
afterAll(() => resources.disposeAsync());

interface Page {
  readonly data: TimelineItem[];
  readonly nextCursor: string | null;
}
const pageAt = (ref: string, query = ""): Promise<Page> =>
  jsonOf<Page>(callApi(ingress, ["GET", `/v1/profiles/${ref}/timeline?${query}`]));
const walk = async (ref: string, query: string): Promise<TimelineItem[]> => {
  const items: TimelineItem[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Page = await pageAt(ref, `${query}${cursor === "" ? "" : `&cursor=${cursor}`}`);
    items.push(...page.data);
    cursor = page.nextCursor;
  }
  return items;
};

it("tells what a person said and did, newest first, without what was taken back", async () => {
  const channel = await addChannel(ingress, { provider: "main" });
  const identity = await startIdentityProcess(ingress);
  const userId = newLineUserId();
  const from = Date.now() - 10_000;
  const event = (n: number, over: Record<string, unknown>) =>
    lineEvent({ timestamp: from + n, source: { type: "user", userId }, ...over });
  const text = (id: string, words: string) => ({ message: { id, type: "text", text: words } });
  await postWebhook(ingress, channel, [
    event(1, { type: "follow" }),
    event(2, text("100", "hello")),
    event(3, text("101", "a secret")),
    event(4, { type: "postback", postback: { data: "buy=1" } }),
    event(5, { type: "unsend", unsend: { messageId: "101" } }),
  ]);
  await callApi(ingress, ["POST", "/v1/identify"], {
    userId: "timely",
    traits: { plan: "pro" },
    context: { line: { provider: "main", userId } },
  });
  await expect.poll(async () => (await pageAt("user:timely")).data?.length).toBe(6);
  const { data, nextCursor } = await pageAt("user:timely");
  expect(nextCursor).toBeNull();
  expect(data).toMatchObject([
    { kind: "event", type: "identify", source: "track", details: { traits: { plan: "pro" } } },
    { type: "unsend", source: "line", details: { unsend: { messageId: "101" } } },
    { type: "postback", details: { postback: { data: "buy=1" } }, text: null, unsent: false },
    { type: "message", text: null, unsent: true, details: {} },
    { type: "message", text: "hello", unsent: false, channelId: channel.id, state: "applied" },
    { type: "follow", at: new Date(from + 1).toISOString() },
  ]);
  expect(JSON.stringify(data)).not.toMatch(/a secret|replyToken|quoteToken/);
  expect((await walk("user:timely", "limit=2")).map(({ type }) => type)).toEqual(
    data.map(({ type }) => type),
  );
  const some = await walk("user:timely", "types=follow,message&limit=1");
  expect(some.map(({ type }) => type)).toEqual(["message", "message", "follow"]);
  await identity[Symbol.asyncDispose]();
});

const time = (n: number): Date => new Date(1_790_000_000_000 + n * 1_000);
const counts = {
  audience: 0,
  queued: 0,
  accepted: 0,
  refused: 0,
  skipped: 0,
  cancelled: 0,
  unknown: 0,
};
const addBatch = (row: Partial<BatchRow>) =>
  ingress.store.batches.insertOne({
    _id: newId("msg"),
    workspaceId: "ws_main",
    channelId: "chan_1",
    campaignId: null,
    seq: 0,
    state: "settled",
    endOfPlan: false,
    planCursor: null,
    method: "push",
    recipients: [],
    calls: [],
    counts,
    reasons: [],
    content: null,
    purpose: null,
    sendAt: null,
    claim: null,
    nextAt: null,
    createdAt: time(0),
    settledAt: null,
    ...row,
  });
const addCampaign = async (n: number, given: Partial<CampaignRow> = {}): Promise<string> => {
  const row: CampaignRow = {
    _id: newId("camp"),
    workspaceId: "ws_main",
    channelId: "chan_1",
    name: `campaign ${n}`,
    content: { messages: [] },
    contentVersion: 1,
    personal: false,
    audience: { type: "friends" },
    purpose: null,
    state: "done",
    stateReason: null,
    run: 1,
    fedBatches: 0,
    plannedBatches: 0,
    nextAt: null,
    createdAt: time(n),
    launchedAt: time(n),
    endedAt: null,
    ...given,
  };
  await ingress.store.campaigns.insertOne(row);
  return row._id;
};
/** Batches as planning makes them: by id, packed where everybody gets the same, with an end. */
const addPlan = async (
  campaignId: string,
  recipients: readonly RecipientRow[],
  { size, packed }: { readonly size: number; readonly packed: boolean },
): Promise<void> => {
  const idOf = (seq: number) => `${campaignId}/${String(seq).padStart(6, "0")}`;
  let seq = 0;
  for (let from = 0; from < recipients.length; from += size, seq += 1) {
    const some = recipients.slice(from, from + size);
    await addBatch({
      _id: idOf(seq),
      campaignId,
      seq,
      planCursor: some.at(-1)?.profileId ?? null,
      ...(packed ? { packed: packRecipients(some) } : { recipients: some }),
    });
  }
  await addBatch({ _id: idOf(seq), campaignId, seq, endOfPlan: true });
};
const sentOf = (items: readonly TimelineItem[]) =>
  items.map((item) =>
    item.kind === "message"
      ? [item.campaignName ?? item.messageId, item.outcome, item.reason]
      : [item.type],
  );

it("tells what was sent to a person, alone and by campaigns, also to those they absorbed", async () => {
  const id = await addPerson(ingress, { externalId: "sent-to" });
  const absorbed = await addPerson(ingress, { row: { mergedInto: id } });
  await ingress.store.profiles.updateOne({ _id: id }, { $set: { mergedFrom: [absorbed] } });
  const others = Array.from({ length: 60 }, (_, n) => `prof_${String(n).padStart(32, "0")}`);
  const accepted = { outcome: "accepted" as const, settledAt: time(1) };
  const skipped = { outcome: "skipped" as const, reason: "suppressed" };
  const friends = (of: readonly RecipientRow[]) =>
    [...others.map((profileId) => ({ profileId })), ...of].toSorted((one, other) =>
      (one.profileId ?? "") < (other.profileId ?? "") ? -1 : 1,
    );

  const one = await addCampaign(10);
  await addPlan(one, friends([{ profileId: id, ...accepted }]), { size: 7, packed: true });
  const both = await addCampaign(20, { personal: true });
  await addPlan(
    both,
    friends([
      { profileId: id, ...skipped },
      { profileId: absorbed, ...accepted },
    ]),
    {
      size: 7,
      packed: false,
    },
  );
  const refs = await addCampaign(30, { audience: { type: "refs", refs: [] } });
  await addPlan(refs, [{ ref: "user:x", profileId: absorbed, ...accepted }, { ref: "user:y" }], {
    size: 1,
    packed: true,
  });
  const listed = await addCampaign(35, { audience: { type: "list" } });
  await addPlan(listed, [{ ref: "user:x", profileId: id, ...accepted }, { ref: "user:y" }], {
    size: 1,
    packed: true,
  });
  await ingress.store.places.insertOne({ _id: `${listed}/${id}`, workspaceId: "ws_main", seq: 0 });
  // Its only batch is the newest, whose places are not written yet.
  const begun = await addCampaign(37, { audience: { type: "list" } });
  await addPlan(begun, [{ profileId: absorbed, ...skipped }], { size: 1, packed: true });
  await ingress.store.batches.deleteMany({ campaignId: begun, endOfPlan: true });
  const without = await addCampaign(40);
  await addPlan(without, friends([]), { size: 7, packed: true });
  await addCampaign(50, { launchedAt: null });
  await addPlan(await addCampaign(60, { workspaceId: "ws_other" }), friends([{ profileId: id }]), {
    size: 7,
    packed: true,
  });
  await addBatch({
    _id: "msg_1",
    createdAt: time(25),
    profileId: id,
    recipients: [{ ...accepted, profileId: id }],
  });
  await addBatch({ _id: "msg_2", createdAt: time(25), profileId: absorbed, recipients: [{}] });
  await addBatch({ _id: "msg_3", createdAt: time(26), profileId: others[0] ?? "" });
  await addBatch({ _id: "msg_4", createdAt: time(26), profileId: id, workspaceId: "ws_other" });

  const expected = [
    ["campaign 37", "skipped", "suppressed"],
    ["campaign 35", "accepted", null],
    ["campaign 30", "accepted", null],
    ["msg_2", null, null],
    ["msg_1", "accepted", null],
    ["campaign 20", absorbed > id ? "accepted" : "skipped", absorbed > id ? null : "suppressed"],
    ["campaign 20", absorbed > id ? "skipped" : "accepted", absorbed > id ? "suppressed" : null],
    ["campaign 10", "accepted", null],
  ];
  expect(sentOf((await pageAt("user:sent-to")).data)).toEqual(expected);
  for (const limit of [1, 2, 4])
    expect(sentOf(await walk("user:sent-to", `limit=${limit}`))).toEqual(expected);
  expect(sentOf(await walk("user:sent-to", "types=sent"))).toEqual(expected);
  expect(await walk("user:sent-to", "types=message")).toEqual([]);
});

it("tells what a person followed of what they were sent, also those they absorbed", async () => {
  const id = await addPerson(ingress, { externalId: "clicker" });
  const absorbed = await addPerson(ingress, { row: { mergedInto: id } });
  await ingress.store.profiles.updateOne({ _id: id }, { $set: { mergedFrom: [absorbed] } });
  const other = { profileId: "prof_0" };
  const friends = (of: string) => [other, other, other, { profileId: of }];
  const one = await addCampaign(10, { tracking: "person" });
  await addPlan(one, friends(id), { size: 3, packed: false });
  const refs = await addCampaign(20, {
    tracking: "person",
    audience: { type: "refs", refs: [] },
  });
  await addPlan(refs, [other, { ref: "user:x", profileId: absorbed }], { size: 3, packed: false });
  const together = await addCampaign(30, { tracking: "campaign" });
  await addPlan(together, friends(id), { size: 3, packed: true });
  const unclicked = await addCampaign(40, { tracking: "person" });
  await addPlan(unclicked, friends(id), { size: 3, packed: false });
  const content = (tracking: object) => ({ messages: [], ...tracking });
  const message = (n: number, tracking: object, over: Partial<BatchRow> = {}) =>
    addBatch({
      _id: `msg_clicked${n}`,
      createdAt: time(50 + n),
      profileId: id,
      recipients: [{ profileId: id }],
      content: content(tracking),
      ...over,
    });
  await message(1, { tracking: true });
  await message(2, {});

  const shop = "https://shop.example/";
  const mine = { batch: 1, index: 0 };
  for (const [campaignId, place] of [
    [one, mine],
    [one, mine],
    [refs, { batch: 0, index: 1 }],
    [refs, { batch: 0, index: 0 }],
    [together, undefined],
  ] as const)
    await follow(ingress, (await addLinkOnce(campaignId, shop)).path(place));
  const ofMessage = await addLink(ingress, shop, { messageId: "msg_clicked1" });
  await follow(ingress, ofMessage.path({ batch: 0, index: 0 }));
  // Another workspace's, of the same campaign and place.
  const theirs = await addLink(ingress, shop, { campaignId: unclicked, workspaceId: "ws_other" });
  await follow(ingress, theirs.path(mine));

  const clicksIn = (items: readonly TimelineItem[]) =>
    items.map((item) => item.kind === "message" && item.clicks);
  const at = expect.stringMatching(/Z$/) as string;
  const times = (clicks: number) => [{ url: shop, clicks, firstAt: at, lastAt: at }];
  const expected = [null, times(1), [], null, times(1), times(2)];
  const { data } = await pageAt("user:clicker");
  expect(clicksIn(data)).toEqual(expected);
  expect(await walk("user:clicker", "limit=1")).toEqual(data);

  // All that was sent long ago, where clicks have ended.
  const days = 400 * 86_400_000;
  const old = (n: number): Date => new Date(Date.now() - days - 60_000 + n);
  const ids = [one, refs, together, unclicked];
  for (const [n, _id] of ids.entries())
    await ingress.store.campaigns.updateOne({ _id }, { $set: { launchedAt: old(n) } });
  await ingress.store.batches.updateOne({ _id: "msg_clicked1" }, { $set: { createdAt: old(9) } });
  const later = (await pageAt("user:clicker")).data;
  expect(clicksIn(later)).toEqual([null, null, null, null, null, null]);
});

const addLinkOnce = async (campaignId: string, url: string): Promise<TestLink> => {
  const key = `${campaignId} ${url}`;
  const link = made.get(key) ?? (await addLink(ingress, url, { campaignId }));
  made.set(key, link);
  return link;
};
const made = new Map<string, TestLink>();

it("looks into some campaigns a page, and comes to all of them", async () => {
  const workspaceId = newId("ws");
  const key = await addKey(ingress, { workspaceId });
  const id = await addPerson(ingress, { workspaceId });
  const isIn = (n: number) => n % 9 === 4;
  for (let n = 0; n < 45; n += 1) {
    const campaignId = await addCampaign(n, { workspaceId });
    const recipients = isIn(n) ? [{ profileId: id }] : [{ profileId: "prof_0" }];
    await addPlan(campaignId, recipients, { size: 1, packed: true });
    await ingress.store.batches.updateMany({ campaignId }, { $set: { workspaceId } });
  }
  const sizes: number[] = [];
  const names: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const more: string = cursor === "" ? "" : `?cursor=${cursor}`;
    const page: Page = await jsonOf(
      callApi(ingress, ["GET", `/v1/profiles/${id}/timeline${more}`], undefined, { key }),
    );
    sizes.push(page.data.length);
    names.push(...page.data.map((item) => item.kind === "message" && item.campaignName));
    cursor = page.nextCursor;
  }
  const expected = Array.from({ length: 45 }, (_, n) => n)
    .filter(isIn)
    .reverse();
  expect(names).toEqual(expected.map((n) => `campaign ${n}`));
  expect(sizes.length).toBeGreaterThan(2);
});

it("goes on after a fact with the longest of ids", async () => {
  const id = await addPerson(ingress);
  for (const n of [1, 2]) {
    const eventId = `${"郵".repeat(254)}${n}`;
    await ingress.store.events.insertOne({
      _id: `ws_main/track/${eventId}`,
      workspaceId: "ws_main",
      channelId: null,
      source: "track",
      type: "track",
      eventId,
      occurredAt: time(n),
      receivedAt: time(n),
      state: "applied",
      reason: null,
      lineUserId: null,
      profileId: id,
      appliedAt: time(n),
      nextAt: null,
      body: { event: `bought ${n}` },
      expireAt: new Date(Date.now() + 86_400_000),
    });
  }
  expect(await walk(id, "limit=1")).toMatchObject([
    { details: { event: "bought 2" } },
    { details: { event: "bought 1" } },
  ]);
});

it.each([
  ["limit=0", "400 param_invalid limit"],
  ["cursor=forged", "400 cursor_invalid cursor"],
  ["types=", "400 param_invalid types"],
  ["types=a,,b", "400 param_invalid types"],
  ["types=a&types=b", "400 param_invalid types"],
  [`types=${"a,".repeat(30)}a`, "400 param_invalid types"],
  ["sort=at", "400 unknown_field sort"],
])("refuses %s", async (query, expected) => {
  const id = await addPerson(ingress);
  expect(await verdict(callApi(ingress, ["GET", `/v1/profiles/${id}/timeline?${query}`]))).toBe(
    expected,
  );
});

it("is of one's own people, and of nobody who was erased", async () => {
  const answer = async (given: Parameters<typeof addPerson>[1]) =>
    verdict(callApi(ingress, ["GET", `/v1/profiles/${await addPerson(ingress, given)}/timeline`]));
  expect(await answer({ workspaceId: "ws_other" })).toBe("404 not_found");
  expect(await answer({ row: { erasedAt: new Date() } })).toBe("410 profile_erased");
  const [one, other] = [await addPerson(ingress), await addPerson(ingress)];
  for (const id of [one, other])
    for (const n of [1, 2]) await addBatch({ createdAt: time(n), profileId: id });
  const { nextCursor } = await pageAt(one, "limit=1");
  const read = (id: string) =>
    verdict(callApi(ingress, ["GET", `/v1/profiles/${id}/timeline?cursor=${nextCursor}`]));
  expect(await read(one)).toBe("200");
  expect(await read(other)).toBe("400 cursor_invalid cursor");
});

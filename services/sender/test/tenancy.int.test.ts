import { isDeepStrictEqual } from "node:util";

import { createDeadLetterWriter, newMessageBatch, newReplyToken, type Store } from "@yubin/store";
import { newId } from "@yubin/types";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import type { AdvanceDeps } from "../src/domain/advance-campaign.ts";
import type { CleanPlacesDeps } from "../src/domain/clean-places.ts";
import type { EstimateDeps } from "../src/domain/estimate-campaign.ts";
import type { FeedDeps } from "../src/domain/feed-campaign.ts";
import type { ForgetDeps } from "../src/domain/forget-person.ts";
import type { PlanDeps } from "../src/domain/plan-campaign.ts";
import type {
  BatchRef,
  Campaign,
  Campaigns,
  ClaimedBatches,
  Contacts,
  Families,
  ReplyTokens,
  RulesOf,
} from "../src/domain/ports.ts";
import { toBatch } from "../src/store/batch-rows.ts";
import { createAudience } from "../src/store/audience.ts";
import { createClaimedBatches } from "../src/store/batches.ts";
import { createCampaigns } from "../src/store/campaigns.ts";
import { createChannels, type ChannelStore } from "../src/store/channels.ts";
import { createContacts } from "../src/store/contacts.ts";
import { createErasableBatches } from "../src/store/erasable-batches.ts";
import { createErasures } from "../src/store/erasures.ts";
import { createEstimates } from "../src/store/estimates.ts";
import { createFamilies } from "../src/store/families.ts";
import { createCampaignSteps, createFeeding, toCampaign } from "../src/store/feeding.ts";
import { createPlacesCleaning } from "../src/store/places-cleaning.ts";
import { createPlans } from "../src/store/plans.ts";
import { createReplyTokens } from "../src/store/reply-tokens.ts";
import { createTraces } from "../src/store/traces.ts";
import { createUnfinished, type Unfinished } from "../src/store/unfinished.ts";
import { createWorkspaceRules } from "../src/store/workspace-rules.ts";
import { openWorld, workspaceId, type World } from "./open-world.ts";

/** What a store function is called with: the ids of rows, and the workspace that is said to own them. */
interface Asker {
  readonly workspaceId: string;
  readonly campaign: Campaign;
  readonly ref: { readonly workspaceId: string; readonly campaignId: string };
}
type Call = (asker: Asker, store: Store) => Promise<unknown>;
/** A function that a store gains must be named here. */
type Calls<Functions> = { readonly [Name in keyof Functions]: Call };

const now = new Date();
const later = new Date(now.getTime() + 3_600_000);
const longAgo = new Date(0);
const token = "token";

const campaigns: Calls<Campaigns> = {
  find: ({ ref }, store) => createCampaigns(store).find(ref),
  stateNow: ({ ref }, store) => createCampaigns(store).stateNow(ref),
  isProven: async ({ ref }, store) => createCampaigns(store).isProven(ref),
  prove: ({ ref }, store) => createCampaigns(store).prove(ref),
  attempted: async ({ ref }, store) => {
    const attempts = await createCampaigns(store).attempted(ref, "another");
    return attempts.length > 0;
  },
  pause: ({ ref }, store) => createCampaigns(store).pause(ref, 1, "quota", null),
};
const feeding: Calls<FeedDeps["feeding"]> = {
  find: ({ ref }, store) => createFeeding(store).find(ref),
  openFed: ({ campaign }, store) =>
    createFeeding(store).openFed(campaign, { max: 9, awakeBefore: later }),
  hasOpen: ({ campaign }, store) => createFeeding(store).hasOpen(campaign),
  plannedFrom: ({ campaign }, store) => createFeeding(store).plannedFrom(campaign, 0, 9),
  advanceFed: ({ campaign }, store) => createFeeding(store).advanceFed(campaign, 2, now),
  wake: async ({ campaign }, store) =>
    createFeeding(store).wake(campaign, await batchIds(store), now),
  finish: ({ campaign }, store) => createFeeding(store).finish(campaign, now),
};
const steps: Calls<Omit<AdvanceDeps["campaigns"], "isForeign">> = {
  start: ({ campaign }, store) => createCampaignSteps(store).start(campaign, now),
  endPlanning: ({ campaign }, store) => createCampaignSteps(store).endPlanning(campaign, 7),
  lookAgain: ({ campaign }, store) => createCampaignSteps(store).lookAgain(campaign, later),
  openBatches: ({ campaign }, store) => createCampaignSteps(store).openBatches(campaign, 9),
};
const plans: Calls<PlanDeps["plans"]> = {
  last: ({ campaign }, store) => createPlans(store).last(campaign),
  placed: async ({ campaign }, store) => [...(await createPlans(store).placed(campaign, ["p"]))],
  // Whose batch it is, is in the campaign of whoever plans it.
  place: async ({ campaign }, store) => {
    const batch = { ...planned, recipients: [{ profileId: "q" }] };
    if (campaign.workspaceId === workspaceId) await createPlans(store).place(campaign, batch);
  },
  // The number is taken: whose batch has it is read.
  insert: ({ campaign }, store) =>
    createPlans(store)
      .insert(campaign, planned, now)
      .catch(() => undefined),
};
const batches: Calls<ClaimedBatches> = {
  claim: async (asker, store) => {
    const ref = { workspaceId: asker.workspaceId, batchId: (await batchOf(store)).id };
    const claimed = await createClaimedBatches(store).claim(ref, { token, now, until: later });
    return claimed.kind === "foreign" ? undefined : claimed;
  },
  save: async (asker, store) => {
    const before = { ...(await batchOf(store)), workspaceId: asker.workspaceId };
    const change = { before, after: before, next: { kind: "settle", at: now } } as const;
    return createClaimedBatches(store).save(token, change);
  },
};
const lineUserId = `U${"a".repeat(32)}`;
const families: Calls<Families> = {
  // Known by the journal that it has none.
  mayHavePlace: async ({ campaign }, store) => {
    const able = await createFamilies(store).mayHavePlace(campaign, ["absorbed"]);
    return !able.has("absorbed");
  },
  // Whose word it is, is in the campaign of whoever leaves it.
  leaveWord: async ({ ref }, store) => {
    const left = await createFamilies(store).leaveWord(ref, [{ lineUserId, profileId: "p" }]);
    return left.size > 0;
  },
  wordFor: async ({ ref }, store) => {
    const word = await createFamilies(store).wordFor(ref, [lineUserId]);
    return word.size > 0;
  },
  placesOf: async ({ campaign }, store) => {
    const places = await createFamilies(store).placesOf(campaign, ["p"]);
    return places.size > 0;
  },
};
const contacts: Calls<Contacts> = {
  countSince: async ({ workspaceId: by }, store) => {
    const counts = await createContacts(store).countSince(by, ["p"], {
      since: longAgo,
      except: { campaignId: null, batchId: "" },
    });
    return counts.size > 0;
  },
};
const rules: Calls<{ rulesOf: RulesOf }> = {
  rulesOf: async ({ workspaceId: by }, store) =>
    (await createWorkspaceRules(store)(by)).cap !== null,
};
const erasureOf = ({ workspaceId: by }: Asker) => ({
  id: "erasure",
  workspaceId: by,
  names: {
    profileIds: new Set(["p"]),
    lineUserIds: new Set([lineUserId]),
    refs: new Set(["p", "user:u"]),
  },
  messageIds: new Set<string>(),
  requestedAt: now,
});
const erasures: Calls<ForgetDeps["erasures"]> = {
  find: ({ workspaceId: by }, store) => createErasures(store).find(by, "erasure"),
  keepMessage: (asker, store) => createErasures(store).keepMessage(erasureOf(asker), "msg_1"),
  end: (asker, store) => createErasures(store).end(erasureOf(asker), now),
};
const traces: Calls<ForgetDeps["traces"]> = {
  batches: async (asker, store) => {
    const found: BatchRef[] = [];
    for await (const ref of createTraces(store).batches(erasureOf(asker))) found.push(ref);
    return found;
  },
  remove: (asker, store) => createTraces(store).remove(erasureOf(asker)),
  removeWord: (asker, store) => createTraces(store).removeWord(erasureOf(asker)),
};
const withLinks = "msg_with_links";
const erasable: Calls<ForgetDeps["batches"]> = {
  take: async (asker, store) => {
    const ref = { workspaceId: asker.workspaceId, batchId: (await batchOf(store)).id };
    return createErasableBatches(store).take(ref, { token, now, until: later, seize: true });
  },
  removeLinks: ({ workspaceId: by }, store) =>
    createErasableBatches(store).removeLinks(by, new Set([withLinks])),
  put: async (asker, store) => {
    const batch = { ...(await batchOf(store)), workspaceId: asker.workspaceId };
    return createErasableBatches(store).put(token, batch, now);
  },
};
const takenFrom = `U${"b".repeat(32)}`;
const replyTokens: Calls<ReplyTokens> = {
  has: ({ workspaceId: by, campaign: { channelId } }, store) =>
    createReplyTokens(store).has({ workspaceId: by, channelId, lineUserId, batchId: "msg_1" }, now),
  // One that it has taken before, or a free one.
  claim: async ({ workspaceId: by, campaign: { channelId } }, store) => {
    const of = { workspaceId: by, channelId, batchId: "msg_1" };
    const { claim } = createReplyTokens(store);
    const taken = await claim({ ...of, lineUserId: takenFrom }, now);
    return taken ?? (await claim({ ...of, lineUserId }, now));
  },
};
const run = { run: "run", token };
const estimates: Calls<EstimateDeps["estimates"]> = {
  take: ({ ref }, store) => createEstimates(store).take(ref, { token, now, until: later }),
  progress: ({ ref }, store) =>
    createEstimates(store).progress({ ...ref, ...run }, { looked: 1, total: 2, until: later }),
  end: ({ ref }, store) => createEstimates(store).end({ ...ref, ...run }, { failed: "x" }, now),
};
/** As whoever is due, read as another workspace's. */
const dueFor = async ({ workspaceId: by }: Asker, store: Store) => {
  const [campaign] = await createPlacesCleaning(store).due(later, 1);
  if (!campaign) throw new Error("none is due");
  return { ...campaign, workspaceId: by };
};
const placesCleaning: Calls<Omit<CleanPlacesDeps["places"], "due">> = {
  keep: async (asker, store) => createPlacesCleaning(store).keep(await dueFor(asker, store), later),
  leave: async (asker, store) =>
    createPlacesCleaning(store).leave(await dueFor(asker, store), later),
  removeSome: ({ ref }, store) => createPlacesCleaning(store).removeSome(ref, 9),
  done: async (asker, store) => createPlacesCleaning(store).done(await dueFor(asker, store)),
};
const unfinished: Calls<Pick<Unfinished, "putOffBatches" | "putOffCampaigns" | "putOffEstimates">> =
  {
    putOffEstimates: ({ ref }, store) =>
      createUnfinished(store).putOffEstimates([ref], later, later),
    putOffBatches: async ({ workspaceId: by }, store) => {
      const refs = (await batchIds(store)).map((batchId) => ({ workspaceId: by, batchId }));
      return createUnfinished(store).putOffBatches(refs, later, later);
    },
    putOffCampaigns: ({ ref }, store) =>
      createUnfinished(store).putOffCampaigns([ref], later, later),
  };
const channels: Calls<ChannelStore> = {
  find: ({ workspaceId: by, campaign }, store) =>
    createChannels(store).find(by, campaign.channelId),
  findRow: ({ workspaceId: by, campaign }, store) =>
    createChannels(store).findRow(by, campaign.channelId),
  findForSend: async ({ workspaceId: by, campaign }, store) => {
    const found = await createChannels(store).findForSend(by, campaign.channelId);
    return found === "foreign" ? undefined : found;
  },
  stop: async ({ workspaceId: by, campaign }, store) => {
    const channel = await createChannels(store).find(workspaceId, campaign.channelId);
    if (!channel) throw new Error("no channel");
    return createChannels(store).stop({ ...channel, workspaceId: by }, "line_forbidden");
  },
};
const audience: Calls<PlanDeps["audience"]> = {
  walkPeople: async ({ campaign }, store) => {
    await using walk = createAudience(store).walkPeople(campaign, null);
    return await walk.next(9);
  },
  resolve: async ({ workspaceId: by }, store) =>
    (await createAudience(store).resolve(by, [profileId])).filter((id) => id !== undefined),
  readList: ({ campaign }, store) =>
    createAudience(store)
      .readList({ ...campaign, list }, { cursor: null, count: 9 })
      .catch(() => undefined),
  excluded: async ({ campaign }, store) => {
    const excluded = { ...campaign, id: `${campaign.workspaceId}-x`, exclude };
    return [...(await createAudience(store).excluded(excluded, [profileId, "p"]))];
  },
  dropData: ({ campaign }, store) => createAudience(store).dropData({ ...campaign, list }),
};

const planned = { seq: 0, recipients: [{ profileId: "p" }], cursor: null, endOfPlan: false };
const list = { id: "list", pages: 1, rows: 1 };
const exclude = { where: { friendship: "following" } } as const;
let profileId: string;
let world: World;
let ours: Asker;

beforeAll(async () => {
  world = await openWorld({ senders: 0 });
  profileId = await world.addProfile({
    lineUserId: `U${"a".repeat(32)}`,
    friendOf: [world.channelId],
  });
});
afterAll(() => world[Symbol.asyncDispose]());

/** One campaign with two batches, one at rest and one overdue; both claims are known and have run out. */
beforeEach(async () => {
  const { store } = world;
  await store.campaigns.deleteMany();
  await store.batches.deleteMany();
  await store.clickLinks.deleteMany();
  await store.familySends.deleteMany();
  await store.erasures.deleteMany();
  await store.deadLetters.deleteMany();
  await store.merges.deleteMany();
  await store.places.deleteMany();
  await store.estimates.deleteMany();
  await store.audiencePages.deleteMany();
  await store.replyTokens.deleteMany();
  const campaignId = await world.launch({ text: "hello" });
  const fed = { state: "sending", fedBatches: 2, plannedBatches: 2 } as const;
  await store.campaigns.updateOne({ _id: campaignId }, { $set: fed });
  const campaign = toCampaign(await world.campaign(campaignId));
  ours = { workspaceId, campaign, ref: { workspaceId, campaignId } };
  await createFamilies(store).leaveWord(ours.ref, [{ lineUserId, profileId: "p" }]);
  const parts = { identity: now, sender: null };
  await store.erasures.insertOne({
    _id: "erasure",
    workspaceId,
    profileIds: ["p"],
    lineUserIds: [lineUserId],
    refs: [],
    state: "open",
    requestedAt: now,
    parts,
    nextAt: now,
  });
  await store.estimates.insertOne({
    _id: campaignId,
    workspaceId,
    of: "of",
    run: "run",
    state: "counting",
    reason: null,
    looked: 0,
    total: null,
    counts: null,
    claim: { token, until: longAgo },
    nextAt: longAgo,
    askedAt: now,
    endedAt: null,
    expireAt: later,
  });
  const { channelId } = world;
  const of = { workspaceId, channelId, lineUserId, eventId: "1", token: "t" };
  const taken = { ...newReplyToken({ ...of, lineUserId: takenFrom }, now), claimedBy: "msg_1" };
  await store.replyTokens.insertMany([newReplyToken(of, now), taken]);
  await store.places.insertOne({ _id: `${campaignId}/p`, workspaceId, seq: 0 });
  await store.clickLinks.insertOne({
    _id: "link",
    workspaceId,
    campaignId: null,
    messageId: withLinks,
    variant: null,
    url: "https://shop.example/",
    createdAt: now,
    expireAt: later,
  });
  await store.audiencePages.insertOne({
    _id: "list/000001",
    workspaceId,
    campaignId,
    listId: "list",
    upload: "upload",
    refs: ["user:u"],
    data: [{ seat: 1 }],
    erasures: [],
  });
  await store.merges.insertOne({
    _id: "merge",
    workspaceId,
    eventRowId: "e",
    askedBy: "merge",
    from: "absorbed",
    into: "p",
    state: "done",
    loserVersion: 1,
    lendsExternalId: false,
    loserBefore: null,
    survivorBefore: null,
    survivorVersion: 1,
    values: [],
    undoUntil: longAgo,
    startedAt: longAgo,
    doneAt: longAgo,
    undoneAt: null,
    nextAt: null,
  });
  await createDeadLetterWriter(store)({
    _id: "1",
    workspaceId,
    queue: "sends",
    name: "message.send",
    payload: { to: "user:u" },
    code: "poison",
    reason: "",
    at: now,
  });
  for (const seq of [0, 1]) await createPlans(store).insert(campaign, { ...planned, seq }, now);
  await store.batches.updateMany({}, { $set: { claim: { token, until: longAgo } } });
  await store.batches.updateOne({ seq: 1 }, { $set: { nextAt: longAgo } });
  await addAcceptedMessage(store);
  await store.campaigns.updateOne(
    { _id: campaignId },
    { $set: { proven: true, placesUntil: longAgo } },
  );
  await store.batches.updateOne({ seq: 1 }, { $set: { "counts.accepted": 1 } });
  const cap = { messages: 1, days: 1 };
  await store.workspaces.updateOne({ _id: workspaceId }, { $set: { cap } }, { upsert: true });
});

/** To p, with a purpose, so that it counts. */
const addAcceptedMessage = async (store: Store): Promise<void> => {
  const { channelId } = world;
  const row = newMessageBatch(
    { to: "p", channelId, purpose: "offers", messages: [{ type: "text", text: "hello" }] },
    { workspaceId, idempotencyKey: undefined, newId: () => newId("msg"), now },
  );
  const recipients = [{ ref: "p", outcome: "accepted", firstAttemptAt: now } as const];
  const isOver = { state: "settled", profileId: "p", recipients, seq: 9, nextAt: null } as const;
  await store.batches.insertOne({ ...row, ...isOver });
};

const batchIds = async (store: Store) =>
  (await store.batches.find().toArray()).map(({ _id }) => _id);

const batchOf = async (store: Store) => {
  const row = await store.batches.findOne({ seq: 0 });
  if (!row) throw new Error("no batch");
  return toBatch(row);
};

const rowsOf = async (store: Store) =>
  Promise.all(
    [
      store.campaigns,
      store.batches,
      store.clickLinks,
      store.channels,
      store.familySends,
      store.erasures,
      store.deadLetters,
      store.estimates,
      store.places,
      store.audiencePages,
      store.replyTokens,
    ].map((rows) => rows.find().sort({ _id: 1 }).toArray()),
  );

/** Whether it gave anything back, or changed a row. */
const didAnything = async (call: Call, asker: Asker): Promise<boolean> => {
  const before = await rowsOf(world.store);
  const result = await call(asker, world.store);
  const isNothing = Array.isArray(result) ? result.length === 0 : !result;
  return !isNothing || !isDeepStrictEqual(before, await rowsOf(world.store));
};

const stores = {
  campaigns,
  erasable,
  erasures,
  traces,
  families,
  feeding,
  steps,
  placesCleaning,
  plans,
  batches,
  estimates,
  contacts,
  replyTokens,
  rules,
  unfinished,
  channels,
  audience,
};
const functions = Object.entries(stores).flatMap(([name, calls]) =>
  Object.entries<Call>({ ...calls }).map(([of, call]) => ({ name: `${name}.${of}`, call })),
);

it.each(functions)(
  "$name finds and changes nothing of another workspace",
  async ({ name, call }) => {
    const other = "ws_other";
    const theirs: Asker = {
      workspaceId: other,
      campaign: { ...ours.campaign, workspaceId: other },
      ref: { ...ours.ref, workspaceId: other },
    };
    if (name === "campaigns.prove")
      await world.store.campaigns.updateMany({}, { $set: { proven: false } });
    if (name === "steps.start")
      await world.store.campaigns.updateMany(
        {},
        { $set: { state: "scheduled", startsAt: longAgo } },
      );
    const states = name === "steps.endPlanning" ? (["planning", "sending"] as const) : [];
    for (const state of states) {
      await world.store.campaigns.updateMany({}, { $set: { state, plannedBatches: null } });
      expect(await didAnything(call, theirs)).toBe(false);
    }
    expect(await didAnything(call, theirs)).toBe(false);
    expect(await didAnything(call, ours)).toBe(true);
  },
);

it("tells another workspace's campaign and batch from ones that are not there", async () => {
  const { store } = world;
  const claimAs = async (by: string, batchId: string) =>
    createClaimedBatches(store).claim({ workspaceId: by, batchId }, { token, now, until: later });
  const { id } = await batchOf(store);
  expect(await claimAs("ws_other", id)).toEqual({ kind: "foreign" });
  expect(await claimAs("ws_other", "absent")).toEqual({ kind: "obsolete" });
  const { isForeign } = createCampaignSteps(store);
  expect(await isForeign({ ...ours.ref, workspaceId: "ws_other" })).toBe(true);
  expect(await isForeign(ours.ref)).toBe(false);
  expect(await isForeign({ workspaceId, campaignId: "absent" })).toBe(false);
});

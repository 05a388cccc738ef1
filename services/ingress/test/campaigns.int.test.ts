import type { CallRow } from "@yubin/store";
import { newId, type CampaignState, type CampaignView, type OutcomeCounts } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  addChannel,
  callApi,
  jsonOf,
  named,
  lineEvent,
  postWebhook,
  startTestIngress,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";
import { campaignCalls } from "./campaign-calls.ts";
import { addPerson } from "./people.ts";

let ingress: TestIngress;
let channel: TestChannel;
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress);
  await addPerson(ingress, { row: { friendOf: [channel.id] } });
});
afterAll(() => ingress[Symbol.asyncDispose]());

const { post, draft, act } = campaignCalls(() => ({ ingress, channelId: channel.id }));
const refsOf = (...refs: string[]) => ({ type: "refs", refs });
const campaign = (id: string): Promise<CampaignView> =>
  jsonOf(callApi(ingress, ["GET", `/v1/campaigns/${id}`]));

describe("POST /v1/campaigns", () => {
  it("drafts a campaign, found by its id and in the list", async () => {
    const res = await post({
      name: "  Spring 🌸 ",
      content: {
        messages: [{ type: "text", text: "hello" }],
        missing: "skip",
        notificationDisabled: true,
      },
      audience: { type: "refs", refs: ["user:ann", "email:bob@example.com", "user:ann"] },
      purpose: "marketing",
    });
    expect(res.status).toBe(201);
    const view = await jsonOf<CampaignView>(res);
    expect(view).toEqual({
      id: expect.stringMatching(/^camp_[0-9a-f]{32}$/),
      name: "Spring 🌸",
      channelId: channel.id,
      state: "draft",
      stateReason: null,
      content: {
        messages: [{ type: "text", text: "hello" }],
        missing: "skip",
        notificationDisabled: true,
      },
      audience: { type: "refs", refs: ["user:ann", "email:bob@example.com"] },
      list: null,
      exclude: null,
      purpose: "marketing",
      schedule: null,
      startsAt: null,
      contentVersion: 1,
      throttle: null,
      quietHours: null,
      cap: null,
      sendBefore: null,
      quota: null,
      tracking: "off",
      quotaStatus: {
        judgedAt: null,
        choice: null,
        needed: null,
        left: null,
        short: null,
        trimmed: 0,
        waitsFor: null,
        resumesAt: null,
      },
      createdAt: expect.stringMatching(/Z$/),
      launchedAt: null,
      endedAt: null,
    } satisfies CampaignView);
    expect(await campaign(view.id)).toEqual(view);
    const list = await jsonOf<{ data: CampaignView[] }>(
      callApi(ingress, ["GET", "/v1/campaigns?limit=200"]),
    );
    expect(list.data).toContainEqual(view);
  });

  it.each([
    ["words for everybody", "hello", false],
    ["words of their own", "hello {{ profile.displayName }}", true],
  ])("knows whether people get %s", async (_what, text, personal) => {
    const id = await draft({ content: { messages: [{ type: "text", text }] } });
    expect((await ingress.store.campaigns.findOne({ _id: id }))?.personal).toBe(personal);
  });

  it("keeps a filter as it was given", async () => {
    const where = {
      all: [
        { trait: "plan", in: ["pro", "team"] },
        { any: [{ consent: "marketing", is: "given" }, { not: { externalId: { exists: true } } }] },
        { lastFollow: { after: { daysAgo: 30 } } },
      ],
    };
    const audience = { type: "filter", where };
    expect((await campaign(await draft({ audience }))).audience).toEqual(audience);
  });

  const refs = (given: unknown) => ({ audience: { type: "refs", refs: given } });
  const filter = (where: unknown) => ({ audience: { type: "filter", where } });
  const one = { trait: "plan", is: "pro" };
  const follows = (channelId: string) => ({ friendship: "following", channelId });
  it.each(
    named([
      [{ name: " " }, "400 request_invalid name"],
      [{ name: "n".repeat(201) }, "422 limit_exceeded name"],
      [{ name: 5 }, "400 type_invalid name"],
      [{ channelId: "chan_x" }, "404 not_found channelId"],
      [{ channelId: { $gt: "" } }, "400 type_invalid channelId"],
      [{ content: null }, "400 type_invalid content"],
      [{ content: {} }, "400 request_invalid content.messages"],
      [{ content: { messages: [], html: "x" } }, "422 line_limit content.messages"],
      [{ audience: null }, "400 type_invalid audience"],
      [{ audience: {} }, "400 request_invalid audience.type"],
      [{ audience: { type: "everybody" } }, "400 type_invalid audience.type"],
      [{ audience: { type: "friends", refs: [] } }, "400 unknown_field audience.refs"],
      [refs([]), "400 request_invalid audience.refs"],
      [refs("user:ann"), "400 type_invalid audience.refs"],
      [refs(["user:ann", "ann"]), "400 request_invalid audience.refs[1]"],
      [refs(["user:ann", null]), "400 type_invalid audience.refs[1]"],
      [refs(Array.from({ length: 5_001 }, () => "user:a")), "422 audience_too_large audience.refs"],
      [filter(undefined), "400 request_invalid audience.where"],
      [filter({ id: { $gt: "" } }), "400 field_not_allowed audience.where"],
      [filter({ $where: "sleep(9)" }), "400 field_not_allowed audience.where"],
      [filter({ "traits.plan": "pro" }), "400 field_not_allowed audience.where"],
      [filter({ trait: "plan", is: { $gt: "" } }), "400 type_invalid audience.where.is"],
      [filter({ trait: "plan", $regex: "(a+)+$" }), "400 unknown_field audience.where.$regex"],
      [filter({ trait: "a.b", is: 1 }), "400 key_invalid audience.where"],
      [filter(JSON.parse('{"__proto__":{}}')), "400 key_forbidden audience.where.__proto__"],
      [filter({ any: [{ trait: "__proto__", is: 1 }] }), "400 key_forbidden audience.where.any[0]"],
      [filter({ trait: "plan", is: "\ud800" }), "400 unicode_invalid audience.where.is"],
      [
        filter({ all: [one, { createdAt: { after: "2024-02-30T00:00:00Z" } }] }),
        "400 date_invalid audience.where.all[1].createdAt.after",
      ],
      [
        filter({ all: Array.from({ length: 51 }, () => one) }),
        "422 limit_exceeded audience.where.all",
      ],
      [
        filter({ not: { not: { not: { not: { not: one } } } } }),
        "422 limit_exceeded audience.where.not.not.not.not.not",
      ],
      [{ audience: { type: "list", refs: [] } }, "400 unknown_field audience.refs"],
      [{ exclude: {} }, "400 request_invalid exclude"],
      [{ exclude: { refs: [] } }, "400 request_invalid exclude.refs"],
      [{ exclude: { refs: ["ann"] } }, "400 request_invalid exclude.refs[0]"],
      [
        { exclude: { refs: Array.from({ length: 1_001 }, () => "user:a") } },
        "422 audience_too_large exclude.refs",
      ],
      [{ exclude: { where: { _id: "x" } } }, "400 field_not_allowed exclude.where"],
      [{ exclude: { campaigns: ["camp_x"] } }, "404 not_found exclude.campaigns[0]"],
      [filter(follows("chan_typo")), "404 not_found audience.where.channelId"],
      [
        filter({ all: [one, { not: { any: [one, follows("chan_typo")] } }] }),
        "404 not_found audience.where.all[1].not.any[1].channelId",
      ],
      [{ exclude: { where: follows("chan_typo") } }, "404 not_found exclude.where.channelId"],
      [filter({ trait: "line_id", exists: true }), "400 field_not_allowed audience.where"],
      [
        { exclude: { campaigns: Array.from({ length: 11 }, () => "camp_x") } },
        "422 limit_exceeded exclude.campaigns",
      ],
      [{ exclude: { segments: ["x"] } }, "400 unknown_field exclude.segments"],
      [{ purpose: "" }, "400 request_invalid purpose"],
      [{ state: "sending" }, "400 unknown_field state"],
      [{ launchedAt: "2026-01-01T00:00:00Z" }, "400 unknown_field launchedAt"],
      [{ workspaceId: "ws_b" }, "400 unknown_field workspaceId"],
    ]),
  )("refuses %s", async (_body, over, expected) => {
    expect(await verdict(post(over))).toBe(expected);
  });
});

describe("what is done to a campaign", () => {
  /** From each state, by each action: the state afterwards, or a conflict. */
  const moves: Readonly<Record<CampaignState, readonly (CampaignState | "conflict")[]>> = {
    //         launch      pause       resume      cancel
    draft: ["planning", "conflict", "conflict", "cancelled"],
    scheduled: ["scheduled", "paused", "scheduled", "cancelled"],
    planning: ["planning", "paused", "planning", "cancelled"],
    sending: ["sending", "paused", "sending", "cancelled"],
    paused: ["conflict", "paused", "sending", "cancelled"],
    stopped: ["conflict", "conflict", "sending", "cancelled"],
    done: ["conflict", "conflict", "conflict", "conflict"],
    cancelled: ["conflict", "conflict", "conflict", "cancelled"],
  };
  const actions = ["launch", "pause", "resume", "cancel"];

  it.each(Object.entries(moves))("while it is %s", async (state, results) => {
    for (const [at, action] of actions.entries()) {
      const id = await draft();
      const planned = { plannedBatches: state === "planning" ? null : 3 };
      await ingress.store.campaigns.updateOne(
        { _id: id },
        { $set: { state: state as CampaignState, ...(state === "draft" ? {} : planned) } },
      );
      const conflict = `409 state_invalid: a campaign that is ${state} takes no ${action}`;
      const wanted = results[at] ?? "conflict";
      const after = wanted === "conflict" ? state : wanted;
      const res = await act(id, action);
      const body = await jsonOf<{ state: string; error?: { code: string; message: string } }>(res);
      const told = body.error ? `${body.error.code}: ${body.error.message}` : body.state;
      expect(`${res.status} ${told}`).toBe(wanted === "conflict" ? conflict : `200 ${after}`);
      expect((await campaign(id)).state, action).toBe(after);
    }
  });

  it("is written down with time and reason", async () => {
    const id = await draft();
    const launched = await jsonOf<CampaignView>(act(id, "launch"));
    expect(launched).toMatchObject({ state: "planning", stateReason: null, endedAt: null });
    expect(launched.launchedAt).toMatch(/Z$/);
    expect(await jsonOf(act(id, "launch"))).toEqual(launched);
    const { launchedAt } = launched;
    const paused = { state: "paused", stateReason: "operator", launchedAt };
    expect(await jsonOf(act(id, "pause"))).toMatchObject(paused);
    const resumed = { state: "planning", stateReason: null, launchedAt };
    expect(await jsonOf(act(id, "resume"))).toMatchObject(resumed);
    const cancelled = await jsonOf<CampaignView>(act(id, "cancel"));
    expect(cancelled).toMatchObject({ state: "cancelled", stateReason: "operator", launchedAt });
    expect(cancelled.endedAt).toMatch(/Z$/);
    expect({ ...(await campaign(id)), sending: 0 }).toEqual(cancelled);
  });

  it("is done once, however many ask at once", async () => {
    const id = await draft();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => jsonOf<CampaignView>(act(id, "launch"))),
    );
    expect(new Set(answers.map(({ state, launchedAt }) => `${state} ${launchedAt}`)).size).toBe(1);
    const mixed = await Promise.all(
      ["cancel", "pause", "cancel", "pause"].map((action) => verdict(act(id, action))),
    );
    for (const one of mixed) expect(one).toMatch(/^(200|409 state_invalid)$/);
    expect((await campaign(id)).state).toBe("cancelled");
  });

  it("is no launch while nobody follows its channel", async () => {
    const { id: channelId } = await addChannel(ingress);
    const id = await draft({ channelId });
    await addPerson(ingress, { workspaceId: "ws_b", row: { friendOf: [channelId] } });
    await addPerson(ingress, { row: { friendOf: ["chan_2"], blockedOn: [channelId] } });
    await addPerson(ingress, { row: { friendOf: [channelId], mergedInto: newId("prof") } });
    expect(await verdict(act(id, "launch"))).toBe("409 state_invalid");
    expect((await campaign(id)).state).toBe("draft");
    const refs = await draft({ channelId, audience: { type: "refs", refs: ["user:nobody"] } });
    expect(await verdict(act(refs, "launch"))).toBe("200");

    await addPerson(ingress, { row: { friendOf: [channelId] } });
    expect(await verdict(act(id, "launch"))).toBe("200");
    await ingress.store.profiles.updateMany({ friendOf: channelId }, { $set: { friendOf: [] } });
    expect(await verdict(act(id, "launch"))).toBe("200"); // it is launched already
  });

  it("asks for a campaign and an action that exist", async () => {
    for (const absent of [newId("camp"), "x", "$ne", "%00"])
      expect(await verdict(act(absent, "launch"))).toBe("404 not_found");
    expect(await verdict(act(newId("camp"), "explode"))).toBe("404 not_found");
    const get = await callApi(ingress, ["GET", `/v1/campaigns/${newId("camp")}/launch`]);
    expect([get.headers.get("allow"), await verdict(get)]).toEqual([
      "POST",
      "405 method_not_allowed",
    ]);
  });
});

describe("GET /v1/campaigns/:id/metrics", () => {
  const metrics = (id: string): Promise<Response> =>
    callApi(ingress, ["GET", `/v1/campaigns/${id}/metrics`]);
  const nobody: OutcomeCounts = {
    audience: 0,
    queued: 0,
    accepted: 0,
    refused: 0,
    skipped: 0,
    cancelled: 0,
    unknown: 0,
  };

  it("counts nobody before there is anybody", async () => {
    expect(await jsonOf(metrics(await draft()))).toEqual({
      state: "draft",
      stateReason: null,
      planned: false,
      totals: nobody,
      sending: 0,
      reasons: {},
      variants: [],
      seriesInterval: "minute",
      series: [],
      clicks: null,
    });
  });

  it("tells a pause and a cancel of how many LINE may have", async () => {
    const id = await draft();
    const counts = { ...nobody, audience: 500, queued: 500 };
    await addBatch(id, 0, { counts, reasons: [], calls: [callOf([0, 299])] });
    await addBatch(id, 1, { counts, reasons: [] });
    const set = { state: "sending", plannedBatches: 2 } as const;
    await ingress.store.campaigns.updateOne({ _id: id }, { $set: set });
    for (const action of ["pause", "pause", "cancel", "cancel"])
      expect(await jsonOf(act(id, action))).toMatchObject({ sending: 300 });
    const totals = { audience: 1_000, queued: 1_000 };
    expect(await jsonOf(metrics(id))).toMatchObject({ totals, sending: 300 });
  });

  it("adds up all batches of the campaign, and no others", async () => {
    const [id, other] = [await draft(), await draft()];
    const skip = (reason: string, count: number) => ({
      outcome: "skipped" as const,
      reason,
      count,
    });
    const refused = { outcome: "refused" as const, reason: "line_400", count: 2 };
    await addBatch(id, 0, {
      counts: { ...nobody, audience: 10, queued: 3, accepted: 4, skipped: 3 },
      reasons: [skip("not_following", 2), skip("suppressed", 1)],
      calls: [callOf([1, 1, 4, 4])],
    });
    await addBatch(id, 1, {
      counts: {
        ...nobody,
        audience: 7,
        accepted: 2,
        refused: 2,
        skipped: 1,
        cancelled: 1,
        unknown: 1,
      },
      reasons: [skip("not_following", 1), refused],
    });
    await addBatch(other, 0, { counts: { ...nobody, audience: 5, queued: 5 }, reasons: [] });
    await ingress.store.campaigns.updateOne(
      { _id: id },
      { $set: { state: "sending", plannedBatches: 2 } },
    );
    const body = await jsonOf<{ totals: OutcomeCounts }>(metrics(id));
    expect(body).toEqual({
      state: "sending",
      stateReason: null,
      planned: true,
      totals: {
        audience: 17,
        queued: 3,
        accepted: 6,
        refused: 2,
        skipped: 4,
        cancelled: 1,
        unknown: 1,
      },
      sending: 2,
      seriesInterval: "minute",
      series: [],
      clicks: null,
      reasons: { "refused.line_400": 2, "skipped.not_following": 3, "skipped.suppressed": 1 },
      variants: [],
    });
    const { audience, ...rest } = body.totals;
    expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).toBe(audience);
  });

  it("say why a campaign waits whose channel was stopped, and only then", async () => {
    const id = await draft();
    const { channelId } = await jsonOf<{ channelId: string }>(
      callApi(ingress, ["GET", `/v1/campaigns/${id}`]),
    );
    const stateReasons = async (): Promise<unknown[]> => {
      const paths = [`/v1/campaigns/${id}`, `/v1/campaigns/${id}/metrics`];
      const answers = paths.map((path) =>
        jsonOf<{ stateReason: unknown }>(callApi(ingress, ["GET", path])),
      );
      return (await Promise.all(answers)).map(({ stateReason }) => stateReason);
    };
    await ingress.store.channels.updateOne(
      { _id: channelId },
      { $set: { state: "stopped", stateReason: "line_unauthorized" } },
    );
    try {
      expect(await stateReasons()).toEqual([null, null]);
      await ingress.store.campaigns.updateOne({ _id: id }, { $set: { state: "sending" } });
      expect(await stateReasons()).toEqual(["line_unauthorized", "line_unauthorized"]);
    } finally {
      await ingress.store.channels.updateOne(
        { _id: channelId },
        { $set: { state: "connected", stateReason: null } },
      );
    }
    expect(await stateReasons()).toEqual([null, null]);
  });

  const callOf = (members: number[]): CallRow => ({
    path: "0",
    method: "multicast",
    members,
    body: "{}",
    retryKey: "k",
    attempts: 1,
    firstAttemptAt: new Date(),
    nextAt: new Date(),
  });

  const addBatch = async (
    campaignId: string,
    seq: number,
    {
      counts,
      reasons,
      calls = [],
    }: {
      counts: OutcomeCounts;
      reasons: { outcome: "skipped" | "refused"; reason: string; count: number }[];
      calls?: CallRow[];
    },
  ): Promise<void> => {
    await ingress.store.batches.insertOne({
      _id: `${campaignId}/${String(seq).padStart(6, "0")}`,
      workspaceId: "ws_main",
      channelId: channel.id,
      campaignId,
      seq,
      state: "open",
      endOfPlan: false,
      planCursor: null,
      method: "multicast",
      recipients: [],
      calls,
      counts,
      reasons,
      content: null,
      purpose: null,
      sendAt: null,
      claim: null,
      nextAt: null,
      createdAt: new Date(),
      settledAt: null,
    });
  };
});

describe("GET /v1/campaigns", () => {
  interface Found {
    readonly data: CampaignView[];
    readonly nextCursor: string | null;
  }
  const list = (query: string): Promise<Found> =>
    jsonOf(callApi(ingress, ["GET", `/v1/campaigns?${query}`]));
  const idsOf = ({ data }: Found): string[] => data.map(({ id }) => id);

  it("lists the newest first, page by page, whatever is drafted meanwhile", async () => {
    const { id: channelId } = await addChannel(ingress);
    const ids: string[] = [];
    // An id that follows from a key says nothing of the time.
    for (let n = 0; n < 5; n += 1) {
      const key = n % 2 === 0 ? {} : { "Idempotency-Key": `newest-${n}` };
      ids.unshift((await jsonOf<CampaignView>(post({ channelId }, key))).id);
      await ingress.store.campaigns.updateOne(
        { _id: ids[0] ?? "" },
        // Two of one moment are told once each, too.
        { $set: { createdAt: new Date(Date.UTC(2026, 0, n === 2 ? 2 : n + 1)) } },
      );
    }
    const [fifth, fourth, third = "", second = "", first] = ids;
    const pair = [second, third].toSorted().toReversed();
    const page = await list(`channelId=${channelId}&limit=2`);
    expect(idsOf(page)).toEqual([fifth, fourth]);
    const added = await draft({ channelId });
    const rest = await list(`channelId=${channelId}&limit=2&cursor=${page.nextCursor}`);
    expect(idsOf(rest)).toEqual(pair);
    const last = await list(`channelId=${channelId}&limit=2&cursor=${rest.nextCursor}`);
    expect([idsOf(last), last.nextCursor]).toEqual([[first], null]);
    expect(idsOf(await list("limit=1"))).toEqual([added]);
  });

  it("lists those of a channel, or of a state, and no others", async () => {
    const { id: channelId } = await addChannel(ingress);
    const [launched, drafted] = [
      await draft({ channelId, audience: refsOf("user:a") }),
      await draft({ channelId }),
    ];
    await act(launched, "launch");
    expect(idsOf(await list(`channelId=${channelId}`))).toEqual([drafted, launched]);
    expect(idsOf(await list(`channelId=${channelId}&state=planning`))).toEqual([launched]);
    expect(idsOf(await list(`channelId=${channelId}&state=done`))).toEqual([]);
    expect(
      (await list("state=planning&limit=200")).data.every(({ state }) => state === "planning"),
    ).toBe(true);
  });

  it("refuses a state that is none, and a cursor of another filter", async () => {
    const get = (query: string) => verdict(callApi(ingress, ["GET", `/v1/campaigns?${query}`]));
    expect(await get("state=running")).toBe("400 type_invalid state");
    expect(await get("channelId=")).toBe("400 request_invalid channelId");
    expect(await get("sort=name")).toBe("400 unknown_field sort");
    await draft();
    await draft();
    const { nextCursor } = await list("state=draft&limit=1");
    expect(await get(`state=done&limit=1&cursor=${nextCursor}`)).toBe("400 cursor_invalid cursor");
  });
});

describe("GET /v1/channels/:id/metrics", () => {
  const metrics = (query = ""): Promise<Response> =>
    callApi(ingress, ["GET", `/v1/channels/${channel.id}/metrics${query}`]);

  it("counts who follows, who has blocked, and what LINE told by type and reason", async () => {
    await addPerson(ingress, { row: { friendOf: [channel.id] } });
    await addPerson(ingress, { row: { friendOf: [channel.id, "chan_2"] } });
    await addPerson(ingress, { row: { friendOf: [channel.id], mergedInto: "prof_1" } });
    await addPerson(ingress, { row: { friendOf: ["chan_2"], blockedOn: [channel.id] } });
    const events = [
      lineEvent(),
      lineEvent(),
      lineEvent({ type: "follow", message: undefined }),
      lineEvent({ timestamp: "soon" }),
    ];
    expect(await verdict(postWebhook(ingress, channel, events))).toBe("200");
    const body = await jsonOf<{ since: string }>(metrics("?days=30"));
    expect(body).toEqual({
      people: { following: 3, blocked: 1 },
      since: expect.stringMatching(/Z$/),
      events: { message: 2, follow: 1 },
      quarantined: { timestamp_invalid: 1 },
      reconciliation: null,
    });
    const days = (Date.now() - new Date(body.since).getTime()) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(30);
    expect(days).toBeLessThan(30.01);
  });

  it.each(["0", "31", "-1", "abc", "", "1.5", "1e1", "0x10", "1&days=2"])(
    "refuses days=%s",
    async (days) => {
      expect(await verdict(metrics(`?days=${days}`))).toBe("400 param_invalid days");
    },
  );
});

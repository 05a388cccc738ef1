import type { BackfillView, ChannelMetrics } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  named,
  startTestIngress,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress[Symbol.asyncDispose]());

const post = (
  channel: TestChannel,
  body: unknown = {},
  headers: Record<string, string> = {},
): Promise<Response> =>
  callApi(ingress, ["POST", `/v1/channels/${channel.id}/backfills`], body, { headers });
const start = async (channel: TestChannel, body: unknown = {}): Promise<string> =>
  (await jsonOf<{ id: string }>(post(channel, body))).id;
const get = (id: string): Promise<BackfillView> =>
  jsonOf(callApi(ingress, ["GET", `/v1/backfills/${id}`]));
const cancel = (id: string): Promise<Response> =>
  callApi(ingress, ["POST", `/v1/backfills/${id}/cancel`]);
/** As identity writes it. */
const write = (id: string, change: Record<string, unknown>) =>
  ingress.store.backfills.updateOne({ _id: id }, { $set: change });

describe("POST /v1/channels/:id/backfills", () => {
  it("starts one, found by its id and in the list, which has a cursor", async () => {
    const channel = await addChannel(ingress);
    const res = await post(channel, { dryRun: true });
    expect(res.status).toBe(202);
    const { id } = await jsonOf<{ id: string }>(res);
    const view = await get(id);
    expect(view).toEqual({
      id,
      channelId: channel.id,
      dryRun: true,
      state: "running",
      reason: null,
      action: null,
      pages: 0,
      found: 0,
      created: 0,
      updated: 0,
      unchanged: 0,
      startedAt: expect.stringMatching(/Z$/),
      endedAt: null,
    } satisfies BackfillView);
    await cancel(id);
    const second = await start(channel);
    const list = (query: string) =>
      jsonOf<{ data: BackfillView[]; nextCursor: string }>(
        callApi(ingress, ["GET", `/v1/channels/${channel.id}/backfills?limit=1${query}`]),
      );
    const first = await list("");
    expect(first.data.map((one) => one.id)).toEqual([id]);
    const next = await list(`&cursor=${first.nextCursor}`);
    expect(next.data.map((one) => one.id)).toEqual([second]);
    expect(next.nextCursor).toBeNull();
  });

  it("allows one at a time on a channel, and names it, also to those who ask at once", async () => {
    const channel = await addChannel(ingress);
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(channel)));
    const started = answers.filter(({ status }) => status === 202);
    expect(started).toHaveLength(1);
    const { id } = await jsonOf<{ id: string }>(started[0] as Response);
    const refused = answers.filter((one) => one !== started[0]);
    for (const one of refused) {
      expect(one.status).toBe(409);
      expect(await jsonOf(one)).toMatchObject({
        error: { code: "backfill_running", message: expect.stringContaining(id) },
      });
    }
    await cancel(id);
    expect((await post(channel)).status).toBe(202);
    expect((await post(await addChannel(ingress))).status).toBe(202);
  });

  it("is started once under one idempotency key", async () => {
    const channel = await addChannel(ingress);
    const again = () => post(channel, {}, { "idempotency-key": `k-${channel.id}` });
    const { id } = await jsonOf<{ id: string }>(again());
    expect(await jsonOf(again())).toEqual({ id });
  });

  it("finishes what an earlier try under the key had stored before it died", async () => {
    const channel = await addChannel(ingress);
    const headers = { "idempotency-key": `died-${channel.id}` };
    const { id } = await jsonOf<{ id: string }>(post(channel, {}, headers));
    await ingress.store.idempotency.deleteMany({});
    expect(await jsonOf(post(channel, {}, headers))).toEqual({ id });
    await ingress.store.idempotency.deleteMany({});
    expect(await verdict(post(channel, { dryRun: true }, headers))).toBe(
      "409 idempotency_mismatch",
    );
  });

  it.each(
    named([
      [{ dryRun: "yes" }, "400 type_invalid dryRun"],
      [{ dryRun: { $ne: null } }, "400 type_invalid dryRun"],
      [{ dryRun: null }, "400 type_invalid dryRun"],
      [{ limit: 5 }, "400 unknown_field limit"],
      [{ channelId: "chan_x" }, "400 unknown_field channelId"],
    ]),
  )("refuses %s", async (_body, body, expected) => {
    expect(await verdict(post(await addChannel(ingress), body))).toBe(expected);
  });

  it("takes only an admin's key", async () => {
    const channel = await addChannel(ingress);
    const key = await addKey(ingress, { scopes: ["send", "read", "track"] });
    const paths = [
      ["POST", `/v1/channels/${channel.id}/backfills`],
      ["GET", `/v1/channels/${channel.id}/backfills`],
      ["GET", "/v1/backfills/backfill_x"],
      ["POST", "/v1/backfills/backfill_x/cancel"],
    ] as const;
    for (const path of paths) {
      const body = path[1].endsWith("backfills") && path[0] === "POST" ? {} : undefined;
      expect(await verdict(callApi(ingress, path, body, { key }))).toBe("403 scope_missing");
    }
  });
});

describe("a backfill", () => {
  it("says what to do about each reason for which it failed", async () => {
    const channel = await addChannel(ingress);
    for (const [reason, word] of [
      ["line.forbidden", "verified"],
      ["line.unauthorized", "/credentials"],
      ["listing_expired", "Start it again"],
    ] as const) {
      const id = await start(channel);
      await write(id, { state: "failed", reason, endedAt: new Date() });
      const view = await get(id);
      expect(view).toMatchObject({ state: "failed", reason });
      expect(view.action).toContain(word);
    }
  });

  it("is cancelled once, keeps its numbers, and nothing that has ended can be", async () => {
    const channel = await addChannel(ingress);
    const id = await start(channel);
    await write(id, { pages: 3, found: 2_400, reason: "line.unavailable" });
    const res = await cancel(id);
    expect(res.status).toBe(200);
    const view = await jsonOf<BackfillView>(res);
    expect(view).toMatchObject({ state: "cancelled", reason: null, pages: 3, found: 2_400 });
    expect(view.endedAt).not.toBeNull();
    expect(await jsonOf(cancel(id))).toEqual(view);
    for (const state of ["done", "failed"]) {
      const ended = await start(channel);
      await write(ended, { state, endedAt: new Date() });
      expect(await verdict(cancel(ended))).toBe("409 state_invalid");
    }
  });
});

it("tells of the last check of who follows, and counts what was asked of LINE as no webhook", async () => {
  const channel = await addChannel(ingress);
  const metrics = (): Promise<ChannelMetrics> =>
    jsonOf(callApi(ingress, ["GET", `/v1/channels/${channel.id}/metrics`]));
  expect((await metrics()).reconciliation).toBeNull();
  const at = new Date();
  const last = {
    startedAt: at,
    endedAt: at,
    how: "list" as const,
    checked: 5,
    listed: 6,
    foundFollows: 1,
    foundUnfollows: 2,
    reason: null,
  };
  await ingress.store.reconciliations.insertOne({
    _id: channel.id,
    workspaceId: channel.workspaceId,
    phase: "idle",
    run: 1,
    how: "list",
    startedAt: at,
    asOf: at,
    start: null,
    startAt: null,
    pages: 1,
    pass: 1,
    listed: 6,
    checkedAfter: "",
    checked: 5,
    asked: 0,
    tries: 0,
    reason: null,
    claim: "",
    claimedUntil: at,
    nextAt: at,
    last,
  });
  for (const type of ["follow", "followerFound", "followerMissing"])
    await ingress.store.events.insertOne({
      _id: `${channel.id}/${type}`,
      workspaceId: channel.workspaceId,
      channelId: channel.id,
      source: "line",
      type,
      eventId: type,
      occurredAt: at,
      receivedAt: at,
      state: "applied",
      reason: null,
      lineUserId: null,
      profileId: null,
      appliedAt: at,
      nextAt: null,
      body: {},
      expireAt: new Date(at.getTime() + 3_600_000),
    });
  const iso = at.toISOString();
  expect(await metrics()).toMatchObject({
    reconciliation: { ...last, startedAt: iso, endedAt: iso },
  });
  expect((await metrics()).events).toEqual({ follow: 1 });
});

import type { RecipientRow } from "@yubin/store";
import { limits, newId, outcomes, type CampaignMetrics } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { at, batchRowOf, ended } from "./batch-row.ts";
import { campaignCalls } from "./campaign-calls.ts";
import {
  addChannel,
  callApi,
  jsonOf,
  startTestIngress,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channel: TestChannel;
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress);
});
afterAll(() => ingress[Symbol.asyncDispose]());

const { draft } = campaignCalls(() => ({ ingress, channelId: channel.id }));
const ask = (id: string, query = ""): Promise<Response> =>
  callApi(ingress, ["GET", `/v1/campaigns/${id}/metrics${query}`]);
const minute = (count: number): Date => new Date(at.getTime() + count * 60_000);
const end = (index: number, later: number): RecipientRow =>
  ended(newId("prof"), outcomes[index % outcomes.length] ?? "accepted", "x", minute(later));

/** One batch for each list of people. */
const put = async (...people: (readonly RecipientRow[])[]): Promise<string> => {
  const campaignId = await draft();
  const rows = people.map((some, seq) =>
    batchRowOf({ campaignId, seq, channelId: channel.id }, some),
  );
  await ingress.store.batches.insertMany(rows);
  return campaignId;
};

it("tells when deliveries ended, over all batches, and adds up to the totals", async () => {
  const nothing = { accepted: 0, refused: 0, skipped: 0, cancelled: 0, unknown: 0 };
  const waits = { profileId: newId("prof") };
  const id = await put([end(0, 0), end(0, 0), end(2, 1), waits], [end(0, 0), end(4, 359)]);
  const metrics = await jsonOf<CampaignMetrics>(ask(id));
  expect(metrics).toMatchObject({
    totals: { audience: 6, queued: 1, accepted: 3, skipped: 1, unknown: 1 },
    seriesInterval: "minute",
  });
  expect(metrics.series).toEqual([
    { at: minute(0).toISOString(), ...nothing, accepted: 3 },
    { at: minute(1).toISOString(), ...nothing, skipped: 1 },
    { at: minute(359).toISOString(), ...nothing, unknown: 1 },
  ]);
  const hours = await jsonOf<CampaignMetrics>(ask(id, "?interval=hour"));
  expect(hours.series).toEqual([
    { at: minute(0).toISOString(), ...nothing, accepted: 3, skipped: 1 },
    { at: minute(300).toISOString(), ...nothing, unknown: 1 },
  ]);
  expect(hours).toMatchObject({ seriesInterval: "hour", totals: metrics.totals });
});

it("has so many points at most, and refuses an interval that would make more", async () => {
  const people = Array.from({ length: limits.seriesPointsMax + 1 }, (_, n) => end(n, 2 * n));
  const id = await put(people.slice(0, 500), people.slice(500));
  const metrics = await jsonOf<CampaignMetrics>(ask(id));
  expect(metrics.seriesInterval).toBe("hour");
  for (const outcome of outcomes)
    expect(metrics.series.reduce((sum, point) => sum + point[outcome], 0)).toBe(
      metrics.totals[outcome],
    );
  expect(await verdict(ask(id, "?interval=minute"))).toBe("400 param_invalid interval");
});

it.each([
  ["?interval=second", "400 param_invalid interval"],
  ["?interval=", "400 param_invalid interval"],
  ["?interval=hour&interval=day", "400 param_invalid interval"],
  ["?interval[$ne]=hour", "400 unknown_field interval[$ne]"],
  ["?days=30", "400 unknown_field days"],
])("refuses %s", async (query, expected) => {
  expect(await verdict(ask(await draft(), query))).toBe(expected);
});

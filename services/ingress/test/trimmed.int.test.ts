import type { CampaignRow } from "@yubin/store";
import { newId, type CampaignView, type QuotaChoice } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { accepted, batchRowOf, ended } from "./batch-row.ts";
import { campaignCalls } from "./campaign-calls.ts";
import { addChannel, callApi, jsonOf, startTestIngress, type TestIngress } from "./setup.ts";

let ingress: TestIngress;
let channelId: string;
beforeAll(async () => {
  ingress = await startTestIngress();
  channelId = (await addChannel(ingress)).id;
});
afterAll(() => ingress[Symbol.asyncDispose]());

const { draft, act } = campaignCalls(() => ({ ingress, channelId }));
const get = (id: string): Promise<CampaignView> =>
  jsonOf(callApi(ingress, ["GET", `/v1/campaigns/${id}`]));
const many = <Row>(count: number, of: (id: string) => Row): Row[] =>
  Array.from({ length: count }, () => of(newId("prof")));
const out = (reason: string) => (id: string) => ended(id, "skipped", reason);

/** A campaign that is under way, its last run judged by this choice. */
const running = async (choice: QuotaChoice, over: Partial<CampaignRow> = {}): Promise<string> => {
  const id = await draft();
  const reach = { through: 9, room: null, trims: false };
  const allowance = { run: 2, choice, people: 9, needed: 9, left: 9, at: new Date(), ...reach };
  const set = { state: "sending" as const, run: 2, launchedAt: new Date(), allowance, ...over };
  await ingress.store.campaigns.updateOne({ _id: id }, { $set: set });
  return id;
};
const insert = (campaignId: string, workspaceId = "ws_main", from = 0) =>
  ingress.store.batches.insertMany(
    [
      [...many(5, accepted), ...many(2, out("quota_trimmed")), ...many(1, out("not_following"))],
      many(4, accepted),
      many(3, out("quota_trimmed")),
      many(3, out("not_following")),
    ].map((people, place) =>
      batchRowOf({ campaignId, seq: from + place, channelId }, people, { workspaceId }),
    ),
  );

it.each(["stop", "hold", "trim"] as const)(
  "counts who was left out by whatever the choice was then, now that it is %s",
  async (choice) => {
    const id = await running(choice);
    expect((await get(id)).quotaStatus.trimmed).toBe(0);
    await insert(id);
    const { quotaStatus } = await get(id);
    expect(quotaStatus).toMatchObject({ choice, trimmed: 5 });
    // As its metrics do, and as actions answer.
    const metrics = await jsonOf(callApi(ingress, ["GET", `/v1/campaigns/${id}/metrics`]));
    expect(metrics).toMatchObject({ reasons: { "skipped.quota_trimmed": 5 } });
    expect(await jsonOf(act(id, "pause"))).toMatchObject({ quotaStatus: { trimmed: 5 } });
  },
);

it("counts each campaign's own in a list, and nobody of another workspace", async () => {
  const [first, second, none] = [
    await running("hold"),
    await running("stop"),
    await running("trim"),
  ];
  await insert(first);
  await insert(second);
  await insert(second, "ws_main", 4);
  await insert(none, "ws_b");
  const { data } = await jsonOf<{ data: CampaignView[] }>(
    callApi(ingress, ["GET", "/v1/campaigns?limit=200"]),
  );
  const trimmed = new Map(data.map(({ id, quotaStatus }) => [id, quotaStatus.trimmed]));
  expect([first, second, none].map((id) => trimmed.get(id))).toEqual([5, 10, 0]);
});

it("asks an index that knows no batch but those with somebody left out", async () => {
  const id = await running("hold");
  const sent = Array.from({ length: 300 }, (_, place) =>
    batchRowOf({ campaignId: id, seq: 10 + place, channelId }, many(20, accepted)),
  );
  await ingress.store.batches.insertMany(sent);
  await insert(id);
  const key = { "trimmed.workspaceId": 1, "trimmed.campaignId": 1, "trimmed.count": 1 };
  expect(await ingress.store.batches.listIndexes().toArray()).toContainEqual(
    expect.objectContaining({ key, sparse: true }),
  );
  const found = { "trimmed.workspaceId": "ws_main", "trimmed.campaignId": { $in: [id] } };
  const { executionStats } = (await ingress.store.batches
    .find(found)
    .project({ _id: 0, "trimmed.campaignId": 1, "trimmed.count": 1 })
    .explain("executionStats")) as { executionStats: Record<string, number> };
  expect(executionStats).toMatchObject({ nReturned: 2 });
  expect(executionStats["totalKeysExamined"]).toBeLessThanOrEqual(4);
  expect(executionStats["totalDocsExamined"]).toBeLessThanOrEqual(2);
});

import type { BatchRow } from "@yubin/store";
import type { CampaignMetrics, CampaignTestView, MessageView } from "@yubin/types";
import { campaignStates } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { newLineUserId } from "./people.ts";
import {
  addChannel,
  callApi,
  jsonOf,
  named,
  startTestIngress,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channel: TestChannel;
let campaignId: string;
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress);
  campaignId = await draft();
});
afterAll(() => ingress[Symbol.asyncDispose]());

const messages = [{ type: "text", text: "{{ campaign.name }} {{ data.code }}" }];
const draft = async (): Promise<string> =>
  (
    await jsonOf<{ id: string }>(
      callApi(ingress, ["POST", "/v1/campaigns"], {
        name: "Spring",
        channelId: channel.id,
        content: { messages, notificationDisabled: true },
        audience: { type: "friends" },
        purpose: "marketing",
      }),
    )
  ).id;
const test = (body: object, id = campaignId, headers: Record<string, string> = {}) =>
  callApi(ingress, ["POST", `/v1/campaigns/${id}/test`], body, { headers });
const sent = async (...args: Parameters<typeof test>) => {
  const res = await test(...args);
  expect(res.status).toBe(202);
  return (await jsonOf<CampaignTestView>(res)).data;
};
const rowOf = (id: string | undefined): Promise<BatchRow | null> =>
  ingress.store.batches.findOne({ _id: id ?? "" });

it("sends the content to each who is named, as messages of their own", async () => {
  const lineUserId = newLineUserId();
  const data = await sent({
    to: ["user:ann", { provider: "main", lineUserId }, "user:ann", `line:main:${lineUserId}`],
    data: { code: "x1" },
  });
  expect(data.map(({ to }) => to)).toEqual(["user:ann", `line:main:${lineUserId}`]);
  expect(await rowOf(data[0]?.id)).toMatchObject({
    workspaceId: "ws_main",
    channelId: channel.id,
    campaignId: null,
    recipients: [{ ref: "user:ann" }],
    content: { messages, notificationDisabled: true, data: { code: "x1" }, campaignName: "Spring" },
    purpose: "marketing",
    rules: { quietHours: "none", cap: "none" },
    origin: { campaignId, step: "test" },
    state: "open",
  });
  const view = callApi(ingress, ["GET", `/v1/messages/${data[0]?.id}`]);
  expect(await jsonOf<MessageView>(view)).toMatchObject({ state: "queued", campaignId });
});

it("counts in no number of the campaign, and names nobody among its people", async () => {
  await sent({ to: ["user:ann", "user:bob"] });
  const get = <Body>(path: string) =>
    jsonOf<Body>(callApi(ingress, ["GET", `/v1/campaigns/${campaignId}/${path}`]));
  const { totals } = await get<CampaignMetrics>("metrics");
  expect(Object.values(totals).every((count) => count === 0)).toBe(true);
  expect(await get("recipients")).toEqual({ data: [], nextCursor: null });
});

it("sends again each time it is asked, and once under one key", async () => {
  const body = { to: ["user:ann"] };
  const [first, second] = [await sent(body), await sent(body)];
  expect(first[0]?.id).not.toBe(second[0]?.id);

  const key = { "idempotency-key": "test-1" };
  const once = await sent(body, campaignId, key);
  // The answer is forgotten, as by a crash before it was kept.
  await ingress.store.idempotency.deleteMany({});
  expect(await sent(body, campaignId, key)).toEqual(once);
  await ingress.store.idempotency.deleteMany({});
  expect(await verdict(test({ ...body, data: { a: 1 } }, campaignId, key))).toBe(
    "409 idempotency_mismatch",
  );
  // A key is one of this test alone: the same one may send something else.
  const other = await jsonOf<{ id: string }>(
    callApi(
      ingress,
      ["POST", "/v1/messages"],
      { to: "user:ann", channelId: channel.id, messages: [{ type: "text", text: "x" }] },
      { headers: { "idempotency-key": "test-2" } },
    ),
  );
  expect((await sent(body, campaignId, { "idempotency-key": "test-3" }))[0]?.id).not.toBe(other.id);
});

it.each(campaignStates)("is there for a campaign that is %s, and leaves it so", async (state) => {
  const id = await draft();
  await ingress.store.campaigns.updateOne({ _id: id }, { $set: { state } });
  expect(await sent({ to: ["user:ann"] }, id)).toHaveLength(1);
  expect(await ingress.store.campaigns.findOne({ _id: id })).toMatchObject({ state });
});

it.each(
  named([
    [{}, "400 request_invalid to"],
    [{ to: [] }, "400 request_invalid to"],
    [{ to: "user:ann" }, "400 type_invalid to"],
    [{ to: Array.from({ length: 11 }, (_, at) => `user:${at}`) }, "422 limit_exceeded to"],
    [{ to: ["user:ann", "nobody"] }, "400 request_invalid to[1]"],
    [{ to: [null] }, "400 type_invalid to[0]"],
    [
      { to: [{ provider: "other", lineUserId: `U${"c".repeat(32)}` }] },
      "422 provider_unknown to[0].provider",
    ],
    [{ to: ["user:ann"], data: { "a.b": 1 } }, "400 key_invalid data"],
    [{ to: ["user:ann"], messages }, "400 unknown_field messages"],
  ]),
)("refuses %s", async (_body, body, expected) => {
  const before = await ingress.store.batches.countDocuments();
  expect(await verdict(test(body))).toBe(expected);
  expect(await ingress.store.batches.countDocuments()).toBe(before);
});

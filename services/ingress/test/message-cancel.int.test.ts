import type { MessageView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

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

const sent = async (headers: Record<string, string> = {}): Promise<string> => {
  const message = {
    to: "user:ann",
    channelId: channel.id,
    messages: [{ type: "text", text: "hello" }],
    sendAt: new Date(Date.now() + 86_400_000).toISOString(),
  };
  const { id } = await jsonOf<{ id: string }>(
    callApi(ingress, ["POST", "/v1/messages"], message, { headers }),
  );
  return id;
};
const cancel = (id: string): Promise<Response> =>
  callApi(ingress, ["POST", `/v1/messages/${id}/cancel`]);
const become = async (_id: string, fields: object): Promise<void> => {
  await ingress.store.batches.updateOne({ _id }, { $set: fields });
};

it("a message that waits is taken back, once and for all", async () => {
  const id = await sent();
  const [first, ...others] = await Promise.all([cancel(id), cancel(id), cancel(id)]);
  const view = await jsonOf<MessageView>(first);
  expect(view).toMatchObject({
    id,
    state: "cancelled",
    outcome: "cancelled",
    reason: "message_cancelled",
    settledAt: expect.stringMatching(/Z$/) as string,
    firstAttemptAt: null,
    billed: null,
  });
  for (const other of [...others, await callApi(ingress, ["GET", `/v1/messages/${id}`])])
    await expect(jsonOf(other)).resolves.toEqual(view);
});

it("a message that is being sent, may have been or has an end stays as it is", async () => {
  const id = await sent();
  const claim = { token: "t", until: new Date() };
  const call = { path: "0", method: "push", members: [0, 0], firstAttemptAt: new Date() };
  await become(id, { claim });
  await expect(verdict(cancel(id))).resolves.toBe("409 in_progress");
  await become(id, { claim: null, calls: [call] });
  await expect(verdict(cancel(id))).resolves.toBe("409 state_invalid");
  const recipients = [{ ref: "user:ann", outcome: "accepted", settledAt: new Date() }];
  await become(id, { calls: [], state: "settled", recipients });
  const before = await ingress.store.batches.findOne({ _id: id });
  await expect(verdict(cancel(id))).resolves.toBe("409 state_invalid");
  await expect(ingress.store.batches.findOne({ _id: id })).resolves.toEqual(before);
});

it("only a message of the own workspace is there to be cancelled, and no batch of a campaign", async () => {
  const [foreign, ofCampaign] = [await sent(), await sent()];
  await become(foreign, { workspaceId: "ws_other" });
  await become(ofCampaign, { campaignId: "camp_1" });
  for (const id of [foreign, ofCampaign, "msg_nope"])
    await expect(verdict(cancel(id))).resolves.toBe("404 not_found");
  await expect(
    ingress.store.batches.countDocuments({ _id: { $in: [foreign, ofCampaign] }, state: "open" }),
  ).resolves.toBe(2);
});

it("a message is found and cancelled by the key that it was sent under, in its workspace", async () => {
  const key = "order-7/shipped?now=1";
  const id = await sent({ "idempotency-key": key });
  const path = `/v1/messages/key:${encodeURIComponent(key)}`;
  await expect(jsonOf(callApi(ingress, ["GET", path]))).resolves.toMatchObject({ id });
  await expect(jsonOf(callApi(ingress, ["POST", `${path}/cancel`]))).resolves.toMatchObject({
    id,
    state: "cancelled",
  });
  await expect(verdict(callApi(ingress, ["GET", "/v1/messages/key:other"]))).resolves.toBe(
    "404 not_found",
  );
});

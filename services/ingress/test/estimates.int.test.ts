import type { EstimateView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { addPerson } from "./people.ts";
import {
  addChannel,
  callApi,
  jsonOf,
  startTestIngress,
  verdict,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channelId: string;
let clock = new Date("2026-11-25T00:00:00Z");
beforeAll(async () => {
  ingress = await startTestIngress({ now: () => clock });
  ({ id: channelId } = await addChannel(ingress));
  await addPerson(ingress, { row: { friendOf: [channelId] } });
});
afterAll(() => ingress[Symbol.asyncDispose]());

const draft = async (audience: object = { type: "friends" }): Promise<string> => {
  const content = { messages: [{ type: "text", text: "hello" }] };
  const body = { name: "Spring", channelId, content, audience };
  return (await jsonOf<{ id: string }>(callApi(ingress, ["POST", "/v1/campaigns"], body))).id;
};
const ask = (id: string): Promise<Response> =>
  callApi(ingress, ["POST", `/v1/campaigns/${id}/estimate`]);
const look = (id: string): Promise<Response> =>
  callApi(ingress, ["GET", `/v1/campaigns/${id}/estimate`]);
const counts = {
  audience: 3,
  reachable: 2,
  blocked: 1,
  noLineId: 0,
  suppressed: 0,
  excluded: 0,
  controlGroup: 0,
  noConsent: 0,
  overCap: 0,
  quietHours: 0,
  expired: 0,
  missingAttribute: 0,
  renderFailed: 0,
  duplicates: 0,
  notFound: 0,
  quotaNeeded: 2,
  quotaLeft: null,
  quotaShort: 0,
  quotaForecast: null,
  sample: false,
  margin: 0,
};
/** As the sender does. */
const count = (id: string) =>
  ingress.store.estimates.updateOne(
    { _id: id },
    { $set: { state: "done", counts, endedAt: clock, nextAt: null, looked: 3 } },
  );

it("says how far it is while it is counted, and is told whole when it is done", async () => {
  const id = await draft();
  expect(await verdict(look(id))).toBe("404 not_found");
  const asked = await ask(id);
  expect(asked.status).toBe(202);
  expect(await jsonOf<EstimateView>(asked)).toEqual({
    campaignId: id,
    state: "counting",
    reason: null,
    progress: { looked: 0, of: null },
    counts: null,
    askedAt: "2026-11-25T00:00:00.000Z",
    endedAt: null,
  });
  await ingress.store.estimates.updateOne({ _id: id }, { $set: { looked: 2, total: 9 } });
  const far = await look(id);
  expect(far.status).toBe(202);
  expect(await jsonOf<EstimateView>(far)).toMatchObject({ progress: { looked: 2, of: 9 } });

  const waiting = ask(id);
  await count(id);
  const done = await waiting;
  expect(done.status).toBe(200);
  // The channel's month has no limit, so nothing is ever over.
  const told = { ...counts, quotaForecast: 2 };
  expect(await jsonOf<EstimateView>(done)).toMatchObject({ state: "done", counts: told });
  expect(await jsonOf(look(id))).toMatchObject({ state: "done", counts: told });
  const month = { limit: 100, used: 30, fetchedAt: new Date("2026-11-25T00:00:00Z") };
  await ingress.store.channelQuotas.updateOne({ _id: channelId }, { $set: month });
  expect(await jsonOf(look(id))).toMatchObject({
    counts: { quotaNeeded: 2, quotaLeft: 70, quotaShort: 0, quotaForecast: 39 }, // 24.4 of 30 days are over
  });
  await ingress.store.channelQuotas.updateOne({ _id: channelId }, { $set: { used: 99 } });
  expect(await jsonOf(look(id))).toMatchObject({ counts: { quotaLeft: 1, quotaShort: 1 } });
});

it("is the same within a minute, and counted anew after it or for another audience", async () => {
  const id = await draft({ type: "list" });
  const run = async () => (await ingress.store.estimates.findOne({ _id: id }))?.run;
  await ask(id);
  await count(id);
  const first = await run();
  clock = new Date(clock.getTime() + 59_000);
  expect((await ask(id)).status).toBe(200);
  expect(await run()).toBe(first);

  const path = `/v1/campaigns/${id}/audience?format=csv`;
  await callApi(ingress, ["POST", path], Buffer.from("ref\nuser:a\n"), {
    headers: { "content-type": "text/csv" },
  });
  expect((await ask(id)).status).toBe(202);
  const second = await run();
  expect(second).not.toBe(first);
  await count(id);
  clock = new Date(clock.getTime() + 61_000);
  expect((await ask(id)).status).toBe(202);
  expect(await run()).not.toBe(second);
});

it("is counted anew for other words, which may be missing somebody's", async () => {
  const id = await draft();
  await ask(id);
  await count(id);
  const messages = [{ type: "text", text: "hello {{ profile.traits.name }}" }];
  const content = { messages, missing: "skip" };
  await callApi(ingress, ["PATCH", `/v1/campaigns/${id}`], { content });
  expect((await ask(id)).status).toBe(202);
});

it("is asked for by many at once and counted once", async () => {
  const id = await draft();
  const asked = await Promise.all(Array.from({ length: 8 }, () => ask(id)));
  const views = await Promise.all(asked.map((one) => jsonOf<EstimateView>(one)));
  expect(new Set(views.map(({ askedAt }) => askedAt)).size).toBe(1);
  expect(await ingress.store.estimates.countDocuments({ _id: id })).toBe(1);
});

it("is of what is not launched yet", async () => {
  const id = await draft();
  await callApi(ingress, ["POST", `/v1/campaigns/${id}/launch`]);
  expect(await verdict(ask(id))).toBe("409 state_invalid");
  expect(await verdict(ask("camp_x"))).toBe("404 not_found");
  expect(
    await verdict(callApi(ingress, ["POST", `/v1/campaigns/${id}/estimate`], { deep: true })),
  ).toBe("400 unknown_field deep");
});

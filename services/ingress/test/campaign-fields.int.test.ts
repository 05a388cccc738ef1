import type { CampaignView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { campaignCalls } from "./campaign-calls.ts";
import { addPerson } from "./people.ts";
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
  await addPerson(ingress, { row: { friendOf: [channel.id] } });
});
afterAll(() => ingress[Symbol.asyncDispose]());

const { draft, act } = campaignCalls(() => ({ ingress, channelId: channel.id }));
const patch = (id: string, body: unknown): Promise<Response> =>
  callApi(ingress, ["PATCH", `/v1/campaigns/${id}`], body);
const get = (id: string): Promise<CampaignView> =>
  jsonOf(callApi(ingress, ["GET", `/v1/campaigns/${id}`]));
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

/** Every field that a campaign need not have, as it is said. */
const said = {
  exclude: { refs: ["user:ann"] },
  schedule: { at: inHours(24), zone: "Asia/Tokyo" },
  throttle: { perMinute: 600 },
  quota: "hold",
  purpose: "offers",
  sendBefore: inHours(48),
  quietHours: { from: "21:00", to: "08:00", zone: "Asia/Tokyo", do: "skip" },
  cap: { messages: 3, days: 7 },
};
const nothing = Object.fromEntries(Object.keys(said).map((field) => [field, null]));

describe("a field of a campaign that is null", () => {
  /** All that the row says which was asked for. */
  const rowOf = async (id: string): Promise<object> => {
    const row = await ingress.store.campaigns.findOne({ _id: id });
    const { _id, createdAt: _createdAt, revision: _revision, ...asked } = row ?? {};
    return asked;
  };

  it.each(Object.keys(said))("is as if it was never said: %s", async (field) => {
    const never = await rowOf(await draft());
    const id = await draft({ [field]: said[field as keyof typeof said] });
    expect(await rowOf(id)).not.toEqual(never);
    expect(await verdict(patch(id, { [field]: null }))).toBe("200");
    expect(await rowOf(id)).toEqual(never);
    expect(await rowOf(await draft({ [field]: null }))).toEqual(never);
  });

  it("takes back that alone, and another that is not there leaves what was said", async () => {
    const id = await draft(said);
    const before = await rowOf(id);
    expect(await verdict(patch(id, { cap: null }))).toBe("200");
    expect(await rowOf(id)).toEqual({ ...before, rules: { ...rulesIn(before), cap: null } });
    expect(await jsonOf(patch(id, nothing))).toMatchObject({ purpose: null, startsAt: null });
    expect(await rowOf(id)).toEqual(await rowOf(await draft()));
  });

  it("leaves quiet hours and caps to the workspace; that there are none is a word", async () => {
    const none = { quietHours: "none", cap: "none" };
    const id = await draft(none);
    expect(await get(id)).toMatchObject(none);
    expect(await jsonOf(patch(id, { quietHours: null }))).toMatchObject({
      quietHours: null,
      cap: "none",
    });
    expect(await jsonOf(patch(id, { ...none, cap: null }))).toMatchObject({
      quietHours: "none",
      cap: null,
    });
  });

  it("is refused where the value would be: of a scheduled campaign's time, and once it is locked", async () => {
    const id = await draft(said);
    expect(await verdict(act(id, "launch"))).toBe("200");
    const { schedule: _schedule, ...others } = nothing;
    expect(await verdict(patch(id, nothing))).toBe("409 state_invalid schedule");
    expect(await verdict(patch(id, others))).toBe("200");
    await ingress.store.campaigns.updateOne({ _id: id }, { $set: { state: "sending" } });
    for (const field of Object.keys(said))
      expect(await verdict(patch(id, { [field]: null }))).toBe("409 campaign_locked");
  });
});

const rulesIn = (row: object): object => ("rules" in row ? (row.rules as object) : {});

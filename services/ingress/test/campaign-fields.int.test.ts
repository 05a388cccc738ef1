import { campaignRequest, type CampaignPatch, type CampaignView } from "@yubin/types";
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

const { post, draft, act } = campaignCalls(() => ({ ingress, channelId: channel.id }));
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
  tracking: "person",
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

describe("tracking of a campaign", () => {
  const personal = async (id: string): Promise<boolean | undefined> =>
    (await ingress.store.campaigns.findOne({ _id: id }))?.personal;
  const plain = { messages: [{ type: "text", text: "https://shop.example" }] };
  const named = { messages: [{ type: "text", text: "hello {{ profile.displayName }}" }] };

  it("of each person needs a message for each, of all together none", async () => {
    const id = await draft({ content: plain, tracking: "person" });
    expect(await personal(id)).toBe(true);
    expect((await get(id)).tracking).toBe("person");
    expect(await jsonOf(patch(id, { tracking: "campaign" }))).toMatchObject({
      tracking: "campaign",
      contentVersion: 1,
    });
    expect(await personal(id)).toBe(false);
    await patch(id, { content: named });
    expect(await personal(id)).toBe(true);
    await patch(id, { content: plain, tracking: "person" });
    expect(await personal(id)).toBe(true);
    await patch(id, { tracking: "off" });
    expect(await personal(id)).toBe(false);
  });

  it.each([
    ["no link", "hello", false],
    ["one into LINE", "https://line.me/R/ti/p/@shop", false],
    ["one that leads here", "{here}/l/x", false],
    ["one of which nobody can tell where it ends", "https://shop.example/春", false],
    ["one that is written out", "見て https://shop.example/sale ね", true],
  ])("of each person goes to many at once where there is %s", async (_, words, isPersonal) => {
    const text = words.replace("{here}", ingress.config.publicUrl);
    const id = await draft({ content: { messages: [{ type: "text", text }] }, tracking: "off" });
    await patch(id, { tracking: "person" });
    expect(await personal(id)).toBe(isPersonal);
    const variants = ["A", "B"].map((name) => ({ name, messages: [{ type: "text", text }] }));
    const several = await draft({ content: { variants }, tracking: "person" });
    expect(await personal(several)).toBe(isPersonal);
    const [a, b] = variants;
    await patch(several, { content: { variants: [{ ...a, ...plain }, b] } });
    expect(await personal(several)).toBe(true);
  });

  it("that is null is off, and no change where it was off", async () => {
    const id = await draft({ content: plain, tracking: null });
    const row = () => ingress.store.campaigns.findOne({ _id: id });
    const before = await row();
    expect(before).toMatchObject({ tracking: "off", personal: false });
    expect(await verdict(patch(id, { tracking: null }))).toBe("200");
    expect(await row()).toEqual(before);
    await patch(id, { tracking: "person" });
    expect(await jsonOf(patch(id, { tracking: null }))).toMatchObject({ tracking: "off" });
    expect(await personal(id)).toBe(false);
  });

  it("is part of what an idempotency key stands for, and nothing else than the three words", async () => {
    const ask = (tracking: string) =>
      post({ content: plain, tracking }, { "idempotency-key": "tracked-once" });
    expect(await verdict(ask("person"))).toBe("201");
    expect(await verdict(ask("campaign"))).toBe("409 idempotency_mismatch");
    expect(await verdict(post({ content: plain, tracking: "everyone" }))).toContain("400");
    expect(await verdict(post({ content: plain, tracking: true }))).toContain("400");
  });
});

const rulesIn = (row: object): object => ("rules" in row ? (row.rules as object) : {});

describe("a campaign as GET tells it", () => {
  const fields = Object.keys(campaignRequest.shape) as (keyof CampaignPatch)[];
  /** All that POST says, as the client's types have it. */
  const toldBy = (view: CampaignView): CampaignPatch => {
    const { name, channelId, content, audience, exclude, schedule, throttle, quota } = view;
    const { purpose, sendBefore, quietHours, cap, tracking } = view;
    const what = { name, channelId, content, audience, exclude, schedule, throttle, quota };
    return { ...what, purpose, sendBefore, quietHours, cap, tracking };
  };
  const rowOf = (id: string) => ingress.store.campaigns.findOne({ _id: id });
  const saved = async (): Promise<string> => {
    const messages = [{ type: "text", text: "hello {{ profile.displayName }}" }];
    const body = { name: "greeting", messages, notificationDisabled: true };
    return (await jsonOf<{ id: string }>(callApi(ingress, ["POST", "/v1/templates"], body))).id;
  };

  /** Says it again, field by field and as a whole, and looks whether anything is another. */
  const expectUnchanged = async (id: string): Promise<void> => {
    const row = await rowOf(id);
    const told = toldBy(await get(id));
    expect(Object.keys(told).toSorted()).toEqual(fields.toSorted());
    for (const body of [told, ...fields.map((field) => ({ [field]: told[field] }))]) {
      expect(`${await verdict(patch(id, body))}: ${Object.keys(body).join()}`).toMatch(/^200:/);
      expect(await rowOf(id)).toEqual(row);
    }
  };

  it("can be said again with every field of POST, and nothing changes", async () => {
    await expectUnchanged(await draft(said));
    await expectUnchanged(await draft());
    await expectUnchanged(await draft({ quietHours: "none", cap: "none", quota: "trim" }));
    const scheduled = await draft(said);
    expect(await verdict(act(scheduled, "launch"))).toBe("200");
    await expectUnchanged(scheduled);
  });

  it.each([
    { refs: ["user:ann", "email:bob@example.com", "user:ann"] },
    {
      where: {
        not: { any: [{ trait: "age", gte: 18 }, { createdAt: { after: { daysAgo: 7 } } }] },
      },
    },
  ])("can be said again whoever it is for or leaves out: %j", async (whom) => {
    const type = "refs" in whom ? "refs" : "filter";
    await expectUnchanged(await draft({ audience: { type, ...whom }, exclude: whom }));
  });

  it("can be said again though it could not be asked for any more", async () => {
    const [first, other, templateId] = [await draft(), await draft(), await saved()];
    const id = await draft({
      ...said,
      content: { templateId, missing: "skip" },
      exclude: { campaigns: [first, other] },
    });
    await ingress.store.campaigns.deleteMany({ _id: { $in: [first, other] } });
    expect(await verdict(callApi(ingress, ["DELETE", `/v1/templates/${templateId}`]))).toBe("204");
    const past = { "rules.sendBefore": new Date(2_000), startsAt: new Date(1_000) };
    const schedule = { at: "1970-01-01T09:00:01", zone: "Asia/Tokyo" };
    await ingress.store.campaigns.updateOne({ _id: id }, { $set: { ...past, schedule } });
    await expectUnchanged(id);
    expect(await verdict(patch(id, { schedule: { ...schedule, zone: "UTC" } }))).toBe(
      "422 send_at_invalid schedule.at",
    );
  });

  it("is the same again after a change was taken back with it", async () => {
    const id = await draft(said);
    const before = await get(id);
    expect(await verdict(patch(id, { ...nothing, name: "Summer" }))).toBe("200");
    const { contentVersion, ...after } = await jsonOf<CampaignView>(patch(id, toldBy(before)));
    expect({ ...after, contentVersion: before.contentVersion }).toEqual(before);
    expect(contentVersion).toBe(before.contentVersion); // the words were the same all along
  });

  it("makes another one like it", async () => {
    const view = await get(await draft(said));
    const copy = await jsonOf<CampaignView>(post(toldBy(view)));
    expect(copy.id).not.toBe(view.id);
    expect(toldBy(copy)).toEqual(toldBy(view));
  });

  describe("with words from templates", () => {
    const contents = async () => {
      const templateId = await saved();
      const a = { name: "A", weight: 2, templateId, templateVersion: 1 };
      const b = { name: "B", messages: [{ type: "text", text: "hi" }] };
      return { templateId, content: { variants: [a, b], controlPercent: 10 } };
    };

    it("can be said again, and what is changed beside them leaves them as they were frozen", async () => {
      const { templateId, content } = await contents();
      const id = await draft({ content });
      await expectUnchanged(id);
      // Asked for in other words they are the same, too.
      expect(await jsonOf(patch(id, { content }))).toMatchObject({ contentVersion: 1 });
      const path = ["PATCH", `/v1/templates/${templateId}`] as const;
      const messages = [{ type: "text", text: "newer" }];
      expect(await verdict(callApi(ingress, path, { version: 1, messages }))).toBe("200");
      await expectUnchanged(id);
      const { content: told } = await get(id);
      if (!("variants" in told)) throw new Error("no variants");
      const [a, b] = told.variants;
      const heavier = { ...told, variants: [a, { ...b, weight: 5 }] };
      expect(await jsonOf(patch(id, { content: heavier }))).toMatchObject({
        content: heavier,
        contentVersion: 2,
      });
      expect((await rowOf(id))?.personal).toBe(true);
    });

    it("is refused where the words are no more those of the template, or never were", async () => {
      const { templateId, content } = await contents();
      const id = await draft({ content });
      const messages = [{ type: "text", text: "of my own" }];
      const template = { id: templateId, version: 1, pinned: true };
      const refused = "400 request_invalid content.template";
      expect(await verdict(patch(id, { content: { messages, template } }))).toBe(refused);
      expect(await verdict(post({ content: { messages, template } }))).toBe(refused);
      expect(await verdict(post({ content: { template } }))).toBe(
        "400 request_invalid content.messages",
      );
      expect(await verdict(post({ content: { templateId, template } }))).toBe(refused);
      const more = { ...template, name: "x" };
      expect(await verdict(post({ content: { messages, template: more } }))).toBe(
        "400 unknown_field content.template.name",
      );
      const { content: told } = await get(id);
      if (!("variants" in told)) throw new Error("no variants");
      const [a, b] = told.variants;
      expect(
        await verdict(patch(id, { content: { ...told, variants: [{ ...a, messages }, b] } })),
      ).toBe("400 request_invalid content.variants[0].template");
    });
  });

  it("has no other channel, and nothing that only GET tells", async () => {
    const id = await draft(said);
    const other = await addChannel(ingress);
    expect(await verdict(patch(id, { channelId: other.id }))).toBe("400 request_invalid channelId");
    const view: Readonly<Record<string, unknown>> = { ...(await get(id)) };
    const others = Object.keys(view).filter((field) => !(fields as string[]).includes(field));
    expect(others).toContain("quotaStatus");
    for (const field of others)
      expect(await verdict(patch(id, { [field]: view[field] }))).toBe(`400 unknown_field ${field}`);
  });
});

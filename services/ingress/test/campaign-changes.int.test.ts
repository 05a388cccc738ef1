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

const text = (words: string) => ({ messages: [{ type: "text", text: words }] });
const { post, draft, act } = campaignCalls(() => ({ ingress, channelId: channel.id }));
const patch = (id: string, body: unknown): Promise<Response> =>
  callApi(ingress, ["PATCH", `/v1/campaigns/${id}`], body);
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const schedule = { at: inHours(24), zone: "Asia/Tokyo" };

describe("PATCH /v1/campaigns/:id", () => {
  it("keeps the start before the end: nobody would be sent anything", async () => {
    const early = { sendBefore: inHours(12) };
    const refused = "422 send_at_invalid sendBefore";
    expect(await verdict(post({ schedule, ...early }))).toBe(refused);
    expect(await verdict(patch(await draft({ schedule }), early))).toBe(refused);
    const id = await draft({ schedule, sendBefore: inHours(48) });
    expect(await verdict(patch(id, { schedule: { ...schedule, at: inHours(72) } }))).toBe(refused);
    expect((await patch(id, { sendBefore: inHours(36) })).status).toBe(200);
  });

  it("changes what is said and leaves the rest; the content's version grows with the content", async () => {
    const cap = { messages: 3, days: 7 };
    const id = await draft({ cap, purpose: "offers" });
    const quietHours = { from: "21:00", to: "08:00", zone: "Asia/Tokyo", do: "skip" };
    expect(
      await jsonOf(
        patch(id, { name: "Summer", quietHours, throttle: { perMinute: 600 }, schedule }),
      ),
    ).toMatchObject({
      name: "Summer",
      purpose: "offers",
      quietHours,
      cap,
      throttle: { perMinute: 600 },
      schedule,
      startsAt: schedule.at,
      contentVersion: 1,
      content: text("hello"),
    });
    expect(
      await jsonOf(
        patch(id, { content: text("hi {{ profile.displayName }}"), cap: null, schedule: null }),
      ),
    ).toMatchObject({ contentVersion: 2, cap: null, quietHours, startsAt: null, state: "draft" });
    const row = await ingress.store.campaigns.findOne({ _id: id });
    expect(row).toMatchObject({ personal: true, revision: 2 });
  });

  it.each([
    [{}, "400 request_invalid"],
    [{ channelId: "chan_1" }, "400 request_invalid channelId"],
    [{ state: "done" }, "400 unknown_field state"],
    [{ name: " " }, "400 request_invalid name"],
    [
      {
        audience: {
          type: "filter",
          where: { not: { friendship: "none", channelId: "chan_typo" } },
        },
      },
      "404 not_found audience.where.not.channelId",
    ],
    [
      { exclude: { where: { friendship: "following", channelId: "chan_typo" } } },
      "404 not_found exclude.where.channelId",
    ],
    [{ content: text("") }, "422 line_limit content.messages[0].text"],
    [{ content: text("{% if %}") }, "422 template_syntax content.messages[0].text"],
    [{ throttle: { perMinute: 0 } }, "422 rate_out_of_range throttle.perMinute"],
    [{ throttle: { perMinute: -1 } }, "422 rate_out_of_range throttle.perMinute"],
    [{ throttle: { perMinute: 1e9 } }, "422 rate_out_of_range throttle.perMinute"],
    [{ throttle: { perMinute: 1.5 } }, "422 rate_out_of_range throttle.perMinute"],
    [{ throttle: { perHour: 0 } }, "422 rate_out_of_range throttle.perHour"],
    [{ throttle: { perMinute: 60, perHour: 60 } }, "422 rate_out_of_range throttle"],
    [{ throttle: {} }, "422 rate_out_of_range throttle"],
    [{ throttle: { perDay: 60 } }, "400 unknown_field throttle.perDay"],
    [
      { schedule: { at: "2020-01-01T10:00", zone: "Asia/Tokyo" } },
      "422 send_at_invalid schedule.at",
    ],
    [
      { schedule: { at: "9999-01-01T10:00", zone: "Asia/Tokyo" } },
      "422 send_at_invalid schedule.at",
    ],
    // A time that no clock of the zone shows, as when it is put forward.
    [
      { schedule: { at: "2999-02-30T10:00", zone: "Asia/Tokyo" } },
      "422 send_at_invalid schedule.at",
    ],
    [{ schedule: { at: "2020-01-01T10:00" } }, "400 request_invalid schedule.zone"],
    [{ schedule: { at: inHours(1), zone: "+09:00" } }, "400 request_invalid schedule.zone"],
    [{ sendBefore: inHours(-1) }, "422 send_at_invalid sendBefore"],
    [{ quota: "later" }, "400 type_invalid quota"],
    [{ quota: { choice: "hold" } }, "400 type_invalid quota"],
    [{ quotaStatus: null }, "400 unknown_field quotaStatus"],
    [
      { quietHours: { from: "24:00", to: "08:00", zone: "Asia/Tokyo" } },
      "400 request_invalid quietHours.from",
    ],
    [
      { quietHours: { from: "08:00", to: "08:00", zone: "Asia/Tokyo" } },
      "400 request_invalid quietHours.do",
    ],
    [
      { quietHours: { from: "21:00", to: "08:00", zone: "Asia/Tokyo", till: 1 } },
      "400 unknown_field quietHours.till",
    ],
    [{ quietHours: "never" }, "400 type_invalid quietHours"],
    [{ quietHours: 5 }, "400 type_invalid quietHours"],
    [{ cap: { messages: 0, days: 7 } }, "400 request_invalid cap.messages"],
    [{ cap: { messages: 1 } }, "400 request_invalid cap.days"],
    [{ cap: false }, "400 type_invalid cap"],
    [{ purpose: "" }, "400 request_invalid purpose"],
    // Of these null would leave nothing to send, or nobody to send it to.
    [{ name: null }, "400 type_invalid name"],
    [{ content: null }, "400 type_invalid content"],
    [{ audience: null }, "400 type_invalid audience"],
  ])("%j is %s", async (body, expected) => {
    const id = await draft();
    expect((await verdict(patch(id, body))).startsWith(expected)).toBe(true);
    expect(
      (await jsonOf<CampaignView>(callApi(ingress, ["GET", `/v1/campaigns/${id}`]))).contentVersion,
    ).toBe(1);
  });

  it("says what is done where the month's quota is short, or leaves it to the workspace", async () => {
    const id = await draft({ quota: "hold" });
    const choiceOf = async (body: object) => (await jsonOf<CampaignView>(patch(id, body))).quota;
    expect(await choiceOf({ name: "Summer" })).toBe("hold");
    expect(await choiceOf({ quota: "trim" })).toBe("trim");
    expect((await ingress.store.campaigns.findOne({ _id: id }))?.quota).toBe("trim");
    expect(await choiceOf({ quota: null })).toBeNull();
    const workspace = (body: object) => callApi(ingress, ["PATCH", "/v1/workspace"], body);
    expect(await verdict(workspace({ quota: "always" }))).toBe("400 type_invalid quota");
    expect(await jsonOf(workspace({}))).toMatchObject({ quota: "stop" });
    expect(await jsonOf(workspace({ quota: "hold" }))).toMatchObject({ quota: "hold" });
  });

  it("takes filters over other channels of the workspace, and of no other", async () => {
    const id = await draft();
    const [ours, stranger] = [await addChannel(ingress), "chan_stranger"];
    const row = await ingress.store.channels.findOne({ _id: ours.id });
    if (!row) throw new Error("no such channel");
    const theirs = { _id: stranger, workspaceId: "ws_other", botUserId: "U_stranger" };
    await ingress.store.channels.insertOne({ ...row, ...theirs });
    const where = (channelId: string) => ({ any: [{ friendship: "following", channelId }] });
    expect(await jsonOf(patch(id, { exclude: { where: where(ours.id) } }))).toMatchObject({
      exclude: { where: where(ours.id) },
    });
    expect(await verdict(patch(id, { exclude: { where: where(stranger) } }))).toBe(
      "404 not_found exclude.where.any[0].channelId",
    );
  });

  it("is refused once something may have been sent", async () => {
    for (const state of [
      "planning",
      "sending",
      "paused",
      "done",
      "cancelled",
      "stopped",
    ] as const) {
      const id = await draft();
      const startedAt = new Date();
      await ingress.store.campaigns.updateOne({ _id: id }, { $set: { state, startedAt } });
      expect(await verdict(patch(id, { name: "x" }))).toBe("409 campaign_locked");
    }
    expect(await verdict(patch("camp_0", { name: "x" }))).toBe("404 not_found");
  });

  it("never mixes two changes that are made at once, nor with a launch", async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await draft();
      const verdicts = await Promise.all([
        ...Array.from({ length: 5 }, (_, n) => verdict(patch(id, { content: text(`words ${n}`) }))),
        verdict(act(id, "launch")),
      ]);
      const row = await ingress.store.campaigns.findOne({ _id: id });
      const changes = verdicts.slice(0, 5).filter((one) => one === "200").length;
      expect(row?.contentVersion).toBe(1 + changes);
      expect(row?.revision ?? 0).toBe(changes);
      expect(row?.state).toBe("planning");
      for (const one of verdicts)
        expect(["200", "409 state_invalid", "409 campaign_locked"]).toContain(one);
    }
  });
});

describe("a schedule", () => {
  it("waits for its time once launched, can be changed, paused, resumed and cancelled", async () => {
    const id = await draft({ schedule });
    expect(await jsonOf(act(id, "launch"))).toMatchObject({
      state: "scheduled",
      startsAt: schedule.at,
    });
    expect(await jsonOf(act(id, "launch"))).toMatchObject({ state: "scheduled" });
    const later = { at: inHours(48), zone: "Asia/Tokyo" };
    expect(await jsonOf(patch(id, { schedule: later }))).toMatchObject({
      state: "scheduled",
      startsAt: later.at,
    });
    expect(await verdict(patch(id, { schedule: null }))).toBe("409 state_invalid schedule");
    const nobody = { audience: { type: "list" } }; // none was uploaded
    expect(await verdict(patch(id, nobody))).toBe("409 state_invalid audience");
    // Whose last friend has left meanwhile: it takes what does not touch the audience.
    const friends = await ingress.store.profiles.find({ friendOf: channel.id }).toArray();
    const ids = friends.map(({ _id }) => _id);
    await ingress.store.profiles.updateMany({ _id: { $in: ids } }, { $set: { friendOf: [] } });
    expect(await jsonOf(patch(id, { name: "Later" }))).toMatchObject({ name: "Later" });
    await ingress.store.profiles.updateMany(
      { _id: { $in: ids } },
      { $set: { friendOf: [channel.id] } },
    );
    const row = await ingress.store.campaigns.findOne({ _id: id });
    expect(row?.nextAt).toEqual(new Date(Date.parse(later.at) - 10_000));
    expect(await jsonOf(act(id, "pause"))).toMatchObject({ state: "paused" });
    expect(await jsonOf(act(id, "resume"))).toMatchObject({ state: "scheduled" });
    expect(await jsonOf(act(id, "cancel"))).toMatchObject({ state: "cancelled" });
  });

  describe("of a campaign that was paused before its start", () => {
    const heldBack = async (over: object = {}): Promise<string> => {
      const id = await draft({ schedule, ...over });
      await act(id, "launch");
      expect(await jsonOf(act(id, "pause"))).toMatchObject({ state: "paused" });
      return id;
    };
    const rowOf = (id: string) => ingress.store.campaigns.findOne({ _id: id });
    /** As the sender does at the time of the schedule. */
    const start = (id: string) =>
      ingress.store.campaigns.updateOne(
        { _id: id, state: "scheduled" },
        { $set: { state: "planning", startedAt: new Date() } },
      );

    it("can be mended, with the rest of it; a resume waits for the time that it says then", async () => {
      const id = await heldBack();
      const later = { at: inHours(48), zone: "Asia/Tokyo" };
      expect(
        await jsonOf(patch(id, { name: "Mended", content: text("mended"), schedule: later })),
      ).toMatchObject({ name: "Mended", state: "paused", contentVersion: 2, startsAt: later.at });
      expect((await rowOf(id))?.nextAt).toBeNull();
      expect(await verdict(patch(id, { audience: { type: "list" } }))).toBe(
        "409 state_invalid audience",
      );
      expect(await jsonOf(act(id, "resume"))).toMatchObject({
        state: "scheduled",
        startsAt: later.at,
        content: text("mended"),
      });
      expect((await rowOf(id))?.nextAt).toEqual(new Date(Date.parse(later.at) - 10_000));
    });

    it("can be mended when its time is over, too, and a resume starts it at once", async () => {
      const id = await heldBack();
      await ingress.store.campaigns.updateOne({ _id: id }, { $set: { startsAt: new Date(0) } });
      expect(await verdict(patch(id, { content: text("mended") }))).toBe("200");
      expect(await verdict(patch(id, { schedule: { ...schedule, at: inHours(-1) } }))).toBe(
        "422 send_at_invalid schedule.at",
      );
      expect(await jsonOf(act(id, "resume"))).toMatchObject({ state: "planning" });
      await act(id, "pause");
      expect(await verdict(patch(id, { name: "x" }))).toBe("409 campaign_locked");
    });

    it("can be taken back: a resume starts it at once, and locks it", async () => {
      const id = await heldBack();
      expect(await jsonOf(patch(id, { schedule: null }))).toMatchObject({ startsAt: null });
      expect(await jsonOf(act(id, "resume"))).toMatchObject({ state: "planning" });
      await act(id, "pause");
      expect(await verdict(patch(id, { name: "x" }))).toBe("409 campaign_locked");
    });

    it("is locked once it started, by whomever, and was paused then", async () => {
      const started = await heldBack();
      await act(started, "resume");
      await start(started);
      await act(started, "pause");
      expect(await verdict(patch(started, { name: "x" }))).toBe("409 campaign_locked");
      const launched = await draft();
      await act(launched, "launch");
      await act(launched, "pause");
      expect(await verdict(patch(launched, { name: "x" }))).toBe("409 campaign_locked");
    });

    it("is locked where nobody wrote down whether it started", async () => {
      const id = await heldBack();
      await ingress.store.campaigns.updateOne({ _id: id }, { $unset: { startedAt: true } });
      expect(await verdict(patch(id, { name: "x" }))).toBe("409 campaign_locked");
    });

    it("is changed or goes on, and is never changed after it started", async () => {
      for (let round = 0; round < 20; round += 1) {
        const id = await heldBack();
        const asked = Array.from({ length: 20 }, (_, n) =>
          verdict(patch(id, { content: text(`words ${n}`) })),
        );
        // Resumed, started and paused again looks as it did before, but for the start.
        const moved = (async () => {
          await act(id, "resume");
          await start(id);
          await act(id, "pause");
          return (await rowOf(id))?.contentVersion;
        })();
        const verdicts = await Promise.all(asked);
        const startedWith = await moved;
        for (const one of verdicts)
          expect(["200", "409 state_invalid", "409 campaign_locked"]).toContain(one);
        const row = await rowOf(id);
        expect(row).toMatchObject({ state: "paused", contentVersion: startedWith });
        expect(row?.contentVersion).toBe(1 + verdicts.filter((one) => one === "200").length);
      }
    });
  });

  it("that is over when it is launched starts nothing", async () => {
    const id = await draft({ schedule });
    await ingress.store.campaigns.updateOne({ _id: id }, { $set: { startsAt: new Date(0) } });
    expect(await verdict(act(id, "launch"))).toBe("422 send_at_invalid schedule.at");
  });
});

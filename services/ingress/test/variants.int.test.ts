import {
  packRecipients,
  type BatchRow,
  type RecipientRow,
  type VariantCountRow,
} from "@yubin/store";
import type {
  CampaignMetrics,
  CampaignTestView,
  CampaignView,
  OutcomeCounts,
  RecipientView,
} from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { campaignCalls } from "./campaign-calls.ts";
import { addPerson } from "./people.ts";
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
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress);
});
afterAll(() => ingress[Symbol.asyncDispose]());

const { post, draft } = campaignCalls(() => ({ ingress, channelId: channel.id }));
const words = (text: string) => ({ messages: [{ type: "text" as const, text }] });
const a = { name: "A", ...words("words of A") };
const b = { name: "B", weight: 3, ...words("words of B") };
const two = { variants: [a, b] };
const get = <Body>(path: string): Promise<Body> =>
  jsonOf<Body>(callApi(ingress, ["GET", `/v1/${path}`]));
const patch = (id: string, body: object) =>
  callApi(ingress, ["PATCH", `/v1/campaigns/${id}`], body);

describe("a campaign of variants", () => {
  it("is drafted, told whole, and changed with a version of its own", async () => {
    const content = { variants: [a, b], controlPercent: 10 };
    const view = await jsonOf<CampaignView>(post({ content }));
    const drafted = { variants: [{ ...a, weight: 1 }, b], controlPercent: 10 };
    expect(view).toMatchObject({ content: drafted, contentVersion: 1 });
    expect(await get(`campaigns/${view.id}`)).toEqual(view);

    const other = { variants: [b, { name: "C 🌸", ...words("c"), missing: "skip" as const }] };
    expect(await jsonOf(patch(view.id, { content: other }))).toMatchObject({
      content: { variants: [b, { ...other.variants[1], weight: 1 }], controlPercent: 0 },
      contentVersion: 2,
    });
    expect(await jsonOf(patch(view.id, { content: words("same") }))).toMatchObject({
      content: words("same"),
      contentVersion: 3,
    });
  });

  it.each([
    [[a, b], false],
    [[a, { ...b, ...words("{{ profile.displayName }}") }], true],
  ])("is personal where one of them is", async (variants, personal) => {
    const id = await draft({ content: { variants } });
    expect((await ingress.store.campaigns.findOne({ _id: id }))?.personal).toBe(personal);
  });

  it("takes words of saved templates, frozen as they are now", async () => {
    const template = await jsonOf<{ id: string }>(
      callApi(ingress, ["POST", "/v1/templates"], { name: "Spring", ...words("first") }),
    );
    const from = { name: "T", templateId: template.id };
    const id = await draft({ content: { variants: [a, from] } });
    const newer = { version: 1, ...words("second") };
    await callApi(ingress, ["PATCH", `/v1/templates/${template.id}`], newer);
    const { content } = await get<CampaignView>(`campaigns/${id}`);
    expect(content).toMatchObject({
      variants: [
        { name: "A" },
        { name: "T", ...words("first"), template: { id: template.id, version: 1, pinned: false } },
      ],
    });
  });

  it("is the same one under its key, and another one where a weight differs", async () => {
    const key = { "idempotency-key": "variants-1" };
    const ask = (content: object) =>
      callApi(
        ingress,
        ["POST", "/v1/campaigns"],
        { name: "x", channelId: channel.id, content, audience: { type: "friends" } },
        { headers: key },
      );
    const first = await jsonOf<CampaignView>(ask(two));
    await ingress.store.idempotency.deleteMany({}); // the answer is forgotten, as by a crash
    expect(await jsonOf<CampaignView>(ask(two))).toEqual(first);
    for (const other of [
      { variants: [a, { ...b, weight: 4 }] },
      { ...two, controlPercent: 1 },
      { variants: [a, { ...b, name: "C" }] },
    ]) {
      await ingress.store.idempotency.deleteMany({});
      expect(await verdict(ask(other))).toBe("409 idempotency_mismatch");
    }
  });

  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ ...a, name: `v${at}` }));
  const one = (over: object) => ({ variants: [a, { ...b, ...over }] });
  it.each(
    named([
      [{ variants: many(10) }, "201"],
      [{ variants: many(11) }, "422 limit_exceeded content.variants"],
      [{ variants: many(1) }, "400 request_invalid content.variants"],
      [{ variants: many(1), controlPercent: 1 }, "201"],
      [{ variants: [] }, "400 request_invalid content.variants"],
      [{ variants: "A" }, "400 type_invalid content.variants"],
      [{ ...two, ...words("x") }, "400 request_invalid content.messages"],
      [{ ...two, missing: "skip" }, "400 request_invalid content.missing"],
      [{ ...words("x"), controlPercent: 10 }, "400 request_invalid content.controlPercent"],
      [{ ...words("x"), controlPercent: 0 }, "201"],
      [{ ...two, controlPercent: 0 }, "201"],
      [{ ...two, controlPercent: 90 }, "201"],
      [{ ...two, controlPercent: 91 }, "422 limit_exceeded content.controlPercent"],
      [{ ...two, controlPercent: -1 }, "400 request_invalid content.controlPercent"],
      [{ ...two, controlPercent: 1.5 }, "400 type_invalid content.controlPercent"],
      [{ ...two, controlPercent: "10" }, "400 type_invalid content.controlPercent"],
      [one({ weight: 1 }), "201"],
      [one({ weight: 1_000 }), "201"],
      [one({ weight: 0 }), "400 request_invalid content.variants[1].weight"],
      [one({ weight: 1_001 }), "422 limit_exceeded content.variants[1].weight"],
      [one({ weight: 0.5 }), "400 type_invalid content.variants[1].weight"],
      [one({ weight: null }), "400 type_invalid content.variants[1].weight"],
      [one({ name: "n".repeat(40) }), "201"],
      [one({ name: "🌸".repeat(40) }), "201"],
      [one({ name: "🇯🇵".repeat(40) }), "201"],
      [one({ name: "e\u0301\u0302".repeat(40) }), "201"],
      [one({ name: `e${"\u0301".repeat(201)}` }), "422 limit_exceeded content.variants[1].name"],
      [one({ name: "n".repeat(41) }), "422 limit_exceeded content.variants[1].name"],
      [one({ name: " " }), "400 request_invalid content.variants[1].name"],
      [one({ name: undefined }), "400 request_invalid content.variants[1].name"],
      [one({ name: "control" }), "422 variant_name_invalid content.variants[1].name"],
      [one({ name: " Control " }), "422 variant_name_invalid content.variants[1].name"],
      [one({ name: "unassigned" }), "422 variant_name_invalid content.variants[1].name"],
      [one({ name: " a " }), "422 variant_name_invalid content.variants[1].name"],
      [one({ name: "B\u200b" }), "422 variant_name_invalid content.variants[1].name"],
      [one({ name: "B\n2" }), "422 variant_name_invalid content.variants[1].name"],
      [one({ name: "\ud800" }), "400 unicode_invalid content.variants.1.name"],
      [one({ messages: undefined }), "400 request_invalid content.variants[1].messages"],
      [one({ messages: [] }), "422 line_limit content.variants[1].messages"],
      [one(words("")), "422 line_limit content.variants[1].messages[0].text"],
      [one(words("{% if %}")), "422 template_syntax content.variants[1].messages[0].text"],
      [one({ templateId: "tmpl_x" }), "400 request_invalid content.variants[1].templateId"],
      [
        { variants: [a, { name: "B", templateId: "tmpl_x" }] },
        "404 not_found content.variants[1].templateId",
      ],
      [one({ percent: 50 }), "400 unknown_field content.variants[1].percent"],
      [{ ...two, control: 10 }, "400 unknown_field content.control"],
    ]),
  )("of %s is judged", async (_body, content, expected) => {
    expect(await verdict(post({ content }))).toBe(expected);
  });
});

describe("a test of it", () => {
  const test = (id: string, body: object) =>
    callApi(ingress, ["POST", `/v1/campaigns/${id}/test`], body);
  const sentBy = async (id: string, body: object) => {
    const { data } = await jsonOf<CampaignTestView>(test(id, body));
    return Promise.all(
      data.map(async ({ id: messageId, ...one }) => {
        const row = await ingress.store.batches.findOne({ _id: messageId });
        return { ...one, messages: row?.content?.messages };
      }),
    );
  };

  it("sends all of them, or the one that is asked for", async () => {
    const id = await draft({ content: { ...two, controlPercent: 50 } });
    const to = ["user:ann", "user:bob"];
    expect(await sentBy(id, { to })).toEqual(
      to.flatMap((one) => [
        { to: one, variant: "A", messages: a.messages },
        { to: one, variant: "B", messages: b.messages },
      ]),
    );
    expect(await sentBy(id, { to, variant: "B" })).toEqual(
      to.map((one) => ({ to: one, variant: "B", messages: b.messages })),
    );
    for (const variant of ["", "C", "b", "control"])
      expect(await verdict(test(id, { to, variant }))).toBe("422 variant_unknown variant");
  });

  it("says that a campaign has none", async () => {
    const id = await draft();
    expect(await sentBy(id, { to: ["user:ann"] })).toMatchObject([{ variant: null }]);
    expect(await verdict(test(id, { to: ["user:ann"], variant: "A" }))).toBe(
      "422 variant_unknown variant",
    );
  });
});

/** A batch as the sender writes it. */
const batchOf = (campaignId: string, seq: number, recipients: RecipientRow[]): BatchRow => {
  const counts: Record<keyof OutcomeCounts, number> = {
    audience: recipients.length,
    queued: 0,
    accepted: 0,
    refused: 0,
    skipped: 0,
    cancelled: 0,
    unknown: 0,
  };
  const variantCounts: VariantCountRow[] = [];
  for (const { outcome = "queued", reason = null, variant = "" } of recipients) {
    counts[outcome] += 1;
    const known = variantCounts.find(
      (one) => one.variant === variant && one.outcome === outcome && one.reason === reason,
    );
    if (known) known.count += 1;
    else variantCounts.push({ variant, outcome, reason, count: 1 });
  }
  const reasons = variantCounts.flatMap(({ outcome, reason, count }) =>
    reason === null || outcome === "queued" ? [] : [{ outcome, reason, count }],
  );
  return {
    _id: `${campaignId}/${String(seq).padStart(6, "0")}`,
    workspaceId: "ws_main",
    channelId: channel.id,
    campaignId,
    seq,
    state: "open",
    endOfPlan: false,
    planCursor: null,
    method: seq % 2 === 0 ? "multicast" : "push",
    recipients: seq % 2 === 0 ? [] : recipients,
    packed: seq % 2 === 0 ? packRecipients(recipients) : null,
    calls: [],
    counts,
    reasons,
    variantCounts,
    content: null,
    purpose: null,
    sendAt: null,
    claim: null,
    nextAt: null,
    createdAt: new Date(),
    settledAt: null,
  };
};

describe("the numbers of it", () => {
  let id: string;
  beforeAll(async () => {
    id = await draft({ content: { ...two, controlPercent: 20 } });
    const person = (variant: string, n: number, end: Partial<RecipientRow> = {}): RecipientRow => ({
      profileId: `prof_${variant}${n}`,
      variant,
      ...end,
    });
    const settledAt = new Date("2026-11-25T00:00:00Z");
    const accepted = { outcome: "accepted", settledAt } as const;
    const skipped = (reason: string) => ({ outcome: "skipped", reason, settledAt }) as const;
    await ingress.store.batches.insertMany([
      batchOf(id, 0, [
        person("A", 1, accepted),
        person("B", 1, accepted),
        person("control", 1, skipped("control_group")),
        person("B", 2, skipped("not_following")),
      ]),
      batchOf(id, 1, [
        person("A", 2, { outcome: "refused", reason: "line_400", settledAt }),
        person("B", 3),
        person("B", 4, accepted),
        { ref: "user:lost", variant: "unassigned", ...skipped("not_found") },
      ]),
    ]);
  });

  it("are told for each variant, with what they add up to", async () => {
    const { totals, reasons, variants } = await get<CampaignMetrics>(`campaigns/${id}/metrics`);
    expect(totals).toEqual({
      audience: 8,
      queued: 1,
      accepted: 3,
      refused: 1,
      skipped: 3,
      cancelled: 0,
      unknown: 0,
    });
    expect(variants.map(({ name, weight }) => [name, weight])).toEqual([
      ["A", 1],
      ["B", 3],
      ["control", null],
      ["unassigned", null],
    ]);
    expect(variants[1]).toEqual({
      name: "B",
      weight: 3,
      totals: {
        audience: 4,
        queued: 1,
        accepted: 2,
        refused: 0,
        skipped: 1,
        cancelled: 0,
        unknown: 0,
      },
      reasons: { "skipped.not_following": 1 },
      rates: { queued: 0.25, accepted: 0.5, refused: 0, skipped: 0.25, cancelled: 0, unknown: 0 },
      clicks: null,
    });
    expect(variants[2]?.reasons).toEqual({ "skipped.control_group": 1 });
    for (const name of Object.keys(totals) as (keyof OutcomeCounts)[])
      expect(variants.reduce((sum, one) => sum + one.totals[name], 0)).toBe(totals[name]);
    const merged = Object.assign({}, ...variants.map((one) => one.reasons)) as object;
    expect(reasons).toEqual(merged);
  });

  it("have nobody before the launch, and no rate of nobody", async () => {
    const drafted = await draft({ content: { ...two, controlPercent: 1 } });
    const { totals, variants } = await get<CampaignMetrics>(`campaigns/${drafted}/metrics`);
    expect(totals.audience).toBe(0);
    expect(variants.map(({ name }) => name)).toEqual(["A", "B", "control"]);
    for (const { rates } of variants)
      expect(new Set(Object.values(rates))).toEqual(new Set([null]));
  });

  it.each([
    ["variant=A", ["prof_A1", "prof_A2"]],
    ["variant=A&outcome=accepted", ["prof_A1"]],
    ["variant=B&outcome=queued", ["prof_B3"]],
    ["variant=B&reason=not_following", ["prof_B2"]],
    ["variant=A&reason=not_following", []],
    ["variant=control", ["prof_control1"]],
    ["variant=unassigned", [null]],
  ])("lead to the people of %s", async (query, profileIds) => {
    const { data } = await get<{ data: RecipientView[] }>(`campaigns/${id}/recipients?${query}`);
    expect(data.map(({ profileId }) => profileId)).toEqual(profileIds);
    for (const { variant } of data) expect(query).toContain(`variant=${variant}`);
  });

  it("are told of one person, too", async () => {
    const profileId = await addPerson(ingress);
    const other = await draft({ content: two });
    const launchedAt = new Date();
    await ingress.store.campaigns.updateOne({ _id: other }, { $set: { launchedAt } });
    await ingress.store.batches.insertOne(batchOf(other, 0, [{ profileId, variant: "B" }]));
    const { data } = await get<{ data: unknown[] }>(`profiles/${profileId}/timeline`);
    expect(data).toMatchObject([{ campaignId: other, variant: "B", outcome: null }]);
  });

  it("lead to a file of them", async () => {
    const path = `/v1/campaigns/${id}/recipients?variant=B`;
    const headers = { accept: "text/csv" };
    const csv = await (await callApi(ingress, ["GET", path], undefined, { headers })).text();
    const [head = "", ...rows] = csv.trim().split("\r\n");
    const place = head.split(",").indexOf("variant");
    expect(rows.map((row) => row.split(",")[place])).toEqual(["B", "B", "B", "B"]);
  });

  it.each([
    ["variant=C", "400 param_invalid variant"],
    ["variant=", "400 param_invalid variant"],
    ["variant=a", "400 param_invalid variant"],
    [`variant=${"x".repeat(201)}`, "400 param_invalid variant"],
    ["variant=A&variant=B", "400 param_invalid variant"],
    ["variant[$ne]=A", "400 unknown_field variant[$ne]"],
  ])("know no %s", async (query, expected) => {
    const path = `/v1/campaigns/${id}/recipients?${query}`;
    expect(await verdict(callApi(ingress, ["GET", path]))).toBe(expected);
  });

  it("know no variant of a campaign without any", async () => {
    const path = `/v1/campaigns/${await draft()}/recipients?variant=A`;
    expect(await verdict(callApi(ingress, ["GET", path]))).toBe("400 param_invalid variant");
  });
});

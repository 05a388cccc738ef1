import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createSealer } from "@yubin/kit";
import { createSimulator, type ChannelView as LineChannel, type Simulator } from "@yubin/simulator";
import {
  assignVariant,
  type CampaignPreviewView,
  type CampaignView,
  type PreviewView,
} from "@yubin/types";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { addPerson, lineAccount, newLineUserId } from "./people.ts";
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

const line: Simulator = createSimulator();
let account: LineChannel;
let ingress: TestIngress;
let channel: TestChannel;
let aheadMs = 0;
/** Stands still unless a test moves it: what is counted by the minute ends with that. */
const startedAt = Date.now();
beforeAll(async () => {
  await line.start();
  ingress = await startTestIngress({
    env: { LINE_API_BASE_URL: line.url },
    now: () => new Date(startedAt + aheadMs),
  });
  account = line.addChannel({ provider: "main" });
  channel = await connected(ingress, account.accessToken);
});
afterAll(async () => {
  await ingress[Symbol.asyncDispose]();
  await line.stop();
});
beforeEach(() => {
  line.faults.clear();
  aheadMs += 60_000;
});

/** A channel whose token is this one. */
const connected = async (to: TestIngress, token: string): Promise<TestChannel> => {
  const added = await addChannel(to);
  const sealedToken = createSealer(to.config.secretKeys).seal(token, `ws_main/${added.id}`);
  await to.store.channels.updateOne({ _id: added.id }, { $set: { sealedToken } });
  return added;
};

const text = (words: string) => ({ type: "text", text: words });
const post = (body: object, from = ingress, channelId = channel.id): Promise<Response> =>
  callApi(from, ["POST", "/v1/messages/preview"], { channelId, ...body });
const preview = async (body: object, from?: TestIngress, channelId?: string) => {
  const res = await post(body, from, channelId);
  expect(res.status).toBe(200);
  return jsonOf<PreviewView>(res);
};
const validations = () => line.ledger.summary().endpoints.validate?.attempted ?? 0;

/** A person with one LINE account, a friend of the channel unless told otherwise. */
const person = async (
  over: { state?: "following" | "blocked"; row?: object; traits?: Record<string, unknown> } = {},
): Promise<{ profileId: string; lineUserId: string }> => {
  const { state = "following", row = {}, traits = {} } = over;
  const lineUserId = newLineUserId();
  const friendship = { [channel.id]: { state, at: new Date(), eventId: "e" } };
  const accounts = [lineAccount({ lineUserId, displayName: "山田", friendship })];
  const profileId = await addPerson(ingress, {
    traits,
    row: { lineAccounts: accounts, ...row },
  });
  return { profileId, lineUserId };
};

describe("POST /v1/messages/preview", () => {
  it("shows what one person would get, and sends nothing", async () => {
    const { profileId, lineUserId } = await person({ traits: { plan: "pro" } });
    const before = await ingress.store.batches.countDocuments();
    const words =
      "{{ profile.displayName }} {{ profile.traits.plan }} {{ profile.traits.line_id }} {{ data.order.id }} {{ channel.name }} {{ profile.traits.town | default: 'here' }}";
    expect(
      await preview({
        to: profileId,
        messages: [text(words), text("bye")],
        data: { order: { id: 7 } },
        purpose: "marketing",
      }),
    ).toEqual({
      messages: [text(`山田 pro ${lineUserId} 7 Test here`), text("bye")],
      wouldSend: { decision: "send", reason: null, until: null, lineUserId },
      problems: [],
      missing: ["profile.traits.town"],
      lineCheck: { state: "valid", reason: null },
    } satisfies PreviewView);
    expect(await ingress.store.batches.countDocuments()).toBe(before);
    expect(line.ledger.summary().acceptedCalls).toBe(0);
  });

  it("needs nobody", async () => {
    expect(await preview({ messages: [text("hi {{ profile.displayName }}")] })).toEqual({
      messages: [text("hi ")],
      wouldSend: null,
      problems: [],
      missing: ["profile.displayName"],
      lineCheck: { state: "valid", reason: null },
    });
  });

  it("takes a saved template, in the version that is asked for", async () => {
    const { id } = await jsonOf<{ id: string }>(
      callApi(ingress, ["POST", "/v1/templates"], { name: "x", messages: [text("one")] }),
    );
    const path = `/v1/templates/${id}`;
    await callApi(ingress, ["PATCH", path], { version: 1, messages: [text("two")] });
    expect((await preview({ templateId: id })).messages).toEqual([text("two")]);
    expect((await preview({ templateId: id, templateVersion: 1 })).messages).toEqual([text("one")]);
  });

  it.each([
    ["a friend", {}, "send", null],
    ["somebody who blocked the channel", { state: "blocked" }, "skip", "not_following"],
    [
      "a suppressed person",
      { row: { suppression: { at: new Date(), reason: "asked" } } },
      "skip",
      "suppressed",
    ],
    ["somebody in a merge", { row: { absorbing: ["merge_1"] } }, "hold", "merge_unfinished"],
  ] as const)("says that %s would be met with %j", async (_who, over, decision, reason) => {
    const { profileId, lineUserId } = await person(over);
    const view = await preview({ to: profileId, messages: [text("hi")] });
    expect(view.wouldSend).toEqual({ decision, reason, until: null, lineUserId });
    expect(view.messages).toEqual([text("hi")]);
  });

  it.each([
    ["a purpose they refused", { purpose: "news" }, { decision: "skip", reason: "no_consent" }],
    ["another purpose", { purpose: "orders" }, { decision: "send", reason: null }],
    [
      "a purpose that needs their word",
      { purpose: "offers" },
      { decision: "skip", reason: "no_consent" },
    ],
    [
      "what is too late",
      { sendBefore: "2020-01-01T00:00:00Z" },
      { decision: "skip", reason: "expired" },
    ],
    [
      "their quiet hours",
      { quietHours: { from: inTokyo(-60), to: inTokyo(60), zone: "Asia/Tokyo" } },
      {
        decision: "hold",
        reason: "quiet_hours",
        until: expect.stringMatching(/T\d\d:\d\d:00.000Z$/),
      },
    ],
    [
      "quiet hours without waiting",
      { quietHours: { from: "00:00", to: "00:00", zone: "Asia/Tokyo", do: "skip" } },
      { decision: "skip", reason: "quiet_hours" },
    ],
  ])("minds the rules of sending: %s", async (_what, rules, wouldSend) => {
    await callApi(ingress, ["PATCH", "/v1/workspace"], { consentRequired: ["offers"] });
    const consents = { news: { granted: false, at: new Date(), source: "form" } };
    const { profileId } = await person({ row: { consents } });
    const view = await preview({ to: profileId, messages: [text("hi")], ...rules });
    expect(view.wouldSend).toMatchObject(wouldSend);
  });

  it("minds the workspace's quiet hours where the message says nothing, or null, and not where it wants none", async () => {
    const allDay = { from: "00:00", to: "00:00", zone: "Asia/Tokyo", do: "skip" };
    const { profileId } = await person({});
    const reasonBy = async (rules: object) =>
      (await preview({ to: profileId, messages: [text("hi")], purpose: "orders", ...rules }))
        .wouldSend?.reason;
    await callApi(ingress, ["PATCH", "/v1/workspace"], { quietHours: allDay });
    expect(await reasonBy({})).toBe("quiet_hours");
    expect(await reasonBy({ quietHours: null })).toBe("quiet_hours");
    expect(await reasonBy({ quietHours: "none" })).toBeNull();
    await callApi(ingress, ["PATCH", "/v1/workspace"], { quietHours: null });
    expect(await reasonBy({})).toBeNull();
  });

  it("says that who is not there, has no LINE ID, or was erased gets nothing", async () => {
    const noLineId = await addPerson(ingress, { externalId: "no-line" });
    const erased = await person({ row: { erasedAt: new Date() } });
    const view = (to: unknown) => preview({ to, messages: [text("hi {{ profile.displayName }}")] });
    const skip = (reason: string) => ({ decision: "skip", reason, until: null, lineUserId: null });
    expect((await view("user:nobody-here")).wouldSend).toEqual(skip("not_found"));
    expect((await view(noLineId)).wouldSend).toEqual(skip("no_line_id"));
    const gone = await view(erased.profileId);
    expect(gone).toMatchObject({ wouldSend: skip("erased"), messages: [text("hi ")] });
    expect(JSON.stringify(gone)).not.toContain(erased.lineUserId);
  });

  it("writes to the LINE ID that is named, though the person has a better one", async () => {
    const [first, second] = [newLineUserId(), newLineUserId()];
    const friendship = {
      [channel.id]: { state: "following" as const, at: new Date(), eventId: "e" },
    };
    await addPerson(ingress, {
      row: {
        lineAccounts: [
          lineAccount({ lineUserId: first, displayName: "first", friendship }),
          lineAccount({ lineUserId: second, displayName: "second" }),
        ],
      },
    });
    const to = { provider: "main", lineUserId: second };
    expect(await preview({ to, messages: [text("{{ profile.displayName }}")] })).toMatchObject({
      messages: [text("second")],
      wouldSend: { decision: "skip", reason: "not_following", lineUserId: second },
    });
  });

  it("says that a stopped channel lets messages wait", async () => {
    const stopped = await connected(ingress, account.accessToken);
    await ingress.store.channels.updateOne(
      { _id: stopped.id },
      { $set: { state: "stopped", stateReason: "line_unauthorized" } },
    );
    const lineUserId = newLineUserId();
    const friendship = {
      [stopped.id]: { state: "following" as const, at: new Date(), eventId: "e" },
    };
    const to = await addPerson(ingress, {
      row: { lineAccounts: [lineAccount({ lineUserId, friendship })] },
    });
    const view = await preview({ to, messages: [text("hi")] }, ingress, stopped.id);
    expect(view.wouldSend).toEqual({
      decision: "hold",
      reason: "line_unauthorized",
      until: null,
      lineUserId,
    });
  });
});

describe("what is wrong with a message", () => {
  const long = "a".repeat(4_000);
  it.each([
    [[text("ok"), text("{% if %}")], "template_syntax", "messages[1].text"],
    [[text(" ")], "line_limit", "messages[0].text"],
    [[{ type: "hologram" }], "message_type", "messages[0].type"],
    [[text("ok"), text("{{ data.none }}")], "rendered_blank", "messages[1]"],
    [[text("{{ data.long }}{{ data.long }}")], "rendered_too_long", "messages[0]"],
  ])("%# is said with its place, and LINE is not asked", async (messages, code, field) => {
    const asked = validations();
    const view = await preview({ messages, data: { long } });
    expect(view).toMatchObject({
      messages: null,
      problems: [{ code, field }],
      lineCheck: { state: "not_asked", reason: "unfit" },
    });
    expect(validations()).toBe(asked);
  });

  it("is a value that is missing, where whoever lacks one is to be skipped", async () => {
    const messages = [text("hi {{ profile.displayName }}"), text("{{ data.a | default: 'a' }}")];
    const view = await preview({ messages, missing: "skip" });
    expect(view).toMatchObject({
      messages: null,
      problems: [{ code: "missing_attribute", field: "messages[0]" }],
      missing: ["profile.displayName", "data.a"],
    });
    expect(view.problems[0]?.message).toContain("profile.displayName");
  });

  it("is told as the decision, too, where it keeps the words from somebody", async () => {
    const { profileId, lineUserId } = await person();
    const decisionOn = async (words: string, more: object = {}) => {
      const messages = [text("ok"), text(words)];
      return (await preview({ to: profileId, messages, ...more })).wouldSend;
    };
    const skip = (reason: string) => ({ decision: "skip", reason, until: null, lineUserId });
    expect(await decisionOn("hi {{ data.a }}", { missing: "skip" })).toEqual(
      skip("missing_attribute"),
    );
    expect(await decisionOn("{{ data.a }}")).toEqual(skip("rendered_blank"));
    const suppressed = await person({ row: { suppression: { at: new Date(), reason: "asked" } } });
    const view = await preview({ to: suppressed.profileId, messages: [text("{{ data.a }}")] });
    expect(view.wouldSend).toMatchObject({ decision: "skip", reason: "suppressed" });
  });

  it("is a template that never ends, which holds up nothing else", async () => {
    const endless = "{% for i in (1..90) %}".repeat(4) + "{% endfor %}".repeat(4);
    const hostile = preview({ messages: [text(`a${endless}`)] });
    const others = Array.from({ length: 5 }, () =>
      preview({ messages: [text("hi {{ data.a }}")] }),
    );
    for (const one of await Promise.all(others)) expect(one.messages).toEqual([text("hi ")]);
    expect((await hostile).problems).toEqual([
      expect.objectContaining({ code: expect.stringMatching(/^template_(timeout|memory)$/) }),
    ]);
  });

  it("is what LINE says, too", async () => {
    // What LINE refuses and we do not is not foreseen, so LINE's part is played by its own words.
    const bodies: string[] = [];
    await using server = createServer((req, res) => {
      req.on("data", (bytes: Buffer) => bodies.push(`${req.url} ${bytes.toString()}`));
      req.on("end", () => {
        res.writeHead(400, { "content-type": "application/json" }).end(
          JSON.stringify({
            message: "The request body has 1 error(s)",
            details: [{ message: "May not be empty", property: "messages[0].text" }],
          }),
        );
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    await using strict = await startTestIngress({
      env: { LINE_API_BASE_URL: `http://127.0.0.1:${port}` },
    });
    const { id } = await connected(strict, "t".repeat(40));
    const view = await preview({ messages: [text("hi {{ data.a }}")], data: { a: 1 } }, strict, id);
    expect(view).toMatchObject({
      messages: [text("hi 1")],
      problems: [{ code: "line_refuses", field: "messages[0].text" }],
      lineCheck: { state: "invalid", reason: null },
    });
    expect(view.problems[0]?.message).toContain("May not be empty");
    expect(bodies).toEqual([
      `/v2/bot/message/validate/push ${JSON.stringify({ messages: [text("hi 1")] })}`,
    ]);
  });
});

describe("LINE", () => {
  it.each(["error500Before", "resetBefore", "garbage200", "rate429"] as const)(
    "may fail by %s, and the preview says so",
    async (kind) => {
      line.faults.next({ kind, endpoint: "validate" });
      const view = await preview({ messages: [text("hi")] });
      expect(view).toMatchObject({
        messages: [text("hi")],
        problems: [],
        lineCheck: {
          state: "unavailable",
          reason: kind === "rate429" ? "line.rate_limited" : "line.unavailable",
        },
      });
    },
  );

  it("may refuse the token, and the preview says so", async () => {
    const { id } = await connected(ingress, "x".repeat(40));
    const view = await preview({ messages: [text("hi")] }, ingress, id);
    expect(view.lineCheck).toEqual({ state: "unavailable", reason: "line.unauthorized" });
  });

  it("is asked 120 times a minute for a channel, whoever asks; the rest is shown all the same", async () => {
    const { id } = await connected(ingress, account.accessToken);
    const asked = validations();
    const views = await Promise.all(
      Array.from({ length: 125 }, () => preview({ messages: [text("hi")] }, ingress, id)),
    );
    expect(validations() - asked).toBe(120);
    const unasked = views.filter(({ lineCheck }) => lineCheck.state === "not_asked");
    expect(unasked).toHaveLength(5);
    expect(unasked[0]).toMatchObject({
      messages: [text("hi")],
      lineCheck: { reason: "rate_limited" },
    });
    aheadMs += 60_000;
    expect((await preview({ messages: [text("hi")] }, ingress, id)).lineCheck.state).toBe("valid");
  });
});

describe("refuses", () => {
  it.each(
    named([
      [{}, "400 request_invalid messages"],
      [{ messages: [] }, "422 line_limit messages"],
      [{ messages: Array(6).fill(text("x")) }, "422 line_limit messages"],
      [{ messages: [text("x")], templateId: "tmpl_1" }, "400 request_invalid templateId"],
      [{ templateId: "tmpl_none" }, "404 not_found templateId"],
      [{ messages: [text("x")], channelId: "chan_none" }, "404 not_found channelId"],
      [{ messages: [text("x")], to: "nobody" }, "400 request_invalid to"],
      [{ messages: [text("x")], to: null }, "400 type_invalid to"],
      [
        { messages: [text("x")], to: { provider: "other", lineUserId: `U${"c".repeat(32)}` } },
        "422 provider_unknown to.provider",
      ],
      [{ messages: [text("x")], data: { "a.b": 1 } }, "400 key_invalid data"],
      [{ messages: [text("x")], sendAt: "2027-01-01T00:00:00Z" }, "400 unknown_field sendAt"],
      [{ messages: [text("x")], workspaceId: "ws_b" }, "400 unknown_field workspaceId"],
    ]),
  )("%s", async (_body, body, expected) => {
    expect(await verdict(post(body))).toBe(expected);
  });

  it("another workspace's channel, and shows nobody of another workspace", async () => {
    const key = await addKey(ingress, { workspaceId: "ws_other" });
    const { profileId, lineUserId } = await person();
    const body = { to: profileId, messages: [text("hi {{ profile.displayName }}")] };
    const ask = (channelId: string) =>
      callApi(ingress, ["POST", "/v1/messages/preview"], { ...body, channelId }, { key });
    expect(await verdict(ask(channel.id))).toBe("404 not_found channelId");
    const theirs = await addChannel(ingress, { workspaceId: "ws_other" });
    const view = await jsonOf<PreviewView>(ask(theirs.id));
    expect(view.wouldSend).toMatchObject({ decision: "skip", reason: "not_found" });
    expect(JSON.stringify(view)).not.toMatch(new RegExp(`山田|${lineUserId}`));
  });

  it("keys that may only read", async () => {
    const key = await addKey(ingress, { scopes: ["read", "track"] });
    const body = { channelId: channel.id, messages: [text("hi")] };
    const asked = callApi(ingress, ["POST", "/v1/messages/preview"], body, { key });
    expect(await verdict(asked)).toBe("403 scope_missing");
  });
});

describe("POST /v1/campaigns/:id/preview", () => {
  const campaign = async (content: object, over: object = {}): Promise<string> =>
    (
      await jsonOf<CampaignView>(
        callApi(ingress, ["POST", "/v1/campaigns"], {
          name: "Spring",
          channelId: channel.id,
          content,
          audience: { type: "friends" },
          ...over,
        }),
      )
    ).id;
  const of = (id: string, body: object = {}) =>
    callApi(ingress, ["POST", `/v1/campaigns/${id}/preview`], body);
  const seen = async (id: string, body?: object): Promise<CampaignPreviewView> => {
    const res = await of(id, body);
    expect(res.status).toBe(200);
    return jsonOf<CampaignPreviewView>(res);
  };
  const words = (name: string) => ({
    messages: [text(`${name} {{ campaign.name }} {{ profile.displayName }} {{ data.code }}`)],
  });
  const content = {
    variants: ["A", "B"].map((name) => ({ name, ...words(name) })),
    controlPercent: 50,
  };

  it("shows a person what they would get of a campaign without variants", async () => {
    const { profileId, lineUserId } = await person();
    const id = await campaign(words("all"));
    expect(await seen(id, { to: profileId, data: { code: 7 } })).toEqual({
      variant: null,
      messages: [text("all Spring 山田 7")],
      wouldSend: { decision: "send", reason: null, until: null, lineUserId },
      problems: [],
      missing: [],
      lineCheck: { state: "valid", reason: null },
    } satisfies CampaignPreviewView);
  });

  it("shows each person their own variant, and the control group that they get nothing", async () => {
    const id = await campaign(content);
    const found = new Map<string | null, CampaignPreviewView>();
    for (let count = 0; count < 50 && found.size < 3; count += 1) {
      const { profileId } = await person();
      const view = await seen(id, { to: profileId });
      const theirs = assignVariant({ campaignId: id, ...weighed }, profileId);
      expect(view.variant).toBe(theirs);
      found.set(view.variant, view);
      aheadMs += 60_000;
    }
    expect(found.get("A")?.messages).toEqual([text("A Spring 山田 ")]);
    expect(found.get("B")?.messages).toEqual([text("B Spring 山田 ")]);
    expect(found.get("control")).toMatchObject({
      messages: null,
      wouldSend: { decision: "skip", reason: "control_group", until: null },
      lineCheck: { state: "not_asked", reason: "control_group" },
    });
  });
  const weighed = {
    ...content,
    variants: content.variants.map(({ name }) => ({ name, weight: 1 })),
  };

  it("shows the variant that is asked for, to anybody or to nobody", async () => {
    const id = await campaign(content);
    const { profileId } = await person({ state: "blocked" });
    for (const name of ["A", "B"]) {
      const blocked = { decision: "skip", reason: "not_following" };
      const theirs = {
        variant: name,
        messages: [text(`${name} Spring 山田 `)],
        wouldSend: blocked,
      };
      expect(await seen(id, { to: profileId, variant: name })).toMatchObject(theirs);
      const anybody = { variant: name, messages: [text(`${name} Spring  `)], wouldSend: null };
      expect(await seen(id, { variant: name })).toMatchObject(anybody);
    }
    const alone = await campaign({ variants: content.variants.slice(0, 1), controlPercent: 1 });
    expect(await seen(alone)).toMatchObject({ variant: "A" });
  });

  it("decides by the campaign's rules", async () => {
    const { profileId } = await person();
    await ingress.store.profiles.updateOne(
      { _id: profileId },
      { $set: { "consents.marketing": { granted: false, at: new Date(), source: null } } },
    );
    const id = await campaign(words("all"), { purpose: "marketing" });
    expect((await seen(id, { to: profileId })).wouldSend).toMatchObject({ reason: "no_consent" });
  });

  it.each(
    named([
      [{}, "400 request_invalid variant"],
      [{ to: "user:nobody" }, "400 request_invalid variant"],
      [{ variant: "C" }, "422 variant_unknown variant"],
      [{ variant: "control" }, "422 variant_unknown variant"],
      [{ variant: 7 }, "400 param_invalid variant"],
      [{ to: "nobody" }, "400 request_invalid to"],
      [{ to: null }, "400 type_invalid to"],
      [{ data: { "a.b": 1 } }, "400 key_invalid data"],
      [{ messages: [] }, "400 unknown_field messages"],
    ]),
  )("refuses %s", async (_body, body, expected) => {
    expect(await verdict(of(await campaign(content), body))).toBe(expected);
  });

  it("knows no variant of a campaign without any", async () => {
    expect(await verdict(of(await campaign(words("x")), { variant: "A" }))).toBe(
      "422 variant_unknown variant",
    );
  });
});

/** What a clock in Tokyo shows so many minutes from now. */
function inTokyo(minutes: number): string {
  return new Date(Date.now() + (9 * 60 + minutes) * 60_000).toISOString().slice(11, 16);
}

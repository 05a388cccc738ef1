import { newId, type CampaignMetrics, type Clicks, type MessageView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addLink, follow, led, type Following, type TestLink } from "./click-links.ts";
import { rawHttp } from "./raw-http.ts";
import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  startTestIngress,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let replica: TestIngress;
let channelId: string;
beforeAll(async () => {
  ingress = await startTestIngress();
  replica = await startTestIngress({ beside: ingress });
  ({ id: channelId } = await addChannel(ingress));
});
afterAll(async () => {
  await replica[Symbol.asyncDispose]();
  await ingress[Symbol.asyncDispose]();
});

const shop = "https://shop.example/sale?from=line&c=1";
const words = { type: "text", text: shop };
const rowsOf = ({ linkId }: TestLink) =>
  ingress.store.clicks.find({ linkId }).sort({ _id: 1 }).toArray();
const countOf = async (link: TestLink): Promise<number> =>
  (await rowsOf(link)).reduce((sum, { count }) => sum + count, 0);

/** A campaign that tracks, as the sender finds it. */
const addCampaign = async (
  tracking: "person" | "campaign" | "off",
  key?: string,
  of = channelId,
) => {
  const body = {
    name: "Spring",
    channelId: of,
    content: { messages: [words] },
    audience: { type: "friends" },
  };
  const options = key === undefined ? {} : { key };
  const { id } = await jsonOf<{ id: string }>(
    callApi(ingress, ["POST", "/v1/campaigns"], body, options),
  );
  await ingress.store.campaigns.updateOne({ _id: id }, { $set: { tracking } });
  return id;
};
const metricsClicks = async (id: string, key?: string): Promise<Clicks | null> => {
  const options = key === undefined ? {} : { key };
  const call = callApi(ingress, ["GET", `/v1/campaigns/${id}/metrics`], undefined, options);
  return (await jsonOf<CampaignMetrics>(call)).clicks;
};

describe("a click link", () => {
  it("leads to the stored address, and is kept by nobody on the way", async () => {
    const link = await addLink(ingress, shop);
    const res = await follow(ingress, link.path({ batch: 3, index: 7 }));
    expect([res.status, res.headers.get("location"), await res.text()]).toEqual([302, shop, ""]);
    expect(res.headers.get("cache-control")).toBe("no-store");
    expect(res.headers.get("referrer-policy")).toBe("no-referrer");
    expect(res.headers.get("x-robots-tag")).toBe("noindex, nofollow");
    const { campaignId, expireAt } = (await ingress.store.clickLinks.findOne({
      _id: link.linkId,
    })) as { campaignId: string; expireAt: Date };
    expect(await rowsOf(link)).toEqual([
      {
        _id: `${link.linkId}/3/7`,
        workspaceId: "ws_main",
        campaignId,
        messageId: null,
        linkId: link.linkId,
        place: "3/7",
        count: 1,
        firstAt: expect.any(Date),
        lastAt: expect.any(Date),
        expireAt,
      },
    ]);
  });

  it("of everybody has one row, and the last click's time", async () => {
    const link = await addLink(ingress, shop);
    await follow(ingress, link.path());
    const [before] = await rowsOf(link);
    await follow(replica, link.path());
    const [row] = await rowsOf(link);
    expect(row).toMatchObject({ _id: link.linkId, place: null, count: 2 });
    expect(row?.firstAt).toEqual(before?.firstAt);
    expect(row?.lastAt.getTime()).toBeGreaterThan(before?.lastAt.getTime() ?? Infinity);
  });

  it.each([
    ["https://shop.example", "https://shop.example"],
    [
      "http://shop.example/a?b=%2F%2Fevil.example#c",
      "http://shop.example/a?b=%2F%2Fevil.example#c",
    ],
    [
      "https://例え.jp/セール?q=春",
      "https://xn--r8jz45g.jp/%E3%82%BB%E3%83%BC%E3%83%AB?q=%E6%98%A5",
    ],
    ["https://shop.example/a b\r\nset-cookie: x=1", "https://shop.example/a%20bset-cookie:%20x=1"],
  ])("to %j says %s in its header", async (url, location) => {
    const link = await addLink(ingress, url);
    const { text } = await rawHttp(
      ingress.port,
      `GET ${link.path()} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    const [head = ""] = text.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 302 /);
    expect(head.match(/^location: .*$/gim)).toEqual([`location: ${location}`]);
    expect(head).not.toMatch(/^set-cookie/im);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "//evil.example", "line://nv/chat", "x"])(
    "to %s, which no sender makes, leads nowhere",
    async (url) => {
      const link = await addLink(ingress, url);
      expect(await led(follow(ingress, link.path()))).toBe("404 link_unknown");
      expect(await rowsOf(link)).toEqual([]);
    },
  );

  it("ends when its time is over, also where it is known", async () => {
    const over = await addLink(ingress, shop, { expireAt: new Date(Date.now() - 1) });
    expect(await led(follow(ingress, over.path()))).toBe("404 link_unknown");
    const soon = await addLink(ingress, shop, { expireAt: new Date(Date.now() + 2_000) });
    expect(await led(follow(ingress, soon.path()))).toBe(`302 ${shop}`);
    await expect
      .poll(() => led(follow(ingress, soon.path())), { timeout: 20_000 })
      .toBe("404 link_unknown");
  });

  it("of somebody's message ends with its row, at every process that has led it on", async () => {
    const messageId = newId("msg");
    const link = await addLink(ingress, shop, { messageId });
    const path = link.path({ batch: 0, index: 0 });
    for (const one of [ingress, replica]) expect(await led(follow(one, path))).toBe(`302 ${shop}`);
    // As the sender does when whoever the message was for is erased.
    await ingress.store.clickLinks.deleteMany({ messageId, workspaceId: "ws_main" });
    await ingress.store.clicks.deleteMany({ messageId, workspaceId: "ws_main" });
    for (const one of [ingress, replica])
      expect(await led(follow(one, path))).toBe("404 link_unknown");
    expect(await rowsOf(link)).toEqual([]);
    expect(await ingress.store.clickLinks.countDocuments({ messageId })).toBe(0);
  });

  it("answers no other method", async () => {
    const link = await addLink(ingress, shop);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const res = await follow(ingress, link.path(), { method });
      expect([res.status, res.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
    expect(await countOf(link)).toBe(0);
  });

  it("that does not work is a page where somebody reads it, in their language", async () => {
    const headers = { accept: "text/html,*/*;q=0.8", "accept-language": "ja" };
    const res = await follow(ingress, "/c/nothing?lang=en", { headers });
    expect([res.status, res.headers.get("content-type")]).toEqual([
      404,
      "text/html; charset=utf-8",
    ]);
    const text = await res.text();
    expect(text).toContain("このリンクは開けません");
    expect(text).not.toContain("<form");
    const style = /<style>/.exec(text);
    expect(style).not.toBeNull();
    expect(res.headers.get("content-security-policy")).toContain("default-src 'none'");
  });
});

/** Row 86 of the hazards. */
describe("what counts", () => {
  it("is one person, however often and at how many replicas they click at once", async () => {
    const campaignId = await addCampaign("person");
    const link = await addLink(ingress, shop, { campaignId });
    const path = link.path({ batch: 0, index: 0 });
    const ask = async (_: unknown, at: number) =>
      (await follow(at % 2 === 0 ? ingress : replica, path)).status;
    for (let round = 0; round < 5; round += 1) {
      const statuses = await Promise.all(Array.from({ length: 200 }, ask));
      expect(new Set(statuses)).toEqual(new Set([302]));
    }
    await expect.poll(() => countOf(link), { timeout: 30_000 }).toBe(1_000);
    expect(await metricsClicks(campaignId)).toEqual({
      people: 1,
      clicks: 1_000,
      links: [{ url: shop, people: 1, clicks: 1_000 }],
    });
  });

  it("is each first click, where two replicas make the same rows at one moment", async () => {
    const link = await addLink(ingress, shop);
    await Promise.all(
      [ingress, replica].map((one) => follow(one, link.path(), { method: "HEAD" })),
    );
    const places = Array.from({ length: 100 }, (_, index) => ({ batch: 1, index }));
    await Promise.all(
      places.flatMap((place) => [ingress, replica].map((one) => follow(one, link.path(place)))),
    );
    await expect.poll(() => countOf(link), { timeout: 30_000 }).toBe(200);
    expect(new Set((await rowsOf(link)).map(({ count }) => count))).toEqual(new Set([2]));
  });

  const others: [string, Following][] = [
    ["a HEAD", { method: "HEAD" }],
    ["a browser that fetches ahead", { headers: { "sec-purpose": "prefetch" } }],
    ["one that renders ahead", { headers: { "Sec-Purpose": "prefetch;prerender" } }],
    ["an older one", { headers: { purpose: "prefetch" } }],
    ["Safari's top hits", { headers: { "x-purpose": "preview" } }],
    ["Firefox", { headers: { "x-moz": "prefetch" } }],
    ...[
      "facebookexternalhit/1.1;line-poker/1.0",
      "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
      "Twitterbot/1.0",
      "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
      "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
      "WhatsApp/2.23.20.0",
      "TelegramBot (like TwitterBot)",
      "Mozilla/5.0 (compatible; Baiduspider/2.0)",
      "SkypeUriPreview Preview/0.5",
      "some-CRAWLER/1",
    ].map((agent): [string, Following] => [agent, { headers: { "user-agent": agent } }]),
  ];
  it.each(others)("is not %s, which is led on all the same", async (_, how) => {
    const link = await addLink(ingress, shop);
    const res = await follow(ingress, link.path({ batch: 0, index: 0 }), how);
    expect([res.status, res.headers.get("location")]).toEqual([302, shop]);
    expect(await rowsOf(link)).toEqual([]);
  });

  it.each([
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/13.0.0",
    "Mozilla/5.0 (Linux; Android 13; SO-51C; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0 Mobile Safari/537.36 Line/13.14.0/IAB",
    "Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_X18_Plus) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 Line/13.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) [FBAN/FBIOS;FBAV/436.0]",
  ])("is a person with %s", async (agent) => {
    const link = await addLink(ingress, shop);
    await follow(ingress, link.path(), { headers: { "user-agent": agent } });
    expect(await countOf(link)).toBe(1);
  });
});

describe("the numbers", () => {
  const [ann, bob] = [
    { batch: 0, index: 0 },
    { batch: 1, index: 0 },
  ];

  it("count a person with two links once, and list what nobody followed", async () => {
    const campaignId = await addCampaign("person");
    const [b, a, c] = [
      await addLink(ingress, "https://shop.example/b", { campaignId }),
      await addLink(ingress, "https://shop.example/a", { campaignId }),
      await addLink(ingress, "https://shop.example/c", { campaignId }),
    ];
    for (const path of [a.path(ann), a.path(ann), b.path(ann), b.path(bob)])
      await follow(ingress, path);
    expect(await metricsClicks(campaignId)).toEqual({
      people: 2,
      clicks: 4,
      links: [
        { url: a.url, people: 1, clicks: 2 },
        { url: b.url, people: 2, clicks: 2 },
        { url: c.url, people: 0, clicks: 0 },
      ],
    });
  });

  it("of variants add up, also where they lead to the same", async () => {
    const content = {
      variants: ["A", "B", "C"].map((name) => ({
        name,
        messages: [{ type: "text", text: shop }],
      })),
      controlPercent: 10,
    };
    const campaignId = await addCampaign("person");
    const change = ["PATCH", `/v1/campaigns/${campaignId}`] as const;
    await jsonOf(callApi(ingress, change, { content }));
    const given = { campaignId, variant: "A" };
    const [a, a2, b] = [
      await addLink(ingress, shop, given),
      await addLink(ingress, "https://shop.example/more", given),
      await addLink(ingress, shop, { campaignId, variant: "B" }),
    ];
    expect(new Set([a, a2, b].map(({ linkId }) => linkId)).size).toBe(3);
    const cat = { batch: 2, index: 4 };
    for (const path of [a.path(ann), a.path(ann), a2.path(ann), a2.path(cat), b.path(bob)])
      await follow(ingress, path);
    const { clicks, variants } = await jsonOf<CampaignMetrics>(
      callApi(ingress, ["GET", `/v1/campaigns/${campaignId}/metrics`]),
    );
    expect(clicks).toEqual({
      people: 3,
      clicks: 5,
      links: [
        { url: a2.url, people: 2, clicks: 2 },
        { url: shop, people: 2, clicks: 3 },
      ],
    });
    expect(variants.map((one) => [one.name, one.clicks])).toEqual([
      [
        "A",
        {
          people: 2,
          clicks: 4,
          links: [
            { url: a2.url, people: 2, clicks: 2 },
            { url: shop, people: 1, clicks: 2 },
          ],
        },
      ],
      ["B", { people: 1, clicks: 1, links: [{ url: shop, people: 1, clicks: 1 }] }],
      ["C", { people: 0, clicks: 0, links: [] }],
      ["control", null],
    ]);
  });

  it("tell no people where all have the same links", async () => {
    const campaignId = await addCampaign("campaign");
    const link = await addLink(ingress, shop, { campaignId });
    for (let clicks = 0; clicks < 3; clicks += 1) await follow(ingress, link.path());
    expect(await metricsClicks(campaignId)).toEqual({
      people: null,
      clicks: 3,
      links: [{ url: shop, people: null, clicks: 3 }],
    });
  });

  it("are null where nothing is tracked, and nought where there are no links", async () => {
    expect(await metricsClicks(await addCampaign("off"))).toBeNull();
    const none = { people: 0, clicks: 0, links: [] };
    expect(await metricsClicks(await addCampaign("person"))).toEqual(none);
  });

  it("of a message are its own, also once its words are erased", async () => {
    const body = { to: "user:ann", channelId, messages: [{ type: "text", text: shop }] };
    const send = async (over: object) =>
      (
        await jsonOf<{ id: string }>(
          callApi(ingress, ["POST", "/v1/messages"], { ...body, ...over }),
        )
      ).id;
    const read = async (id: string) =>
      (await jsonOf<MessageView>(callApi(ingress, ["GET", `/v1/messages/${id}`]))).clicks;
    const untracked = await send({});
    expect(await read(await send({ tracking: null }))).toBeNull();
    const id = await send({ tracking: "person" });
    const link = await addLink(ingress, shop, { messageId: id });
    const expected = { people: 1, clicks: 2, links: [{ url: shop, people: 1, clicks: 2 }] };
    for (let clicks = 0; clicks < 2; clicks += 1) await follow(ingress, link.path(ann));
    expect(await read(id)).toEqual(expected);
    expect(await read(untracked)).toBeNull();
    await ingress.store.batches.updateMany(
      { _id: { $in: [id, untracked] } },
      { $set: { content: null } },
    );
    expect(await read(id)).toEqual(expected);
    expect(await read(untracked)).toBeNull();
  });

  it("are not known any more where some of them may have ended", async () => {
    const campaignId = await addCampaign("person");
    const content = { variants: ["A", "B"].map((name) => ({ name, messages: [words] })) };
    await jsonOf(callApi(ingress, ["PATCH", `/v1/campaigns/${campaignId}`], { content }));
    const link = await addLink(ingress, shop, { campaignId, variant: "A" });
    await follow(ingress, link.path(ann));
    const day = 86_400_000;
    const ago = (days: number): Date => new Date(Date.now() - days * day);
    const told = async (launchedAt: Date | null, startsAt: Date | null = null) => {
      await ingress.store.campaigns.updateOne(
        { _id: campaignId },
        { $set: { launchedAt, startsAt, state: "done" } },
      );
      const { clicks, variants } = await jsonOf<CampaignMetrics>(
        callApi(ingress, ["GET", `/v1/campaigns/${campaignId}/metrics`]),
      );
      return [clicks, ...variants.map((one) => one.clicks)];
    };
    const known = { people: 1, clicks: 1, links: [{ url: shop, people: 1, clicks: 1 }] };
    const none = { people: 0, clicks: 0, links: [] };
    const unknown = { people: null, clicks: null, links: null };
    expect(await told(null)).toEqual([known, known, none]);
    expect(await told(ago(399.9))).toEqual([known, known, none]);
    expect(await told(ago(400))).toEqual([unknown, unknown, unknown]);
    expect(await told(ago(700), ago(399.9))).toEqual([known, known, none]);
    expect(await told(ago(700), ago(400))).toEqual([unknown, unknown, unknown]);

    const body = { to: "user:ann", channelId, messages: [words], tracking: "person" };
    const { id } = await jsonOf<{ id: string }>(callApi(ingress, ["POST", "/v1/messages"], body));
    const at = async (createdAt: Date, sendAt: Date | null = null) => {
      await ingress.store.batches.updateOne({ _id: id }, { $set: { createdAt, sendAt } });
      return (await jsonOf<MessageView>(callApi(ingress, ["GET", `/v1/messages/${id}`]))).clicks;
    };
    expect(await at(ago(399.9))).toEqual(none);
    expect(await at(ago(400))).toEqual(unknown);
    expect(await at(ago(700), ago(399.9))).toEqual(none);
    expect(await at(ago(700), ago(400))).toEqual(unknown);
  });

  it("are of one's own workspace, whatever is stored under a campaign's id elsewhere", async () => {
    const [key, stranger] = [
      await addKey(ingress, { workspaceId: "ws_clicks" }),
      await addKey(ingress, { workspaceId: "ws_other" }),
    ];
    const { id } = await addChannel(ingress, { workspaceId: "ws_clicks" });
    const campaignId = await addCampaign("person", key, id);
    const ours = await addLink(ingress, shop, { workspaceId: "ws_clicks", campaignId });
    const theirs = await addLink(ingress, shop, { workspaceId: "ws_other", campaignId });
    await follow(ingress, ours.path(ann));
    for (const place of [ann, bob]) await follow(ingress, theirs.path(place));
    const numbers = { people: 1, clicks: 1, links: [{ url: shop, people: 1, clicks: 1 }] };
    expect(await metricsClicks(campaignId, key)).toEqual(numbers);
    const call = ["GET", `/v1/campaigns/${campaignId}/metrics`] as const;
    expect((await callApi(ingress, call, undefined, { key: stranger })).status).toBe(404);
    expect((await rowsOf(theirs)).map(({ workspaceId }) => workspaceId)).toEqual([
      "ws_other",
      "ws_other",
    ]);
  });
});

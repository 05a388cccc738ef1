import { get, type IncomingMessage } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { BatchRow, RecipientRow } from "@yubin/store";
import { newId, type RecipientView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { accepted, at, batchRowOf, ended } from "./batch-row.ts";
import { campaignCalls } from "./campaign-calls.ts";
import { addLink, follow } from "./click-links.ts";
import { addPerson } from "./people.ts";
import {
  addChannel,
  addKey,
  adminKey,
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

const { draft } = campaignCalls(() => ({ ingress, channelId: channel.id }));

const batchRow = (campaignId: string, seq: number, ...rest: RowRest): BatchRow =>
  batchRowOf({ campaignId, seq, channelId: channel.id }, ...rest);
type RowRest = [recipients: readonly RecipientRow[], over?: Partial<BatchRow>];

interface Page {
  readonly data: RecipientView[];
  readonly nextCursor: string | null;
}
const ask = (campaignId: string, query = "", headers = {}): Promise<Response> =>
  callApi(ingress, ["GET", `/v1/campaigns/${campaignId}/recipients${query}`], undefined, {
    headers,
  });
const read = (campaignId: string, query = ""): Promise<Page> => jsonOf(ask(campaignId, query));
const whole = async (campaignId: string, query = ""): Promise<RecipientView[]> => {
  const all: RecipientView[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Page = await read(
      campaignId,
      `?limit=3&${query}${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    all.push(...page.data);
    cursor = page.nextCursor;
  }
  return all;
};

describe("GET /v1/campaigns/:id/recipients", () => {
  let campaignId: string;
  let ids: string[];
  beforeAll(async () => {
    campaignId = await draft();
    ids = [];
    for (let index = 0; index < 8; index += 1)
      ids.push(await addPerson(ingress, { externalId: `${campaignId}-${index}` }));
    const [a = "", b = "", c = "", d = "", e = "", f = "", g = "", h = ""] = ids;
    await ingress.store.batches.insertMany([
      batchRow(campaignId, 0, [accepted(a), ended(b, "skipped", "not_following"), accepted(c)]),
      batchRow(campaignId, 1, [ended(d, "skipped", "suppressed")]),
      batchRow(campaignId, 2, [{ ref: "user:lost", outcome: "skipped", reason: "not_found" }], {
        method: "push",
      }),
      batchRow(
        campaignId,
        3,
        [
          { ref: "user:e", profileId: e },
          { profileId: f },
          ended(g, "unknown", "retry_key_expired"),
          ended(h, "unknown", "of_tomorrow"),
        ],
        {
          method: "push",
          calls: [
            {
              path: "0",
              method: "push",
              members: [0, 0],
              body: JSON.stringify({ to: "U", messages: [] }),
              retryKey: "k",
              attempts: 1,
              firstAttemptAt: at,
              nextAt: at,
            },
          ],
        },
      ),
      batchRow(campaignId, 4, [], { endOfPlan: true, state: "settled" }),
    ]);
  });

  it("tells of each person who they are and what became of their message", async () => {
    const { data, nextCursor } = await read(campaignId);
    expect(nextCursor).toBeNull();
    expect(data).toHaveLength(9);
    expect(data[0]).toEqual({
      profileId: ids[0] ?? "",
      externalId: `${campaignId}-0`,
      ref: null,
      lineUserId: `U${ids[0]?.slice(-32)}`,
      variant: null,
      state: "accepted",
      outcome: "accepted",
      reason: null,
      firstAttemptAt: at.toISOString(),
      settledAt: at.toISOString(),
      lineRequestId: "req-1",
      messageIds: ["468789577898262530"],
      clicks: null,
      erased: false,
      advice: null,
      detail: null,
    } satisfies RecipientView);
    expect(data[4]).toMatchObject({ profileId: null, ref: "user:lost", reason: "not_found" });
    // In a call that is open: LINE may have it.
    expect(data[5]).toMatchObject({
      ref: "user:e",
      state: "sending",
      outcome: null,
      firstAttemptAt: at.toISOString(),
    });
    expect(data[6]).toMatchObject({ state: "queued", outcome: null, firstAttemptAt: null });
  });

  it("pages through each once, wherever batches end", async () => {
    expect(await whole(campaignId)).toEqual((await read(campaignId)).data);
  });

  it.each([
    ["outcome=accepted", 2],
    ["outcome=queued", 2],
    ["outcome=sending", 1],
    ["outcome=sending&reason=not_following", 0],
    ["outcome=unknown", 2],
    ["outcome=skipped", 3],
    ["outcome=refused", 0],
    ["reason=suppressed", 1],
    ["outcome=skipped&reason=not_following", 1],
    ["outcome=refused&reason=not_following", 0],
    ["outcome=queued&reason=not_following", 0],
  ])("finds those of %s", async (query, count) => {
    const found = await whole(campaignId, query);
    expect(found).toHaveLength(count);
    const all = (await read(campaignId)).data;
    const [, outcome] = /outcome=(\w+)/.exec(query) ?? [];
    const [, reason] = /reason=(\w+)/.exec(query) ?? [];
    expect(found).toEqual(
      all.filter(
        (one) =>
          (outcome === undefined || [one.state, one.outcome ?? "queued"].includes(outcome)) &&
          (reason === undefined || one.reason === reason),
      ),
    );
  });

  it("says what to do about what is unknown", async () => {
    const unknown = await whole(campaignId, "outcome=unknown");
    expect(unknown[0]?.advice).toMatch(/23 hours.*chat/);
    expect(unknown[1]?.advice).toMatch(/chat/);
  });

  it.each([
    ["?limit=0", "400 param_invalid limit"],
    ["?limit=-1", "400 param_invalid limit"],
    ["?limit=1000000000", "400 param_invalid limit"],
    ["?limit=1&limit=2", "400 param_invalid limit"],
    ["?outcome=delivered", "400 param_invalid outcome"],
    ["?outcome=", "400 param_invalid outcome"],
    ["?outcome[$ne]=queued", "400 unknown_field outcome[$ne]"],
    ["?reason=a.b", "400 param_invalid reason"],
    ["?reason=$ne", "400 param_invalid reason"],
    ["?cursor=AAAA", "400 cursor_invalid cursor"],
    ["?status=x", "400 unknown_field status"],
  ])("refuses %s", async (query, expected) => {
    expect(await verdict(ask(campaignId, query))).toBe(expected);
  });

  it("takes a cursor with the filter and the campaign it is of, and no other", async () => {
    const { nextCursor } = await read(campaignId, "?limit=1");
    expect(nextCursor).not.toBeNull();
    const of = (id: string, query = "") => verdict(ask(id, `?cursor=${nextCursor}${query}`));
    expect(await of(campaignId)).toBe("200");
    expect(await of(campaignId, "&outcome=accepted")).toBe("400 cursor_invalid cursor");
    expect(await of(await draft())).toBe("400 cursor_invalid cursor");
  });

  it("has nobody before the launch, and is not there for others", async () => {
    expect(await read(await draft())).toEqual({ data: [], nextCursor: null });
    expect(await verdict(ask(newId("camp")))).toBe("404 not_found");
    const key = await addKey(ingress, { workspaceId: "ws_other" });
    const path = `/v1/campaigns/${campaignId}/recipients`;
    expect(await verdict(callApi(ingress, ["GET", path], undefined, { key }))).toBe(
      "404 not_found",
    );
    const csv = { key, headers: { accept: "text/csv" } };
    expect(await verdict(callApi(ingress, ["GET", path], undefined, csv))).toBe("404 not_found");
  });
});

it("shows merged people as who they are now, and nothing of the erased", async () => {
  const campaignId = await draft();
  const survivor = await addPerson(ingress, { externalId: "survivor" });
  const loser = await addPerson(ingress, { externalId: "loser", row: { mergedInto: survivor } });
  const gone = await addPerson(ingress, { row: { erasedAt: new Date() } });
  const goneToo = await addPerson(ingress, { row: { mergedInto: gone } });
  await ingress.store.batches.insertOne(
    batchRow(campaignId, 0, [
      accepted(loser),
      { ...accepted(gone), ref: "user:gone" },
      accepted(goneToo),
      { ref: "erased", outcome: "skipped", reason: "erased" },
      ended(survivor, "unknown", "erased"),
    ]),
  );
  const { data } = await read(campaignId);
  expect(data[0]).toMatchObject({ profileId: loser, externalId: "survivor", erased: false });
  for (const one of [data[1], data[2]])
    expect(one).toMatchObject({
      profileId: null,
      externalId: null,
      ref: null,
      lineUserId: null,
      outcome: "accepted",
      settledAt: at.toISOString(),
      lineRequestId: null,
      messageIds: [],
      erased: true,
    });
  expect(data[3]).toMatchObject({ ref: null, reason: "erased", erased: true });
  // Was in one call with somebody who was erased, and is not gone.
  expect(data[4]).toMatchObject({ profileId: survivor, externalId: "survivor", erased: false });
  expect(JSON.stringify(data)).not.toMatch(new RegExp(`${gone}|${goneToo}|user:gone`));
});

describe("whose clicks are counted", () => {
  const [sale, map] = ["https://shop.example/sale", "https://shop.example/map"];
  /** Six people in batches of two; the second follows both links, the third one, and the fifth is erased after that. */
  const clicked = async (tracking: "person" | "campaign") => {
    const campaignId = await draft({ tracking });
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await addPerson(ingress));
    await ingress.store.batches.insertMany(
      [0, 1, 2].map((seq) =>
        batchRow(campaignId, seq, ids.slice(2 * seq, 2 * seq + 2).map(accepted)),
      ),
    );
    const [a, b] = [
      await addLink(ingress, sale, { campaignId }),
      await addLink(ingress, map, { campaignId }),
    ];
    const places = [1, 2, 4].map((n) => ({ batch: Math.floor(n / 2), index: n % 2 }));
    const [second, third, fifth] = tracking === "person" ? places : [];
    for (const path of [
      b.path(second),
      a.path(second),
      b.path(second),
      a.path(third),
      a.path(fifth),
    ])
      await follow(ingress, path);
    // The same place of the same campaign, in what another workspace has stored.
    const theirs = await addLink(ingress, sale, { campaignId, workspaceId: "ws_other" });
    await follow(ingress, theirs.path({ batch: 0, index: 0 }));
    await ingress.store.profiles.updateOne(
      { _id: ids[4] ?? "" },
      { $set: { erasedAt: new Date() } },
    );
    return campaignId;
  };
  const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;

  it("are told what they followed and when, page by page", async () => {
    const campaignId = await clicked("person");
    const all = await whole(campaignId);
    expect(all.map(({ clicks }) => clicks)).toEqual([
      [],
      [
        { url: map, clicks: 2, firstAt: time, lastAt: time },
        { url: sale, clicks: 1, firstAt: time, lastAt: time },
      ],
      [{ url: sale, clicks: 1, firstAt: time, lastAt: time }],
      [],
      null,
      [],
    ]);
    const [first, other] = all[1]?.clicks ?? [];
    expect(first && first.firstAt < first.lastAt).toBe(true);
    expect(first && other && first.firstAt < other.firstAt).toBe(true);

    const csv = await (await ask(campaignId, "", { accept: "text/csv" })).text();
    const [head = "", ...rows] = csv.trim().split("\r\n");
    const cells = rows.map((row) => {
      const values = row.split(",");
      return head
        .split(",")
        .flatMap((name, column) => (/click/i.test(name) ? [values[column]] : []));
    });
    expect(cells).toEqual([
      ["0", "", "", ""],
      ["3", first?.firstAt, first?.lastAt, `${map} ${sale}`],
      ["1", time, time, sale],
      ["0", "", "", ""],
      ["", "", "", ""],
      ["0", "", "", ""],
    ]);
  });

  it("are told none of it where some of it may have ended", async () => {
    const campaignId = await clicked("person");
    const launchedAt = new Date(Date.now() - 400 * 86_400_000);
    await ingress.store.campaigns.updateOne({ _id: campaignId }, { $set: { launchedAt } });
    const all = await whole(campaignId);
    expect(all.map(({ clicks }) => clicks)).toEqual(Array(6).fill(null));
  });

  it("are told none of it where all have the same links", async () => {
    const all = await whole(await clicked("campaign"));
    expect(all.map(({ clicks }) => clicks)).toEqual(Array(6).fill(null));
  });
});

describe("as a file", () => {
  const file = async (campaignId: string, type: string, query = ""): Promise<string> => {
    const res = await ask(campaignId, query, { accept: type });
    expect(res.status).toBe(200);
    expect(res.headers.get("content-type")).toContain(type);
    return res.text();
  };

  it("is everybody, as CSV without formulas", async () => {
    const campaignId = await draft();
    const names = ["=1+1", "+1", "-1", "@a", "a,b", 'a"b'];
    const ids: string[] = [];
    for (const name of names) ids.push(await addPerson(ingress, { row: { externalId: name } }));
    await ingress.store.batches.insertMany([
      batchRow(campaignId, 0, ids.slice(0, 3).map(accepted)),
      batchRow(
        campaignId,
        1,
        ids.slice(3).map((id) => ended(id, "unknown", "retry_key_expired")),
      ),
    ]);
    const lines = (await file(campaignId, "text/csv", "?limit=1")).split("\r\n");
    expect(lines[0]).toBe(
      "profileId,externalId,ref,lineUserId,variant,state,reason,firstAttemptAt,settledAt,lineRequestId,messageIds,erased,advice,clicks,firstClickAt,lastClickAt,clickedLinks,detail",
    );
    expect(lines).toHaveLength(names.length + 2);
    expect(lines[1]).toBe(
      `${ids[0]},"'=1+1",,U${ids[0]?.slice(-32)},,accepted,,${at.toISOString()},${at.toISOString()},req-1,468789577898262530,false,,,,,,`,
    );
    expect(lines.slice(1, 7).map((one) => one.slice((ids[0]?.length ?? 0) + 1))).toEqual([
      expect.stringMatching(/^"'=1\+1",/),
      expect.stringMatching(/^"'\+1",/),
      expect.stringMatching(/^"'-1",/),
      expect.stringMatching(/^"'@a",/),
      expect.stringMatching(/^"a,b",/),
      expect.stringMatching(/^"a""b",/),
    ]);

    const objects = (await file(campaignId, "application/x-ndjson", "?outcome=unknown"))
      .trim()
      .split("\n")
      .map((one) => JSON.parse(one) as RecipientView);
    expect(objects).toEqual((await read(campaignId, "?outcome=unknown")).data);
    expect(objects).toHaveLength(3);
  });

  it("has LINE's words about whom it refused, as the list has", async () => {
    const campaignId = await draft();
    const gone = await addPerson(ingress, { row: { erasedAt: new Date() } });
    const refused = (profileId: string): RecipientRow => ({
      ...ended(profileId, "refused", "line_400"),
      lineRequestId: "req-2",
      detail: "=messages[0].text: May not be empty",
    });
    const people = [await addPerson(ingress), gone].map(refused);
    await ingress.store.batches.insertOne(batchRow(campaignId, 0, people));
    const { data } = await read(campaignId, "?outcome=refused");
    expect(data.map(({ detail, lineRequestId }) => [detail, lineRequestId])).toEqual([
      ["=messages[0].text: May not be empty", "req-2"],
      [null, null],
    ]);
    const [, first = "", second = ""] = (await file(campaignId, "text/csv")).split("\r\n");
    expect(first).toMatch(/,"?'=messages\[0\]\.text: May not be empty"?$/);
    expect(second).not.toContain("May not be empty");
    expect(await file(campaignId, "application/x-ndjson")).toContain("May not be empty");
  });

  it("is 100,000 people without holding them", async () => {
    const campaignId = await draft();
    const batches = 200;
    for (let seq = 0; seq < batches; seq += 1)
      await ingress.store.batches.insertOne(
        batchRow(
          campaignId,
          seq,
          Array.from({ length: 500 }, (_, index) =>
            accepted(`prof_${String(seq * 500 + index).padStart(32, "0")}`),
          ),
        ),
      );
    const before = heapBytes();
    const response = await ndjsonOf(campaignId);
    const grown: number[] = [];
    let [bytes, lines, looked] = [0, 0, 0];
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 10) lines += 1;
      if (bytes < looked + 5_000_000) continue;
      looked = bytes;
      grown.push(heapBytes() - before);
    }
    expect(lines).toBe(batches * 500);
    expect(bytes).toBeGreaterThan(30_000_000);
    expect(grown.length).toBeGreaterThan(5);
    expect(Math.max(...grown)).toBeLessThan(12_000_000);
  });

  /** By a plain request, since `fetch` reads here no more than LINE may answer. */
  const ndjsonOf = (campaignId: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const path = `/v1/campaigns/${campaignId}/recipients`;
      const headers = { authorization: `Bearer ${adminKey}`, accept: "application/x-ndjson" };
      get(`${ingress.url}${path}`, { headers }, resolve).on("error", reject);
    });
});

/** What is held, without what was thrown away. */
const heapBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

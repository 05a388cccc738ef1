import { once } from "node:events";
import { request as httpRequest } from "node:http";

import { limits, type AudienceListView, type CampaignView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  addChannel,
  adminKey,
  callApi,
  callApiOnce,
  jsonOf,
  startTestIngress,
  verdict,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channelId: string;
beforeAll(async () => {
  ingress = await startTestIngress();
  ({ id: channelId } = await addChannel(ingress));
});
afterAll(() => ingress[Symbol.asyncDispose]());

const draft = async (audience: object = { type: "list" }): Promise<string> => {
  const content = { messages: [{ type: "text", text: "hello {{ data.seat }}" }] };
  const body = { name: "Spring", channelId, content, audience };
  return (await jsonOf<CampaignView>(callApi(ingress, ["POST", "/v1/campaigns"], body))).id;
};
const types = { csv: "text/csv", ndjson: "application/x-ndjson" } as const;
interface UploadOptions {
  readonly query?: string;
  readonly key?: string;
  readonly format?: keyof typeof types;
}
const upload = (
  id: string,
  body: string | Buffer,
  { query = "", key, format = "ndjson" }: UploadOptions = {},
): Promise<Response> =>
  callApiOnce(
    ingress,
    ["POST", `/v1/campaigns/${id}/audience?format=${format}${query}`],
    Buffer.from(body),
    {
      headers: {
        "content-type": types[format],
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
    },
  );
const resume = (id: string, listId: string, body: string, query = ""): Promise<Response> =>
  callApiOnce(
    ingress,
    ["PUT", `/v1/campaigns/${id}/audience/${listId}${query}`],
    Buffer.from(body),
    { headers: { "content-type": types.ndjson } },
  );
const look = (id: string, listId: string): Promise<AudienceListView> =>
  jsonOf(callApi(ingress, ["GET", `/v1/campaigns/${id}/audience/${listId}`]));
const campaign = (id: string): Promise<CampaignView> =>
  jsonOf(callApi(ingress, ["GET", `/v1/campaigns/${id}`]));
const lines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const numbered = (count: number, from = 0): string =>
  lines(Array.from({ length: count }, (_, n) => ({ ref: `user:${from + n}` })));

/** The rows that planning will read, in their order. */
const rowsOf = async (id: string): Promise<[string, unknown][]> => {
  const row = await ingress.store.campaigns.findOne({ _id: id });
  const pages = await ingress.store.audiencePages
    .find({ listId: row?.list?.id ?? "" })
    .sort({ _id: 1 })
    .toArray();
  expect(pages).toHaveLength(row?.list?.pages ?? -1);
  const rows = pages.flatMap(({ refs, data }) =>
    refs.map((ref, at): [string, unknown] => [ref, data[at] ?? null]),
  );
  expect(rows).toHaveLength(row?.list?.rows ?? -1);
  return rows;
};

describe("POST /v1/campaigns/:id/audience", () => {
  it("takes NDJSON with data of each person, and tells of rows that are none", async () => {
    const id = await draft();
    const body = [
      '{"ref":"user:A\u0301na","data":{"seat":"1A","n":{"of":[1]}}}',
      '{"ref":"EMAIL:x"}',
      "",
      '{"ref":"email:BOB@example.com","data":{}}',
      "not json",
      "[]",
      '{"data":{"seat":1}}',
      '{"ref":5}',
      '{"ref":{"$gt":""}}',
      '{"ref":"user:a\\u0000"}',
      '{"ref":"user:b","seat":"2"}',
      '{"ref":"user:b","data":[]}',
      '{"ref":"user:b","data":{"$set":1}}',
      '{"ref":"user:b","data":{"__proto__":{"x":1}}}',
      '{"ref":"user:b","__proto__":{"x":1}}',
      `{"ref":"user:${"b".repeat(508)}"}`,
      '{"ref":"user:last"}',
    ].join("\n");
    const res = await upload(id, body);
    expect(res.status).toBe(201);
    const view = await jsonOf<AudienceListView>(res);
    expect(view).toMatchObject({
      campaignId: id,
      state: "received",
      rows: 16,
      accepted: 4,
      refused: 12,
    });
    expect(view.problems.map(({ row, code, field }) => `${row} ${code} ${field ?? ""}`)).toEqual([
      "4 json_invalid ",
      "5 type_invalid ",
      "6 request_invalid ref",
      "7 type_invalid ref",
      "8 type_invalid ref",
      "9 unicode_invalid ref",
      "10 unknown_field ",
      "11 type_invalid data",
      "12 key_invalid data",
      "13 key_forbidden data.__proto__",
      "14 key_forbidden __proto__",
      "15 limit_exceeded ref",
    ]);
    expect(JSON.stringify(view)).not.toContain("BOB");
    expect(await rowsOf(id)).toEqual([
      ["user:\u00c1na", { seat: "1A", n: { of: [1] } }],
      ["EMAIL:x", null],
      ["email:bob@example.com", null],
      ["user:last", null],
    ]);
    expect(await look(id, view.id)).toEqual(view);
    expect((await campaign(id)).list).toEqual({ id: view.id, rows: 4 });
  });

  it("takes CSV, where all columns but ref are data", async () => {
    const id = await draft();
    const body = '\ufeffseat,ref,名前\r\n1A,user:a,"A, ""B"""\r\n,user:b,\r\n2B,,x\r\nx\r\n';
    const view = await jsonOf<AudienceListView>(upload(id, body, { format: "csv" }));
    expect(view).toMatchObject({ rows: 4, accepted: 2, refused: 2 });
    expect(await rowsOf(id)).toEqual([
      ["user:a", { seat: "1A", 名前: 'A, "B"' }],
      ["user:b", null],
    ]);
  });

  it.each([
    ["csv", "user\nuser:a\n", "400 csv_invalid"],
    ["csv", "ref,$set\nuser:a,1\n", "400 csv_invalid"],
    ["csv", "ref,ref\nuser:a,1\n", "400 csv_invalid"],
    ["csv", 'ref,x\nuser:a,"1\n', "400 csv_invalid"],
    ["csv", "ref\nuser:\xff\n", "400 csv_invalid"],
    ["csv", "", "400 csv_invalid"],
    ["ndjson", "PK\u0003\u0004zip", "400 csv_invalid"],
    ["ndjson", `{"ref":"user:a","data":{"x":"${"x".repeat(300_000)}"}}`, "400 csv_invalid"],
  ] as const)("refuses a whole file of %s that nobody can read: %j", async (format, body, code) => {
    const id = await draft();
    const bytes = Buffer.from(body, body.includes("\xff") ? "latin1" : "utf8");
    expect(await verdict(upload(id, bytes, { format }))).toBe(code);
    expect((await campaign(id)).list).toBeNull();
    expect(await verdict(callApi(ingress, ["POST", `/v1/campaigns/${id}/launch`]))).toBe(
      "409 state_invalid",
    );
  });

  it.each([
    ["&format=xml", "400 param_invalid format"],
    ["&replace=yes", "400 type_invalid replace"],
    ["&url=x", "400 unknown_field url"],
  ])("refuses the query %s", async (query, code) => {
    expect(await verdict(upload(await draft(), "", { query }))).toBe(code);
  });

  it("is only for campaigns to a list, and another list is taken when that is meant", async () => {
    expect(await verdict(upload(await draft({ type: "friends" }), numbered(1)))).toBe(
      "409 state_invalid",
    );
    const id = await draft();
    const first = await jsonOf<AudienceListView>(upload(id, numbered(600)));
    expect(await verdict(upload(id, numbered(2, 900)))).toBe("409 audience_exists");
    const broken = await upload(id, "ref\n", { query: "&replace=true", format: "csv" });
    expect(broken.status).toBe(201);
    expect((await campaign(id)).list).toMatchObject({ rows: 0 });
    const second = await jsonOf<AudienceListView>(
      upload(id, numbered(2, 900), { query: "&replace=true" }),
    );
    expect(await rowsOf(id)).toEqual([
      ["user:900", null],
      ["user:901", null],
    ]);
    expect((await look(id, first.id)).state).toBe("replaced");
    expect(await ingress.store.audiencePages.countDocuments({ campaignId: id })).toBe(1);
    expect((await campaign(id)).list?.id).toBe(second.id);
  });

  it("takes another list while it is paused before its start, and none after it", async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const id = await draft();
    const schedule = { at, zone: "Asia/Tokyo" };
    await callApi(ingress, ["PATCH", `/v1/campaigns/${id}`], { schedule });
    await upload(id, numbered(3));
    for (const action of ["launch", "pause"])
      await callApi(ingress, ["POST", `/v1/campaigns/${id}/${action}`]);
    expect((await upload(id, numbered(5), { query: "&replace=true" })).status).toBe(201);
    expect(await campaign(id)).toMatchObject({ state: "paused", list: { rows: 5 } });
    await ingress.store.campaigns.updateOne({ _id: id }, { $set: { startedAt: new Date() } });
    expect(await verdict(upload(id, numbered(1), { query: "&replace=true" }))).toBe(
      "409 campaign_locked",
    );
  });

  it("is over with the launch, also for a list that is on its way", async () => {
    const id = await draft();
    await upload(id, numbered(3));
    const slow = openSlowUpload(`/v1/campaigns/${id}/audience?format=ndjson&replace=true`);
    slow.write(numbered(700));
    await expect.poll(() => ingress.store.audiencePages.countDocuments({ campaignId: id })).toBe(2);
    expect((await callApi(ingress, ["POST", `/v1/campaigns/${id}/launch`])).status).toBe(200);
    slow.write(numbered(700));
    expect(await slow.verdict()).toBe("409 campaign_locked");
    expect(await rowsOf(id)).toHaveLength(3);
    expect(await verdict(upload(id, numbered(1), { query: "&replace=true" }))).toBe(
      "409 campaign_locked",
    );
  });

  it("holds rows of a page that together are many bytes on pages of their own", async () => {
    const id = await draft();
    const data = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`k${n}`, "x".repeat(4_000)]),
    );
    const rows = Array.from({ length: 40 }, (_, n) => ({ ref: `user:${n}`, data }));
    expect((await upload(id, lines(rows))).status).toBe(201);
    expect((await rowsOf(id)).map(([ref]) => ref)).toEqual(rows.map(({ ref }) => ref));
    const pages = await ingress.store.audiencePages.find({ campaignId: id }).toArray();
    for (const page of pages)
      expect(JSON.stringify(page).length).toBeLessThan(limits.listPageBytes + 10_000);
    expect(pages.length).toBeGreaterThan(2);
  });
});

it("a list of more rows than there may be has failed, and says so", async () => {
  const id = await draft();
  const slow = openSlowUpload(`/v1/campaigns/${id}/audience?format=ndjson`, "long");
  slow.write(numbered(600));
  await expect
    .poll(async () => (await ingress.store.audienceLists.findOne({ campaignId: id }))?.rows)
    .toBe(500);
  slow.destroy();
  const [list] = await ingress.store.audienceLists.find({ campaignId: id }).toArray();
  const listId = list?._id ?? "";
  // As if nearly all that it may hold was here.
  const rows = limits.listRowsMax - 1;
  await expect.poll(async () => (await look(id, listId)).rows).toBe(600);
  await ingress.store.audienceLists.updateOne({ _id: listId }, { $set: { rows } });
  expect(await verdict(resume(id, listId, numbered(2), `?fromRow=${rows + 1}`))).toBe(
    "422 audience_too_large",
  );
  expect(await look(id, listId)).toMatchObject({ state: "failed", rows: limits.listRowsMax });
  expect((await campaign(id)).list).toBeNull();
});

describe("an upload that broke off", () => {
  it("goes on with the same request, or from a row on, and no row is there twice", async () => {
    const id = await draft();
    const all = numbered(2_345);
    const slow = openSlowUpload(`/v1/campaigns/${id}/audience?format=ndjson`, "k1");
    slow.write(numbered(1_200));
    const rowsHere = async () =>
      (await ingress.store.audienceLists.findOne({ campaignId: id }))?.rows;
    await expect.poll(rowsHere).toBe(1_000);
    slow.destroy();
    // What had come is kept.
    await expect.poll(rowsHere).toBe(1_200);
    expect((await campaign(id)).list).toBeNull();
    const [list] = await ingress.store.audienceLists.find({ campaignId: id }).toArray();
    const listId = list?._id ?? "";
    expect(await look(id, listId)).toMatchObject({ state: "receiving", accepted: 1_200 });
    // As a crash between the page and its count leaves it.
    const leftover = { workspaceId: "ws_main", campaignId: id, listId, upload: "dead" };
    await ingress.store.audiencePages.insertOne({
      ...leftover,
      _id: `${listId}/000004`,
      refs: ["user:other"],
      data: [],
      erasures: [],
    });
    expect(await verdict(resume(id, listId, "", "?fromRow=1202"))).toBe(
      "400 param_invalid fromRow",
    );
    const res = await resume(id, listId, numbered(1_145, 1_200), "?fromRow=1201");
    expect(res.status).toBe(201);
    const expected = Array.from({ length: 2_345 }, (_, n) => [`user:${n}`, null]);
    expect(await rowsOf(id)).toEqual(expected);
    // The whole of it is here: nothing is read again.
    expect((await upload(id, all, { key: "k1" })).status).toBe(201);
    expect(await rowsOf(id)).toEqual(expected);
  });

  it("is taken over by a later one, of which nothing is mixed with it", async () => {
    const id = await draft();
    const path = `/v1/campaigns/${id}/audience?format=ndjson`;
    const slow = openSlowUpload(path, "k2");
    slow.write(numbered(600));
    await expect
      .poll(async () => (await ingress.store.audienceLists.findOne({ campaignId: id }))?.rows)
      .toBe(500);
    expect((await upload(id, numbered(1_700), { key: "k2" })).status).toBe(201);
    slow.write(numbered(600, 5_000));
    expect(await slow.verdict()).toBe("409 in_progress");
    expect(await rowsOf(id)).toEqual(Array.from({ length: 1_700 }, (_, n) => [`user:${n}`, null]));
  });
});

it("300,000 rows go through in flat memory", async () => {
  const id = await draft();
  const rows = 300_000;
  const slow = openSlowUpload(`/v1/campaigns/${id}/audience?format=csv`, undefined, "text/csv");
  slow.write("ref,seat\n");
  const before = process.memoryUsage().rss;
  let most = 0;
  for (let from = 0; from < rows; from += 5_000) {
    const piece = Array.from({ length: 5_000 }, (_, n) => `user:${from + n},seat-${from + n}\n`);
    await slow.written(piece.join(""));
    if (from > 50_000) most = Math.max(most, process.memoryUsage().rss - before);
  }
  const view = await slow.answer<AudienceListView>();
  expect(view).toMatchObject({ state: "received", rows, accepted: rows });
  expect((await campaign(id)).list).toEqual({ id: view.id, rows });
  expect(await ingress.store.audiencePages.countDocuments({ campaignId: id })).toBe(600);
  expect(most).toBeLessThan(150 * 1_048_576);
}, 180_000);

/** A request whose body comes piece by piece. */
const openSlowUpload = (path: string, key?: string, type: string = types.ndjson) => {
  const req = httpRequest(`${ingress.url}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${adminKey}`,
      "content-type": type,
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
  });
  req.on("error", () => undefined);
  const response = once(req, "response");
  response.catch(() => undefined);
  const answer = async () => {
    req.end();
    const [res] = (await response) as [AsyncIterable<Buffer> & { statusCode: number }];
    const pieces: Buffer[] = [];
    for await (const piece of res) pieces.push(piece);
    return {
      status: res.statusCode,
      body: JSON.parse(Buffer.concat(pieces).toString()) as unknown,
    };
  };
  return {
    write: (text: string) => void req.write(text),
    written: async (text: string) => {
      if (!req.write(text)) await once(req, "drain");
    },
    destroy: () => void req.destroy(),
    answer: async <Body>() => (await answer()).body as Body,
    verdict: async () => {
      const { status, body } = await answer();
      return `${status} ${(body as { error: { code: string } }).error.code}`;
    },
  };
};

it("whom a campaign leaves out is changed, and taken away, until it starts", async () => {
  const id = await draft({ type: "friends" });
  const other = await draft();
  const patch = (exclude: unknown): Promise<Response> =>
    callApi(ingress, ["PATCH", `/v1/campaigns/${id}`], { exclude });
  const exclude = { refs: ["user:a"], campaigns: [other] };
  expect((await patch({ ...exclude, refs: ["user:a", "user:a"] })).status).toBe(200);
  expect((await campaign(id)).exclude).toEqual(exclude);
  expect(await verdict(patch({ campaigns: ["camp_x"] }))).toBe(
    "404 not_found exclude.campaigns[0]",
  );
  expect(await verdict(patch({ refs: ["a"] }))).toBe("400 request_invalid exclude.refs[0]");
  expect((await patch(null)).status).toBe(200);
  expect((await campaign(id)).exclude).toBeNull();
});

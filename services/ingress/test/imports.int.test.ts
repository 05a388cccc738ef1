import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { ImportRowView, ImportView, ProfileView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startIdentityProcess } from "./identity-process.ts";
import { newLineUserId } from "./people.ts";
import {
  addChannel,
  addKey,
  callApi,
  callApiOnce,
  jsonOf,
  startTestIngress,
  storedEvents,
  verdict,
  type TestIngress,
} from "./setup.ts";

const resources = new AsyncDisposableStack();
let ingress: TestIngress;
beforeAll(async () => {
  ingress = resources.use(await startTestIngress());
  await addChannel(ingress, { provider: "main" });
  resources.use(await startIdentityProcess(ingress));
});
afterAll(() => resources.disposeAsync());

const types = { csv: "text/csv", ndjson: "application/x-ndjson" } as const;
interface UploadOptions {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly key?: string;
}
const upload = (
  format: keyof typeof types,
  body: string | Buffer,
  { path = `/v1/imports?format=${format}`, method = "POST", headers = {}, key }: UploadOptions = {},
): Promise<Response> =>
  callApi(ingress, [method, path], Buffer.from(body), {
    headers: { "content-type": types[format], ...headers },
    ...(key === undefined ? {} : { key }),
  });
const importOf = async (answer: Promise<Response>): Promise<string> => {
  const given = await answer;
  expect(given.status).toBe(202);
  return (await jsonOf<{ id: string }>(given)).id;
};
const look = (id: string): Promise<ImportView> =>
  jsonOf<ImportView>(callApi(ingress, ["GET", `/v1/imports/${id}`]));
const done = async (id: string): Promise<ImportView> => {
  await expect.poll(async () => (await look(id)).state).toBe("done");
  return look(id);
};
const rowsOf = async (id: string, query = ""): Promise<ImportRowView[]> => {
  const rows: ImportRowView[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { data: ImportRowView[]; nextCursor: string | null } = await jsonOf(
      callApi(ingress, [
        "GET",
        `/v1/imports/${id}/rows?${query}${cursor === "" ? "" : `&cursor=${cursor}`}`,
      ]),
    );
    rows.push(...page.data);
    cursor = page.nextCursor;
  }
  return rows;
};
const person = (ref: string): Promise<ProfileView> =>
  jsonOf<ProfileView>(callApi(ingress, ["GET", `/v1/profiles/${ref}`]));

it("makes people of a CSV, with names, traits and answers, and tells of each row", async () => {
  const lineUserId = newLineUserId();
  const id = await importOf(
    upload(
      "csv",
      [
        "\ufeffuserId,email,lineId,provider,name,traits.plan,consent.news,consent.ads",
        `csv-ann,Ann@Example.com,${lineUserId},main,"Ann ""A"", O'Neil",pro,yes,no`,
        "csv-bob,,,,Bob,,,",
        "",
        'csv-cid,,,,"two\r\nlines",free,TRUE,',
      ].join("\r\n"),
    ),
  );
  expect(await done(id)).toMatchObject({
    format: "csv",
    rows: 3,
    accepted: 3,
    refused: 0,
    applied: 3,
    ignored: 0,
    quarantined: 0,
    waiting: 0,
    reasons: {},
    reason: null,
  });
  expect(await person("user:csv-ann")).toMatchObject({
    externalId: "csv-ann",
    traits: { email: "Ann@Example.com", name: `Ann "A", O'Neil`, plan: "pro" },
    lineId: { main: lineUserId },
    lineAccounts: [{ proof: { kind: "server_key" } }],
    consents: {
      news: { granted: true, source: "import" },
      ads: { granted: false, source: "import" },
    },
  });
  expect((await person("user:csv-bob")).traits).toEqual({ name: "Bob" });
  expect((await person("user:csv-cid")).traits).toEqual({ name: "two\r\nlines", plan: "free" });
  expect((await person("email:ann@example.com")).externalId).toBe("csv-ann");
  const ann = await person("user:csv-ann");
  expect(await rowsOf(id)).toEqual([
    { row: 1, outcome: "applied", reason: null, field: null, message: null, profileId: ann.id },
    expect.objectContaining({ row: 2, outcome: "applied" }),
    expect.objectContaining({ row: 3, outcome: "applied" }),
  ]);
});

it("makes people of NDJSON, with values as they are", async () => {
  const id = await importOf(
    upload(
      "ndjson",
      [
        JSON.stringify({
          externalId: "nd-ann",
          age: 42,
          tags: ["a"],
          traits: { vip: true },
          gone: null,
        }),
        "",
        JSON.stringify({ anonymousId: "nd-anon", "consent.news": false, "traits.plan": "pro" }),
      ].join("\n"),
    ),
  );
  expect(await done(id)).toMatchObject({ rows: 2, accepted: 2, applied: 2 });
  expect((await person("user:nd-ann")).traits).toEqual({
    age: 42,
    tags: ["a"],
    vip: true,
    gone: null,
  });
});

it("goes by the rules of identify, and says what a row could not do", async () => {
  const lineUserId = newLineUserId();
  const row = (userId: string) => JSON.stringify({ userId, lineId: lineUserId });
  await done(await importOf(upload("ndjson", row("owner"))));
  const id = await importOf(upload("ndjson", `${row("claimant")}\n${row("owner")}`));
  expect(await done(id)).toMatchObject({ applied: 2, reasons: { conflict_pending: 1 } });
  expect(await rowsOf(id)).toMatchObject([
    { row: 1, outcome: "applied", reason: "conflict_pending" },
    { row: 2, outcome: "applied", reason: null },
  ]);
});

const many = 1_203;
const manyRows = (prefix: string): string =>
  Array.from({ length: many }, (_, n) =>
    JSON.stringify(n % 3 === 2 ? { userId: "null", n } : { userId: `${prefix}-${n}`, n }),
  ).join("\n");

it("keeps good rows apart from bad ones, page by page and by outcome", async () => {
  const id = await importOf(upload("ndjson", manyRows("mix")));
  const refused = Math.floor(many / 3);
  expect(await done(id)).toMatchObject({ rows: many, refused, accepted: many - refused });
  const all = await rowsOf(id, "limit=150");
  expect(all.map(({ row }) => row)).toEqual(Array.from({ length: many }, (_, n) => n + 1));
  expect(all.filter(({ outcome }) => outcome === "refused").map(({ row }) => row % 3)).toEqual(
    Array.from({ length: refused }, () => 0),
  );
  expect(await rowsOf(id, "outcome=refused&limit=200")).toEqual(
    all.filter(({ outcome }) => outcome === "refused"),
  );
  expect(await rowsOf(id, "outcome=applied&limit=200")).toEqual(
    all.filter(({ outcome }) => outcome === "applied"),
  );
  expect(await rowsOf(id, "outcome=waiting")).toEqual([]);
  expect(all[2]).toEqual({
    row: 3,
    outcome: "refused",
    reason: "identifier_reserved",
    field: "userId",
    message: "an id that stands for nobody, which many people would share",
    profileId: null,
  });
});

it("keeps the first thousand bad rows, and counts all of them", async () => {
  const bad = Array.from({ length: 2_500 }, () => "{}").join("\n");
  const id = await importOf(upload("ndjson", bad));
  expect(await done(id)).toMatchObject({ rows: 2_500, refused: 2_500, accepted: 0 });
  expect(await rowsOf(id, "limit=200")).toHaveLength(1_000);
});

describe("a row that cannot be taken is told by its number, without its values", () => {
  const lineUserId = newLineUserId();
  it.each([
    ['{"userId":{"$gt":""}}', "type_invalid userId"],
    ['{"userId":5}', "type_invalid userId"],
    ['{"userId":"null"}', "identifier_reserved userId"],
    ['{"userId":"a\u200bb"}', "identifier_invalid userId"],
    [`{"userId":"${"u".repeat(256)}"}`, "identifier_invalid userId"],
    ['{"userId":"\\ud800"}', "unicode_invalid userId"],
    ['{"plan":"pro"}', "request_invalid null"],
    ['{"userId":"a","lineId":"U1"}', "identifier_invalid lineId"],
    [`{"userId":"a","lineId":"${lineUserId}","provider":"other"}`, "provider_unknown provider"],
    ['{"userId":"a","email":"nobody"}', "email_invalid traits.email"],
    ['{"userId":"a","email":5}', "type_invalid traits.email"],
    ['{"userId":"a","$set":1}', "key_invalid traits"],
    ['{"userId":"a","x.y":1}', "key_invalid traits"],
    ['{"userId":"a","__proto__":{"b":1}}', "key_forbidden __proto__"],
    ['{"userId":"a","n":9007199254740993}', "number_out_of_range n"],
    ['{"userId":"a","consent.news":"perhaps"}', "type_invalid consent.news"],
    ['{"userId":"a","consent.a.b":true}', "key_invalid consent"],
    ['{"userId":"a","traits":[]}', "type_invalid traits"],
    [`{"userId":"a","big":"${"x".repeat(4_097)}"}`, "limit_exceeded traits.big"],
    ["[]", "type_invalid null"],
    ["{", "json_invalid null"],
    ["[".repeat(40), "json_too_deep null"],
    [Buffer.from([0x7b, 0xff, 0x7d]), "json_invalid null"],
    [Buffer.from([0x00]), "json_invalid null"],
  ])("%s", async (line, expected) => {
    const good = (name: string) => Buffer.from(`{"userId":"${name}"}\n`);
    const file = Buffer.concat([
      good("before"),
      Buffer.from(line),
      Buffer.from("\n"),
      good("after"),
    ]);
    const id = await importOf(upload("ndjson", file));
    expect(await look(id)).toMatchObject({ rows: 3, accepted: 2, refused: 1 });
    const [bad] = await rowsOf(id, "outcome=refused");
    expect([bad?.row, `${bad?.reason} ${bad?.field}`]).toEqual([2, expected]);
  });

  it("and in CSV so are cells that no column is for, NULs and what is no answer", async () => {
    const id = await importOf(
      upload(
        "csv",
        'userId,plan,consent.news\na,pro,yes\nb,pro\nc,pro,yes,more\nd,"x\0y",yes\ne,pro,perhaps\nf,,\n',
      ),
    );
    expect(await look(id)).toMatchObject({ rows: 6, accepted: 2, refused: 4 });
    expect(
      (await rowsOf(id, "outcome=refused")).map(({ row, reason, field }) => [row, reason, field]),
    ).toEqual([
      [2, "csv_invalid", null],
      [3, "csv_invalid", null],
      [4, "unicode_invalid", "traits.plan"],
      [5, "type_invalid", "consent.news"],
    ]);
  });
});

describe("a file that cannot be read on ends there, with what came before", () => {
  const good = "userId,name\nbefore,x\n";
  it.each([
    ["an unbalanced quote", `${good}a,"never closed\n`, /^row 2: a quote is not closed$/],
    ["a quote in the middle", `${good}a,b"c\n`, /^row 2: a quote where none can be$/],
    ["text behind a quote", `${good}a,"b"c\n`, /^row 2: a quote where none can be$/],
    ["a line without end", `${good}${"x".repeat(300_000)}`, /^row 2: longer than 262144 bytes$/],
    ["a line of commas", `${good}${",".repeat(300_000)}`, /^row 2: longer than 262144 bytes$/],
    ["an endless quoted cell", `${good}a,"${"x\n".repeat(150_000)}`, /^row 2: longer than 262144/],
    [
      "another charset",
      Buffer.concat([Buffer.from(good), Buffer.from([0x93, 0xfa, 0x0a])]),
      /^row 2: not UTF-8$/,
    ],
    [
      "half a character at the end of a line",
      Buffer.concat([Buffer.from(good), Buffer.from("a,caf\xe9\nb,c\n", "latin1")]),
      /^row 2: not UTF-8$/,
    ],
    ["UTF-16", Buffer.from(`\ufeff${good}`, "utf16le"), /^header: not UTF-8$/],
    ["gzip", Buffer.from("1f8b0800000000000003", "hex"), /^the file is compressed$/],
    ["zip", Buffer.from("504b030414000000", "hex"), /^the file is compressed$/],
    ["nothing", "\n", /^there is no header$/],
    ["a quote in the first row", 'userId,name\na,b"c\n', /^row 1: a quote where none can be$/],
    ["a quote in the header", 'userId,na"me\na,b\n', /^header: a quote where none can be$/],
    ["a column twice", "userId,a,a\n", /^the header has a column twice$/],
    ["a column without name", "userId,,a\n", /^the header's column 2 /],
    ["a column with $", "userId,$set\n", /^the header's column 2 /],
    ["__proto__", "userId,__proto__\n", /^the header's column 2 /],
    ["columns without number", `userId${",a".repeat(300)}\n`, /^the header has over 200/],
  ])("%s", async (_, file, message) => {
    const answer = await upload("csv", file);
    expect(answer.status).toBe(400);
    const { error } = await jsonOf<{ error: { code: string; message: string } }>(answer);
    expect(error.code).toBe("csv_invalid");
    expect(error.message).toMatch(message);
  });

  it("a line of NDJSON without end, after which the import has failed", async () => {
    const key = `line-without-end`;
    const headers = { "idempotency-key": key };
    const file = `{"userId":"whole"}\n{"userId":"${"x".repeat(300_000)}`;
    expect(await verdict(upload("ndjson", file, { headers }))).toBe("400 csv_invalid");
    const id = await importOf(upload("ndjson", file, { headers }));
    expect(await look(id)).toMatchObject({
      state: "failed",
      rows: 1,
      accepted: 1,
      reason: "row 2: longer than 262144 bytes",
    });
    const again = upload("ndjson", file, { method: "PUT", path: `/v1/imports/${id}` });
    expect(await verdict(again)).toBe("409 state_invalid");
  });
});

describe("an upload that broke off", () => {
  /** Sends a part of a file and drops the connection. */
  const breakOff = async (part: string, headers: Record<string, string>): Promise<void> => {
    const sent = httpRequest(`${ingress.url}/v1/imports?format=ndjson`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await addKey(ingress)}`,
        "content-type": types.ndjson,
        "content-length": "10000000",
        ...headers,
      },
    });
    sent.on("error", () => undefined);
    sent.write(part);
    await pause(800);
    sent.destroy();
  };
  const rows = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => `{"userId":"${prefix}-${n}"}\n`);

  it("goes on with the same file, and stores and counts each row once", async () => {
    const file = rows("resumed", 1_700);
    const headers = { "idempotency-key": "resumed-1" };
    await breakOff(file.slice(0, 1_300).join("").slice(0, -5), headers);
    await expect
      .poll(() => storedEvents(ingress, { eventId: /^imp_.*/, "body.userId": /^resumed-/ }))
      .toHaveLength(1_299);
    const id = await importOf(upload("ndjson", file.join(""), { headers }));
    expect(await done(id)).toMatchObject({
      rows: 1_700,
      accepted: 1_700,
      refused: 0,
      applied: 1_700,
    });
    expect(await storedEvents(ingress, { "body.userId": /^resumed-/ })).toHaveLength(1_700);
  });

  it("goes on from a row, by its id", async () => {
    const file = rows("from-row", 900);
    await breakOff(file.slice(0, 600).join(""), { "idempotency-key": "from-row-1" });
    const idOf = async () => (await ingress.store.imports.findOne({ rows: 600 }))?._id ?? "";
    await expect.poll(idOf).not.toBe("");
    const id = await idOf();
    expect(await look(id)).toMatchObject({ state: "receiving", rows: 600, accepted: 600 });
    const put = (from: number, part: readonly string[]) =>
      upload("ndjson", part.join(""), {
        method: "PUT",
        path: `/v1/imports/${id}?fromRow=${from}`,
      });
    expect(await verdict(put(602, file.slice(601)))).toBe("400 param_invalid fromRow");
    expect(await verdict(put(0, file))).toBe("400 param_invalid fromRow");
    expect(await verdict(put(551, file.slice(550)))).toBe("202");
    expect(await done(id)).toMatchObject({ rows: 900, accepted: 900, applied: 900 });
    expect(await storedEvents(ingress, { "body.userId": /^from-row-/ })).toHaveLength(900);
  });

  it("can be cancelled, and takes no more then", async () => {
    const file = rows("cancelled", 600);
    await breakOff(file.slice(0, 500).join(""), { "idempotency-key": "cancelled-1" });
    const idOf = async () =>
      (await ingress.store.imports.findOne({ rows: 500, state: "receiving" }))?._id ?? "";
    await expect.poll(idOf).not.toBe("");
    const id = await idOf();
    const cancel = () => jsonOf(callApi(ingress, ["POST", `/v1/imports/${id}/cancel`]));
    expect(await cancel()).toMatchObject({ state: "cancelled", rows: 500 });
    expect(await cancel()).toMatchObject({ state: "cancelled", rows: 500 });
    const again = upload("ndjson", file.join(""), { method: "PUT", path: `/v1/imports/${id}` });
    expect(await verdict(again)).toBe("409 state_invalid");
  });
});

it("of two uploads of one import at once at most one goes on, and each row is counted once", async () => {
  const file = manyRows("twice");
  const headers = { "idempotency-key": "twice-1" };
  const answers = await Promise.all(
    [1, 2, 3].map(() => verdict(upload("ndjson", file, { headers }))),
  );
  expect(answers).toContain("202");
  for (const answer of answers)
    expect(["202", "409 in_progress", "409 state_invalid"]).toContain(answer);
  const id = await importOf(upload("ndjson", file, { headers }));
  expect(await done(id)).toMatchObject({ rows: many, refused: Math.floor(many / 3) });
});

it.each([
  ["without format", "/v1/imports", "text/csv", {}, "400 request_invalid format"],
  ["of another format", "/v1/imports?format=xml", "text/csv", {}, "400 param_invalid format"],
  ["as JSON", "/v1/imports?format=csv", "application/json", {}, "415 content_type_unsupported"],
  [
    "as a form",
    "/v1/imports?format=csv",
    "multipart/form-data; boundary=x",
    {},
    "415 content_type_unsupported",
  ],
  [
    "in Shift_JIS",
    "/v1/imports?format=csv",
    "text/csv; charset=shift_jis",
    {},
    "415 content_type_unsupported",
  ],
  [
    "compressed",
    "/v1/imports?format=csv",
    "text/csv",
    { "content-encoding": "gzip" },
    "415 encoding_unsupported",
  ],
  [
    "with a bad key",
    "/v1/imports?format=csv",
    "text/csv",
    { "idempotency-key": "a b" },
    "400 idempotency_key_invalid",
  ],
  ["with more", "/v1/imports?format=csv&x=1", "text/csv", {}, "400 unknown_field x"],
])("refuses a file %s", async (_, path, type, headers, expected) => {
  const answer = upload("csv", "userId\na\n", {
    path,
    headers: { "content-type": type, ...headers },
  });
  expect(await verdict(answer)).toBe(expected);
});

it("refuses what is declared as over a gigabyte before it comes", async () => {
  const sent = httpRequest(`${ingress.url}/v1/imports?format=csv`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await addKey(ingress)}`,
      "content-type": "text/csv",
      "content-length": String(2 ** 30 + 1),
    },
  });
  sent.on("error", () => undefined);
  sent.write("userId\n");
  const [answer] = await once(sent, "response");
  expect(answer).toMatchObject({ statusCode: 413 });
  sent.destroy();
});

it("takes a large file with little memory", async () => {
  const rows = 40_000;
  const line = (n: number) => `flat-${n},${"x".repeat(2_000)}\n`;
  const sent = httpRequest(`${ingress.url}/v1/imports?format=csv`, {
    method: "POST",
    headers: { authorization: `Bearer ${await addKey(ingress)}`, "content-type": "text/csv" },
  });
  let highest = 0;
  const before = process.memoryUsage().rss;
  const watch = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 50);
  sent.write("userId,about\n");
  for (let n = 0; n < rows; n += 1) if (!sent.write(line(n))) await once(sent, "drain");
  sent.end();
  const [answer] = await once(sent, "response");
  clearInterval(watch);
  expect(answer).toMatchObject({ statusCode: 202 });
  // 80 MB were sent; in memory is a batch, a row and a piece, and what the collector has not come to.
  expect(highest - before).toBeLessThan(150_000_000);
  expect(await ingress.store.imports.findOne({ rows })).toMatchObject({ accepted: rows });
}, 240_000);

it("shows nobody another workspace's file", async () => {
  const id = await importOf(upload("csv", "userId\nours\n"));
  const key = await addKey(ingress, { workspaceId: "ws_other" });
  const ask = (method: string, path: string) =>
    verdict(callApiOnce(ingress, [method, `/v1/imports/${id}${path}`], undefined, { key }));
  expect(await ask("GET", "")).toBe("404 not_found");
  expect(await ask("GET", "/rows")).toBe("404 not_found");
  expect(await ask("POST", "/cancel")).toBe("404 not_found");
  const put = upload("csv", "userId\n", { method: "PUT", path: `/v1/imports/${id}`, key });
  expect(await verdict(put)).toBe("404 not_found");
  const list = (own: string | undefined) =>
    jsonOf<{ data: ImportView[] }>(
      callApi(
        ingress,
        ["GET", "/v1/imports?limit=200"],
        undefined,
        own === undefined ? {} : { key: own },
      ),
    );
  expect((await list(key)).data).toEqual([]);
  expect((await list(undefined)).data.map((one) => one.id)).toContain(id);
});

it("needs the scope to write", async () => {
  const key = await addKey(ingress, { scopes: ["read"] });
  expect(await verdict(upload("csv", "userId\na\n", { key }))).toBe("403 scope_missing");
});

it("logs nothing of what was in a file", async () => {
  await importOf(upload("csv", "userId,name\nhush-id,hush-name\nnull,hush-bad\n"));
  expect(ingress.logged.join("\n")).not.toMatch(/hush/);
});

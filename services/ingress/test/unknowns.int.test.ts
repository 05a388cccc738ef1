import { newMessageBatch, type BatchRow, type RecipientRow } from "@yubin/store";
import { newId, type UnknownView } from "@yubin/types";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { accepted, at, batchRowOf, ended } from "./batch-row.ts";
import { campaignCalls } from "./campaign-calls.ts";
import { addPerson } from "./people.ts";
import {
  addChannel,
  addKey,
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
beforeEach(() => ingress.store.batches.deleteMany());

const { draft } = campaignCalls(() => ({ ingress, channelId: channel.id }));
const minute = (count: number): Date => new Date(at.getTime() + count * 60_000);
const unknown = (
  profileId: string,
  parkedAt: Date,
  reason = "retry_key_expired",
): RecipientRow => ({
  ...ended(profileId, "unknown", reason, parkedAt),
  lineUserId: `U${profileId.slice(-32)}`,
  firstAttemptAt: at,
});

/** A message on its own, as the sender leaves it. */
const messageRow = (recipient: RecipientRow, over: Partial<BatchRow> = {}): BatchRow => {
  const request = { to: "user:m", channelId: channel.id, messages: [] };
  const asked = newMessageBatch(request, {
    workspaceId: "ws_main",
    idempotencyKey: undefined,
    newId: () => newId("msg"),
    now: at,
  });
  const { profileId: _, ...stored } = recipient;
  const { counts, reasons, unknownPlace } = batchRowOf(
    { campaignId: "", seq: 0, channelId: channel.id },
    [recipient],
    { _id: asked._id },
  );
  return {
    ...asked,
    recipients: [{ ref: "user:m", ...stored }],
    profileId: recipient.profileId ?? null,
    counts,
    reasons,
    ...(unknownPlace === undefined ? {} : { unknownPlace }),
    ...over,
  };
};

interface Page {
  readonly data: UnknownView[];
  readonly nextCursor: string | null;
}
const ask = (query = "", headers = {}): Promise<Response> =>
  callApi(ingress, ["GET", `/v1/unknowns${query}`], undefined, { headers });
const read = (query = ""): Promise<Page> => jsonOf(ask(query));
const whole = async (query: string, limit = 2): Promise<UnknownView[]> => {
  const all: UnknownView[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page: Page = await read(`?limit=${limit}&${query}${from}`);
    all.push(...page.data);
    cursor = page.nextCursor;
  }
  return all;
};
const file = async (type: string, query = ""): Promise<string> => {
  const res = await ask(query, { accept: type });
  expect(res.status).toBe(200);
  expect(res.headers.get("content-type")).toContain(type);
  return res.text();
};

describe("GET /v1/unknowns", () => {
  let campaigns: string[];
  let people: string[];
  let messageId: string;
  beforeEach(async () => {
    campaigns = [await draft({ name: "Spring" }), await draft({ name: "=Summer" })];
    people = [];
    for (let index = 0; index < 6; index += 1)
      people.push(await addPerson(ingress, { externalId: `${campaigns[0]}-${index}` }));
    const [a = "", b = "", c = "", d = "", e = "", f = ""] = people;
    const [spring = "", summer = ""] = campaigns;
    const message = messageRow(unknown(f, minute(3)), {
      origin: { campaignId: "orders", step: "paid" },
    });
    messageId = message._id;
    const of = (campaignId: string, seq: number) => ({ campaignId, seq, channelId: channel.id });
    await ingress.store.batches.insertMany([
      batchRowOf(of(spring, 0), [accepted(a), unknown(b, minute(5)), accepted(e)]),
      batchRowOf(of(spring, 1), [accepted(newId("prof"))]),
      batchRowOf(
        of(spring, 2),
        [unknown(c, minute(1)), ended(e, "skipped", "suppressed"), unknown(d, minute(2), "poison")],
        { method: "push" },
      ),
      batchRowOf(of(spring, 3), [{ profileId: newId("prof") }]),
      batchRowOf({ ...of(summer, 0), channelId: "chan_other" }, [
        unknown(a, minute(9), "campaign_cancelled"),
      ]),
      message,
      messageRow(accepted(e)),
      batchRowOf(of(spring, 4), [unknown(a, minute(20))], { workspaceId: "ws_other" }),
    ]);
  });

  it("lists who is unknown anywhere, the newest first, with what to do", async () => {
    const [a = "", b = "", c = "", d = "", , f = ""] = people;
    const { data, nextCursor } = await read();
    expect(nextCursor).toBeNull();
    expect(data.map(({ profileId, parkedAt }) => [profileId, parkedAt])).toEqual(
      [
        [a, 9],
        [b, 5],
        [f, 3],
        [c, 1],
        [d, 2], // of one batch, which stands where its first does
      ].map(([id, count]) => [id, minute(Number(count)).toISOString()]),
    );
    expect(data[1]).toEqual({
      campaignId: campaigns[0] ?? "",
      campaignName: "Spring",
      messageId: null,
      channelId: channel.id,
      profileId: b,
      externalId: `${campaigns[0]}-1`,
      ref: null,
      lineUserId: `U${b.slice(-32)}`,
      reason: "retry_key_expired",
      firstAttemptAt: at.toISOString(),
      parkedAt: minute(5).toISOString(),
      erased: false,
      advice: expect.stringMatching(/23 hours.*chat.*POST \/v1\/messages.*Idempotency-Key/),
    } satisfies UnknownView);
    expect(data[2]).toMatchObject({
      campaignId: "orders",
      campaignName: null,
      messageId,
      profileId: f,
      externalId: `${campaigns[0]}-5`,
      ref: "user:m",
    });
  });

  it.each([1, 2, 3])("pages by %i through each once", async (limit) => {
    expect(await whole("", limit)).toEqual((await read()).data);
  });

  it("goes on where it stood, whatever is parked in between", async () => {
    const { data, nextCursor } = await read("?limit=1");
    const newest = { campaignId: campaigns[1] ?? "", seq: 7, channelId: channel.id };
    await ingress.store.batches.insertOne(
      batchRowOf(newest, [unknown(people[4] ?? "", minute(30))]),
    );
    const rest = await read(`?cursor=${nextCursor}`);
    const { data: now } = await read();
    expect([...data, ...rest.data]).toEqual(now.slice(1));
    expect(now[0]).toMatchObject({ profileId: people[4] });
  });

  it.each([
    ["reason=poison", 1],
    ["reason=retry_key_expired", 3],
    ["reason=suppressed", 0],
    ["channelId=chan_other", 1],
    ["channelId=chan_none", 0],
    ["campaignId=orders", 1],
    ["campaignId=camp_none", 0],
  ])("finds those of %s", async (query, count) => {
    expect(await whole(query, 1)).toHaveLength(count);
  });

  it("finds those of a campaign and a reason", async () => {
    const found = await whole(`campaignId=${campaigns[0]}&reason=retry_key_expired`);
    expect(found.map(({ profileId }) => profileId)).toEqual([people[1], people[2]]);
  });

  it.each([
    ["?limit=0", "400 param_invalid limit"],
    ["?limit=1000000000", "400 param_invalid limit"],
    ["?limit=1&limit=2", "400 param_invalid limit"],
    ["?reason=$ne", "400 param_invalid reason"],
    ["?channelId=", "400 request_invalid channelId"],
    ["?campaignId[$ne]=x", "400 unknown_field campaignId[$ne]"],
    ["?cursor=AAAA", "400 cursor_invalid cursor"],
    ["?outcome=unknown", "400 unknown_field outcome"],
    ["?workspaceId=ws_other", "400 unknown_field workspaceId"],
  ])("refuses %s", async (query, expected) => {
    expect(await verdict(ask(query))).toBe(expected);
  });

  it("takes a cursor with the filter it is of, and of no other workspace", async () => {
    const { nextCursor } = await read("?limit=1");
    const at2 = `?cursor=${nextCursor}`;
    expect(await verdict(ask(at2))).toBe("200");
    expect(await verdict(ask(`${at2}&reason=poison`))).toBe("400 cursor_invalid cursor");
    const key = await addKey(ingress, { workspaceId: "ws_other" });
    const theirs = (query = "") =>
      callApi(ingress, ["GET", `/v1/unknowns${query}`], undefined, { key });
    expect(await verdict(theirs(at2))).toBe("400 cursor_invalid cursor");
    const { data } = await jsonOf<Page>(theirs());
    // Theirs alone; the person and the campaign in it are not theirs to look up.
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      parkedAt: minute(20).toISOString(),
      externalId: null,
      campaignName: null,
    });
    const track = await addKey(ingress, { scopes: ["track"] });
    const path = ["GET", "/v1/unknowns"] as const;
    expect(await verdict(callApi(ingress, path, undefined, { key: track }))).toBe(
      "403 scope_missing",
    );
  });

  it("is a file of all of them, without formulas", async () => {
    const { data } = await read();
    const lines = (await file("text/csv", "?limit=1")).split("\r\n");
    expect(lines[0]).toBe(
      "parkedAt,reason,campaignId,campaignName,messageId,channelId,profileId,externalId,ref,lineUserId,firstAttemptAt,erased,advice",
    );
    expect(lines).toHaveLength(data.length + 2);
    expect(lines[1]).toContain(`,campaign_cancelled,${campaigns[1]},"'=Summer",,chan_other,`);
    const objects = (await file("application/x-ndjson", "?reason=poison")).trim().split("\n");
    expect(objects.map((one) => JSON.parse(one) as UnknownView)).toEqual(
      data.filter(({ reason }) => reason === "poison"),
    );
  });
});

it("tells nothing of whoever was erased but that it happened", async () => {
  const gone = await addPerson(ingress, { row: { erasedAt: new Date() } });
  await ingress.store.batches.insertOne(messageRow(unknown(gone, minute(1), "erased")));
  const { data } = await read();
  expect(data).toHaveLength(1);
  expect(data[0]).toMatchObject({
    profileId: null,
    externalId: null,
    ref: null,
    lineUserId: null,
    erased: true,
    reason: "erased",
  });
  expect(JSON.stringify(data)).not.toMatch(new RegExp(`${gone}|user:m`));
});

it("is served by an index that knows no batch but those with somebody unknown", async () => {
  const specs = await ingress.store.batches.listIndexes().toArray();
  expect(specs).toContainEqual(expect.objectContaining({ key: { unknownPlace: 1 }, sparse: true }));
  const campaignId = await draft();
  const of = (seq: number) => ({ campaignId, seq, channelId: channel.id });
  const people = (recipient: (id: string) => RecipientRow) =>
    Array.from({ length: 100 }, () => recipient(newId("prof")));
  await ingress.store.batches.insertMany(
    Array.from({ length: 300 }, (_, seq) => batchRowOf(of(seq), people(accepted))),
  );
  await ingress.store.batches.insertOne(
    batchRowOf(
      of(300),
      people((id) => unknown(id, minute(1))),
    ),
  );
  const plan = await ingress.store.batches
    .find({ unknownPlace: { $gte: "ws_main/", $lt: "ws_main0" }, workspaceId: "ws_main" })
    .sort({ unknownPlace: -1 })
    .explain("executionStats");
  const { totalDocsExamined } = (plan as { executionStats: { totalDocsExamined: number } })
    .executionStats;
  expect(totalDocsExamined).toBeLessThanOrEqual(2);
  expect(await whole("", 50)).toHaveLength(100);
});

import { newId } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { batchRowOf, ended } from "./batch-row.ts";
import { addPerson } from "./people.ts";
import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  metricsOf,
  startTestIngress,
  verdict,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let ours: Tenant;
let theirs: Tenant;
beforeAll(async () => {
  ingress = await startTestIngress();
  [ours, theirs] = [await addTenant("ws_a"), await addTenant("ws_b")];
});
afterAll(() => ingress[Symbol.asyncDispose]());

interface Tenant {
  readonly key: string;
  readonly keyId: string;
  readonly channelId: string;
  readonly profileId: string;
  readonly campaignId: string;
  readonly listPath: string;
  readonly messageId: string;
  readonly templateId: string;
  readonly backfillId: string;
}

const lineUserId = `U${"b".repeat(32)}`;
const messages = [{ type: "text", text: "hello" }];

/** A workspace with one of everything; both know a person by the same names. */
const addTenant = async (workspaceId: string): Promise<Tenant> => {
  const keyId = newId("key");
  const key = await addKey(ingress, { workspaceId, keyId });
  const { id: channelId } = await addChannel(ingress, { workspaceId });
  const profileId = await addPerson(ingress, {
    workspaceId,
    externalId: "ann",
    email: "ann@example.com",
    lineUserIds: [lineUserId],
    traits: { of: workspaceId },
    row: { friendOf: [channelId] },
  });
  const make = async (path: string, body: object): Promise<string> =>
    (await jsonOf<{ id: string }>(callApi(ingress, ["POST", path], body, { key }))).id;
  const campaign = { name: workspaceId, channelId, content: { messages } };
  const listedId = await make("/v1/campaigns", { ...campaign, audience: { type: "list" } });
  const campaignId = await make("/v1/campaigns", { ...campaign, audience: { type: "friends" } });
  const counts = { state: "done", endedAt: new Date() } as const;
  await callApi(ingress, ["POST", `/v1/campaigns/${campaignId}/estimate`], undefined, { key });
  await ingress.store.estimates.updateOne({ _id: campaignId }, { $set: counts });
  const list = await callApi(
    ingress,
    ["POST", `/v1/campaigns/${listedId}/audience?format=ndjson`],
    Buffer.from('{"ref":"user:ann"}'),
    { key, headers: { "content-type": "application/x-ndjson" } },
  );
  return {
    key,
    keyId,
    channelId,
    profileId,
    campaignId,
    listPath: `${listedId}/audience/${(await jsonOf<{ id: string }>(list)).id}`,
    messageId: await make("/v1/messages", { to: "user:ann", channelId, messages }),
    templateId: await make("/v1/templates", { name: workspaceId, messages }),
    backfillId: await make(`/v1/channels/${channelId}/backfills`, {}),
  };
};

/** Every way to name something, as a method and a path that the owner is not refused. */
const owned: readonly (readonly [string, (of: Tenant) => string])[] = [
  ["GET", ({ channelId }) => `/v1/channels/${channelId}`],
  ["GET", ({ channelId }) => `/v1/channels/${channelId}/health`],
  ["GET", ({ channelId }) => `/v1/channels/${channelId}/metrics`],
  ["GET", ({ channelId }) => `/v1/channels/${channelId}/quota`],
  ["GET", ({ profileId }) => `/v1/profiles/${profileId}`],
  ["GET", ({ profileId }) => `/v1/profiles/${profileId}/timeline`],
  ["GET", ({ campaignId }) => `/v1/campaigns/${campaignId}`],
  ["GET", ({ campaignId }) => `/v1/campaigns/${campaignId}/metrics`],
  ["GET", ({ listPath }) => `/v1/campaigns/${listPath}`],
  ["GET", ({ campaignId }) => `/v1/campaigns/${campaignId}/recipients`],
  ["GET", ({ messageId }) => `/v1/messages/${messageId}`],
  ["GET", ({ templateId }) => `/v1/templates/${templateId}`],
  ["GET", ({ templateId }) => `/v1/templates/${templateId}?version=1`],
  ["GET", ({ templateId }) => `/v1/templates/${templateId}/versions`],
  ["GET", ({ channelId }) => `/v1/channels/${channelId}/backfills`],
  ["GET", ({ backfillId }) => `/v1/backfills/${backfillId}`],
  ["POST", ({ backfillId }) => `/v1/backfills/${backfillId}/cancel`],
  ["GET", ({ campaignId }) => `/v1/campaigns/${campaignId}/estimate`],
  ["POST", ({ campaignId }) => `/v1/campaigns/${campaignId}/launch`],
  ["POST", ({ campaignId }) => `/v1/campaigns/${campaignId}/pause`],
  ["POST", ({ campaignId }) => `/v1/campaigns/${campaignId}/resume`],
  ["POST", ({ campaignId }) => `/v1/campaigns/${campaignId}/cancel`],
];

const answer = async (
  of: Tenant,
  [method, path]: readonly [string, string],
  body?: unknown,
): Promise<{ status: number; error: unknown }> => {
  const res = await callApi(ingress, [method, path], body, { key: of.key });
  const { error } = (await res.json()) as { error?: Record<string, unknown> };
  return { status: res.status, error: error && { ...error, requestId: "" } };
};

describe("what belongs to another workspace is as absent as what never was", () => {
  const absent: Tenant = {
    key: "",
    keyId: newId("key"),
    channelId: newId("chan"),
    profileId: newId("prof"),
    campaignId: newId("camp"),
    listPath: `${newId("camp")}/audience/${newId("list")}`,
    messageId: newId("msg"),
    templateId: newId("tmpl"),
    backfillId: newId("backfill"),
  };

  it.each(owned)("%s %s", async (method, pathOf) => {
    const stranger = await answer(ours, [method, pathOf(theirs)]);
    expect(stranger).toMatchObject({ status: 404, error: { code: "not_found" } });
    expect(stranger).toEqual(await answer(ours, [method, pathOf(absent)]));
    expect((await answer(theirs, [method, pathOf(theirs)])).status).toBe(200);
  });

  it("for the list of a campaign, which is neither added to nor replaced", async () => {
    const body = Buffer.from('{"ref":"user:eve"}');
    const to = async (of: Tenant, method: string, path: string) => {
      const headers = { "content-type": "application/x-ndjson" };
      const res = await callApi(ingress, [method, path], body, { key: of.key, headers });
      return res.json();
    };
    const notFound = { error: expect.objectContaining({ code: "not_found" }) as unknown };
    const before = await ingress.store.audiencePages.find().toArray();
    expect(await to(ours, "PUT", `/v1/campaigns/${theirs.listPath}`)).toEqual(notFound);
    const [theirId = "", , theirListId = ""] = theirs.listPath.split("/");
    const replace = `/v1/campaigns/${theirId}/audience?format=ndjson&replace=true`;
    expect(await to(ours, "POST", replace)).toEqual(notFound);
    const [ourId = ""] = ours.listPath.split("/");
    expect(await to(ours, "PUT", `/v1/campaigns/${ourId}/audience/${theirListId}`)).toEqual(
      notFound,
    );
    expect(await ingress.store.audiencePages.find().toArray()).toEqual(before);
  });

  it("for an estimate, which nobody else asks for", async () => {
    const ask = (of: Tenant, { campaignId }: Tenant) =>
      verdict(callApi(ingress, ["POST", `/v1/campaigns/${campaignId}/estimate`], undefined, of));
    const before = await ingress.store.estimates.find().toArray();
    expect(await ask(ours, theirs)).toBe("404 not_found");
    expect(await ingress.store.estimates.find().toArray()).toEqual(before);
  });

  it("for the credentials of a channel", async () => {
    const body = { channelSecret: "0".repeat(32) };
    const path = (of: Tenant) => ["POST", `/v1/channels/${of.channelId}/credentials`] as const;
    expect(await answer(ours, path(theirs), body)).toEqual(await answer(ours, path(absent), body));
    expect((await answer(ours, path(theirs), body)).status).toBe(404);
  });

  it("for followers to be brought in", async () => {
    const path = (of: Tenant) => ["POST", `/v1/channels/${of.channelId}/backfills`] as const;
    const stranger = await answer(ours, path(theirs), {});
    expect(stranger).toMatchObject({ status: 404, error: { code: "not_found" } });
    expect(stranger).toEqual(await answer(ours, path(absent), {}));
  });

  it.each([
    ["test", { to: ["user:ann"] }],
    ["preview", { to: "user:ann" }],
  ])("for a campaign's %s", async (action, body) => {
    const by = (of: Tenant) =>
      answer(ours, ["POST", `/v1/campaigns/${of.campaignId}/${action}`], body);
    expect(await by(theirs)).toMatchObject({ status: 404, error: { code: "not_found" } });
    expect(await by(theirs)).toEqual(await by(absent));
  });

  it("for a template to be changed, archived or sent, which stays as it is", async () => {
    const by = (method: string, of: Tenant, body?: object) =>
      answer(ours, [method, `/v1/templates/${of.templateId}`], body);
    const change = { version: 1, name: "ours" };
    expect(await by("PATCH", theirs, change)).toMatchObject({ status: 404 });
    expect(await by("PATCH", theirs, change)).toEqual(await by("PATCH", absent, change));
    expect(await by("DELETE", theirs)).toMatchObject({ status: 404 });
    expect(await by("DELETE", theirs)).toEqual(await by("DELETE", absent));
    const { channelId } = ours;
    const send = (of: Tenant) =>
      answer(ours, ["POST", "/v1/messages"], {
        to: "user:ann",
        channelId,
        templateId: of.templateId,
      });
    expect(await send(theirs)).toMatchObject({ status: 404, error: { field: "templateId" } });
    expect(await send(theirs)).toEqual(await send(absent));
    const call = ["GET", `/v1/templates/${theirs.templateId}`] as const;
    expect(await jsonOf(callApi(ingress, call, undefined, theirs))).toMatchObject({
      name: "ws_b",
      version: 1,
      archivedAt: null,
    });
  });

  it("for a key to be revoked, which goes on working", async () => {
    const path = ["DELETE", `/v1/api-keys/${theirs.keyId}`] as const;
    expect(await answer(ours, path)).toMatchObject({ status: 404, error: { code: "not_found" } });
    expect((await answer(theirs, ["GET", "/v1/campaigns"])).status).toBe(200);
  });

  it.each([
    ["/v1/messages", { to: "user:ann", messages }],
    ["/v1/campaigns", { name: "x", content: { messages }, audience: { type: "friends" } }],
  ])("for the channel of POST %s", async (path, body) => {
    const by = (of: Tenant) => answer(ours, ["POST", path], { ...body, channelId: of.channelId });
    expect(await by(theirs)).toMatchObject({
      status: 404,
      error: { code: "not_found", field: "channelId" },
    });
    expect(await by(theirs)).toEqual(await by(absent));
  });
});

it.each(["user:ann", "email:ann@example.com", `line:main:${lineUserId}`])(
  "finds one's own person by %s, though both workspaces know one",
  async (ref) => {
    for (const tenant of [ours, theirs]) {
      const call = callApi(ingress, ["GET", `/v1/profiles/${ref}`], undefined, tenant);
      expect(await jsonOf(call)).toMatchObject({ id: tenant.profileId });
    }
  },
);

it.each([
  ["/v1/channels", "channelId"],
  ["/v1/campaigns", "campaignId"],
  ["/v1/templates", "templateId"],
  ["/v1/profiles", "profileId"],
  ["/v1/api-keys", "keyId"],
] as const)("lists one's own of %s alone, and takes no cursor of another's", async (path, id) => {
  for (const tenant of [ours, theirs]) {
    const { data } = await jsonOf<{ data: { id: string }[] }>(
      callApi(ingress, ["GET", path], undefined, tenant),
    );
    const listed = path === "/v1/campaigns" ? [tenant.listPath.split("/")[0]] : [];
    expect(new Set(data.map((one) => one.id))).toEqual(new Set([tenant[id], ...listed]));
  }
});

it("lists one's own unknowns alone, whatever is filtered by", async () => {
  const park = (of: Tenant, workspaceId: string) => {
    const place = { campaignId: of.campaignId, seq: 0, channelId: of.channelId };
    const person = ended(of.profileId, "unknown", "retry_key_expired");
    return batchRowOf(place, [person], { workspaceId });
  };
  const rows = [park(ours, "ws_a"), park(theirs, "ws_b")];
  await ingress.store.batches.insertMany(rows);
  for (const tenant of [ours, theirs]) {
    const read = async (query = "") =>
      jsonOf<{ data: { profileId: string }[] }>(
        callApi(ingress, ["GET", `/v1/unknowns${query}`], undefined, tenant),
      );
    const other = tenant === ours ? theirs : ours;
    expect((await read()).data.map(({ profileId }) => profileId)).toEqual([tenant.profileId]);
    expect((await read(`?channelId=${other.channelId}`)).data).toEqual([]);
    expect((await read(`?campaignId=${other.campaignId}`)).data).toEqual([]);
  }
  await ingress.store.batches.deleteMany({ _id: { $in: rows.map(({ _id }) => _id) } });
});

it("takes no cursor of another workspace or another list", async () => {
  await addPerson(ingress, { workspaceId: "ws_a" });
  await addPerson(ingress, { workspaceId: "ws_b" });
  const cursorOf = async (of: Tenant): Promise<string> =>
    (
      await jsonOf<{ nextCursor: string }>(
        callApi(ingress, ["GET", "/v1/profiles?limit=1"], undefined, of),
      )
    ).nextCursor;
  const cursor = await cursorOf(theirs);
  const read = (path: string, of: Tenant) =>
    verdict(callApi(ingress, ["GET", `${path}?cursor=${cursor}`], undefined, of));
  expect(await read("/v1/profiles", theirs)).toBe("200");
  expect(await read("/v1/profiles", ours)).toBe("400 cursor_invalid cursor");
  expect(await read("/v1/campaigns", theirs)).toBe("400 cursor_invalid cursor");
});

it("takes one fact by the same message id once in each workspace", async () => {
  const body = { userId: "ann", messageId: "m-1" };
  const identify = (of: Tenant) =>
    jsonOf<{ id: string }>(callApi(ingress, ["POST", "/v1/identify"], body, of));
  const [one, other] = [await identify(ours), await identify(theirs)];
  expect(one.id).not.toBe(other.id);
  expect(await identify(ours)).toEqual(one);
  expect(await ingress.store.events.countDocuments({ eventId: "m-1" })).toBe(2);
});

it("asks for a provider of one's own channels", async () => {
  await ingress.store.channels.updateOne(
    { _id: theirs.channelId },
    { $set: { provider: "theirs" } },
  );
  const body = { userId: "ann", context: { line: { provider: "theirs", userId: lineUserId } } };
  const identify = (of: Tenant) => verdict(callApi(ingress, ["POST", "/v1/identify"], body, of));
  expect(await identify(theirs)).toBe("202");
  expect(await identify(ours)).toBe("422 provider_unknown context.line.provider");
});

it("names no workspace, channel or person in metrics, which are not public", async () => {
  for (const path of ["/metrics", "/health", "/queues", "/admin", "/v1", "/v1/metrics", "/"])
    expect(await verdict(fetch(`${ingress.url}${path}`))).toBe("404 not_found");
  const text = await metricsOf(ingress);
  expect(text).toContain("yubin_http_request_duration_seconds");
  expect(text).not.toMatch(/ws_[ab]|(chan|prof|camp|msg|tmpl|key|backfill)_[0-9a-f]{8}/);
});

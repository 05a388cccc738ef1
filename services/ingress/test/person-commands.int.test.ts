import type { ProfileView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startIdentityProcess } from "./identity-process.ts";
import { addPerson, newLineUserId } from "./people.ts";
import {
  addKey,
  callApi,
  jsonOf,
  named,
  startTestIngress,
  storedEvents,
  verdict,
  type TestIngress,
} from "./setup.ts";

const resources = new AsyncDisposableStack();
let ingress: TestIngress;
beforeAll(async () => {
  ingress = resources.use(await startTestIngress());
  resources.use(await startIdentityProcess(ingress));
});
afterAll(() => resources.disposeAsync());

type Call = readonly [method: string, path: string, body?: unknown];
const profileAfter = async (...calls: readonly Call[]): Promise<ProfileView> => {
  let profile: ProfileView | undefined;
  for (const [method, path, body] of calls) {
    const answer = await callApi(ingress, [method, `/v1/profiles/${path}`], body);
    expect(answer.status).toBe(200);
    profile = await jsonOf<ProfileView>(answer);
  }
  if (!profile) throw new Error("nothing was called");
  return profile;
};

it("sets traits and takes them away, and answers the person as they are then", async () => {
  const id = await addPerson(ingress, { externalId: "ann", traits: { plan: "free", city: "x" } });
  const traits = { plan: "pro", city: null, tags: ["a", { b: 1 }] };
  const after = await profileAfter(["PATCH", "user:ann", { traits }]);
  expect(after).toMatchObject({ id, traits: { plan: "pro", tags: ["a", { b: 1 }] } });
  expect(after.traits).not.toHaveProperty("city");
  expect(await jsonOf(callApi(ingress, ["GET", `/v1/profiles/${id}`]))).toEqual(after);
});

it("records consent per purpose with its time and source", async () => {
  await addPerson(ingress, { externalId: "bob" });
  const { consents } = await profileAfter(
    ["PUT", "user:bob/consents/news", { granted: true, source: "form" }],
    ["PUT", "user:bob/consents/ads", { granted: true, source: "form" }],
    ["PUT", "user:bob/consents/news", { granted: false, source: "call" }],
  );
  expect(consents).toEqual({
    news: { granted: false, source: "call", at: expect.any(String) },
    ads: { granted: true, source: "form", at: expect.any(String) },
  });
});

it("suppresses and lifts", async () => {
  const lineUserId = newLineUserId();
  await addPerson(ingress, { lineUserIds: [lineUserId] });
  const path = `line:main:${lineUserId}/suppression`;
  expect(await profileAfter(["PUT", path, { reason: "asked by mail" }])).toMatchObject({
    suppressed: true,
    suppression: { reason: "asked by mail" },
  });
  expect(await profileAfter(["DELETE", path])).toMatchObject({
    suppressed: false,
    suppression: null,
  });
});

it("reaches the survivor of a merge by every name, and keeps whose name it was", async () => {
  const into = await addPerson(ingress, { externalId: "old" });
  const from = await addPerson(ingress, {
    email: "merged@example.com",
    row: { mergedInto: into },
  });
  const after = await profileAfter(
    ["PATCH", "email:merged@example.com", { traits: { a: 1 } }],
    ["PATCH", from, { traits: { b: 1 } }],
    ["PATCH", "user:old", { traits: { c: 1 } }],
  );
  expect(after).toMatchObject({ id: into, traits: { a: 1, b: 1, c: 1 } });
  const events = await storedEvents(ingress, { "body.profileId": { $in: [from, into] } });
  expect(events.toSorted((one, other) => +one.occurredAt - +other.occurredAt)).toMatchObject([
    { source: "api", type: "patch", state: "applied", profileId: from },
    { source: "api", type: "patch", state: "applied", profileId: from },
    { source: "api", type: "patch", state: "applied", profileId: into },
  ]);
});

it("has nobody to say it of", async () => {
  const erased = await addPerson(ingress, { row: { erasedAt: new Date() } });
  const elsewhere = await addPerson(ingress, { workspaceId: "ws_other", externalId: "elsewhere" });
  const calls: Call[] = [
    ["PATCH", "", { traits: { a: 1 } }],
    ["PUT", "/consents/news", { granted: true, source: "form" }],
    ["PUT", "/suppression", { reason: "asked" }],
    ["DELETE", "/suppression"],
  ];
  for (const [method, path, body] of calls) {
    const answer = (ref: string) =>
      verdict(callApi(ingress, [method, `/v1/profiles/${ref}${path}`], body));
    expect(await answer("user:nobody")).toBe("404 not_found");
    expect(await answer("nonsense")).toBe("404 not_found");
    expect(await answer(elsewhere)).toBe("404 not_found");
    expect(await answer("user:elsewhere")).toBe("404 not_found");
    expect(await answer(erased)).toBe("410 profile_erased");
  }
  expect(await verdict(callApi(ingress, ["GET", `/v1/profiles/${erased}`]))).toBe(
    "410 profile_erased",
  );
});

it("needs the scope to write", async () => {
  const id = await addPerson(ingress);
  const key = await addKey(ingress, { scopes: ["read"] });
  const answer = (method: string, path: string, body?: unknown) =>
    verdict(callApi(ingress, [method, `/v1/profiles/${id}${path}`], body, { key }));
  expect(await answer("PATCH", "", { traits: {} })).toBe("403 scope_missing");
  expect(await answer("PUT", "/consents/a", { granted: true, source: "x" })).toBe(
    "403 scope_missing",
  );
  expect(await answer("DELETE", "/suppression")).toBe("403 scope_missing");
});

describe("what cannot be set is refused, and changes nothing", () => {
  const of = (given: unknown) => ({ traits: given });
  it.each(
    named([
      [{}, "400 request_invalid traits"],
      [of([]), "400 type_invalid traits"],
      [of({ $set: 1 }), "400 key_invalid traits"],
      [of({ "a.b": 1 }), "400 key_invalid traits"],
      [of({ "": 1 }), "400 key_invalid traits"],
      [of({ ["k".repeat(65)]: 1 }), "400 key_invalid traits"],
      [of({ deep: { constructor: 1 } }), "400 key_forbidden traits.deep.constructor"],
      [of({ big: "x".repeat(4_097) }), "422 limit_exceeded traits.big"],
      [of({ email: "a".repeat(10_000) + "@" }), "400 email_invalid traits.email"],
      [of({ email: 5 }), "400 type_invalid traits.email"],
      [{ traits: {}, _id: "x" }, "400 unknown_field _id"],
      [{ traits: {}, mergedInto: "x" }, "400 unknown_field mergedInto"],
      [
        of(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, n]))),
        "422 limit_exceeded traits",
      ],
    ]),
  )("%s", async (_name, body, expected) => {
    const id = await addPerson(ingress, { traits: { kept: 1 } });
    expect(await verdict(callApi(ingress, ["PATCH", `/v1/profiles/${id}`], body))).toBe(expected);
    expect(await ingress.store.profiles.findOne({ _id: id })).toMatchObject({ version: 1 });
  });

  it.each([
    ['{"traits":{"__proto__":{"x":1}}}', "400 key_forbidden traits.__proto__"],
    ['{"traits":{"n":9007199254740993}}', "400 number_out_of_range traits.n"],
    ['{"traits":{"n":1e400}}', "400 number_out_of_range traits.n"],
    ['{"traits":{"t":"\\ud800"}}', "400 unicode_invalid traits.t"],
    ['{"traits":{"t":"a\\u0000b"}}', "400 unicode_invalid traits.t"],
  ])("%s", async (body, expected) => {
    const id = await addPerson(ingress);
    expect(await verdict(callApi(ingress, ["PATCH", `/v1/profiles/${id}`], body))).toBe(expected);
  });

  it.each([
    ["consents/a.b", { granted: true, source: "x" }, "400 key_invalid purpose"],
    ["consents/%24where", { granted: true, source: "x" }, "400 key_invalid purpose"],
    ["consents/__proto__", { granted: true, source: "x" }, "400 key_forbidden purpose"],
    [`consents/${"p".repeat(65)}`, { granted: true, source: "x" }, "400 key_invalid purpose"],
    ["consents/a", { granted: "yes", source: "x" }, "400 type_invalid granted"],
    ["consents/a", { granted: { $gt: "" }, source: "x" }, "400 type_invalid granted"],
    ["consents/a", { granted: true }, "400 request_invalid source"],
    ["consents/a", { granted: true, source: "" }, "400 request_invalid source"],
    ["consents/a", { granted: true, source: "x".repeat(201) }, "422 limit_exceeded source"],
    ["suppression", {}, "400 request_invalid reason"],
    ["suppression", { reason: "x", at: 1 }, "400 unknown_field at"],
  ])("%s %j", async (path, body, expected) => {
    const id = await addPerson(ingress);
    const answer = callApi(ingress, ["PUT", `/v1/profiles/${id}/${path}`], body);
    expect(await verdict(answer)).toBe(expected);
  });

  it("says so when a person has no room for more", async () => {
    const full = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`t${n}`, n]));
    const id = await addPerson(ingress, { traits: full });
    const patch = (traits: object) =>
      verdict(callApi(ingress, ["PATCH", `/v1/profiles/${id}`], { traits }));
    expect(await patch({ more: 1 })).toBe("422 limit_exceeded");
    expect(await patch({ t0: null })).toBe("200");
    expect(await patch({ more: 1 })).toBe("200");
  });
});

it("answers 202 and an id while identity is away, and it is done later", async () => {
  await using other = await startTestIngress();
  const id = await addPerson(other);
  const answer = await callApi(other, ["PATCH", `/v1/profiles/${id}`], { traits: { a: 1 } });
  expect(answer.status).toBe(202);
  expect(await answer.json()).toEqual({ id: expect.stringMatching(/^evt_[0-9a-f]{32}$/) });
  const identity = await startIdentityProcess(other);
  await expect
    .poll(async () => (await other.store.profiles.findOne({ _id: id }))?.traits)
    .toEqual({ a: 1 });
  await identity[Symbol.asyncDispose]();
});

it("logs nothing of what was said", async () => {
  const id = await addPerson(ingress);
  await profileAfter(
    ["PATCH", id, { traits: { secret: "hush-trait" } }],
    ["PUT", `${id}/suppression`, { reason: "hush-reason" }],
  );
  expect(ingress.logged.join("\n")).not.toMatch(/hush/);
});

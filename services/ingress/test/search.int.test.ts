import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { ProfileView } from "@yubin/types";
import { newId } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addPerson, lineAccount, newLineUserId } from "./people.ts";
import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  startTestIngress,
  verdict,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress[Symbol.asyncDispose]());

interface Page {
  readonly data: ProfileView[];
  readonly nextCursor: string | null;
}
const pageOf = (query: string, key: string): Promise<Page> =>
  jsonOf<Page>(callApi(ingress, ["GET", `/v1/profiles?${query}`], undefined, { key }));

/** A workspace of its own, so that nobody else is found. */
const addWorkspace = async () => {
  const workspaceId = newId("ws");
  return { workspaceId, key: await addKey(ingress, { workspaceId, scopes: ["read"] }) };
};
const search = async (key: string, query: Record<string, string>): Promise<string[]> =>
  (await pageOf(new URLSearchParams(query).toString(), key)).data.map(({ id }) => id);

describe("a search finds who is meant", () => {
  it("by exact names, also under a merged profile's, and alone in one's workspace", async () => {
    const [ours, theirs] = [await addWorkspace(), await addWorkspace()];
    const lineUserId = newLineUserId();
    const add = (workspaceId: string) =>
      addPerson(ingress, {
        workspaceId,
        externalId: "ann",
        email: "ann@example.com",
        lineUserIds: [lineUserId],
      });
    const [ann, other] = [await add(ours.workspaceId), await add(theirs.workspaceId)];
    await addPerson(ingress, {
      workspaceId: ours.workspaceId,
      externalId: "ann-old",
      row: { mergedInto: ann },
    });
    await addPerson(ingress, { workspaceId: ours.workspaceId, externalId: "bob" });
    await addChannel(ingress, { workspaceId: ours.workspaceId, provider: "main" });
    await addChannel(ingress, { workspaceId: ours.workspaceId, provider: "second" });
    for (const query of [
      { externalId: "ann" },
      { externalId: "ann-old" },
      { email: "Ann@Example.com" },
      { lineId: lineUserId },
      { lineId: lineUserId, provider: "main" },
      { lineId: lineUserId, email: "ann@example.com", identified: "true" },
    ])
      expect([query, await search(ours.key, query)]).toEqual([query, [ann]]);
    for (const query of [
      { externalId: "nobody" },
      { lineId: lineUserId, provider: "second" },
      { externalId: "ann", email: "nobody@example.com" },
      { externalId: "bob", email: "ann@example.com" },
      { externalId: "ann", suppressed: "true" },
      { externalId: "ann", friendship: "chan_1:following" },
    ])
      expect([query, await search(ours.key, query)]).toEqual([query, []]);
    expect(await search(theirs.key, { externalId: "ann" })).toEqual([other]);
  });

  it("by what is known of them, alone and together", async () => {
    const { workspaceId, key } = await addWorkspace();
    const add = (person: Parameters<typeof addPerson>[1]) =>
      addPerson(ingress, { workspaceId, ...person });
    const suppression = { at: new Date(), reason: "asked" };
    const ann = await add({
      externalId: "ann",
      traits: { name: "Ann (VIP) O.Neil", plan: "pro", age: 42, vip: true, gone: null },
      row: { friendOf: ["chan_1"], suppression },
    });
    const bob = await add({
      traits: { name: "bob", plan: "pro", age: "42", vip: "true", gone: "null" },
      row: { blockedOn: ["chan_1"], lineAccounts: [lineAccount({ displayName: "ボブ Ünal" })] },
    });
    const cid = await add({ traits: { plan: "free" }, row: { friendOf: ["chan_1", "chan_2"] } });
    await add({ traits: { plan: "pro" }, row: { mergedInto: ann, friendOf: ["chan_1"] } });
    await add({ traits: { plan: "pro" }, row: { erasedAt: new Date(), friendOf: ["chan_1"] } });

    const expected: [Record<string, string>, string[]][] = [
      [{}, [ann, bob, cid]],
      [{ name: "ann" }, [ann]],
      [{ name: "(vip) o.n" }, [ann]],
      [{ name: "O" }, [ann, bob]],
      [{ name: "ボブ ü" }, [bob]],
      [{ name: ".*" }, []],
      [{ name: "a|b" }, []],
      [{ name: "[" }, []],
      [{ name: "\\" }, []],
      [{ friendship: "chan_1:following" }, [ann, cid]],
      [{ friendship: "chan_1:blocked" }, [bob]],
      [{ friendship: "chan_9:following" }, []],
      [{ suppressed: "true" }, [ann]],
      [{ suppressed: "false" }, [bob, cid]],
      [{ identified: "true" }, [ann]],
      [{ identified: "false" }, [bob, cid]],
      [{ "attribute.plan": "pro" }, [ann, bob]],
      [{ "attribute.age": "42" }, [ann, bob]],
      [{ "attribute.vip": "true" }, [ann, bob]],
      [{ "attribute.gone": "null" }, [ann, bob]],
      [{ "attribute.absent": "null" }, []],
      [{ "attribute.plan": "pro", friendship: "chan_1:following" }, [ann]],
      [{ "attribute.plan": "free", identified: "false", suppressed: "false" }, [cid]],
    ];
    for (const [query, ids] of expected)
      expect([query, await search(key, query)]).toEqual([query, ids]);
  });
});

it("goes through everybody page by page, and each is found once", async () => {
  const { workspaceId, key } = await addWorkspace();
  const template = await ingress.store.profiles.findOne({ _id: await addPerson(ingress) });
  if (!template) throw new Error("the person was not added");
  const rows = Array.from({ length: 12_000 }, (_, n) => ({
    ...template,
    _id: `prof_${String(n).padStart(32, "0")}`,
    workspaceId,
    traits: { rare: n % 4_000 === 3_999, common: n % 2 === 0 },
  }));
  for (let from = 0; from < rows.length; from += 1_000)
    await ingress.store.profiles.insertMany(rows.slice(from, from + 1_000));

  const walk = async (query: string): Promise<{ ids: string[]; sizes: number[] }> => {
    const pages: Page[] = [await pageOf(query, key)];
    for (let cursor = pages[0]?.nextCursor; cursor; cursor = pages.at(-1)?.nextCursor)
      pages.push(await pageOf(`${query}&cursor=${cursor}`, key));
    return {
      ids: pages.flatMap(({ data }) => data.map(({ id }) => id)),
      sizes: pages.map(({ data }) => data.length),
    };
  };
  const idsWhere = (is: (n: number) => boolean) =>
    rows.flatMap(({ _id }, n) => (is(n) ? [_id] : []));

  const rare = await walk("attribute.rare=true&limit=2");
  expect(rare.ids).toEqual(idsWhere((n) => n % 4_000 === 3_999));
  expect(rare.sizes[0]).toBe(2);
  const common = await walk("attribute.common=true&limit=200");
  expect(common.ids).toEqual(idsWhere((n) => n % 2 === 0));
  expect(common.sizes.every((size) => size <= 200)).toBe(true);
}, 120_000);

it.each([
  ["sort=name", "400 field_not_allowed sort"],
  ["traits.plan=pro", "400 field_not_allowed traits.plan"],
  ["name[$regex]=.*", "400 field_not_allowed name[$regex]"],
  ["nonsense=1", "400 unknown_field nonsense"],
  ["name=a&name=b", "400 param_invalid name"],
  ["limit=0&name=a", "400 param_invalid limit"],
  ["limit=1e9", "400 param_invalid limit"],
  ["limit=-1", "400 param_invalid limit"],
  ["limit=1&limit=2", "400 param_invalid limit"],
  ["cursor=forged&name=a", "400 cursor_invalid cursor"],
  ["attribute.%00=1", "400 key_invalid attribute"],
  ["name=%00", "400 param_invalid name"],
])("refuses %s", async (query, expected) => {
  expect(await verdict(callApi(ingress, ["GET", `/v1/profiles?${query}`]))).toBe(expected);
});

it("takes a cursor only with the filter and the workspace that it came from", async () => {
  const [ours, theirs] = [await addWorkspace(), await addWorkspace()];
  for (const workspaceId of [ours.workspaceId, ours.workspaceId, theirs.workspaceId])
    await addPerson(ingress, { workspaceId, traits: { a: 1 } });
  const { nextCursor } = await pageOf("attribute.a=1&limit=1", ours.key);
  const read = (query: string, key: string) =>
    verdict(
      callApi(ingress, ["GET", `/v1/profiles?${query}&cursor=${nextCursor}`], undefined, { key }),
    );
  expect(await read("attribute.a=1&limit=5", ours.key)).toBe("200");
  expect(await read("attribute.a=2", ours.key)).toBe("400 cursor_invalid cursor");
  expect(await read("attribute.a=1", theirs.key)).toBe("400 cursor_invalid cursor");
});

/** Not by `fetch`, which reads here no more than LINE may answer. */
const download = async (path: string, key: string): Promise<IncomingMessage> => {
  const request = get(`${ingress.url}${path}`, {
    headers: {
      authorization: `Bearer ${key}`,
      accept: "application/x-ndjson, application/json;q=0.5",
    },
  });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return answer;
};

describe("an export", () => {
  const exported = (key: string, accept: string, query = "") =>
    callApi(ingress, ["GET", `/v1/profiles${query}`], undefined, { key, headers: { accept } });

  it("is everybody as CSV, of which nothing is a formula", async () => {
    const { workspaceId, key } = await addWorkspace();
    const names = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "a,b", 'say "hi"', "two\nlines", "山田"];
    for (const name of names)
      await addPerson(ingress, { workspaceId, traits: { name, plan: "pro" } });
    await addPerson(ingress, {
      workspaceId,
      row: { lineAccounts: [lineAccount({ displayName: "\0=1" })] },
    });
    await addPerson(ingress, { workspaceId, traits: { plan: "free" }, externalId: "=cmd" });
    const answer = await exported(key, "text/csv", "?attribute.plan=pro");
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const file = await answer.text();
    expect(file.startsWith("id,externalId,email,name,")).toBe(true);
    expect(file.split("\r\n").filter((line) => line.startsWith("prof_"))).toHaveLength(
      names.length,
    );
    for (const start of ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
      expect(file).toContain(`,"'${start}",`);
    expect(file).toContain(',"a,b",');
    expect(file).toContain(',"say ""hi""",');
    expect(file).toContain(',"two\nlines",');
    expect(file).toContain(",山田,");
    const all = await (await exported(key, "text/csv")).text();
    expect(all).toContain(`,"'=cmd",`);
    expect(all).toContain(`,"'\0=1",`);
  });

  it("is everybody as NDJSON, in the form of the API", async () => {
    const { workspaceId, key } = await addWorkspace();
    const people = Array.from({ length: 250 }, (_, n) => n);
    for (const n of people)
      await addPerson(ingress, { workspaceId, traits: { n, esc: "\u001b[31m\n" } });
    const lines = (await text(await download("/v1/profiles", key))).trimEnd().split("\n");
    const found = lines.map((line) => JSON.parse(line) as ProfileView);
    expect(found.map(({ traits }) => traits["n"]).sort((a, b) => Number(a) - Number(b))).toEqual(
      people,
    );
    const [first] = found;
    expect(first).toEqual(
      await jsonOf(callApi(ingress, ["GET", `/v1/profiles/${first?.id}`], undefined, { key })),
    );
  });

  it("says what is wrong before it begins", async () => {
    const { key } = await addWorkspace();
    const answer = await exported(key, "text/csv", "?sort=name");
    expect(await verdict(answer)).toBe("400 field_not_allowed sort");
  });

  it("waits for a caller who is slow, and ends with one who leaves", async () => {
    const { workspaceId, key } = await addWorkspace();
    const template = await ingress.store.profiles.findOne({ _id: await addPerson(ingress) });
    if (!template) throw new Error("the person was not added");
    const big = "x".repeat(4_000);
    const rows = Array.from({ length: 20_000 }, (_, n) => ({
      ...template,
      _id: `prof_f${String(n).padStart(31, "0")}`,
      workspaceId,
      traits: { big },
    }));
    for (let from = 0; from < rows.length; from += 1_000)
      await ingress.store.profiles.insertMany(rows.slice(from, from + 1_000));
    const heapBefore = process.memoryUsage().heapUsed;
    const answer = await download("/v1/profiles", key);
    await once(answer, "readable");
    await pause(1_500); // long enough for all 80 MB to be read, if nobody waited
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(60_000_000);
    answer.destroy();
    const isLogged = () => ingress.logged.some((line) => line.includes('"status":499'));
    await expect.poll(isLogged).toBe(true);
    expect(ingress.logged.join("")).not.toContain("request failed");
    expect(await verdict(exported(key, "application/json", "?limit=1"))).toBe("200");
  }, 120_000);
});

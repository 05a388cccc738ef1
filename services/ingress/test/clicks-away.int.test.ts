import { setTimeout as pause } from "node:timers/promises";
import { newId } from "@yubin/types";
import { afterEach, beforeEach, expect, it } from "vitest";

import { addLink, follow, led, type TestLink } from "./click-links.ts";
import { startMongoProxy, type MongoProxy } from "./mongo-proxy.ts";
import { metricsOf, startTestIngress, type TestIngress } from "./setup.ts";

const shop = "https://shop.example/sale";
/** A person waits a second for their click to be stored; what is left is for a machine with too much to do. */
const onTheWayMs = 3_000;

let proxy: MongoProxy;
let ingress: TestIngress;
/** On the database itself. */
let direct: TestIngress;
beforeEach(async () => {
  direct = await startTestIngress();
  proxy = await startMongoProxy(direct.config.mongoUrl);
  const config = { ...direct.config, mongoUrl: proxy.url };
  ingress = await startTestIngress({ beside: { ...direct, config } });
});
afterEach(async () => {
  await ingress[Symbol.asyncDispose]();
  await direct[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

const countOf = async ({ linkId }: TestLink): Promise<number> => {
  const rows = await direct.store.clicks.find({ linkId }).toArray();
  return rows.reduce((sum, { count }) => sum + count, 0);
};
const lostClicks = async (): Promise<number> =>
  Number(/^yubin_ingress_clicks_lost_total\{[^}]*\} (\d+)$/m.exec(await metricsOf(ingress))?.[1]);
const timed = async (link: TestLink, index: number) => {
  const startedAt = performance.now();
  const answer = await led(follow(ingress, link.path({ batch: 0, index })));
  return { answer, tookMs: performance.now() - startedAt };
};

it("leads on in time while MongoDB is slow, and counts all the same", async () => {
  const link = await addLink(direct, shop);
  await follow(ingress, link.path(), { method: "HEAD" });
  proxy.hold("update", 2_500);
  const answers = await Promise.all(Array.from({ length: 30 }, (_, at) => timed(link, at % 10)));
  expect(new Set(answers.map(({ answer }) => answer))).toEqual(new Set([`302 ${shop}`]));
  expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(2_400);
  await expect.poll(() => countOf(link), { timeout: 30_000 }).toBe(30);
  expect(await lostClicks()).toBe(0);
});

it("leads on by what it knows while MongoDB is gone, says what was lost, and is 503 for the rest", async () => {
  const [known, unknown] = [await addLink(direct, shop), await addLink(direct, shop)];
  expect((await timed(known, 0)).answer).toBe(`302 ${shop}`);
  await proxy[Symbol.asyncDispose]();
  for (let index = 1; index <= 10; index += 1) {
    const { answer, tookMs } = await timed(known, index);
    expect(answer).toBe(`302 ${shop}`);
    expect(tookMs).toBeLessThan(onTheWayMs);
    await pause(200);
  }
  const res = await follow(ingress, unknown.path());
  expect([res.status, res.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(await res.json()).toMatchObject({ error: { code: "store.unavailable" } });
  const html = { headers: { accept: "text/html" } };
  const page = await follow(ingress, unknown.path(), html);
  expect([page.status, page.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(await page.text()).toContain("That didn’t work");
  await expect.poll(lostClicks, { timeout: 30_000 }).toBe(10);
  expect(await countOf(known)).toBe(1);
});

it("leads nobody on by the link of a message that it cannot look up, which may have been removed", async () => {
  const link = await addLink(direct, shop, { messageId: newId("msg") });
  expect((await timed(link, 0)).answer).toBe(`302 ${shop}`);
  await proxy[Symbol.asyncDispose]();
  await pause(200); // until the driver has noticed
  expect((await timed(link, 0)).answer).toBe("503 store.unavailable");
});

it("loses the click alone that the database did not write", async () => {
  const link = await addLink(direct, shop);
  await follow(ingress, link.path(), { method: "HEAD" });
  proxy.failOne("update", { index: 0, of: 1 });
  expect((await timed(link, 0)).answer).toBe(`302 ${shop}`);
  expect(await lostClicks()).toBe(1);
  expect((await timed(link, 1)).answer).toBe(`302 ${shop}`);
  expect(await lostClicks()).toBe(1);
});

it("tries again where somebody else was making the row at that moment", async () => {
  const link = await addLink(direct, shop);
  await follow(ingress, link.path(), { method: "HEAD" });
  proxy.failOne("update", { index: 0, of: 1, code: 11_000 });
  expect((await timed(link, 0)).answer).toBe(`302 ${shop}`);
  expect(await lostClicks()).toBe(0);
  // The first try got through to the server, which is only said to have refused it.
  expect(await countOf(link)).toBe(2);
});

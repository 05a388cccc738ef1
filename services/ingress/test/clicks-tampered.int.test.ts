import { randomBytes } from "node:crypto";
import { createClickTokens } from "@yubin/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { clickLimitsPerMinute } from "../src/http/click-routes.ts";
import { addLink, follow, led, type TestLink } from "./click-links.ts";
import { rawHttp } from "./raw-http.ts";
import { metricsOf, startTestIngress, type TestIngress } from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress[Symbol.asyncDispose]());

const shop = "https://shop.example/sale?from=line&c=1";
const rowsOf = ({ linkId }: TestLink) => ingress.store.clicks.find({ linkId }).toArray();
const countOf = async (link: TestLink): Promise<number> =>
  (await rowsOf(link)).reduce((sum, { count }) => sum + count, 0);

/** Row 85 of the hazards. */
describe("a link that was tampered with leads nowhere, or where it was made for", () => {
  const place = { batch: 0, index: 1 };

  it("at whichever character", async () => {
    const link = await addLink(ingress, shop);
    for (const path of [link.path(), link.path(place)]) {
      for (let at = "/c/".length; at < path.length; at += 1)
        for (const char of ["A", "_"].filter((one) => one !== path[at])) {
          const changed = path.slice(0, at) + char + path.slice(at + 1);
          expect([at, await led(follow(ingress, changed))]).toEqual([at, "404 link_unknown"]);
        }
      expect(await led(follow(ingress, path.slice(0, -1)))).toBe("404 link_unknown");
      expect(await led(follow(ingress, `${path}A`))).toBe("404 link_unknown");
    }
    expect(await rowsOf(link)).toEqual([]);
  });

  it("into the link of somebody else, or one that another key has signed", async () => {
    const link = await addLink(ingress, shop);
    const [mine, theirs] = [link.path(place), link.path({ batch: 0, index: 257 })];
    const spliced = mine.slice(0, -14) + theirs.slice(-14);
    expect(await led(follow(ingress, spliced))).toBe("404 link_unknown");
    const stranger = createClickTokens([{ id: "k1", key: randomBytes(32) }]);
    const token = stranger.sign({ linkId: link.linkId, place });
    expect(await led(follow(ingress, `/c/${token}`))).toBe("404 link_unknown");
  });

  it("that was never stored is unknown", async () => {
    const token = createClickTokens(ingress.config.secretKeys).sign({ linkId: "0".repeat(20) });
    expect(await led(follow(ingress, `/c/${token}`))).toBe("404 link_unknown");
  });

  it.each(
    [
      "?url=//evil.example",
      "?url=https://evil.example&next=https://evil.example&lang=//evil.example",
      "?url[]=//evil.example&__proto__[url]=x",
      "?@evil.example",
      "?%0d%0alocation:%20https://evil.example",
      `?${"x".repeat(8_000)}`,
    ].map((query) => [query.slice(0, 40), query] as const),
  )("by the query %s, which counts for nothing", async (_, query) => {
    const link = await addLink(ingress, shop);
    const { head } = await raw(`${link.path(place)}${query}`);
    expect(head).toMatch(/^HTTP\/1\.1 302 /);
    expect(locationsIn(head)).toEqual([shop]);
    expect(await countOf(link)).toBe(1);
  });

  it.each(
    [
      ["//evil.example", "404"],
      ["https:\\\\evil.example", "404"],
      ["https:%5c%5cevil.example", "404"],
      ["@evil.example", "404"],
      ["%2f%2fevil.example", "404"],
      ["..%2f..%2fevil.example", "404"],
      ["%0d%0alocation:%20https://evil.example", "404"],
      ["%00", "404"],
      ["/", "404"],
      [".", "404"],
      [";url=evil.example", "404"],
      ["x".repeat(8_000), "404"],
      // Neither is a path or a head that HTTP knows.
      ["%zz", "400"],
      ["x".repeat(40_000), "431"],
    ].map(([hostile = "", status = ""]) => [hostile.slice(0, 40), hostile, status] as const),
  )("by %s behind it or in its place", async (_, hostile, status) => {
    const link = await addLink(ingress, shop);
    for (const path of [`${link.path(place)}${hostile}`, `/c/${hostile}`]) {
      const { head } = await raw(path);
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(locationsIn(head)).toEqual([]);
    }
    expect(await rowsOf(link)).toEqual([]);
  });

  it.each([
    "Host: evil.example",
    "X-Forwarded-Host: evil.example",
    "X-Original-URL: //evil.example",
  ])("by the header %s", async (header) => {
    const link = await addLink(ingress, shop);
    const { head } = await raw(link.path(place), [header]);
    expect(locationsIn(head)).toEqual([shop]);
  });

  const raw = async (path: string, headers: readonly string[] = []) => {
    const hosts = headers.some((one) => one.startsWith("Host:"))
      ? headers
      : ["Host: x", ...headers];
    const lines = [`GET ${path} HTTP/1.1`, ...hosts, "Connection: close", "", ""];
    const [head = ""] = (await rawHttp(ingress.port, lines.join("\r\n"))).text.split("\r\n\r\n");
    return { head };
  };
  const locationsIn = (head: string): string[] =>
    [...head.matchAll(/^location: (.*)$/gim)].map(([, location = ""]) => location);
});

it("from one address is counted only so often, and leads on however often", async () => {
  const limits = { clicks: 20, misses: 5 };
  await using busy = await startTestIngress({ beside: ingress, clickLimitsPerMinute: limits });
  const link = await addLink(ingress, shop);
  const other = await addLink(ingress, `${shop}#other`);
  const paths = Array.from({ length: 50 }, (_, index) => link.path({ batch: 0, index }));
  for (const path of paths) {
    expect((await follow(busy, path, { method: "HEAD" })).status).toBe(302);
    expect(await led(follow(busy, path))).toBe(`302 ${shop}`);
  }
  expect(await countOf(link)).toBe(20);
  // Also one that the process has never led on.
  expect(await led(follow(busy, other.path()))).toBe(`302 ${other.url}`);
  expect(await countOf(other)).toBe(0);
  expect(await metricsOf(busy)).toMatch(/^yubin_ingress_clicks_uncounted_total\{[^}]*\} 31$/m);
  expect(await led(follow(ingress, other.path()))).toBe(`302 ${other.url}`);
  expect(await countOf(other)).toBe(1);
});

it("is guessed only so often from one address, where real links go on working", async () => {
  await using guessed = await startTestIngress({ beside: ingress });
  const link = await addLink(ingress, shop);
  for (let round = 0; round < clickLimitsPerMinute.misses / 100; round += 1) {
    const guesses = Array.from({ length: 100 }, () => led(follow(guessed, "/c/guess")));
    expect(new Set(await Promise.all(guesses))).toEqual(new Set(["404 link_unknown"]));
  }
  const res = await follow(guessed, "/c/guess");
  expect([res.status, await res.json()]).toMatchObject([429, { error: { code: "rate_limited" } }]);
  expect(Number(res.headers.get("retry-after"))).toBeGreaterThan(0);
  const page = await follow(guessed, "/c/guess", { headers: { accept: "text/html" } });
  expect([page.status, await page.text()]).toEqual([
    429,
    expect.stringContaining("Too many tries"),
  ]);
  expect(await led(follow(guessed, link.path()))).toBe(`302 ${shop}`);
});

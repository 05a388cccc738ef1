import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";

import type { LineMessage } from "@yubin/types";
import { afterEach, describe, expect, it } from "vitest";

import { createRenderer, type Rendered, type TemplateScope } from "./render-messages.ts";

const scope = (data: Record<string, unknown> = {}): TemplateScope => ({
  profile: { externalId: "42", displayName: "山田", traits: {} },
  data,
  campaign: { name: "Spring" },
  channel: { name: "Shop" },
});
const text = (template: string): LineMessage[] => [{ type: "text", text: template }];
const inTextV2 = (template: string): LineMessage[] => [
  { type: "textV2", text: template, substitution: {} },
];
const words = (one: Rendered | undefined): unknown =>
  one && "messages" in one ? one.messages[0]?.["text"] : one;

let renderer = createRenderer();
afterEach(() => {
  renderer.close();
  renderer = createRenderer();
});

/** In one filter, where Liquid itself never looks at the time: only somebody else stops it. */
const endless =
  "{% if data.list %}{{ data.list | where_exp: 'x', 'data.list contains y' }}{% endif %}";
const long = Array.from({ length: 30_000 }, (_, index) => index);
const nested = "{% for a in data.list %}".repeat(4) + "{% endfor %}".repeat(4);
/** Little of it is printed, so that Liquid counts little: it ends in a process that has no memory left. */
const piles = [1, 2, 3, 4, 5, 6]
  .map(
    (n) =>
      `{% capture x${n} %}{% for i in (1..3000) %}${"a".repeat(10_000)}{% endfor %}{% endcapture %}` +
      `{% if x${n} contains 'q' %}{% endif %}`,
  )
  .join("");
const doubled =
  "{% capture x %}{{ data.words }}{% endcapture %}" +
  "{% capture x %}{{ x }}{{ x }}{% endcapture %}".repeat(30);

const attacks: readonly [string, LineMessage[], Record<string, unknown>][] = [
  ["a filter that never ends", text(`a${endless}`), { list: long }],
  ["nested loops over nothing", text(`a${nested}`), { list: long.slice(0, 1_000) }],
  [
    "ten million loops",
    text("a{% if data.x %}{% for i in (1..10000000) %}{% endfor %}{% endif %}"),
    { x: 1 },
  ],
  [
    "doubling",
    text(`a{% assign b = data.words %}${"{% assign b = b | append: b %}".repeat(32)}`),
    { words: "xx" },
  ],
  [
    "doubling of lists",
    text(`a{% assign b = data.list %}${"{% assign b = b | concat: b %}".repeat(32)}`),
    { list: [1, 2] },
  ],
  [
    "a width of a milliard",
    text("a{% if data.x %}{{ 'now' | date: '%1000000000Y' }}{% endif %}"),
    { x: 1 },
  ],
  ["doubling what was captured", inTextV2(`a${doubled}`), { words: "x{" }],
  [
    "lists within lists",
    text(
      `a{% if data.list %}{% assign b = data.list %}${"{% assign b = b | push: b %}".repeat(26)}{{ b }}{% endif %}`,
    ),
    { list: ["a", "b"] },
  ],
  ["gigabytes of its own words", text(`a{% if data.x %}${piles}{% endif %}`), { x: 1 }],
];

describe.each(attacks)("%s", (_, messages, data) => {
  it("is contained for whom it is meant, and nobody else waits for long", async () => {
    const other = { workspaceId: "ws_b", messages: text("{{ profile.displayName }}") };
    await renderer.renderMessages({ ...other, scopes: [scope()] });
    const scopes = [scope(), scope(data), scope()];
    const state = { done: false };
    const hostile = renderer
      .renderMessages({ workspaceId: "ws_a", messages, scopes })
      .finally(() => {
        state.done = true;
      });

    let longestMs = 0;
    do {
      const startedAt = performance.now();
      expect(await renderer.renderMessages({ ...other, scopes: [scope()] })).toEqual([
        { messages: text("山田") },
      ]);
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await wait(5);
    } while (!state.done);

    const [before, attacked, after] = await hostile;
    expect(attacked).toEqual({ failed: expect.stringMatching(/^template_(timeout|memory)$/) });
    // What is not hostile for somebody is rendered, or is as blank as it would be alone.
    for (const one of [before, after]) expect(words(one)).toMatch(/^a/);
    // 200 ms of one render, and a new process; ten times of it on a machine that does other things.
    expect(longestMs).toBeLessThan(2_500);
  });
});

it("renders those before and after each of many who are hostile", async () => {
  const messages = text(`{{ data.name }}${endless}`);
  const scopes = Array.from({ length: 60 }, (_, index) =>
    scope({ name: `n${index}`, ...(index % 20 === 7 ? { list: long } : {}) }),
  );
  renderer = createRenderer({ budgetMs: 60_000 });
  const rendered = await renderer.renderMessages({ workspaceId: "ws_a", messages, scopes });
  expect(rendered.map(words)).toEqual(
    scopes.map((_, index) => (index % 20 === 7 ? { failed: "template_timeout" } : `n${index}`)),
  );
});

it("gives each workspace its turn, however much another has waiting", async () => {
  renderer = createRenderer({ processes: 1, budgetMs: 60_000 });
  let ended = 0;
  const hostile = Array.from({ length: 12 }, () =>
    renderer
      .renderMessages({
        workspaceId: "ws_a",
        messages: text(endless),
        scopes: [scope({ list: long })],
      })
      .finally(() => {
        ended += 1;
      }),
  );
  const kind = { workspaceId: "ws_b", messages: text("{{ channel.name }}"), scopes: [scope()] };
  expect((await renderer.renderMessages(kind)).map(words)).toEqual(["Shop"]);
  expect(ended).toBeLessThan(4);
  await Promise.all(hostile);
});

it("takes no longer than it may: who is left comes later", async () => {
  renderer = createRenderer({ budgetMs: 600 });
  const scopes = Array.from({ length: 200 }, () => scope({ list: long }));
  const startedAt = performance.now();
  const rendered = await renderer.renderMessages({
    workspaceId: "ws_a",
    messages: text(endless),
    scopes,
  });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(rendered[0]).toEqual({ failed: "template_timeout" });
  expect(rendered.at(-1)).toEqual({ later: true });
  expect(rendered).toHaveLength(200);
});

it("ends while renders are under way and wait", async () => {
  const scopes = Array.from({ length: 50 }, () => scope({ list: long }));
  const request = { workspaceId: "ws_a", messages: text(endless), scopes };
  const rendering = Promise.all([1, 2, 3, 4].map(() => renderer.renderMessages(request)));
  await wait(100);
  const startedAt = performance.now();
  renderer.close();
  for (const each of await rendering) expect(each.at(-1)).toEqual({ later: true });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(await renderer.renderMessages({ ...request, scopes: [scope()] })).toEqual([
    { later: true },
  ]);
});

it("holds few requests: who comes when very many wait comes later", async () => {
  const request = { workspaceId: "ws_a", messages: text("{{ channel.name }}"), scopes: [scope()] };
  const all = await Promise.all(
    Array.from({ length: 1_100 }, () => renderer.renderMessages(request)),
  );
  const later = all.flat().filter((one) => "later" in one);
  expect(later.length).toBeGreaterThan(50);
  expect(all.flat().filter((one) => "messages" in one)).toHaveLength(1_100 - later.length);
});

/** The renderers that a process has started. */
const renderersOf = (parent: number | undefined): number[] =>
  execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("render-process.ts"))
    .map((line) => line.trim().split(/ +/).map(Number))
    .flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));

const rssOf = (pids: readonly number[]): number =>
  execFileSync("ps", ["-o", "rss=", "-p", pids.join(",")], { encoding: "utf8" })
    .split("\n")
    .reduce((bytes, line) => bytes + Number(line) * 1_024, 0);

it("goes on with another process where one stands still or is gone, and leaves none behind", async () => {
  const request = { workspaceId: "ws_a", messages: text("{{ channel.name }}"), scopes: [scope()] };
  const asked = () => Promise.all([1, 2].map(() => renderer.renderMessages(request)));
  renderer = createRenderer({ budgetMs: 60_000 });
  await asked();
  const [stopped = 0, killed = 0] = renderersOf(process.pid);
  process.kill(stopped, "SIGSTOP");
  process.kill(killed, "SIGKILL");
  for (const each of await asked()) expect(each.map(words)).toEqual(["Shop"]);
  renderer.close();
  await expect.poll(() => renderersOf(process.pid)).toEqual([]);
});

it("ends with the process that asks, even if that is killed, idle or not", async () => {
  const module = new URL("render-messages.ts", import.meta.url).href;
  const script = `
    const { createRenderer } = await import(${JSON.stringify(module)});
    const renderer = createRenderer({ budgetMs: 60_000 });
    const list = Array.from({ length: 30_000 }, (_, index) => index);
    const scopes = Array.from({ length: 200 }, () => ({ profile: { traits: {} }, data: { list } }));
    const messages = [{ type: "text", text: ${JSON.stringify(endless)} }];
    const kind = [{ type: "text", text: "{{ channel.name }}" }];
    const started = ["a", "b"].map((workspaceId) =>
      renderer.renderMessages({ workspaceId, messages: kind, scopes: scopes.slice(0, 1) }));
    await Promise.all(started);
    void renderer.renderMessages({ workspaceId: "a", messages, scopes });
    setInterval(() => undefined, 1_000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  await expect.poll(() => renderersOf(parent.pid)).toHaveLength(2);
  const renderers = renderersOf(parent.pid);
  await wait(300);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  const alive = () =>
    renderers.filter((pid) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    });
  await expect.poll(alive).toEqual([]);
});

it("lets its process end by itself", async () => {
  const module = new URL("render-messages.ts", import.meta.url).href;
  const script = `
    const { createRenderer } = await import(${JSON.stringify(module)});
    const scopes = [{ profile: { traits: {} }, data: { name: "n" } }];
    const messages = [{ type: "text", text: "{{ data.name }}" }];
    const request = { workspaceId: "a", messages, scopes };
    process.stdout.write(JSON.stringify(await createRenderer().renderMessages(request)));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 30_000,
  });
  expect(JSON.parse(output)).toEqual([{ messages: text("n") }]);
});

it("asks no other process for what has no templates", async () => {
  renderer.close(); // nobody would answer now
  const messages = text("plain");
  expect(
    await renderer.renderMessages({ workspaceId: "ws_a", messages, scopes: [scope(), scope()] }),
  ).toEqual([{ messages }, { messages }]);
});

it("keeps its memory through a thousand hostile renders", async () => {
  renderer = createRenderer({ budgetMs: 120_000 });
  const messages = inTextV2(
    `a{% assign b = data.words %}${"{% assign b = b | append: b %}".repeat(32)}`,
  );
  const bombs = Array.from({ length: 250 }, () => scope({ words: "x{".repeat(2_000) }));
  const rssAfter = async (): Promise<number> => {
    const rendered = await renderer.renderMessages({
      workspaceId: "ws_a",
      messages,
      scopes: bombs,
    });
    expect(new Set(rendered.map((one) => "failed" in one && one.failed))).toEqual(
      new Set(["template_memory"]),
    );
    await renderer.renderMessages({
      workspaceId: "ws_a",
      messages: text(`a${endless}`),
      scopes: [scope({ list: long }), scope({ list: long })],
    });
    return process.memoryUsage().rss + rssOf(renderersOf(process.pid));
  };
  const first = await rssAfter();
  await rssAfter();
  await rssAfter();
  expect((await rssAfter()) / first).toBeLessThan(1.5);
});

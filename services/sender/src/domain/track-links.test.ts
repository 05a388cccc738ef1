import { setTimeout as pause } from "node:timers/promises";

import { clickLinkId } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { deliverBatch } from "./deliver-batch.ts";
import { createMemory, type Memory } from "./memory.ts";

const ref = { workspaceId: "ws_main", batchId: "camp_1/000000" };
const { signal } = new AbortController();
const url = "https://shop.example/a";
const other = "https://shop.example/b";

const content = (words: string, tracking: "person" | "campaign") => ({
  messages: [{ type: "text", text: words }],
  tracking,
});

const memoryWith = (
  asked: Memory["campaign"]["content"],
  method?: "push" | "multicast",
): Memory => {
  const memory = createMemory(4, method);
  memory.campaign = { ...memory.campaign, content: asked };
  return memory;
};

const idOf = (to: string, variant: string | null = null): string =>
  clickLinkId({ workspaceId: "ws_main", ownerId: "camp_1", variant, url: to });

const linkOf = (to: string, ...place: readonly number[]): string =>
  `https://yubin.example/c/${[idOf(to), ...place].join(".")}`;

const textsIn = ({ bodies }: Memory): string[] =>
  [...bodies.values()].map(
    (body) => (JSON.parse(body) as { messages: { text: string }[] }).messages[0]?.text ?? "",
  );

describe("links", () => {
  it("of each person carry their place", async () => {
    const memory = memoryWith(content(`see ${url}`, "person"));
    await expect(deliverBatch(memory.deps, ref, signal)).resolves.toMatchObject({
      kind: "settled",
    });
    expect(textsIn(memory).toSorted()).toEqual(
      [0, 1, 2, 3].map((index) => `see ${linkOf(url, 0, index)}`),
    );
    expect([...memory.clickLinks.values()]).toEqual([
      {
        id: idOf(url),
        workspaceId: "ws_main",
        campaignId: "camp_1",
        messageId: null,
        variant: null,
        url,
      },
    ]);
  });

  it("of all are the same", async () => {
    const memory = memoryWith(content(`see ${url}`, "campaign"), "multicast");
    await deliverBatch(memory.deps, ref, signal);
    expect(new Set(textsIn(memory))).toEqual(new Set([`see ${linkOf(url)}`]));
  });

  it("of each person are none where one call goes to many", async () => {
    const memory = memoryWith(content(`see ${url}`, "person"), "multicast");
    await deliverBatch(memory.deps, ref, signal);
    expect(new Set(textsIn(memory))).toEqual(new Set([`see ${url}`]));
    expect(memory.clickLinks.size).toBe(0);
  });

  it("of variants are told apart, also where they lead to the same", async () => {
    const memory = memoryWith({
      controlPercent: 0,
      variants: ["A", "B"].map((name) => ({
        ...content(`${name} ${url}`, "person"),
        name,
        weight: 1,
      })),
    });
    const names = ["A", "B", "A", "B"];
    memory.batch = {
      ...memory.batch,
      recipients: memory.batch.recipients.map((one, index) => ({
        ...one,
        variant: names[index] ?? "",
      })),
    };
    await deliverBatch(memory.deps, ref, signal);
    const ids = { A: idOf(url, "A"), B: idOf(url, "B") };
    expect(textsIn(memory).toSorted()).toEqual([
      `A https://yubin.example/c/${ids.A}.0.0`,
      `A https://yubin.example/c/${ids.A}.0.2`,
      `B https://yubin.example/c/${ids.B}.0.1`,
      `B https://yubin.example/c/${ids.B}.0.3`,
    ]);
    expect([...memory.clickLinks.values()].map((one) => [one.id, one.variant, one.url])).toEqual([
      [ids.A, "A", url],
      [ids.B, "B", url],
    ]);
  });

  it("of the same address are the same link, and ours stay as they are", async () => {
    const memory = memoryWith(content(`${url} ${url} ${other}`, "campaign"), "multicast");
    const deps = { ...memory.deps, isOurs: ({ pathname }: URL) => pathname === "/b" };
    await deliverBatch(deps, ref, signal);
    expect(new Set(textsIn(memory))).toEqual(new Set([`${linkOf(url)} ${linkOf(url)} ${other}`]));
    expect(memory.clickLinks.size).toBe(1);
  });
});

it("what an address asks of LINE's app is asked by the link, and nothing else of it", async () => {
  const outside = `${url}?utm=x&openExternalBrowser=1&openInAppBrowser=y`;
  const memory = memoryWith(content(outside, "campaign"), "multicast");
  await deliverBatch(memory.deps, ref, signal);
  expect(new Set(textsIn(memory))).toEqual(new Set([`${linkOf(outside)}?openExternalBrowser=1`]));
});

it.each(["text", "uri"])("what a template fills in is no link: %s", async (kind) => {
  const words = `${url}/{{ profile.displayName | url_encode }}`;
  const action = { type: "uri", label: "x", uri: words };
  const messages =
    kind === "text"
      ? [{ type: "text", text: words }]
      : [
          {
            type: "template",
            altText: "x",
            template: { type: "buttons", text: "x", actions: [action] },
          },
        ];
  const memory = memoryWith({ messages, tracking: "person" });
  await deliverBatch(memory.deps, ref, signal);
  expect(memory.calls).toBe(4);
  expect(memory.clickLinks.size).toBe(0);
  expect([...memory.bodies.values()].join()).not.toContain("yubin.example");
});

it("nothing is frozen before it is stored where its links lead", async () => {
  const memory = memoryWith(content(url, "person"));
  let frozen: number | undefined;
  const deps = {
    ...memory.deps,
    keepClickLinks: async () => {
      await pause(50);
      frozen = memory.batch.calls.length + memory.calls;
    },
  };
  await deliverBatch(deps, ref, signal);
  expect(frozen).toBe(0);
  expect(memory.calls).toBe(4);
});

it("where that cannot be stored nobody is sent anything, and it is tried again", async () => {
  const memory = memoryWith(content(url, "person"));
  const away = async (): Promise<void> => {
    throw new Error("MongoDB is away");
  };
  await expect(deliverBatch({ ...memory.deps, keepClickLinks: away }, ref, signal)).rejects.toThrow(
    "MongoDB is away",
  );
  expect(memory.calls).toBe(0);
  await deliverBatch(memory.deps, ref, signal);
  expect(memory.calls).toBe(4);
});

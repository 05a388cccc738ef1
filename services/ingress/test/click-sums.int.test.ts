import { newId } from "@yubin/types";
import type { ClickRow, Store } from "@yubin/store";
import { afterAll, beforeAll, expect, it } from "vitest";

import { createClickSums } from "../src/store/sum-clicks.ts";
import { addLink, type TestLink } from "./click-links.ts";
import { startTestIngress, type TestIngress } from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress[Symbol.asyncDispose]());

const rowsMax = 60;

/** Batches of 20 people, of whom the first 10 follow the first link and every third one the second. */
const addClicks = async (campaignId: string, links: readonly TestLink[], batches: number) => {
  const at = new Date();
  const rows: ClickRow[] = [];
  for (let batch = 0; batch < batches; batch += 1)
    for (let index = 0; index < 20; index += 1)
      for (const [which, { linkId }] of links.entries())
        if (which === 0 ? index < 10 : index % 3 === 0) {
          const place = `${batch}/${index}`;
          rows.push({
            _id: `${linkId}/${place}`,
            workspaceId: "ws_main",
            campaignId,
            messageId: null,
            linkId,
            place,
            count: 1 + (index % 2),
            firstAt: at,
            lastAt: at,
            expireAt: new Date(at.getTime() + 3_600_000),
          });
        }
  await ingress.store.clicks.insertMany(rows);
};

/** The store, and how many rows each of its sums has looked at. */
const watched = ({ clicks, clickLinks }: Store) => {
  const looked: number[] = [];
  const aggregate = (pipeline: Record<string, unknown>[], options: object) => {
    const rows = clicks.aggregate([
      ...pipeline.slice(
        0,
        pipeline.findIndex((stage) => "$group" in stage),
      ),
      { $group: { _id: null, rows: { $sum: 1 } } },
    ]);
    return {
      toArray: async () => {
        const [all] = (await rows.toArray()) as { rows: number }[];
        looked.push(all?.rows ?? 0);
        return clicks.aggregate(pipeline, options).toArray();
      },
    };
  };
  return { looked, store: { clickLinks, clicks: { aggregate } } as unknown as Store };
};

it("of many clicks are made in parts, none of which is a long operation, and are exact", async () => {
  const campaignId = newId("camp");
  const [first, second] = [
    await addLink(ingress, "https://shop.example/1", { campaignId }),
    await addLink(ingress, "https://shop.example/2", { campaignId }),
  ];
  await addClicks(campaignId, [first, second], 125);
  const { looked, store } = watched(ingress.store);
  const of = { workspaceId: "ws_main", campaignId, tracking: "person" } as const;
  const { all } = await createClickSums(store, { rowsMax }).sum(of);
  expect(all).toEqual({
    people: 125 * 13,
    clicks: 125 * (15 + 10),
    links: [
      { url: first.url, people: 125 * 10, clicks: 125 * 15 },
      { url: second.url, people: 125 * 7, clicks: 125 * 10 },
    ],
  });
  expect(Math.max(...looked)).toBeLessThanOrEqual(rowsMax + 1);
});

it("of few clicks are two operations", async () => {
  const campaignId = newId("camp");
  const links = [
    await addLink(ingress, "https://shop.example/1", { campaignId }),
    await addLink(ingress, "https://shop.example/2", { campaignId }),
  ];
  await addClicks(campaignId, links, 3);
  const { looked, store } = watched(ingress.store);
  const of = { workspaceId: "ws_main", campaignId, tracking: "person" } as const;
  const { all } = await createClickSums(store, { rowsMax }).sum(of);
  expect(all).toMatchObject({ people: 39, clicks: 75 });
  expect(looked).toEqual([51, 51]);
});

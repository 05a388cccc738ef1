import { newId } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import type { ClickLink } from "../src/domain/click.ts";
import { createClickLinks } from "../src/store/click-links.ts";
import { createClicks } from "../src/store/clicks.ts";
import { addLink, type GivenLink } from "./click-links.ts";
import { startTestIngress, type TestIngress } from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress[Symbol.asyncDispose]());

const shop = "https://shop.example/sale";
const place = { batch: 0, index: 0 };
const breaker = { open: false, suspect: () => undefined };

/** What one process writes of clicks. */
const createRecorder = () =>
  createClicks({ store: ingress.store, breaker, onLost: () => undefined });

/** A link as a process has read it. */
const readLink = async (given: GivenLink): Promise<ClickLink> => {
  const { linkId } = await addLink(ingress, shop, given);
  const link = await createClickLinks(ingress.store, () => new Date()).find(linkId);
  if (!link) throw new Error("no such link");
  return link;
};

it("the first click is the earliest, in whichever order they are stored", async () => {
  const link = await readLink({ campaignId: newId("camp") });
  const [early, middle, late] = [0, 1, 2].map(
    (second) => new Date(Date.UTC(2026, 10, 26, 9, 0, second)),
  );
  if (!early || !middle || !late) throw new Error("no times");
  await createRecorder().record({ link, place, at: middle });
  const replica = createRecorder();
  await Promise.all([late, middle, early].map((at) => replica.record({ link, place, at })));
  await replica.settled();
  const { firstAt, lastAt } = (await ingress.store.clicks.findOne({ linkId: link.id })) ?? {};
  expect({ firstAt, lastAt }).toEqual({ firstAt: early, lastAt: late });
});

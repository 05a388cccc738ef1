import { newId } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import type { ClickLink } from "../src/domain/click.ts";
import { createClickLinks } from "../src/store/click-links.ts";
import { createClicks } from "../src/store/clicks.ts";
import { clicksOnMessages } from "../src/store/person-clicks.ts";
import { createClickSums } from "../src/store/sum-clicks.ts";
import { addLink, type GivenLink } from "./click-links.ts";
import { startTestIngress, type TestIngress } from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress[Symbol.asyncDispose]());

const shop = "https://shop.example/sale";
const place = { batch: 0, index: 0 };
const [early, middle, late] = [
  new Date("2026-11-26T09:00:00Z"),
  new Date("2026-11-26T09:00:01Z"),
  new Date("2026-11-26T09:00:02Z"),
];
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
  await createRecorder().record({ link, place, at: middle });
  const replica = createRecorder();
  await Promise.all([late, middle, early].map((at) => replica.record({ link, place, at })));
  await replica.settled();
  const { firstAt, lastAt } = (await ingress.store.clicks.findOne({ linkId: link.id })) ?? {};
  expect({ firstAt, lastAt }).toEqual({ firstAt: early, lastAt: late });
});

/** As the sender does when somebody is erased. */
const removeLinks = async (messageId: string): Promise<void> => {
  await ingress.store.clickLinks.deleteMany({ messageId, workspaceId: "ws_main" });
  await ingress.store.clicks.deleteMany({ messageId, workspaceId: "ws_main" });
};

it("a click that was under way when its link was removed leaves nothing", async () => {
  const messageId = newId("msg");
  const link = await readLink({ messageId });
  const recorder = createRecorder();
  await recorder.record({ link, place, at: new Date() });
  await removeLinks(messageId);
  await recorder.record({ link, place, at: new Date() });
  await recorder.settled();
  expect(await ingress.store.clicks.find({ linkId: link.id }).toArray()).toEqual([]);
  expect(await ingress.store.clickLinks.find({ messageId }).toArray()).toEqual([]);
});

it("clicks on a message are told with those that older processes stored, each link once", async () => {
  const messageId = newId("msg");
  const of = { workspaceId: "ws_main", messageId };
  const link = await readLink({ messageId });
  await ingress.store.clicks.insertOne({
    _id: `${link.id}/0/0`,
    ...of,
    campaignId: null,
    linkId: link.id,
    place: "0/0",
    count: 2,
    firstAt: early,
    lastAt: middle,
    expireAt: link.expireAt,
  });
  const recorder = createRecorder();
  await recorder.record({ link, place, at: late });
  await recorder.settled();
  const { all } = await createClickSums(ingress.store).sum(of);
  expect(all).toEqual({ people: 1, clicks: 3, links: [{ url: shop, people: 1, clicks: 3 }] });
  const clicksOn = await clicksOnMessages(ingress.store, "ws_main", [messageId]);
  expect(clicksOn(messageId)).toEqual([{ url: shop, clicks: 3, firstAt: early, lastAt: late }]);
});

it("a click on a campaign is in no index that only messages would need", async () => {
  const indexes = await ingress.store.clicks.indexes();
  expect(indexes.filter(({ key }) => "messageId" in key)).toEqual([]);
});

import { newId, type UsageView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { startIdentityProcess } from "./identity-process.ts";
import { addPerson, newLineUserId } from "./people.ts";
import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  lineEvent,
  postWebhook,
  startTestIngress,
  type TestIngress,
} from "./setup.ts";

const resources = new AsyncDisposableStack();
let now = new Date();
let ingress: TestIngress;
beforeAll(async () => {
  ingress = resources.use(await startTestIngress({ now: () => now }));
});
afterAll(() => resources.disposeAsync());

const usageOf = (key: string): Promise<UsageView> =>
  jsonOf<UsageView>(callApi(ingress, ["GET", "/v1/usage"], undefined, { key }));
const addWorkspace = async () => {
  const workspaceId = newId("ws");
  return { workspaceId, key: await addKey(ingress, { workspaceId }) };
};
const month = (): string => now.toISOString().slice(0, 7);

it("counts each living person once, and of one's own workspace", async () => {
  const { workspaceId, key } = await addWorkspace();
  await addPerson(ingress, { workspaceId, externalId: "a", row: { friendOf: ["c1", "c2"] } });
  const into = await addPerson(ingress, { workspaceId, externalId: "b" });
  await addPerson(ingress, { workspaceId, row: { friendOf: ["c1"] } });
  await addPerson(ingress, { workspaceId, row: { mergedInto: into, friendOf: ["c1"] } });
  await addPerson(ingress, { workspaceId, row: { erasedAt: now, friendOf: ["c1"] } });
  await addPerson(ingress, { workspaceId: "ws_other", externalId: "a" });
  expect(await usageOf(key)).toEqual({
    identified: 2,
    anonymous: 1,
    reachable: 2,
    at: now.toISOString(),
    months: [{ month: month(), identifiedPeak: 2, totalPeak: 3, reachablePeak: 2 }],
  });
  expect(await usageOf((await addWorkspace()).key)).toMatchObject({ identified: 0, anonymous: 0 });
});

it("keeps each month's peak when there are fewer again", async () => {
  const { workspaceId, key } = await addWorkspace();
  const ids = [];
  for (let n = 0; n < 3; n += 1)
    ids.push(await addPerson(ingress, { workspaceId, externalId: `p${n}` }));
  await usageOf(key);
  const peak = { month: month(), identifiedPeak: 3, totalPeak: 3, reachablePeak: 0 };
  await ingress.store.profiles.updateOne({ _id: ids[0] ?? "" }, { $set: { erasedAt: now } });
  expect(await usageOf(key)).toMatchObject({ identified: 2, months: [peak] });
  const before = now;
  now = new Date(before.getTime() + 40 * 86_400_000);
  expect(await usageOf(key)).toMatchObject({
    identified: 2,
    months: [{ month: month(), identifiedPeak: 2, totalPeak: 2, reachablePeak: 0 }, peak],
  });
  now = before;
});

it("does not grow when a LINE ID is linked to somebody who is known", async () => {
  const { key, workspaceId } = await addWorkspace();
  const channel = await addChannel(ingress, { workspaceId, provider: "main" });
  const identity = await startIdentityProcess(ingress);
  const [friend, stranger] = [newLineUserId(), newLineUserId()];
  const identify = (userId: string, lineUserId?: string) =>
    callApi(
      ingress,
      ["POST", "/v1/identify"],
      {
        userId,
        ...(lineUserId ? { context: { line: { provider: "main", userId: lineUserId } } } : {}),
      },
      { key },
    );
  const counts = async () => {
    const { identified, anonymous, reachable } = await usageOf(key);
    return { identified, anonymous, reachable };
  };
  await postWebhook(ingress, channel, [
    lineEvent({ type: "follow", source: { type: "user", userId: friend } }),
  ]);
  await identify("ann");
  await identify("bob");
  await expect.poll(counts).toEqual({ identified: 2, anonymous: 1, reachable: 1 });

  await identify("ann", stranger);
  await identify("cid", friend);
  await expect.poll(counts).toEqual({ identified: 3, anonymous: 0, reachable: 1 });
  expect((await usageOf(key)).months).toMatchObject([{ totalPeak: 3 }]);
  await identity[Symbol.asyncDispose]();
});

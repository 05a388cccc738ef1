import { testServers } from "@yubin/servers/testing";
import { expect, it } from "vitest";

import { handlerOf } from "../src/index.ts";
import { setUpQueue, soon } from "./set-up-queue.ts";

const turns = {
  of: ({ workspaceId = "" }: { workspaceId?: string | undefined }) => workspaceId,
  size: 10,
  perSecond: 0,
};
const jobsOf = (workspaceId: string, count: number) =>
  Array.from({ length: count }, (_, place) => ({ v: 1 as const, id: `${place}`, workspaceId }));

it("one tenant's few jobs go before the backlog of another that was there first, and nobody's order changes", async () => {
  const { contract, producer, work } = await setUpQueue(testServers());
  const done: string[] = [];
  await producer.enqueue(contract({ turns }), jobsOf("many", 1_000));
  await producer.enqueue(contract({ turns }), jobsOf("few", 15));
  work(
    [
      handlerOf(contract({ turns }), ({ workspaceId, id }) =>
        Promise.resolve(void done.push(`${workspaceId} ${id}`)),
      ),
    ],
    { concurrency: 1 },
  );
  await expect.poll(() => done.length, soon).toBe(1_015);
  expect(done.findLastIndex((one) => one.startsWith("few"))).toBeLessThan(40);
  expect(done.filter((one) => one.startsWith("many"))).toEqual(
    jobsOf("many", 1_000).map(({ id }) => `many ${id}`),
  );
});

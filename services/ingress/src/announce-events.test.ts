import { createLogger, createMetrics } from "@yubin/kit";
import { expect, it, vi } from "vitest";

import { createAnnouncer } from "./announce-events.ts";
import type { InboundEvent } from "./domain/inbound-event.ts";

/** A queue that answers when told to. */
const setup = () => {
  const tellings: { ids: string[]; answer: PromiseWithResolvers<void> }[] = [];
  const announcer = createAnnouncer({
    producer: {
      enqueue: (_, payloads) => {
        const answer = Promise.withResolvers<void>();
        const ids = payloads.flatMap((payload) => (payload as { eventIds: string[] }).eventIds);
        tellings.push({ ids, answer });
        return answer.promise;
      },
    },
    log: createLogger({ service: "test", level: "silent" }),
    metrics: createMetrics("test"),
  });
  const stored = (...ids: string[]): void =>
    announcer.events(ids.map((id) => ({ id, workspaceId: "ws_1" }) as InboundEvent));
  return { announcer, tellings, stored };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("tells of an event at once, and of what comes meanwhile in one telling", async () => {
  const { tellings, stored } = setup();
  stored("a");
  stored("b");
  stored("c", "d");
  expect(tellings.map(({ ids }) => ids)).toEqual([["a"]]);
  tellings[0]?.answer.resolve();
  await turn();
  stored("e");
  await vi.waitFor(() => expect(tellings).toHaveLength(2));
  expect(tellings[1]?.ids).toEqual(["b", "c", "d", "e"]);
});

it("tells of what came meanwhile also when Redis did not take the first", async () => {
  const { announcer, tellings, stored } = setup();
  stored("a");
  stored("b");
  tellings[0]?.answer.reject(new Error("Redis is away"));
  await turn();
  expect(tellings.at(-1)?.ids).toEqual(["b"]);

  let settled = false;
  const all = (async () => {
    await announcer.settled();
    settled = true;
  })();
  await turn();
  expect(settled).toBe(false);
  tellings[1]?.answer.resolve();
  await all;
});

import { expect, it } from "vitest";

import { sweepUsage } from "./sweep-usage.ts";

it("counts every other workspace where one cannot be counted, and says so", async () => {
  const counted: string[] = [];
  const swept = sweepUsage(
    {
      findDue: async () => ["ws_1", "ws_2", "ws_3"],
      sample: async (workspaceId) => {
        if (workspaceId === "ws_1") throw new Error("it took too long");
        counted.push(workspaceId);
      },
      now: () => new Date(0),
    },
    new AbortController().signal,
  );
  await expect(swept).rejects.toThrow("it took too long");
  expect(counted).toEqual(["ws_2", "ws_3"]);
});

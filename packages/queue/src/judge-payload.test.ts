import { applyEvents, sendMessage } from "@yubin/types";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { judgePayload, versionsOf } from "./judge-payload.ts";

const v1 = z.object({ v: z.literal(1), id: z.string() });
const v2 = z.object({ v: z.literal(2), id: z.string(), more: z.string() });
const v3 = z.object({ v: z.literal(3), id: z.string() });
const good = { v: 1, workspaceId: "ws_1", eventIds: ["c/e"] };

const nested = (depth: number): unknown => {
  let value: unknown = "hunter2";
  for (let i = 0; i < depth; i += 1) value = { a: value };
  return value;
};

describe("the versions of a contract", () => {
  it("are those its schema takes", () => {
    expect(versionsOf(applyEvents.schema)).toEqual([1]);
    expect(versionsOf(sendMessage.schema)).toEqual([1]);
    expect(versionsOf(z.union([v1, v2]))).toEqual([1, 2]);
    expect(versionsOf(z.discriminatedUnion("v", [v2, v3]))).toEqual([2, 3]);
    expect(versionsOf(z.object({ id: z.string() }))).toEqual([]);
  });
});

describe("a payload", () => {
  it("that fits is taken, without what its contract does not know", () => {
    expect(judgePayload(applyEvents.schema, { ...good, retryKey: "forged" })).toEqual({
      kind: "fit",
      payload: good,
    });
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "hunter2"],
    ["a number", 7],
    ["a list", [good]],
    ["without ids", { v: 1 }],
    ["of wrong types", { ...good, eventIds: "hunter2" }],
    ["an operator", { ...good, workspaceId: { $ne: "hunter2" } }],
    ["without a version", { ...good, v: undefined }],
    ["with a version in words", { ...good, v: "hunter2" }],
    ["with half a version", { ...good, v: 1.5 }],
    ["with endless ids", { ...good, eventIds: Array.from({ length: 10_001 }, () => "hunter2") }],
    ["nested", { ...good, eventIds: nested(100) }],
    ["nested without end", nested(10_000)],
    [
      "made to change prototypes",
      JSON.parse('{"v":1,"workspaceId":"w","eventIds":["e"],"__proto__":{"x":"hunter2"}}'),
    ],
    [
      "made to change prototypes further in",
      JSON.parse('{"v":1,"workspaceId":"w","eventIds":["e"],"a":[{"__proto__":{"x":1}}]}'),
    ],
  ])("that is %s does not fit, and its values are not repeated", (_what, raw) => {
    const judged = judgePayload(applyEvents.schema, raw);
    expect(judged).toMatchObject({ kind: "misfit", code: "payload_invalid" });
    expect(JSON.stringify(judged)).not.toContain("hunter2");
    expect(JSON.stringify(judged).length).toBeLessThan(1_000);
  });

  it("of a newer version waits for a worker that knows it", () => {
    expect(judgePayload(applyEvents.schema, { ...good, v: 2 })).toEqual({ kind: "newer" });
    expect(judgePayload(z.union([v1, v2]), { v: 3 })).toEqual({ kind: "newer" });
  });

  it("of an older version that nobody knows any more is dead", () => {
    for (const v of [1, 0, -1])
      expect(judgePayload(z.union([v2, v3]), { v, id: "a" })).toMatchObject({
        kind: "misfit",
        code: "version_unsupported",
      });
  });

  it("of the version before is taken", () => {
    expect(judgePayload(z.union([v1, v2]), { v: 1, id: "a" })).toMatchObject({ kind: "fit" });
  });
});

import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";

import { createCursors } from "./cursors.ts";

const [older, newer] = [{ key: randomBytes(32) }, { key: randomBytes(32) }];
const cursors = createCursors([newer, older]);

it("leads back to its position", () => {
  expect(cursors.read("ws_a/profiles", cursors.write("ws_a/profiles", "prof_é"))).toBe("prof_é");
});

it("reads what an older key wrote", () => {
  const cursor = createCursors([older]).write("list", "x");
  expect(cursors.read("list", cursor)).toBe("x");
});

it("refuses what is forged, changed, or of another list or workspace", () => {
  const cursor = cursors.write("ws_a/profiles", "prof_1");
  const flipped = `${cursor.slice(0, -1)}${cursor.endsWith("A") ? "B" : "A"}`;
  const forged = ["", "x", "prof_1", Buffer.from("prof_1").toString("base64url"), flipped];
  const refusal = expect.objectContaining({ code: "cursor_invalid" }) as Error;
  for (const bad of forged) expect(() => cursors.read("ws_a/profiles", bad)).toThrow(refusal);
  for (const list of ["ws_b/profiles", "ws_a/campaigns"])
    expect(() => cursors.read(list, cursor)).toThrow(refusal);
});

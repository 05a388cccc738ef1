import { expect, it } from "vitest";

import { unknownPlaceOf, unknownPlacesBefore } from "./unknown-place.ts";

const batch = { _id: "camp_1/000007", workspaceId: "ws_a" };
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const unknown = (second: number) => ({ outcome: "unknown" as const, settledAt: at(second) });

it("is the time of the first who was parked, and stays when others follow", () => {
  expect(unknownPlaceOf(batch, [{}, unknown(9)])).toBe(
    "ws_a/2026-01-01T00:00:09.000Z/camp_1/000007",
  );
  expect(unknownPlaceOf(batch, [unknown(20), unknown(9), unknown(30)])).toBe(
    unknownPlaceOf(batch, [{}, unknown(9)]),
  );
});

it("is none where nobody is unknown", () => {
  const others = (["accepted", "refused", "skipped", "cancelled"] as const).map((outcome) => ({
    outcome,
    settledAt: at(1),
  }));
  expect(unknownPlaceOf(batch, [])).toBeUndefined();
  expect(unknownPlaceOf(batch, [{}, ...others])).toBeUndefined();
});

it("sorts by time within a workspace, and apart from workspaces whose ids begin alike", () => {
  const early = unknownPlaceOf({ ...batch, _id: "msg_z" }, [unknown(1)]) ?? "";
  const late = unknownPlaceOf({ ...batch, _id: "camp_a/000000" }, [unknown(2)]) ?? "";
  expect(early < late).toBe(true);
  const { $gte, $lt } = unknownPlacesBefore("ws_a", undefined);
  for (const workspaceId of ["ws_a2", "ws_", "ws_a-", "ws_a.", "ws_b"]) {
    const other = unknownPlaceOf({ ...batch, workspaceId }, [unknown(1)]) ?? "";
    expect(other >= $gte && other < $lt).toBe(false);
  }
  for (const place of [early, late]) expect(place >= $gte && place < $lt).toBe(true);
  expect(unknownPlacesBefore("ws_a", late)).toEqual({ $gte: "ws_a/", $lt: late });
});

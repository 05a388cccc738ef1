import type { Failure } from "@yubin/errors";
import { campaignStates, type CampaignState } from "@yubin/types";
import { expect, it } from "vitest";

import { checkAudience, startOf, stepFor, type Campaign, type CampaignAction } from "./campaign.ts";

const now = new Date("2026-11-26T00:00:00Z");
const campaignIn = (state: CampaignState, planned = true): Campaign => ({
  id: "camp_1",
  workspaceId: "ws_main",
  channelId: "chan_1",
  name: "Spring",
  content: { messages: [{ type: "text", text: "hi" }] },
  personal: false,
  audience: { type: "friends" },
  list: null,
  exclude: null,
  purpose: null,
  rules: { sendBefore: null },
  schedule: null,
  startsAt: null,
  throttle: null,
  tracking: "off",
  quota: { choice: null, judged: null, trimmed: 0, looksAt: null },
  contentVersion: 1,
  revision: 0,
  state,
  stateReason: null,
  planned,
  createdAt: new Date(0),
  launchedAt: null,
  endedAt: null,
});

/** What an action leads to from each state, in the order of `campaignStates`. */
const outcomes: Record<CampaignAction, string[]> = {
  launch: ["planning", "done", "done", "done", "409", "409", "409", "409"],
  pause: ["409", "paused", "paused", "paused", "done", "409", "409", "409"],
  resume: ["409", "done", "done", "done", "sending", "409", "409", "sending"],
  cancel: [
    "cancelled",
    "cancelled",
    "cancelled",
    "cancelled",
    "cancelled",
    "409",
    "done",
    "cancelled",
  ],
};

it.each(Object.entries(outcomes))("%s: says for every state what happens", (action, expected) => {
  const actual = campaignStates.map((state) => {
    try {
      return stepFor(action as CampaignAction, campaignIn(state), now)?.to ?? "done";
    } catch (error) {
      const { code, message } = error as Failure;
      return code === "state_invalid" && message.includes(state) ? "409" : code;
    }
  });
  expect(actual).toEqual(expected);
});

it("resumes planning where planning was not over", () => {
  expect(stepFor("resume", campaignIn("paused", false), now)?.to).toBe("planning");
});

it("pauses by word what would go on by itself, and a resume against the quota says so", () => {
  const out = { ...campaignIn("paused"), stateReason: "quota" };
  const short = { ...campaignIn("paused"), stateReason: "quota_short" };
  expect(stepFor("pause", out, now)).toMatchObject({ to: "paused", reason: "operator" });
  expect(stepFor("pause", short, now)).toBeUndefined();
  for (const campaign of [out, short])
    expect(stepFor("resume", campaign, now)).toMatchObject({ to: "sending", waivesQuota: true });
  const byWord = { ...campaignIn("paused"), stateReason: "operator" };
  expect(stepFor("resume", byWord, now)).toMatchObject({ waivesQuota: false });
});

it("waits for a schedule that is ahead, also after a pause, and starts none that is over", () => {
  const at = (startsAt: Date, state: CampaignState): Campaign => ({
    ...campaignIn(state, false),
    startsAt,
  });
  const [before, ahead] = [new Date(now.getTime() - 1), new Date(now.getTime() + 1)];
  expect(stepFor("launch", at(ahead, "draft"), now)?.to).toBe("scheduled");
  expect(stepFor("resume", at(ahead, "paused"), now)?.to).toBe("scheduled");
  expect(stepFor("resume", at(before, "paused"), now)?.to).toBe("planning");
  expect(() => stepFor("launch", at(before, "draft"), now)).toThrow(
    expect.objectContaining({ code: "send_at_invalid", field: "schedule.at" }) as Error,
  );
});

it.each([
  ["2026-11-26T10:00", "Asia/Tokyo", "2026-11-26T01:00:00.000Z"],
  ["2026-11-26T09:00", "Asia/Tokyo", "send_at_invalid"], // now
  ["2027-11-28T10:00", "Asia/Tokyo", "send_at_invalid"], // in over a year
  ["2027-03-28T02:30", "Europe/Berlin", "send_at_invalid"], // a time that is skipped
])("a schedule of %s in %s is %s", (at, zone, expected) => {
  const start = (): string | undefined => startOf({ at, zone }, now)?.toISOString();
  const told = (() => {
    try {
      return start();
    } catch (error) {
      return (error as Failure).code;
    }
  })();
  expect(told).toBe(expected);
});

it("refuses references that are none, and counts each once", () => {
  expect(checkAudience({ type: "refs", refs: ["user:1", "user:2", "user:1"] })).toEqual({
    type: "refs",
    refs: ["user:1", "user:2"],
  });
  expect(() => checkAudience({ type: "refs", refs: ["user:1", "nobody"] })).toThrow(
    expect.objectContaining({ code: "request_invalid", field: "audience.refs[1]" }) as Error,
  );
});

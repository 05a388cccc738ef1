import type { Failure } from "@yubin/errors";
import { campaignStates, type CampaignState } from "@yubin/types";
import { expect, it } from "vitest";

import { checkAudience, stepFor, type Campaign, type CampaignAction } from "./campaign.ts";

const campaignIn = (state: CampaignState, planned = true): Campaign => ({
  id: "camp_1",
  workspaceId: "ws_main",
  channelId: "chan_1",
  name: "Spring",
  content: { messages: [{ type: "text", text: "hi" }] },
  personal: false,
  audience: { type: "friends" },
  purpose: null,
  rules: { sendBefore: null },
  state,
  stateReason: null,
  planned,
  createdAt: new Date(0),
  launchedAt: null,
  endedAt: null,
});

/** What an action leads to from each state, in the order of `campaignStates`. */
const outcomes: Record<CampaignAction, string[]> = {
  launch: ["planning", "409", "done", "done", "409", "409", "409", "409"],
  pause: ["409", "409", "paused", "paused", "done", "409", "409", "409"],
  resume: ["409", "409", "done", "done", "sending", "409", "409", "sending"],
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
      return stepFor(action as CampaignAction, campaignIn(state))?.to ?? "done";
    } catch (error) {
      const { code, message } = error as Failure;
      return code === "state_invalid" && message.includes(state) ? "409" : code;
    }
  });
  expect(actual).toEqual(expected);
});

it("resumes planning where planning was not over", () => {
  expect(stepFor("resume", campaignIn("paused", false))?.to).toBe("planning");
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

import { okEmpty, refusalOf } from "../answer.ts";
import type { LineRoute } from "../line-call.ts";
import { messageProblems } from "../rules/message-rules.ts";

/** Judge messages without sending them, one endpoint per way to send. */
export const validateRoutes: readonly LineRoute[] = [
  "reply",
  "push",
  "multicast",
  "narrowcast",
  "broadcast",
].map((kind) => ({
  endpoint: "validate",
  method: "POST",
  path: `/v2/bot/message/validate/${kind}`,
  auth: "bearer",
  json: true,
  answer: ({ body }) => {
    // Whom they go to is not known here; mentions belong to replies and pushes whoever gets them.
    const mentions = kind === "reply" || kind === "push";
    const problems = messageProblems(body["messages"], { mentions });
    return problems.length > 0 ? refusalOf(problems) : okEmpty;
  },
}));

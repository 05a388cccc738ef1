import { Failure } from "@yubin/errors";
import type { z } from "zod";

import { messageView } from "../domain/message.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { clicksOf, findMessage, messageIdOf, type GetMessageDeps } from "./get-message.ts";

/** Takes back a message that waits: one that is asked of LINE already stays as it is. */
export const postMessageCancel = (deps: GetMessageDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "post",
    path: "/v1/messages/:id/cancel",
    scope: "send",
    handle: async ({ caller: { workspaceId }, params }) => {
      const id = messageIdOf(workspaceId, params["id"]);
      const isCancelled = await deps.messages.cancel(workspaceId, id, deps.now());
      const message = await findMessage(deps, workspaceId, id);
      const { outcome, attempted } = message;
      if (!isCancelled && outcome !== "cancelled") {
        if (outcome !== null) throw new Failure("state_invalid", `the message is ${outcome}`);
        if (attempted)
          throw new Failure("state_invalid", "LINE was asked for the message, and may have it");
        throw new Failure("in_progress", "the message is about to be sent", {
          retryAfterMs: 1_000,
        });
      }
      const clicks = await clicksOf(deps, workspaceId, message);
      return { status: 200, body: messageView(message, clicks, deps.now()) };
    },
  });

import { Failure } from "@yubin/errors";
import type { z } from "zod";

import { messageView, type Messages } from "../domain/message.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

/** What became of one message. */
export const getMessage = ({ messages }: { readonly messages: Messages }): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/messages/:id",
    scope: "read",
    handle: async ({ caller, params }) => {
      const message = await messages.find(caller.workspaceId, params["id"] ?? "");
      if (!message) throw new Failure("not_found", "no such message");
      return { status: 200, body: messageView(message) };
    },
  });

import { Failure } from "@yubin/errors";
import { previewRequest } from "@yubin/types";

import type { Channels } from "../domain/channel.ts";
import { checkPreview } from "../domain/check-send.ts";
import { previewMessage, type PreviewDeps } from "../domain/preview-message.ts";
import type { FreezeWords } from "../domain/template.ts";
import { defineRoute, lineTimeout, type ApiRoute } from "./api-route.ts";

export interface PostMessagesPreviewDeps extends PreviewDeps {
  readonly channels: Channels;
  readonly freezeWords: FreezeWords;
}

/** Renders a message for one person as sending would, has LINE look at it, and sends nothing. */
export const postMessagesPreview = (deps: PostMessagesPreviewDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/messages/preview",
    scope: "send",
    timeout: lineTimeout,
    body: previewRequest,
    handle: async ({ caller: { workspaceId }, body }) => {
      const { messages } = await deps.freezeWords(workspaceId, body);
      const channel = await deps.channels.find(workspaceId, body.channelId);
      if (!channel) throw new Failure("not_found", "no such channel", { field: "channelId" });
      checkPreview(body, channel);
      return { status: 200, body: await previewMessage(deps, channel, { ...body, messages }) };
    },
  });

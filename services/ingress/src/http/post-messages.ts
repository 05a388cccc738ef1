import { Failure } from "@yubin/errors";
import { sendRequest } from "@yubin/types";

import type { Channels } from "../domain/channel.ts";
import { checkSend } from "../domain/check-send.ts";
import type { Messages } from "../domain/message.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import type { CheckContent } from "./check-content.ts";
import type { FreezeWords } from "../domain/template.ts";

export interface PostMessagesDeps {
  readonly channels: Channels;
  readonly messages: Messages;
  readonly checkContent: CheckContent;
  readonly freezeWords: FreezeWords;
  /** Hands the stored message to the sender; best effort, its sweeper finds it anyway. */
  readonly deliver: (workspaceId: string, batchId: string) => void;
  readonly now: () => Date;
}

/** Takes one message for one person. Stored before it is answered; a stopped channel lets it wait. */
export const postMessages = (deps: PostMessagesDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/messages",
    scope: "send",
    creates: "yes",
    body: sendRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const now = deps.now();
      const request = { ...body, ...(await deps.freezeWords(workspaceId, body)) };
      deps.checkContent(request.messages, body.templateId ? "templateId" : "messages");
      const channel = await deps.channels.find(workspaceId, body.channelId);
      if (!channel) throw new Failure("not_found", "no such channel", { field: "channelId" });
      checkSend(request, channel, now);

      const { kind, id } = await deps.messages.add(request, { workspaceId, idempotencyKey, now });
      if (kind === "other")
        throw new Failure("idempotency_mismatch", "another message was sent under this key");
      deps.deliver(workspaceId, id);
      return { status: 202, body: { id } };
    },
  });

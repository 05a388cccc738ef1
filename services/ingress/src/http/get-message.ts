import { Failure } from "@yubin/errors";
import { messageIdFrom, type Clicks } from "@yubin/types";
import type { z } from "zod";

import { areClicksKnown, unknownClicks, type ClickSums } from "../domain/click.ts";
import { messageView, type Message, type Messages } from "../domain/message.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface GetMessageDeps {
  readonly messages: Messages;
  readonly clicks: ClickSums;
  readonly now: () => Date;
}

/** What became of one message. */
export const getMessage = ({ messages, ...deps }: GetMessageDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/messages/:id",
    scope: "read",
    handle: async ({ caller, params }) => {
      const message = await findMessage({ messages }, caller.workspaceId, params["id"]);
      return {
        status: 200,
        body: messageView(message, await clicksOf(deps, caller.workspaceId, message), deps.now()),
      };
    },
  });

/** By its id, or as `key:` and the idempotency key: whoever put it on the queue was told no id. */
export const messageIdOf = (workspaceId: string, ref: string | undefined = ""): string =>
  ref.startsWith(keyPrefix) ? messageIdFrom(workspaceId, ref.slice(keyPrefix.length)) : ref;

const keyPrefix = "key:";

export const findMessage = async (
  { messages }: Pick<GetMessageDeps, "messages">,
  workspaceId: string,
  ref: string | undefined,
): Promise<Message> => {
  const message = await messages.find(workspaceId, messageIdOf(workspaceId, ref));
  if (!message) throw new Failure("not_found", "no such message");
  return message;
};

export const clicksOf = async (
  { clicks, now }: Pick<GetMessageDeps, "clicks" | "now">,
  workspaceId: string,
  { id: messageId, tracked, dueAt }: Message,
): Promise<Clicks | null> => {
  if (tracked === false) return null;
  if (!areClicksKnown(dueAt, now())) return tracked === true ? unknownClicks : null;
  const { all } = await clicks.sum({ workspaceId, messageId });
  return tracked === true || all.links?.length ? all : null;
};

import { Failure } from "@yubin/errors";
import { checkContent } from "@yubin/liquid";
import {
  checkAttributes,
  limits,
  parseProfileRef,
  type FrozenWords,
  type PayloadOf,
  type sendMessage,
} from "@yubin/types";

export type SendPayload = PayloadOf<typeof sendMessage>;

export interface StoreSendDeps {
  /** The channel in that workspace, or whether another workspace has it. */
  readonly findChannel: (
    workspaceId: string,
    channelId: string,
  ) => Promise<{ readonly provider: string } | "foreign" | undefined>;
  /** The words it carries, or those of the template that it names. */
  readonly freezeWords: (workspaceId: string, payload: SendPayload) => Promise<FrozenWords>;
  /** `other` where the key stands for another request already. */
  readonly addMessage: (
    payload: SendPayload & FrozenWords,
    now: Date,
  ) => Promise<{ readonly kind: "stored" | "other"; readonly messageId: string }>;
  readonly enqueueMessage: (
    workspaceId: string,
    messageId: string,
    delayMs: number,
  ) => Promise<void>;
  readonly now: () => Date;
}

/**
 * Takes a message from the public queue: whoever can reach Redis can put anything there, so everything is checked as
 * for HTTP. It is stored before anything else happens; what does not fit ends in the dead letters.
 */
export const storeSend = async (deps: StoreSendDeps, request: SendPayload): Promise<void> => {
  const { workspaceId, channelId } = request;
  const now = deps.now();
  const channel = await deps.findChannel(workspaceId, channelId);
  if (channel === "foreign")
    throw new Failure("workspace_mismatch", "the channel belongs to another workspace");
  if (!channel) throw new Failure("not_found", "there is no such channel", { field: "channelId" });
  const payload = { ...request, ...(await deps.freezeWords(workspaceId, request)) };
  checkSend(payload, channel.provider, now);

  const { kind, messageId } = await deps.addMessage(payload, now);
  if (kind === "other")
    throw new Failure("idempotency_mismatch", "the idempotency key stands for another request");
  const delayMs = payload.sendAt === undefined ? 0 : Date.parse(payload.sendAt) - now.getTime();
  await deps.enqueueMessage(workspaceId, messageId, Math.max(0, delayMs));
};

/** A job may have waited in the queue, so only what is too far ahead cannot be meant. */
const checkSend = (
  { to, data, messages, sendAt }: SendPayload & FrozenWords,
  provider: string,
  now: Date,
): void => {
  if (typeof to === "string" && !parseProfileRef(to))
    throw new Failure(
      "request_invalid",
      "a reference is prof_…, user:…, email:… or line:<provider>:…",
      {
        field: "to",
      },
    );
  if (typeof to !== "string" && to.provider !== provider)
    throw new Failure("provider_unknown", "the channel belongs to another provider", {
      field: "to.provider",
    });
  if (sendAt !== undefined && Date.parse(sendAt) - now.getTime() > limits.sendAtAheadMs)
    throw new Failure("send_at_invalid", "sendAt must be ahead, by at most 366 days", {
      field: "sendAt",
    });
  const problem = data && checkAttributes(data, "data");
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  checkContent(messages);
};

export type { messagingApi, webhook } from "@line/bot-sdk";
export { isSignedBy } from "./is-signed-by.ts";
export { createLineAccount } from "./line-account.ts";
export type {
  BotInfo,
  LineAccount,
  LineAccountOptions,
  MessageProblem,
  WebhookTest,
} from "./line-account.ts";
export type { LineAnswer, UnknownReason } from "./line-answer.ts";
export {
  createLineDispatcher,
  useLineDispatcher,
  type LineDispatcherOptions,
} from "./line-dispatcher.ts";
export {
  createLineSender,
  type LineSend,
  type LineSender,
  type LineSenderOptions,
} from "./line-sender.ts";
export { createLineLogin, type IdTokenCheck, type LineLogin } from "./line-login.ts";
export type { StatelessToken, VerifiedToken } from "./line-tokens.ts";
export type { LineProfile } from "./profile-fields.ts";

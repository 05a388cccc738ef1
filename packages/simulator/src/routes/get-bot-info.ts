import { ok } from "../answer.ts";
import type { LineRoute } from "../line-call.ts";

/** Shows the account itself. */
export const getBotInfo: LineRoute = {
  endpoint: "info",
  method: "GET",
  path: "/v2/bot/info",
  auth: "bearer",
  answer: ({ channel }) =>
    ok({
      userId: channel.botUserId,
      basicId: channel.basicId,
      ...(channel.premiumId !== undefined && { premiumId: channel.premiumId }),
      displayName: channel.displayName,
      pictureUrl: `https://profile.example/${channel.botUserId}`,
      chatMode: channel.chatMode,
      markAsReadMode: channel.chatMode === "chat" ? "manual" : "auto",
    }),
};

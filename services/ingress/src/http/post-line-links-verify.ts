import { Failure } from "@yubin/errors";
import { newId, verifyLinkRequest } from "@yubin/types";

import type { Commands } from "../domain/commands.ts";
import { checkIdentify, identifyEvent } from "../domain/identify.ts";
import type { EventInbox } from "../domain/inbound-event.ts";
import { verifyLogin, type VerifyLoginDeps } from "../domain/line-login.ts";
import { checkLinkEnd } from "../domain/link-end.ts";
import { defineRoute, lineTimeout, type ApiRoute } from "./api-route.ts";

export interface PostLineLinksVerifyDeps extends VerifyLoginDeps {
  readonly inbox: EventInbox;
  readonly commands: Commands;
  readonly now: () => Date;
}

/** Links the LINE user behind a token of LINE Login or LIFF to a person; one that is not known yet is opened. */
export const postLineLinksVerify = (deps: PostLineLinksVerifyDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/line-links/verify",
    scope: "track",
    // Nothing in the answer is secret, and sealed it would not be found when the person is erased.
    creates: "yes",
    timeout: lineTimeout,
    body: verifyLinkRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const { userId, provider: wanted, idToken, accessToken, nonce } = body;
      if ((idToken === undefined) === (accessToken === undefined))
        throw new Failure("request_invalid", "needs idToken or accessToken, and one of them");
      const receivedAt = deps.now();
      checkIdentify({ userId }, receivedAt);
      const { provider, lineUserId } = await verifyLogin(deps, workspaceId, {
        provider: wanted,
        idToken,
        accessToken,
        nonce,
      });
      const event = identifyEvent(
        { userId },
        {
          workspaceId,
          idempotencyKey,
          newId: () => newId("evt"),
          receivedAt,
        },
        { provider, lineUserId, kind: "id_token" },
      );
      await deps.inbox.add([event]);
      const end = await deps.commands.untilDone(workspaceId, event.id);
      if (end) checkLinkEnd(end);
      const proof = { kind: "id_token", at: event.occurredAt.toISOString() };
      const answer = { userId, provider, lineUserId, proof };
      return end
        ? { status: 200, body: { ...answer, linked: true, profileId: end.profileId } }
        : { status: 202, body: { ...answer, linked: false } };
    },
  });

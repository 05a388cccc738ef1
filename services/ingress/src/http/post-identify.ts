import { Failure } from "@yubin/errors";
import { identifyRequest, newId } from "@yubin/types";

import type { EventInbox } from "../domain/inbound-event.ts";
import { identifyEvent, publicEventId } from "../domain/identify.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface PostIdentifyDeps {
  readonly inbox: EventInbox;
  readonly providers: (workspaceId: string) => Promise<ReadonlySet<string>>;
  readonly now: () => Date;
}

/** Tells who somebody is. Stored before it is answered, applied by identity. */
export const postIdentify = ({ inbox, providers, now }: PostIdentifyDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/identify",
    scope: "track",
    creates: "yes",
    body: identifyRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const provider = body.context?.line?.provider;
      if (provider !== undefined && !(await providers(workspaceId)).has(provider))
        throw new Failure("provider_unknown", "no connected channel has this provider", {
          field: "context.line.provider",
        });
      const event = identifyEvent(body, {
        workspaceId,
        idempotencyKey,
        newId: () => newId("evt"),
        receivedAt: now(),
      });
      await inbox.add([event]);
      return { status: 202, body: { id: publicEventId(event) } };
    },
  });

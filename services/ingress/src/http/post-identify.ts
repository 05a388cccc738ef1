import { Failure } from "@yubin/errors";
import { identifyRequest, newId, type IdentifyRequest } from "@yubin/types";

import type { EventInbox, InboundEvent } from "../domain/inbound-event.ts";
import { checkIdentify, identifyEvent } from "../domain/identify.ts";
import { proveIdentify, type ProveIdentifyDeps } from "../domain/prove-identify.ts";
import { publicEventId, type FactPlace } from "../domain/tracked-event.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface PostIdentifyDeps extends ProveIdentifyDeps {
  readonly inbox: EventInbox;
  readonly providers: (workspaceId: string) => Promise<ReadonlySet<string>>;
}

/** Tells who somebody is. Stored before it is answered, applied by identity. */
export const postIdentify = (deps: PostIdentifyDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/identify",
    scope: "track",
    creates: "yes",
    body: identifyRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const receivedAt = deps.now();
      const place = { workspaceId, idempotencyKey, newId: () => newId("evt"), receivedAt };
      // A proof is used up by being looked at, so everything else is looked at before.
      checkIdentify(body, receivedAt);
      const proven = await proveIdentify(deps, workspaceId, body);
      const event = proven
        ? identifyEvent(body, place, proven)
        : await acceptIdentify(body, place, () => deps.providers(workspaceId));
      await deps.inbox.add([event]);
      return { status: 202, body: { id: publicEventId(event) } };
    },
  });

/** The event of an identify call, once the provider that it names is one of the workspace's. */
export const acceptIdentify = async (
  request: IdentifyRequest,
  place: FactPlace,
  providers: () => Promise<ReadonlySet<string>>,
): Promise<InboundEvent> => {
  const provider = request.context?.line?.provider;
  if (provider !== undefined && !(await providers()).has(provider))
    throw new Failure("provider_unknown", "no connected channel has this provider", {
      field: "context.line.provider",
    });
  return identifyEvent(request, place);
};

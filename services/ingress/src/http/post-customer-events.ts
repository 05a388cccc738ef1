import { customerEvent, newId } from "@yubin/types";

import { customerEventEvent } from "../domain/customer-call.ts";
import { externalIdBehind } from "../domain/find-customer.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import type { PutCustomerDeps } from "./put-customer.ts";

/** Customer.io's track call, of somebody who is known by an id. */
export const postCustomerEvents = (deps: PutCustomerDeps): ApiRoute =>
  eventRoute("/api/v1/customers/:id/events", deps);

/** Customer.io's track call of somebody anonymous, or of nobody. */
export const postAnonymousEvents = (deps: PutCustomerDeps): ApiRoute =>
  eventRoute("/api/v1/events", deps);

const eventRoute = (path: string, { inbox, profiles, now }: PutCustomerDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path,
    scope: "track",
    creates: "yes",
    body: customerEvent,
    handle: async ({ caller: { workspaceId }, params, body, idempotencyKey }) => {
      const { id } = params;
      const userId =
        id === undefined ? undefined : (await externalIdBehind(profiles, workspaceId, id)).userId;
      const place = { workspaceId, idempotencyKey, newId: () => newId("evt"), receivedAt: now() };
      await inbox.add([customerEventEvent(body, userId, place)]);
      return { status: 200, body: {} };
    },
  });

import { Failure } from "@yubin/errors";
import { mergeCustomersRequest } from "@yubin/types";
import type { z } from "zod";

import type { CommandEnd, Commands } from "../domain/commands.ts";
import { findCustomer } from "../domain/find-customer.ts";
import type { Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiAnswer, type ApiRoute } from "./api-route.ts";

export interface CustomerCommandDeps {
  readonly commands: Commands;
  readonly profiles: Profiles;
}

/** Customer.io's suppress and unsuppress. */
export const postCustomerSuppression = (
  action: "suppress" | "unsuppress",
  { commands, profiles }: CustomerCommandDeps,
): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "post",
    path: `/api/v1/customers/:id/${action}`,
    scope: "track",
    creates: "yes",
    handle: async ({ caller: { workspaceId }, params: { id = "" }, idempotencyKey }) => {
      const { profileId } = await findCustomer(profiles, workspaceId, { id });
      const suppressed = action === "suppress";
      const body = { profileId, suppressed, reason: "customer_io" };
      return done(await commands.give("suppress", body, { workspaceId, idempotencyKey }));
    },
  });

/** Customer.io's destroy. Its key of the track API may do this, and so may ours. */
export const deleteCustomer = ({ commands, profiles }: CustomerCommandDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "delete",
    path: "/api/v1/customers/:id",
    scope: "track",
    handle: async ({ caller: { workspaceId }, params: { id = "" } }) => {
      const { profileId } = await findCustomer(profiles, workspaceId, { id });
      const caller = { workspaceId, idempotencyKey: undefined };
      const end = await commands.give("erase", { profileId }, caller);
      return done(end?.reason === "profile_erased" ? undefined : end);
    },
  });

/** Customer.io's merge: the second becomes part of the first. */
export const postMergeCustomers = ({ commands, profiles }: CustomerCommandDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/api/v1/merge_customers",
    scope: "track",
    creates: "yes",
    body: mergeCustomersRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const find = (field: "primary" | "secondary") => {
        if (Object.values(body[field]).filter((name) => name !== undefined).length !== 1)
          throw new Failure("request_invalid", "needs one of id, email and cio_id", { field });
        return findCustomer(profiles, workspaceId, { ...body[field], field });
      };
      const into = await find("primary");
      const from = await find("secondary");
      if (from.profileId === into.profileId) return { status: 200, body: {} };
      const told = { from: from.profileId, into: into.profileId };
      return done(await commands.give("merge", told, { workspaceId, idempotencyKey }));
    },
  });

/** What is stored will be done; identity says where there was nobody left to do it to. */
const done = (end: CommandEnd | undefined): ApiAnswer => {
  if (end?.reason === "profile_erased")
    throw new Failure("profile_erased", "the person asked to be forgotten");
  if (end?.state === "quarantined")
    throw new Failure("internal", "this was stored and could not be done");
  return { status: 200, body: {} };
};

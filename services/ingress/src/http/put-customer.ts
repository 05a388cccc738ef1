import { Failure } from "@yubin/errors";
import { customerAttributes, newId, type CustomerAttributes } from "@yubin/types";

import { customerIdentifyEvent } from "../domain/customer-call.ts";
import { externalIdBehind, findCustomer, isAddress } from "../domain/find-customer.ts";
import type { Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import type { PostIdentifyDeps } from "./post-identify.ts";

export type PutCustomerDeps = PostIdentifyDeps & { readonly profiles: Profiles };

/** Customer.io's identify call. */
export const putCustomer = ({ inbox, profiles, providers, now }: PutCustomerDeps): ApiRoute =>
  defineRoute({
    method: "put",
    path: "/api/v1/customers/:id",
    scope: "track",
    creates: "yes",
    body: customerAttributes,
    handle: async ({ caller: { workspaceId }, params, body, idempotencyKey }) => {
      const { id = "" } = params;
      const { userId, known } = await externalIdBehind(profiles, workspaceId, id);
      const call = {
        userId: known ? userId : (newIdIn(body, id) ?? userId),
        attributes: withAddress(body, id),
        providers: body.line_id ? await providers(workspaceId) : new Set<string>(),
      };
      refuseOtherId(body, [id, call.userId]);
      const place = { workspaceId, idempotencyKey, newId: () => newId("evt"), receivedAt: now() };
      const event = customerIdentifyEvent(call, place);
      if (body["_update"] !== true || (await isKnown(profiles, workspaceId, call.userId)))
        await inbox.add([event]);
      return { status: 200, body: {} };
    },
  });

/** Whoever is named by an address may be given an id. */
const newIdIn = ({ id }: CustomerAttributes, path: string): string | undefined =>
  isAddress(path) && id !== undefined ? String(id) : undefined;

/** Whoever is named by an address has it. */
const withAddress = (attributes: CustomerAttributes, id: string): CustomerAttributes =>
  isAddress(id) && attributes["email"] === undefined
    ? Object.assign({}, attributes, { email: id })
    : attributes;

const refuseOtherId = ({ id }: CustomerAttributes, same: readonly string[]): void => {
  if (id !== undefined && !same.includes(String(id)))
    throw new Failure("identifier_invalid", "a person's id does not change: merge the two", {
      field: "id",
    });
};

const isKnown = async (
  profiles: Profiles,
  workspaceId: string,
  userId: string,
): Promise<boolean> => {
  try {
    await findCustomer(profiles, workspaceId, { id: userId });
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === "not_found") return false;
    throw error;
  }
};

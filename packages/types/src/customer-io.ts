import { z } from "zod";

import { limits } from "./limits.ts";

const id = z.union([z.string(), z.number()]);
const label = z.string().min(1).max(limits.trackNameChars);
const values = z.record(z.string(), z.json());

/**
 * Body of `PUT /api/v1/customers/:id`, as Customer.io's client sends it: the person's attributes, among which some have
 * a meaning of their own.
 */
export const customerAttributes = z
  .object({
    id: id.optional(),
    cio_id: z.string().optional(),
    anonymous_id: z.string().optional(),
    /** The LINE ID of this person; nothing is said where it is null or empty. */
    line_id: z.string().nullable().optional(),
    /** Whose LINE ID it is, where the workspace has channels of several providers. */
    line_provider: z.string().nullable().optional(),
    /** Only change somebody who is known already. */
    _update: z.boolean().optional(),
  })
  .catchall(z.json());
export type CustomerAttributes = z.output<typeof customerAttributes>;

/** Body of `POST /api/v1/customers/:id/events` and, with an anonymous id or for nobody, of `POST /api/v1/events`. */
export const customerEvent = z.strictObject({
  name: label,
  type: z.enum(["event", "page", "screen"]).optional(),
  data: values.optional(),
  /** Seconds. */
  timestamp: z.json().optional(),
  /** The same id is the same event. */
  id: z.string().min(1).max(255).optional(),
  anonymous_id: z.string().optional(),
});
export type CustomerEvent = z.output<typeof customerEvent>;

const named = z.strictObject({
  id: id.optional(),
  email: z.string().optional(),
  cio_id: z.string().optional(),
});
export type CustomerName = z.output<typeof named>;

/** Body of `POST /api/v1/merge_customers`: the second becomes part of the first. */
export const mergeCustomersRequest = z.strictObject({ primary: named, secondary: named });

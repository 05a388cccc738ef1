import type { FailureCode } from "@yubin/errors";
import { limits } from "@yubin/types";
import { z } from "zod";

import { isDeeperThan, levelsOf } from "./levels-of.ts";

/** What a worker makes of a payload it finds: anybody with access to Redis may have written it. */
export type Judgement =
  | { readonly kind: "fit"; readonly payload: unknown }
  | { readonly kind: "newer" }
  | { readonly kind: "misfit"; readonly code: FailureCode; readonly reason: string };

export const judgePayload = (schema: z.ZodType, raw: unknown): Judgement => {
  const shape = misshapen(raw);
  if (shape !== undefined) return { kind: "misfit", code: "payload_invalid", reason: shape };

  const known = versionsOf(schema);
  const version = typeof raw === "object" && raw !== null && "v" in raw ? raw.v : undefined;
  if (known.length > 0 && Number.isSafeInteger(version) && !known.includes(Number(version))) {
    if (Number(version) > Math.max(...known)) return { kind: "newer" };
    const reason = `v: versions ${known.join(", ")} are known here`;
    return { kind: "misfit", code: "version_unsupported", reason };
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { kind: "fit", payload: parsed.data };
  return { kind: "misfit", code: "payload_invalid", reason: misfit(parsed.error) };
};

/** Names the fields at fault, never their values. */
export const misfit = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.map(String).join(".") || "payload"}: ${message}`)
    .join("; ")
    .slice(0, 500);

/** The values of `v` that a contract's schema takes; none when it has no versions. */
export const versionsOf = (schema: z.ZodType): number[] => {
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => versionsOf(option as z.ZodType));
  if (!(schema instanceof z.ZodObject)) return [];
  const { v } = schema.shape as Record<string, unknown>;
  return v instanceof z.ZodLiteral
    ? [...v.values].filter((value): value is number => typeof value === "number")
    : [];
};

const misshapen = (raw: unknown): string | undefined => {
  if (typeof raw !== "object" || raw === null) return "payload: must be an object";
  if (isDeeperThan(raw, limits.jsonDepth))
    return `payload: nested deeper than ${limits.jsonDepth} levels`;
  for (const level of levelsOf(raw))
    if (level.some((one) => Object.hasOwn(one, "__proto__"))) return "payload: has __proto__";
  return undefined;
};

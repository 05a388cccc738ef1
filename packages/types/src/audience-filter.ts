import { z } from "zod";

import { checkAttributes, type ValueProblem } from "./json-values.ts";
import { limits } from "./limits.ts";
import { lineIdTrait } from "./line-id-trait.ts";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const ordered = z.union([z.string(), z.number()]);
const time = z.iso.datetime({ offset: true });
/** RFC 3339, or so many days of 24 hours before the campaign starts. */
const moment = z.union([time, z.strictObject({ daysAgo: z.number().min(0).max(36_500) })]);
const period = z
  .strictObject({ before: moment.optional(), after: moment.optional() })
  .refine((given) => Object.keys(given).length > 0, "needs before or after");
const key = z.string().min(1).max(limits.traitKeyChars);

const traitTests = {
  is: scalar.optional(),
  isNot: scalar.optional(),
  in: z.array(scalar).min(1).max(500).optional(),
  gt: ordered.optional(),
  gte: ordered.optional(),
  lt: ordered.optional(),
  lte: ordered.optional(),
  exists: z.boolean().optional(),
  startsWith: z.string().min(1).max(limits.traitStringBytes).optional(),
};

/** What a condition can be about, by the field that says so. */
const conditions = {
  trait: z
    .strictObject({ trait: key, ...traitTests })
    .refine((given) => Object.keys(given).length > 1, "needs a test, such as is"),
  consent: z.strictObject({
    consent: key,
    is: z.enum(["given", "withdrawn", "unknown"]),
  }),
  friendship: z.strictObject({
    friendship: z.enum(["following", "blocked", "none"]),
    /** Another channel than the campaign's. */
    channelId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,100}$/)
      .optional(),
  }),
  externalId: z.strictObject({ externalId: z.strictObject({ exists: z.boolean() }) }),
  createdAt: z.strictObject({ createdAt: period }),
  lastFollow: z.strictObject({ lastFollow: period }),
} as const;

type Kind = keyof typeof conditions;
export type Scalar = z.output<typeof scalar>;
export type FilterMoment = z.output<typeof moment>;
export type FilterPeriod = z.output<typeof period>;
export type TraitCondition = z.output<typeof conditions.trait>;
export type FilterCondition = { readonly [K in Kind]: z.output<(typeof conditions)[K]> }[Kind];

/** Whom a campaign means, or leaves out: conditions over a person, combined. See `docs/audiences.md`. */
export type AudienceFilter =
  | { readonly all: readonly AudienceFilter[] }
  | { readonly any: readonly AudienceFilter[] }
  | { readonly not: AudienceFilter }
  | FilterCondition;

type Path = readonly PropertyKey[];
/** What zod makes an issue of; what was given is added to it. */
type RawIssue = Readonly<Record<string, unknown>> & { readonly code: string };
type Report = (issue: RawIssue) => void;
interface Reading {
  readonly report: Report;
  conditionsLeft: number;
}

const forbiddenKeys = ["__proto__", "constructor", "prototype"];

/** A filter as a caller wrote it, strictly: nothing of it has a meaning that is not listed here. */
export const audienceFilter = z.unknown().transform((given, ctx): AudienceFilter => {
  const reading: Reading = {
    report: (issue) => ctx.issues.push({ ...issue, input: given } as z.core.$ZodRawIssue),
    conditionsLeft: limits.filterConditionsMax,
  };
  const filter = readFilter(given, [], { reading, depth: 1 });
  const problem = filter && checkAttributes({ where: filter }, "");
  if (problem) reading.report(asIssue(problem, []));
  return filter ?? z.NEVER;
});

interface Level {
  readonly reading: Reading;
  readonly depth: number;
}

/** Undefined where something was reported. */
const readFilter = (given: unknown, path: Path, level: Level): AudienceFilter | undefined => {
  const { report } = level.reading;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    report({ code: "invalid_type", expected: "object", path: [...path] });
    return undefined;
  }
  if (level.depth > limits.filterDepthMax)
    return refuse(level, path, "limit_exceeded", `at most ${limits.filterDepthMax} levels`);
  const keys = Object.keys(given);
  if (keys.some((one) => forbiddenKeys.includes(one)))
    return refuse(level, path, "key_forbidden", "a key that is never allowed");
  const fields = given as Readonly<Record<string, unknown>>;
  for (const word of ["all", "any"] as const)
    if (keys.includes(word))
      return isAlone(keys, path, level) ? readGroup(fields, word, path, level) : undefined;
  if (keys.includes("not")) {
    if (!isAlone(keys, path, level)) return undefined;
    const inner = readFilter(fields["not"], [...path, "not"], deeper(level));
    return inner && { not: inner };
  }
  return readCondition(fields, path, level);
};

const deeper = ({ reading, depth }: Level): Level => ({ reading, depth: depth + 1 });

const isAlone = (keys: readonly string[], path: Path, { reading }: Level): boolean => {
  if (keys.length === 1) return true;
  const others = keys.filter((one) => !["all", "any", "not"].includes(one));
  reading.report({ code: "unrecognized_keys", keys: [others[0] ?? "any"], path: [...path] });
  return false;
};

const readGroup = (
  fields: Readonly<Record<string, unknown>>,
  word: "all" | "any",
  path: Path,
  level: Level,
): AudienceFilter | undefined => {
  const items = fields[word];
  const here = [...path, word];
  if (!Array.isArray(items)) {
    level.reading.report({ code: "invalid_type", expected: "array", path: here });
    return undefined;
  }
  if (items.length === 0) return refuse(level, here, "request_invalid", "at least one condition");
  if (items.length > limits.filterConditionsMax) return refuseMany(level, here);
  const read: AudienceFilter[] = [];
  for (const [at, item] of items.entries()) {
    const one = readFilter(item, [...here, at], deeper(level));
    if (!one) return undefined;
    read.push(one);
  }
  return word === "all" ? { all: read } : { any: read };
};

const readCondition = (
  fields: Readonly<Record<string, unknown>>,
  path: Path,
  level: Level,
): AudienceFilter | undefined => {
  const { reading } = level;
  if (fields["trait"] === lineIdTrait) return refuse(level, path, "field_not_allowed", noTrait);
  const kind = (Object.keys(conditions) as Kind[]).find((one) => Object.hasOwn(fields, one));
  if (!kind)
    return refuse(
      level,
      path,
      "field_not_allowed",
      `a condition is about one of ${Object.keys(conditions).join(", ")}`,
    );
  reading.conditionsLeft -= 1;
  if (reading.conditionsLeft < 0) return refuseMany(level, path);
  const parsed = conditions[kind].safeParse(fields);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) reading.report(withPath(issue, path));
    return undefined;
  }
  const problem =
    kind === "trait" || kind === "consent" ? keyProblem(String(fields[kind]), kind) : undefined;
  if (!problem) return parsed.data;
  reading.report(asIssue(problem, path));
  return undefined;
};

/** It would be true of nobody, though everybody with a LINE ID is shown with it. */
const noTrait =
  "line_id is no trait, but made up from the LINE IDs: ask for friendship, or name people in refs as line:<provider>:<lineUserId>";

/** A name that no trait can have is a misunderstanding, and no path into the database. */
const keyProblem = (name: string, field: string): ValueProblem | undefined =>
  checkAttributes({ [name]: null }, field);

/** A time that is none is a date at fault; zod would tell of a union. */
const withPath = (issue: z.core.$ZodIssue, path: Path): RawIssue => {
  const whole = { ...issue, path: [...path, ...issue.path] };
  const last = issue.path.at(-1);
  const isTime =
    (last === "before" || last === "after") &&
    (issue.code === "invalid_union" || issue.code === "invalid_format");
  return isTime
    ? asIssue(
        {
          code: "date_invalid",
          field: "",
          message: "not an RFC 3339 time with a zone, nor daysAgo",
        },
        whole.path,
      )
    : whole;
};

/** What a schema can report besides zod's own kinds: a code of the failure table, taken over as it is. */
const asIssue = (
  { code, message }: Pick<ValueProblem, "message"> & { code: string; field?: string },
  path: Path,
): RawIssue => ({
  code: "custom",
  message,
  path: [...path],
  params: { failure: { code, message } },
});

const refuse = ({ reading }: Level, path: Path, code: string, message: string): undefined => {
  reading.report(asIssue({ code, message }, path));
};

const refuseMany = (level: Level, path: Path): undefined =>
  refuse(level, path, "limit_exceeded", `at most ${limits.filterConditionsMax} conditions`);

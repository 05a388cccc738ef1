import { Failure, type FailureCode } from "@yubin/errors";
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** What was given, as the schema has it; fails with what is wrong first. */
export const checked = <Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
): z.output<Schema> => {
  // Schemas that take any name pass over this one.
  if (typeof given === "object" && given !== null && Object.hasOwn(given, "__proto__"))
    throw new Failure("unknown_field", "this field is not known here", { field: "__proto__" });
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw requestFailure(parsed.error, given);
};

/** The failure behind what a schema found first. Neither message nor field repeats a value. */
const requestFailure = (error: z.ZodError, given: unknown): Failure => {
  const [first] = error.issues;
  const issue = first && meantBy(first);
  if (!issue) return new Failure("request_invalid", "the request cannot be understood");
  if (issue.code === "unrecognized_keys")
    return new Failure(
      "unknown_field",
      "this field is not known here",
      named(fieldOf([...issue.path, issue.keys[0] ?? ""])),
    );

  const field = fieldOf(issue.path);
  if (isMissing(issue, given))
    return new Failure("request_invalid", "this field is required", { field });
  const special = bySubject.find(({ path }) => path.test(field))?.codeOf(issue);
  const { code, message } = special ?? byKind(issue);
  return new Failure(code, message, named(field));
};

/** Of alternatives, the one whose type the value has: what is wrong there is what the caller wants to know. */
const meantBy = (issue: Issue): Issue => {
  if (issue.code !== "invalid_union") return issue;
  const firsts = issue.errors.flatMap(([first]) => (first ? [first] : []));
  const meant = firsts.find(({ code, path }) => code !== "invalid_type" || path.length > 0);
  return meant ? meantBy({ ...meant, path: [...issue.path, ...meant.path] }) : issue;
};

/** The whole body has no name. */
const named = (field: string): { field?: string } => (field === "" ? {} : { field });

interface Verdict {
  readonly code: FailureCode;
  readonly message: string;
}

/** Fields whose own rules say more than the kind of fault does. */
const bySubject: readonly { path: RegExp; codeOf(issue: Issue): Verdict | undefined }[] = [
  {
    path: /^(userId|anonymousId|messageId|previousId)$/,
    codeOf: ({ code }) =>
      code === "too_small"
        ? { code: "identifier_reserved", message: "a blank id stands for nobody" }
        : code === "too_big"
          ? { code: "identifier_invalid", message: "the id is longer than 255 characters" }
          : undefined,
  },
  {
    path: /\.(userId|lineUserId)$|^lineUserId$/,
    codeOf: (issue) =>
      issue.code === "invalid_type"
        ? undefined
        : { code: "identifier_invalid", message: "not a LINE user ID (U and 32 hex digits)" },
  },
  {
    path: /^(timestamp|sentAt|originalTimestamp|expiresAt)$/,
    codeOf: () => ({ code: "date_invalid", message: "not an RFC 3339 time with a zone" }),
  },
  {
    path: /^sendAt$/,
    codeOf: () => ({ code: "send_at_invalid", message: "not an RFC 3339 time with a zone" }),
  },
  {
    path: /^channelAccessToken$/,
    codeOf: () => ({ code: "token_invalid", message: "this cannot be a channel access token" }),
  },
  {
    path: /^channelSecret$/,
    codeOf: () => ({ code: "secret_invalid", message: "a channel secret is 32 hex digits" }),
  },
  {
    path: /^(content\.(variants\[\d+\]\.)?)?messages$/,
    codeOf: ({ code }) =>
      code === "too_small" || code === "too_big"
        ? { code: "line_limit", message: "1 to 5 messages in one request" }
        : undefined,
  },
  {
    path: /^(audience|exclude)\.refs$/,
    codeOf: (issue) =>
      issue.code === "too_big"
        ? { code: "audience_too_large", message: `at most ${String(issue.maximum)} references` }
        : undefined,
  },
  {
    path: /^batch$/,
    codeOf: (issue) =>
      issue.code === "too_big"
        ? { code: "batch_too_large", message: `at most ${String(issue.maximum)} rows` }
        : undefined,
  },
  {
    path: /^version$/, // of a query; in a body it is a number
    codeOf: (issue) =>
      issue.code === "invalid_format" ||
      (issue.code === "invalid_type" && issue.expected === "string")
        ? { code: "param_invalid", message: "not a version" }
        : undefined,
  },
  {
    path: /^(limit|cursor|days|interval|outcome|reason|variant|archived|format|fromRow|types)$/,
    codeOf: () => ({ code: "param_invalid", message: "not a value that this parameter takes" }),
  },
];

const byKind = (issue: Issue): Verdict => {
  switch (issue.code) {
    case "too_big":
      return { code: "limit_exceeded", message: `at most ${amount(issue, issue.maximum)}` };
    case "too_small":
      return { code: "request_invalid", message: `at least ${amount(issue, issue.minimum)}` };
    case "invalid_format":
      return { code: "request_invalid", message: formOf(issue) };
    case "invalid_type":
      return { code: "type_invalid", message: `must be of type ${issue.expected}` };
    case "invalid_value":
    case "invalid_union":
      return { code: "type_invalid", message: "not one of the values that this field takes" };
    case "custom":
      return (
        (issue.params?.["failure"] as Verdict | undefined) ?? {
          code: "request_invalid",
          message: issue.message,
        }
      );
    case "invalid_key":
      return { code: "key_invalid", message: "a key that is not allowed" };
    default:
      return formless;
  }
};

const formless: Verdict = {
  code: "request_invalid",
  message: "not of the form that this field takes",
};

/** Of a text or a list it is told what is counted. */
const amount = ({ origin }: { readonly origin: string }, count: number | bigint): string => {
  const units = { string: ["character", "characters"], array: ["entry", "entries"] }[origin];
  return units ? `${count} ${units[count === 1 ? 0 : 1]}` : String(count);
};

/** Which form it is, where the schema says so in words: those of the library's own begin like this. */
const formOf = ({ format, message }: z.core.$ZodIssueInvalidStringFormat): string => {
  if (!message.startsWith("Invalid ")) return message;
  return format === "datetime" ? "not an RFC 3339 time with a zone" : formless.message;
};

const isMissing = ({ code, path }: Issue, given: unknown): boolean => {
  // A rule over several fields says of one that is not there what is wrong with that.
  if (code === "custom") return false;
  let value = given;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return false;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === undefined && path.length > 0;
};

const fieldCharsMax = 200;

/** As the caller wrote it, made safe to print. */
const fieldOf = (path: readonly PropertyKey[]): string =>
  path
    .map((key, at) => (typeof key === "number" ? `[${key}]` : `${at > 0 ? "." : ""}${String(key)}`))
    .join("")
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "")
    .slice(0, fieldCharsMax);

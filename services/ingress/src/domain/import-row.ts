import { Failure } from "@yubin/errors";
import { checkAttributes, isLineUserId, type IdentifyRequest } from "@yubin/types";

import { eventHash } from "./event-hash.ts";
import { identifyEvent } from "./identify.ts";
import { importEventId } from "./import.ts";
import type { InboundEvent } from "./inbound-event.ts";

/** What is written in one row, by column. */
export type RowFields = Readonly<Record<string, unknown>>;

export interface RowPlace {
  readonly workspaceId: string;
  readonly importId: string;
  readonly row: number;
  readonly receivedAt: Date;
  /** Of the workspace's channels. */
  readonly providers: ReadonlySet<string>;
}

const consentPrefix = "consent.";
const traitPrefix = "traits.";
const names = new Set(["userId", "externalId", "anonymousId", "lineId", "provider", "traits"]);

/** What kind of column this is, or undefined where a row cannot have it. */
export const isColumn = (column: string): boolean => {
  if (names.has(column)) return column !== "traits";
  const key = column.startsWith(consentPrefix)
    ? column.slice(consentPrefix.length)
    : traitOf(column);
  return checkAttributes({ [key]: null }, "column") === undefined;
};

/** A row as the identify call that it is, so that every rule for those holds for rows. Fails as such a call does. */
export const importedEvent = (fields: RowFields, place: RowPlace): InboundEvent => {
  const line = lineIn(fields, place.providers);
  const userId = idIn(fields, "userId") ?? idIn(fields, "externalId");
  const anonymousId = idIn(fields, "anonymousId");
  const traits = traitsIn(fields);
  const consents = consentsIn(fields);
  if (userId === undefined && anonymousId === undefined && !line)
    throw new Failure("request_invalid", "needs userId, anonymousId or lineId");

  const request: IdentifyRequest = {
    ...(userId === undefined ? {} : { userId }),
    ...(anonymousId === undefined ? {} : { anonymousId }),
    ...(traits ? { traits } : {}),
    ...(line ? { context: { line } } : {}),
    messageId: importEventId(place.importId, place.row),
  };
  const event = identifyEvent(request, {
    workspaceId: place.workspaceId,
    idempotencyKey: undefined,
    newId: () => importEventId(place.importId, place.row),
    receivedAt: place.receivedAt,
  });
  if (!consents) return event;
  const body = { ...event.body, consents };
  return { ...event, body, hash: eventHash("identify", 0, { ...body, timestamp: null }) };
};

const fieldOf = (fields: RowFields, name: string): unknown =>
  Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;

const idIn = (fields: RowFields, name: string): string | undefined => {
  const value = fieldOf(fields, name);
  if (value === undefined || typeof value === "string") return value;
  throw new Failure("type_invalid", "must be of type string", { field: name });
};

const lineIn = (
  fields: RowFields,
  providers: ReadonlySet<string>,
): { provider: string; userId: string } | undefined => {
  const lineId = idIn(fields, "lineId");
  const given = idIn(fields, "provider");
  if (lineId === undefined) return undefined;
  if (!isLineUserId(lineId))
    throw new Failure("identifier_invalid", "not a LINE user ID (U and 32 hex digits)", {
      field: "lineId",
    });
  const [only, ...others] = providers;
  const provider = given ?? (others.length === 0 ? only : undefined);
  if (provider === undefined || !providers.has(provider))
    throw new Failure("provider_unknown", "no connected channel has this provider", {
      field: "provider",
    });
  return { provider, userId: lineId };
};

const traitOf = (column: string): string =>
  column.startsWith(traitPrefix) ? column.slice(traitPrefix.length) : column;

const traitsIn = (fields: RowFields): IdentifyRequest["traits"] => {
  const nested = fieldOf(fields, "traits");
  if (nested !== undefined && (typeof nested !== "object" || Array.isArray(nested)))
    throw new Failure("type_invalid", "must be of type object", { field: "traits" });
  const own = Object.entries(fields)
    .filter(([column]) => !names.has(column) && !column.startsWith(consentPrefix))
    .map(([column, value]) => [traitOf(column), value] as const);
  const traits = Object.fromEntries([...Object.entries(nested ?? {}), ...own]);
  return Object.keys(traits).length > 0 ? traits : undefined;
};

const consentsIn = (fields: RowFields): Record<string, boolean> | undefined => {
  const columns = Object.keys(fields).filter((column) => column.startsWith(consentPrefix));
  const given = columns.filter((column) => fieldOf(fields, column) !== undefined);
  if (given.length === 0) return undefined;
  const consents = Object.fromEntries(
    given.map((column) => [column.slice(consentPrefix.length), answerOf(fields[column], column)]),
  );
  const problem = checkAttributes(consents, "consent");
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  return consents;
};

const answers = new Map<unknown, boolean>([
  [true, true],
  ["true", true],
  ["yes", true],
  ["1", true],
  [false, false],
  ["false", false],
  ["no", false],
  ["0", false],
]);

const answerOf = (value: unknown, column: string): boolean => {
  const answer = answers.get(typeof value === "string" ? value.trim().toLowerCase() : value);
  if (answer === undefined)
    throw new Failure("type_invalid", "must be true, false, yes, no, 1 or 0", { field: column });
  return answer;
};

import { Failure } from "@yubin/errors";
import {
  canonicalId,
  checkAttributes,
  isLineUserId,
  isProvider,
  lineIdTrait,
  type FriendshipState,
} from "@yubin/types";

type TraitValue = string | number | boolean | null;

/** Which people are looked for: those for whom all of it is true. */
export interface PeopleFilter {
  readonly externalId?: string;
  readonly email?: string;
  readonly line?: { readonly lineUserId: string; readonly provider: string | undefined };
  /** Part of the name, whatever its case; nothing in it has a meaning. */
  readonly name?: string;
  readonly friendship?: { readonly channelId: string; readonly state: FriendshipState };
  readonly suppressed?: boolean;
  readonly identified?: boolean;
  /** Traits, each with the values that the text in the query may stand for. */
  readonly attributes?: readonly { readonly key: string; readonly values: readonly TraitValue[] }[];
}

type Query = Readonly<Record<string, unknown>>;

const nameCharsMax = 200;
const attributesMax = 10;
const attributePrefix = "attribute.";

/** Reads the filters of a list of people; what it cannot be filtered by is refused and never passed on. */
export const readPeopleFilter = (query: Query): PeopleFilter => {
  for (const field of Object.keys(query)) refuseUnknown(field);
  const text = (field: string): string | undefined => textOf(query, field);
  const externalId = text("externalId");
  const email = text("email");
  const name = text("name");
  if (name !== undefined && name.length > nameCharsMax) throw notTaken("name");
  const friendship = friendshipIn(text("friendship"));
  const suppressed = yesOrNo(text("suppressed"), "suppressed");
  const identified = yesOrNo(text("identified"), "identified");
  const line = lineIn(text("lineId"), text("provider"));
  const attributes = attributesIn(query);
  return {
    ...(externalId === undefined ? {} : { externalId: canonicalId(externalId) }),
    ...(email === undefined ? {} : { email: email.toLowerCase() }),
    ...(line ? { line } : {}),
    ...(name === undefined ? {} : { name }),
    ...(friendship ? { friendship } : {}),
    ...(suppressed === undefined ? {} : { suppressed }),
    ...(identified === undefined ? {} : { identified }),
    ...(attributes.length > 0 ? { attributes } : {}),
  };
};

const filters = new Set([
  "externalId",
  "email",
  "lineId",
  "provider",
  "name",
  "friendship",
  "suppressed",
  "identified",
]);
/** What a person has, or what other APIs sort by: a caller who asks for it is told that it is not possible. */
const notFilters =
  /^(_id|id|traits|lineAccounts|consents|suppression|friendOf|blockedOn|mergedInto|mergedFrom|createdAt|updatedAt|version|sort|sortBy|order|orderBy|filter|where|q|query|search|regex)$|[.[\]$]/;

const refuseUnknown = (field: string): void => {
  if (filters.has(field) || field.startsWith(attributePrefix)) return;
  const shown = field
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "")
    .slice(0, 200);
  if (notFilters.test(field))
    throw new Failure("field_not_allowed", "people cannot be filtered or sorted by this", {
      field: shown,
    });
  throw new Failure("unknown_field", "this field is not known here", { field: shown });
};

const notTaken = (field: string): Failure =>
  new Failure("param_invalid", "not a value that this parameter takes", { field });

/** Given once, not blank, and of characters that a database can be asked for. */
const textOf = (query: Query, field: string): string | undefined => {
  const value = Object.hasOwn(query, field) ? query[field] : undefined;
  if (value === undefined) return undefined;
  const isText = typeof value === "string" && value !== "" && value.length <= 1_000;
  if (!isText || !value.isWellFormed() || value.includes("\0")) throw notTaken(field);
  return value;
};

const yesOrNo = (text: string | undefined, field: string): boolean | undefined => {
  if (text === undefined) return undefined;
  if (text !== "true" && text !== "false") throw notTaken(field);
  return text === "true";
};

const friendshipIn = (text: string | undefined): PeopleFilter["friendship"] => {
  if (text === undefined) return undefined;
  const [, channelId, state] = /^([A-Za-z0-9_-]{1,100}):(following|blocked)$/.exec(text) ?? [];
  if (channelId === undefined) throw notTaken("friendship");
  return { channelId, state: state === "following" ? "following" : "blocked" };
};

const lineIn = (lineId: string | undefined, provider: string | undefined): PeopleFilter["line"] => {
  if (provider !== undefined && (lineId === undefined || !isProvider(provider)))
    throw notTaken("provider");
  if (lineId === undefined) return undefined;
  if (!isLineUserId(lineId)) throw notTaken("lineId");
  return { lineUserId: lineId, provider };
};

const attributesIn = (query: Query): NonNullable<PeopleFilter["attributes"]> => {
  const fields = Object.keys(query)
    .filter((field) => field.startsWith(attributePrefix))
    .sort();
  if (fields.length > attributesMax)
    throw new Failure("limit_exceeded", `at most ${attributesMax} attributes in one search`);
  return fields.map((field) => {
    const key = field.slice(attributePrefix.length);
    if (key === lineIdTrait)
      throw new Failure("field_not_allowed", "line_id is no attribute here: ask for lineId", {
        field,
      });
    const problem = checkAttributes({ [key]: null }, "attribute");
    if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
    return { key, values: readingsOf(textOf({ [key]: query[field] }, key) ?? "") };
  });
};

/** A query knows only texts: `42` may be the text or the number, `true` the text or the boolean. */
const readingsOf = (text: string): TraitValue[] => {
  const number = Number(text);
  const isNumber = Number.isFinite(number) && String(number) === text;
  return [
    text,
    ...(isNumber ? [number] : []),
    ...(text === "true" ? [true] : []),
    ...(text === "false" ? [false] : []),
    ...(text === "null" ? [null] : []),
  ];
};

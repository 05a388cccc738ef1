import type { InboxEvent } from "./inbox-event.ts";

/** Names of somebody who is forgotten, by kind. */
export interface ErasedNames {
  readonly users: ReadonlySet<string>;
  readonly anonymousIds: ReadonlySet<string>;
  readonly lineUserIds: ReadonlySet<string>;
}

export type Said = Pick<InboxEvent, "body" | "lineUserId">;

/**
 * What somebody else's event says without these names: a LINE ID that they claimed in vain, a device that both used, a
 * name that was taken for theirs until an undo. What was said under an external id was said of that person, whole.
 */
export const withoutNames = ({ body, lineUserId }: Said, names: ErasedNames): Said => {
  if (isIn(names.users, body["userId"])) return { body: {}, lineUserId: null };
  const kept = Object.entries(body).flatMap(([field, value]): [string, unknown][] => {
    switch (field) {
      case "anonymousId":
        return isIn(names.anonymousIds, value) ? [] : [[field, value]];
      case "previousId":
        return isIn(names.users, value) || isIn(names.anonymousIds, value) ? [] : [[field, value]];
      case "lineUserId":
        return isIn(names.lineUserIds, value) ? [] : [[field, value]];
      case "context":
        return [[field, withoutLine(value, names)]];
      default:
        return [[field, value]];
    }
  });
  return {
    body: Object.fromEntries(kept),
    lineUserId: isIn(names.lineUserIds, lineUserId) ? null : lineUserId,
  };
};

const withoutLine = (context: unknown, { lineUserIds }: ErasedNames): unknown => {
  if (typeof context !== "object" || context === null || !("line" in context)) return context;
  const { line, ...rest } = context;
  const isTheirs =
    typeof line === "object" && line !== null && "userId" in line && isIn(lineUserIds, line.userId);
  return isTheirs ? rest : context;
};

const isIn = (names: ReadonlySet<string>, value: unknown): boolean =>
  typeof value === "string" && names.has(value);

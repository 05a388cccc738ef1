import type { LineMessage } from "@yubin/types";
import { Liquid } from "liquidjs";

import type { TemplateScope } from "./render-messages.ts";
import { mapTemplates } from "./template-texts.ts";

/**
 * The variables that templates read and that have no value for this person, as `profile.traits.name`, in the order of
 * their reading; also those that have a `default`. Names that a template makes itself, and places that depend on other
 * values, are not among them. For content that `checkContent` has passed.
 */
export const missingVariables = (
  messages: readonly LineMessage[],
  scope: TemplateScope,
): readonly string[] => {
  const missing = new Set<string>();
  mapTemplates(messages, ({ template }) => {
    for (const segments of reader.globalVariableSegmentsSync(template, { partials: false })) {
      const path = segments.filter((segment) => !Array.isArray(segment)).map(String);
      if (path.length === segments.length && !hasValue(valueAt(scope, path)))
        missing.add(path.join("."));
    }
    return "";
  });
  return [...missing];
};

const reader = new Liquid({ ownPropertyOnly: true });

const valueAt = (scope: TemplateScope, path: readonly string[]): unknown => {
  let value: unknown = scope;
  for (const key of path) value = step(value, key);
  return value;
};

const step = (value: unknown, key: string): unknown => {
  if (typeof value === "string" || Array.isArray(value)) {
    if (key === "size") return value.length;
    if (Array.isArray(value) && (key === "first" || key === "last"))
      return value.at(key === "first" ? 0 : -1);
  }
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
};

const hasValue = (value: unknown): boolean =>
  typeof value === "string" ? value.trim() !== "" : value !== undefined && value !== null;

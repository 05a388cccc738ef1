import { readFileSync } from "node:fs";

import { Ajv, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";
import { parse } from "yaml";

export type LineDefinition = "messaging-api" | "webhook" | "channel-access-token";

/** One of LINE's OpenAPI files, ready to judge values by the names of its schemas. */
export interface LineOpenapi {
  /** What is wrong with the value, in words; an empty list when it fits. */
  problems(schema: string, value: unknown): string[];
}

/** Reads one of LINE's OpenAPI files. */
export const readLineOpenapi = (definition: LineDefinition): LineOpenapi => {
  const file = new URL(`../fixtures/line-openapi/${definition}.yml`, import.meta.url);
  const document = parse(readFileSync(file, "utf8")) as OpenapiDocument;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats(ajv);
  ajv.addSchema({
    $id: "line",
    components: { schemas: withSubtypes(document.components.schemas) },
  });
  const compiled = new Map<string, ValidateFunction>();

  return {
    problems: (schema, value) => {
      if (!document.components.schemas[schema]) throw new Error(`LINE defines no ${schema}`);
      let validate = compiled.get(schema);
      if (!validate) {
        validate = ajv.compile({ $ref: `line${pointerOf(schema, document.components.schemas)}` });
        compiled.set(schema, validate);
      }
      if (validate(value)) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message }) => `${instancePath || "/"} ${message}`,
      );
    },
  };
};

// The package is CommonJS: what Node sees as the default export, the types see one level deeper.
const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;

interface Schema {
  readonly discriminator?: { readonly mapping?: Readonly<Record<string, string>> };
  readonly [keyword: string]: unknown;
}

interface OpenapiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const prefix = "#/components/schemas/";

/**
 * OpenAPI means "one of the subtypes" by a discriminator, which JSON Schema does not know. So each such schema gets a
 * companion that asks the value's `type` for the subtype, and every reference but that of a subtype to its own base
 * leads to the companion.
 */
const withSubtypes = (schemas: Readonly<Record<string, Schema>>): Record<string, unknown> => {
  const result: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(schemas)) {
    result[name] = redirected(schema, schemas, false);
    const mapping = schema.discriminator?.mapping;
    if (mapping) result[`${name}AnyType`] = anyTypeOf(mapping);
  }
  return result;
};

const anyTypeOf = (mapping: Readonly<Record<string, string>>): unknown => ({
  type: "object",
  required: ["type"],
  properties: { type: { enum: Object.keys(mapping) } },
  allOf: Object.entries(mapping).map(([type, $ref]) => ({
    if: { properties: { type: { const: type } }, required: ["type"] },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own keyword
    then: { $ref },
  })),
});

const redirected = (
  value: unknown,
  schemas: Readonly<Record<string, Schema>>,
  isBase: boolean,
): unknown => {
  if (Array.isArray(value)) return value.map((one) => redirected(one, schemas, isBase));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (key === "$ref" && typeof one === "string" && !isBase) {
        return [key, pointerOf(one.slice(prefix.length), schemas)];
      }
      // OpenAPI's own keywords would only confuse a JSON Schema validator.
      if (key === "discriminator" || key === "example") return [`x-${key}`, one];
      return [key, redirected(one, schemas, key === "allOf")];
    }),
  );
};

const pointerOf = (name: string, schemas: Readonly<Record<string, Schema>>): string =>
  `${prefix}${name}${schemas[name]?.discriminator?.mapping ? "AnyType" : ""}`;

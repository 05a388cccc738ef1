import { readFileSync } from "node:fs";

import { Ajv, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";
import { parse } from "yaml";

export type LineDefinition = "messaging-api" | "webhook" | "channel-access-token";

/** A request as it was on the wire. */
export interface LineRequest {
  readonly method: "get" | "post" | "put" | "delete";
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** One of LINE's OpenAPI files, ready to judge values by the names of its schemas. */
export interface LineOpenapi {
  /** What is wrong with the value, in words; an empty list when it fits. */
  problems(schema: string, value: unknown): string[];
  /** What is wrong with a request: path, method, headers, content type and body, fields unknown to LINE included. */
  requestProblems(request: LineRequest): string[];
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
  const problems = (schema: string, value: unknown): string[] => {
    if (!document.components.schemas[schema]) throw new Error(`LINE defines no ${schema}`);
    let validate = compiled.get(schema);
    if (!validate) {
      validate = ajv.compile({ $ref: `line${pointerOf(schema, document.components.schemas)}` });
      compiled.set(schema, validate);
    }
    return complaintsOf(validate, value);
  };

  return {
    problems,
    requestProblems: ({ method, path, headers, body }) => {
      const operation = document.paths[path]?.[method];
      if (!operation) return [`LINE has no ${method} ${path}`];
      const wrongHeaders = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === "header")
        .flatMap(({ name, required = false, schema }) => {
          const value = headers[name.toLowerCase()];
          if (value === undefined) return required ? [`${name} is missing`] : [];
          return complaintsOf(ajv.compile(schema), value).map((words) => `${name} ${words}`);
        });
      const contentType = String(headers["content-type"]).split(";")[0] ?? "";
      const content = operation.requestBody?.content[contentType];
      if (!content) return [...wrongHeaders, `LINE takes no ${contentType} here`];
      const schema = content.schema.$ref.slice(prefix.length);
      const known = Object.keys(document.components.schemas[schema]?.properties ?? {});
      const unknown = Object.keys(body as object).filter((field) => !known.includes(field));
      return [
        ...wrongHeaders,
        ...unknown.map((field) => `/${field} is no field of ${schema}`),
        ...problems(schema, body),
      ];
    },
  };
};

const complaintsOf = (validate: ValidateFunction, value: unknown): string[] =>
  validate(value)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message }) => `${instancePath || "/"} ${message}`,
      );

// The package is CommonJS: what Node sees as the default export, the types see one level deeper.
const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;

interface Schema {
  readonly discriminator?: { readonly mapping?: Readonly<Record<string, string>> };
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly [keyword: string]: unknown;
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly $ref: string } }>>;
  };
}

interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
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

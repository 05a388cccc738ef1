import { Failure } from "@yubin/errors";
import {
  checkAttributes,
  checkText,
  parseProfileRef,
  refText,
  type ImportFormat,
} from "@yubin/types";

import type { RowFields } from "./import-row.ts";

/** One row of an uploaded list: who, and what is said of them. */
export interface ListRow {
  readonly ref: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

export const refColumn = "ref";
const refCharsMax = 512;
const rowFields = new Set([refColumn, "data"]);

/** Whether a column of CSV can be there: the reference, or a name that data can have. */
export const isListColumn = (column: string): boolean =>
  column === refColumn || checkAttributes({ [column]: null }, "column") === undefined;

/**
 * A row as planning takes it, in the one spelling of its reference. A text that is no reference is kept as it is and
 * skipped with `ref_invalid`, so that whoever uploaded it finds it among the outcomes.
 */
export const listRow = (format: ImportFormat, fields: RowFields): ListRow => {
  const ref = refIn(fields);
  const data = format === "csv" ? cellsIn(fields) : dataIn(fields);
  const problem = data && checkAttributes(data, "data");
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  return { ref, data: data && Object.keys(data).length > 0 ? data : undefined };
};

const refIn = (fields: RowFields): string => {
  const ref = Object.hasOwn(fields, refColumn) ? fields[refColumn] : undefined;
  if (ref === undefined || ref === "")
    throw new Failure("request_invalid", "this field is required", { field: refColumn });
  if (typeof ref !== "string")
    throw new Failure("type_invalid", "must be of type string", { field: refColumn });
  if (ref.length > refCharsMax)
    throw new Failure("limit_exceeded", `at most ${refCharsMax}`, { field: refColumn });
  const problem = checkText(ref, refColumn);
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  const parsed = parseProfileRef(ref);
  return parsed ? refText(parsed) : ref;
};

const cellsIn = (fields: RowFields): RowFields => {
  const { [refColumn]: _, ...cells } = fields;
  return cells;
};

const dataIn = (fields: RowFields): RowFields | undefined => {
  const unknown = Object.keys(fields).find((field) => !rowFields.has(field));
  if (unknown !== undefined) throw new Failure("unknown_field", "a row has ref and data only");
  const data = fields["data"] ?? undefined;
  if (data === undefined) return undefined;
  if (typeof data !== "object" || Array.isArray(data))
    throw new Failure("type_invalid", "must be of type object", { field: "data" });
  return data as RowFields;
};

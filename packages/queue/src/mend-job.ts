import { isDeeperThan } from "./levels-of.ts";

/** The fields of a job's hash as Redis keeps them. */
export type JobHash = Readonly<Record<string, string>>;

/** What has to be written to a hash (null: removed) before BullMQ can handle it, and which field was at fault. */
export interface Mending {
  readonly fault: string;
  readonly writes: Readonly<Record<string, string | null>>;
}

const wholeNumber = /^\d{1,15}$/;
const parentLevelsMax = 8;

/**
 * Whatever BullMQ or its scripts parse. They throw at anything else, after the job was taken: it would neither end nor
 * leave, and come back with every look for lost jobs.
 */
const rules: readonly {
  readonly field: string;
  readonly fits: (value: string | undefined, hash: JobHash) => boolean;
  readonly instead: string | null;
}[] = [
  { field: "name", fits: (value) => value !== undefined, instead: "" },
  { field: "opts", fits: (value) => isRecord(parsed(value ?? "{}")), instead: "{}" },
  { field: "progress", fits: (value) => parsed(value || "0") !== undefined, instead: "0" },
  ...["ats", "atm", "attemptsMade", "stc"].map((field) => ({
    field,
    fits: (value: string | undefined) => value === undefined || wholeNumber.test(value),
    instead: "0",
  })),
  { field: "timestamp", fits: (value) => isFiniteNumber(value), instead: "0" },
  ...["delay", "priority"].map((field) => ({
    field,
    fits: (value: string | undefined) => value === undefined || isFiniteNumber(value),
    instead: "0",
  })),
  {
    field: "parent",
    fits: (value) => value === undefined || isParent(parsed(value)),
    instead: null,
  },
  {
    field: "parentKey",
    fits: (value, { parent }) => value === undefined || isParent(parsed(parent)),
    instead: null,
  },
  // It would be failed without having run, and without a letter.
  { field: "defa", fits: (value) => value === undefined, instead: null },
  // BullMQ gives up a job whose schedule it cannot go on with.
  {
    field: "rjk",
    fits: (value, { opts }) => value === undefined || isSchedule(parsed(opts)),
    instead: null,
  },
  // It would stand for another job.
  { field: "id", fits: (value) => value === undefined, instead: null },
];

/** Where the fault is noted, in the job's options: it stays with the job however often that is taken. */
const faultOption = "yubinFault";

export const mendingOf = (hash: JobHash): Mending | undefined => {
  const broken = rules.filter(({ field, fits }) => !fits(hash[field], hash));
  const [first] = broken;
  if (!first) return undefined;
  const writes = Object.fromEntries(broken.map(({ field, instead }) => [field, instead]));
  // A script fails at a key of a parent as well as at the parent.
  if ("parent" in writes) writes["parentKey"] = null;
  return {
    fault: first.field,
    writes: { ...writes, opts: JSON.stringify({ [faultOption]: first.field }) },
  };
};

/** The field at fault of a job that had to be mended; never what a producer wrote there. */
export const faultOf = (opts: object): string | undefined => {
  const noted = (opts as Record<string, unknown>)[faultOption];
  if (noted === undefined) return undefined;
  return rules.find(({ field }) => field === noted)?.field ?? "opts";
};

const parsed = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isFiniteNumber = (text: string | undefined): boolean =>
  text !== undefined && text !== "" && Number.isFinite(Number(text));

const isParent = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value["id"] === "string" &&
  typeof value["queueKey"] === "string" &&
  !isDeeperThan(value, parentLevelsMax);

const isSchedule = (opts: unknown): boolean => {
  const repeat = isRecord(opts) ? opts["repeat"] : undefined;
  return isRecord(repeat) && (Number(repeat["every"]) > 0 || typeof repeat["pattern"] === "string");
};

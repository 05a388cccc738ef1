import { createHash } from "node:crypto";

const refChars = 12;

/**
 * Stands for a job's id in logs: campaign systems choose the ids on their queue and put addresses into them. The first
 * characters of its SHA-256, so whoever has the id finds its lines.
 */
export const jobRef = (jobId: string | undefined): string =>
  createHash("sha256")
    .update(jobId ?? "")
    .digest("hex")
    .slice(0, refChars);

const quotesId = [
  /\b(for (?:parent )?job )(.*?)(\. (?:Cmd )?\w+(?: from \w+)?)$/is,
  /\b(renew lock for job )(.*)()$/is,
  /\b((?:parent )?job )(.*)( (?:is not in the|has pending|cannot be replaced|belongs to|because it has) .*)$/is,
  /\b(error for )(.*)(\. \w+)$/is,
];

/** BullMQ's errors quote the id of their job. */
export const withoutJobId = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  const pattern = quotesId.find((one) => one.test(error.message));
  if (!pattern) return error;
  const message = error.message.replace(
    pattern,
    (_all, before: string, id: string, after: string) => `${before}${jobRef(id)}${after}`,
  );
  const code = "code" in error ? { code: error.code } : {};
  // The stack's first lines repeat the message.
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return Object.assign(new Error(message), { ...code, name: error.name, stack: frames.join("\n") });
};

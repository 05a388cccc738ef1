import { failures, type FailureRow } from "./failures.ts";

/** The page `docs/errors.md`: the failure table, for people. A test holds the two together. */
export const errorsPage = (): string => {
  const rows = Object.entries<FailureRow>(failures).map(
    ([code, { status, retry, meaning }]) =>
      `| \`${code}\` | ${status} | ${retryWords[retry]} | ${meaning} |`,
  );
  return [head, "| Code | Status | Try again? | Meaning |", "|---|---|---|---|", ...rows, ""].join(
    "\n",
  );
};

const retryWords = {
  never: "no",
  later: "after `Retry-After`",
  backoff: "yes, with growing pauses",
} as const satisfies Record<FailureRow["retry"], string>;

const head = `# Errors

Every error is answered as

\`\`\`json
{ "error": { "code": "type_invalid", "message": "what was wrong, and the limit", "field": "traits.age", "requestId": "req_…" } }
\`\`\`

\`code\` is stable and is what to decide by; \`message\` is for people and may change; \`field\` is there when one field is at fault. The \`requestId\` is also in the \`x-request-id\` header and in our logs. A message never repeats a value or a secret.

The same codes explain dead letters. This page is written from \`packages/errors/src/failures.ts\` by \`npm run docs\`.
`;

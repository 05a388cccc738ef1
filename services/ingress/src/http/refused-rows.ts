import type { Failure } from "@yubin/errors";
import type { Metrics } from "@yubin/kit";

/** Counts rows of batches that were not taken: whoever sent them may not have looked. */
export const countRefusedRows = (metrics: Metrics): ((failure: Failure) => void) => {
  const refused = metrics.counter({
    name: "yubin_ingress_batch_rows_refused_total",
    help: "Rows of POST /v1/batch that were refused, by code.",
    labels: ["code"],
  });
  return ({ code }) => refused.inc({ code });
};

import type { Batch } from "./batch.ts";
import type { Gate } from "./check-gate.ts";
import type { Decided } from "./decide-all.ts";
import type { Contacts } from "./ports.ts";

const dayMs = 86_400_000;

/**
 * Leaves out who has had as many messages as they may. What counts is read from what was tried, so no counter can drift;
 * two campaigns that come to the same person within the same second do not see each other.
 */
export const judgeCaps = async (
  { contacts }: { readonly contacts: Contacts },
  { workspaceId, campaignId, id: batchId }: Pick<Batch, "workspaceId" | "campaignId" | "id">,
  {
    decided,
    gate: { rules },
    now,
  }: {
    readonly decided: readonly Decided[];
    readonly gate: Pick<Extract<Gate, { kind: "open" }>, "rules">;
    readonly now: Date;
  },
): Promise<readonly Decided[]> => {
  const { cap } = rules;
  if (!cap) return decided;
  const families = decided.map(({ decision, person }) =>
    decision.kind === "send" ? (person?.family ?? []) : [],
  );
  const profileIds = [...new Set(families.flat())];
  if (profileIds.length === 0) return decided;
  const counts = await contacts.countSince(workspaceId, profileIds, {
    since: new Date(now.getTime() - cap.days * dayMs),
    except: { campaignId, batchId },
  });
  return decided.map((one, place) => {
    const had = (families[place] ?? []).reduce((sum, id) => sum + (counts.get(id) ?? 0), 0);
    return had < cap.messages ? one : { ...one, decision: { kind: "skip", reason: "over_cap" } };
  });
};

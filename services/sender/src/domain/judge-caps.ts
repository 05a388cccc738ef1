import type { Batch, Call } from "./batch.ts";
import type { Gate } from "./check-gate.ts";
import type { Decided } from "./decide-all.ts";
import type { Contacts } from "./ports.ts";

const dayMs = 86_400_000;

type Batched = Pick<Batch, "workspaceId" | "campaignId" | "id">;

interface Circumstances {
  readonly decided: readonly Decided[];
  readonly gate: Pick<Extract<Gate, { kind: "open" }>, "rules">;
  readonly now: Date;
}

/** Leaves out who has had as many messages as they may. What counts is read from what was tried, so no counter can drift. */
export const judgeCaps = async (
  { contacts }: { readonly contacts: Contacts },
  { workspaceId, campaignId, id: batchId }: Batched,
  { decided, gate: { rules }, now, fresh = false }: Circumstances & { readonly fresh?: boolean },
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
    fresh,
  });
  return decided.map((one, place) => {
    const had = (families[place] ?? []).reduce((sum, id) => sum + (counts.get(id) ?? 0), 0);
    return had < cap.messages ? one : { ...one, decision: { kind: "skip", reason: "over_cap" } };
  });
};

/**
 * Whose calls are frozen and must not be made, by their index: somebody else has come to them at the same time. Counted
 * once more now that others can see these calls: of two who came at once at least one sees the other. Where both do,
 * both take theirs back and look again in a moment that differs by chance.
 */
export const findOverCap = async (
  deps: { readonly contacts: Contacts },
  batch: Batched,
  { calls, decided, ...circumstances }: Circumstances & { readonly calls: readonly Call[] },
): Promise<ReadonlySet<number>> => {
  if (!circumstances.gate.rules.cap || calls.length === 0) return new Set();
  const called = new Set(calls.flatMap(({ members }) => members));
  const about = decided.filter(({ index }) => called.has(index));
  const judged = await judgeCaps(deps, batch, { ...circumstances, decided: about, fresh: true });
  return new Set(
    judged.flatMap(({ decision, index }) => (decision.kind === "skip" ? [index] : [])),
  );
};

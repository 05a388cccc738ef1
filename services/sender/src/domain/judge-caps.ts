import { withProfile, type Batch } from "./batch.ts";
import type { Gate } from "./check-gate.ts";
import type { Decided } from "./decide-all.ts";
import type { Hold } from "./hold.ts";
import type { Contacts } from "./ports.ts";

const dayMs = 86_400_000;

interface Circumstances {
  readonly decided: readonly Decided[];
  readonly gate: Pick<Extract<Gate, { kind: "open" }>, "rules">;
  readonly now: Date;
}

type Batched = Pick<Batch, "workspaceId" | "campaignId" | "id">;

interface CapsDeps {
  readonly contacts: Contacts;
  /** For crash tests. */
  readonly step?: (name: string) => void | Promise<void>;
}

/** Leaves out who has had as many messages as they may. What counts is read from what was tried, so no counter can drift. */
export const judgeCaps = async (
  deps: CapsDeps,
  batch: Batched,
  circumstances: Circumstances,
): Promise<readonly Decided[]> => {
  const over = await findOverCap(deps, batch, circumstances);
  return circumstances.decided.map((one) =>
    over.has(one.index) ? { ...one, decision: { kind: "skip", reason: "over_cap" } } : one,
  );
};

/**
 * Whom somebody else comes to at the same time, by index: with both they would have more than they may. All are
 * announced before they are counted once more, so of two who come at once at least one sees the other; where both do,
 * both leave them alone and look again in a moment that differs by chance. Nothing is frozen by then: whoever dies
 * here has sent nothing, and nothing of theirs will go without being looked at.
 */
export const announce = async (
  deps: CapsDeps,
  hold: Hold,
  circumstances: Circumstances,
): Promise<ReadonlySet<number>> => {
  const sends = circumstances.decided.filter(({ decision }) => decision.kind === "send");
  if (!circumstances.gate.rules.cap || sends.length === 0) return new Set();
  const announced = sends.map(({ index }) => index);
  await deps.step?.("announce");
  await hold.change({ ...withProfile(hold.batch, sends[0]?.person), announced });
  await deps.step?.("announced");
  return findOverCap(deps, hold.batch, { ...circumstances, decided: sends, coming: true });
};

const findOverCap = async (
  { contacts }: CapsDeps,
  { workspaceId, campaignId, id: batchId }: Batched,
  { decided, gate, now, coming = false }: Circumstances & { readonly coming?: boolean },
): Promise<ReadonlySet<number>> => {
  const { cap } = gate.rules;
  const sends = decided.filter(({ decision }) => decision.kind === "send");
  const profileIds = [...new Set(sends.flatMap(({ person }) => person?.family ?? []))];
  if (!cap || profileIds.length === 0) return new Set();
  const counts = await contacts.countSince(workspaceId, profileIds, {
    since: new Date(now.getTime() - cap.days * dayMs),
    except: { campaignId, batchId },
    coming,
  });
  const had = ({ person }: Decided): number =>
    (person?.family ?? []).reduce((sum, id) => sum + (counts.get(id) ?? 0), 0);
  return new Set(sends.filter((one) => had(one) >= cap.messages).map(({ index }) => index));
};

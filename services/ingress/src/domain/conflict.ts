import type { ConflictView } from "@yubin/types";

export interface Claimant {
  readonly profileId: string;
  readonly proof: string;
  readonly at: Date;
}

export interface Conflict {
  readonly id: string;
  readonly kind: ConflictView["kind"];
  readonly provider: string | null;
  readonly lineUserId: string | null;
  readonly because: ConflictView["because"];
  readonly holderId: string;
  readonly claimants: readonly Claimant[];
  readonly state: "open" | "resolved";
  readonly resolvedTo: string | null;
  readonly resolvedBy: string | null;
  readonly resolvedAt: Date | null;
  readonly since: Date;
}

export interface ConflictPage {
  readonly after: string;
  readonly limit: number;
  readonly state: "open" | "resolved" | undefined;
}

export interface Conflicts {
  find(workspaceId: string, id: string): Promise<Conflict | undefined>;
  list(workspaceId: string, page: ConflictPage): Promise<Conflict[]>;
  /** The external ids of these profiles, as they are now. */
  externalIds(workspaceId: string, profileIds: readonly string[]): Promise<Map<string, string>>;
}

const explanations: Readonly<Record<Conflict["because"], string>> = {
  external_ids:
    "Two people with different external ids claim this LINE ID. It stays with its holder until it is resolved: " +
    "give it to one of them, or merge the two if they are one person.",
  undone:
    "A merge of these two was undone, so they are not brought together again by themselves: give the LINE ID to one " +
    "of them, or merge them if they are one person after all.",
  merge_rate:
    "Unusually many profiles were merged into this person within an hour, as happens when one id stands for many " +
    "people. Look at the names they share before you decide.",
  limit:
    "Together the two would be more than one profile can hold. Unlink what is not needed, then merge them.",
};

const movedByRule =
  "Two people claimed this LINE ID, and it went to whoever proved it last, as this workspace's rule is. " +
  "The holder is whose it was before.";

/** A conflict as people read it, with whom it is between. */
export const conflictView = (
  conflict: Conflict,
  externalIds: ReadonlyMap<string, string>,
): ConflictView => ({
  id: conflict.id,
  kind: conflict.kind,
  provider: conflict.provider,
  lineUserId: conflict.lineUserId,
  because: conflict.because,
  explanation:
    conflict.resolvedBy === "last_proof_wins" ? movedByRule : explanations[conflict.because],
  holder: {
    profileId: conflict.holderId,
    externalId: externalIds.get(conflict.holderId) ?? null,
  },
  // A holder who was decided against counts as one, too.
  claimants: conflict.claimants
    .filter(({ profileId }) => profileId !== conflict.holderId)
    .map(({ profileId, proof, at }) => ({
      profileId,
      externalId: externalIds.get(profileId) ?? null,
      proof,
      at: at.toISOString(),
    })),
  state: conflict.state,
  resolvedTo: conflict.resolvedTo,
  resolvedBy: conflict.resolvedBy,
  resolvedAt: conflict.resolvedAt?.toISOString() ?? null,
  since: conflict.since.toISOString(),
});

export const partiesOf = ({ holderId, claimants }: Conflict): string[] => [
  holderId,
  ...claimants.map(({ profileId }) => profileId),
];

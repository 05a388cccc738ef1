/** Something that is not guessed and waits for people. */
export interface Conflict {
  readonly id: string;
  readonly workspaceId: string;
  readonly kind: "line_id" | "merge";
  readonly lineId: { readonly provider: string; readonly lineUserId: string } | null;
  readonly holderId: string;
  readonly claimantIds: readonly string[];
}

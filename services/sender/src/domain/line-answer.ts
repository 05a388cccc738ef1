/** What LINE said to a call, as far as sending has to tell it apart. */
export type Answer =
  /** Nobody asked LINE: there was no time for it by what is known of the people, or in its slot. */
  | { readonly kind: "not_made" }
  | {
      readonly kind: "accepted";
      readonly requestId: string | null;
      readonly sentMessageIds: readonly string[];
    }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly requestId: string | null;
      readonly message: string;
      readonly property?: string;
    }
  | { readonly kind: "rate_limited" }
  | { readonly kind: "quota_exhausted" }
  | { readonly kind: "unauthorized" }
  | { readonly kind: "forbidden" }
  | { readonly kind: "unknown"; readonly reason: string };

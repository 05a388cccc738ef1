export interface BenchResult {
  readonly name: string;
  /** The server it ran on: figures are worth nothing without it. */
  readonly server: string;
  readonly figures: Readonly<Record<string, string | number>>;
}

export interface BenchOptions {
  /** How large; each benchmark has its own default. */
  readonly people: number | undefined;
  readonly log: (line: string) => void;
  /** Where each process leaves a profile of its processor time. */
  readonly profileDir: string | undefined;
}

export const perSecond = (count: number, ms: number): number => Math.round((count / ms) * 1_000);
export const ratio = (ours: number, bare: number): string => (ours / bare).toFixed(2);

/** The part of a pino logger that is used here. */
export interface Log {
  debug(fields: object, sentence: string): void;
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}

/** The part of a metrics registry that is used here; kit's `createMetrics` gives one. */
export interface QueueMetrics {
  counter<Label extends string>(
    spec: Spec<Label>,
  ): {
    inc(labels: Record<Label, string>, value?: number): void;
  };
  histogram<Label extends string>(
    spec: Spec<Label> & { readonly buckets?: readonly number[] },
  ): {
    observe(labels: Record<Label, string>, value: number): void;
  };
  gauge<Label extends string>(
    spec: Spec<Label> & {
      readonly collect?: (gauge: SettableGauge<Label>) => void | Promise<void>;
    },
  ): SettableGauge<Label>;
}

export interface SettableGauge<Label extends string> {
  set(labels: Record<Label, string>, value: number): void;
}

interface Spec<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

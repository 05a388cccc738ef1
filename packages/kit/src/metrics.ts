import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

export interface MetricSpec<Label extends string> {
  readonly name: string;
  readonly help: string;
  /** Few values each: a workspace, channel or person is never a label. */
  readonly labels?: readonly Label[];
}

export interface HistogramSpec<Label extends string> extends MetricSpec<Label> {
  readonly buckets?: readonly number[];
}

export interface GaugeSpec<Label extends string> extends MetricSpec<Label> {
  /** Called at each reading; what it throws leaves the gauge as it was. */
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>;
}

/** The numbers of one process. Asking again for a metric of the same name gives the same one. */
export interface Metrics {
  counter<Label extends string = never>(spec: MetricSpec<Label>): Counter<Label>;
  histogram<Label extends string = never>(spec: HistogramSpec<Label>): Histogram<Label>;
  gauge<Label extends string = never>(spec: GaugeSpec<Label>): Gauge<Label>;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

const durationBucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const createMetrics = (service: string): Metrics => {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });

  const once = <Metric>(name: string, make: () => Metric): Metric =>
    (registry.getSingleMetric(name) as Metric | undefined) ?? make();

  return {
    counter: (spec) => once(spec.name, () => new Counter(configured(spec, registry))),
    histogram: (spec) =>
      once(
        spec.name,
        () =>
          new Histogram({
            ...configured(spec, registry),
            buckets: [...(spec.buckets ?? durationBucketsSeconds)],
          }),
      ),
    gauge: (spec) => once(spec.name, () => gaugeOf(spec, registry)),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};

const gaugeOf = <Label extends string>(
  spec: GaugeSpec<Label>,
  registry: Registry,
): Gauge<Label> => {
  const { collect } = spec;
  if (!collect) return new Gauge(configured(spec, registry));
  return new Gauge({
    ...configured(spec, registry),
    async collect() {
      try {
        await collect(this);
      } catch {
        // One source that is away must not take the other numbers with it.
      }
    },
  });
};

const configured = <Label extends string>(spec: MetricSpec<Label>, registry: Registry) => {
  const named = spec.labels?.find((label) => /workspace|tenant|profile|user|token/i.test(label));
  if (named !== undefined) throw new Error(`${named} must not be a label of ${spec.name}`);
  return {
    name: spec.name,
    help: spec.help,
    labelNames: [...(spec.labels ?? [])],
    registers: [registry],
  };
};

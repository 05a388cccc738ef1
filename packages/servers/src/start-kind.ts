import { existsSync } from "node:fs";
import { join } from "node:path";

import type { LocalServer, ServerKind, ServerSource, SourceContext } from "./local-server.ts";
import { oneLine } from "./one-line.ts";
import { startProgram } from "./start-program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Starts a server from the first source that can serve; each that cannot says why in one line. */
export const startKind = async (
  kind: ServerKind,
  context: SourceContext,
  dataDir: string | undefined,
): Promise<LocalServer> => {
  const log = (line: string): void => context.log(`${kind.title}: ${line}`);

  for (const source of sourcesToTry(kind, context, dataDir)) {
    const outcome = await trySource({ kind, source, context: { ...context, log }, dataDir });
    if (typeof outcome === "string") {
      log(`${source.id}: ${outcome}`);
      continue;
    }
    log(`${outcome.name} ${outcome.version} at ${withoutPassword(outcome.url)} (${source.id})`);
    return outcome;
  }
  throw new Error(`no ${kind.title} server could be started; the lines above say why`);
};

/** Data that is there already was written by one source, and another could not read it: that one goes first. */
const sourcesToTry = (
  kind: ServerKind,
  { env }: SourceContext,
  dataDir: string | undefined,
): ServerSource[] => {
  const wanted = env[kind.sourceVariable];
  if (wanted !== undefined) {
    const source = kind.sources.find(({ id }) => id === wanted);
    const known = kind.sources.map(({ id }) => id).join(", ");
    if (!source) throw new Error(`${kind.sourceVariable} is none of ${known}`);
    return [source];
  }
  const rank = ({ id }: ServerSource): number => {
    if (id === "url") return 0;
    return dataDir !== undefined && existsSync(join(dataDir, id)) ? 1 : 2;
  };
  return [...kind.sources].sort((one, other) => rank(one) - rank(other));
};

interface Attempt {
  readonly kind: ServerKind;
  readonly source: ServerSource;
  readonly context: SourceContext;
  readonly dataDir: string | undefined;
}

const trySource = async (attempt: Attempt): Promise<LocalServer | string> => {
  const { kind, source, context } = attempt;
  try {
    const offer = await source.offer(context);
    if (offer.kind === "none") return offer.reason;
    if (offer.kind === "external") return await externalServer(kind, offer.url);

    const { dataDir } = attempt;
    return await startProgram({
      kind,
      source: source.id,
      program: offer.program,
      log: context.log,
      dataDir:
        dataDir === undefined
          ? await temporaryFolder(source.id, context.env)
          : join(dataDir, source.id),
      isTemporary: dataDir === undefined,
    });
  } catch (error) {
    // Whoever names a server wants that one, and not silently another.
    if (source.id === "url") throw error;
    return oneLine(error);
  }
};

const externalServer = async (kind: ServerKind, url: string): Promise<LocalServer> => {
  const greeting = await kind.greet(url).catch((error: unknown) => {
    throw new Error(`${kind.title} at ${withoutPassword(url)} does not answer: ${oneLine(error)}`, {
      cause: error,
    });
  });
  const refuse = (): Promise<void> =>
    Promise.reject(
      new Error(`${kind.title} was given by URL, so it is not ours to kill or restart`),
    );
  return {
    ...greeting,
    url,
    source: "url",
    pid: undefined,
    kill9: refuse,
    restart: refuse,
    stop: () => Promise.resolve(),
  };
};

const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, "//");

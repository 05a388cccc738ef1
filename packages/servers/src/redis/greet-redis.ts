import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

import type { ServerGreeting } from "../local-server.ts";

const timeoutMs = 3_000;

/** Asks PING and INFO over a plain socket: this package knows servers, and no client library. */
export const greetRedis = async (url: string): Promise<ServerGreeting> => {
  const { protocol, hostname, port, username, password } = new URL(url);
  const place = { host: hostname, port: Number(port || 6379) };
  const socket = protocol === "rediss:" ? connectTls(place) : connect(place);

  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  const login = password
    ? [["AUTH", decodeURIComponent(username || "default"), decodeURIComponent(password)]]
    : [];
  const commands = [...login, ["PING"], ["INFO", "server"], ["QUIT"]];
  socket.write(commands.map(encode).join(""));
  try {
    await once(socket, "close", { signal: AbortSignal.timeout(timeoutMs) });
  } finally {
    socket.destroy();
  }

  // While it loads its file it answers PING with an error.
  const refusal = /^-(.*)\r$/m.exec(answer)?.[1];
  if (refusal !== undefined) throw new Error(refusal);
  return greetingOf(answer);
};

const encode = (words: readonly string[]): string =>
  [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ""].join(
    "\r\n",
  );

const greetingOf = (answer: string): ServerGreeting => {
  const valkey = /^valkey_version:(\S+)/m.exec(answer)?.[1];
  if (valkey !== undefined) return { name: "Valkey", version: valkey };

  const version = /^redis_version:(\S+)/m.exec(answer)?.[1];
  if (version === undefined) throw new Error("the answer is not that of a Redis server");
  return { name: "Redis", version };
};

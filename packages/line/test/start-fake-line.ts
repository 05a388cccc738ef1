import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface FakeLine {
  readonly apiBaseUrl: string;
  readonly requests: {
    readonly url: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }[];
  readonly sockets: () => number;
}

/** A server that answers as the test says, on a port of its own, gone with the test. */
export const startFakeLine = async (
  answer: (req: IncomingMessage, res: ServerResponse, body: string) => void,
): Promise<FakeLine> => {
  const requests: FakeLine["requests"] = [];
  let sockets = 0;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      requests.push({ url: req.url ?? "", headers: req.headers, body });
      answer(req, res, body);
    });
    req.on("error", () => undefined);
  });
  server.on("connection", () => (sockets += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { apiBaseUrl: `http://127.0.0.1:${port}`, requests, sockets: () => sockets };
};

/** Answers with JSON. */
export const json = (res: ServerResponse, status: number, body: unknown): void => {
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

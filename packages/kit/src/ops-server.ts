import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { readinessAnswer, type Readiness } from "./readiness.ts";

export interface OpsServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Loopback, unless something inside the cluster is to reach it. */
  readonly host?: string;
  readonly metrics: Metrics;
  readonly ready: () => Promise<Readiness[]>;
  readonly log: Logger;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/healthz`, `/readyz` and `/metrics` to those who run the process; never for the public. */
export const startOpsServer = async (options: OpsServerOptions): Promise<OpsServer> => {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (req, res) => {
    answer(options, req.method ?? "", req.url ?? "", res).catch((error: unknown) => {
      options.log.error({ err: error }, "an ops request failed");
      res.destroy();
    });
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options.port, options.host ?? "127.0.0.1", resolve);
  await listening;
  server.on("error", (error) => options.log.error({ err: error }, "the ops server failed"));

  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};

const answer = async (
  { metrics, ready }: OpsServerOptions,
  method: string,
  url: string,
  res: ServerResponse,
): Promise<void> => {
  if (method !== "GET" && method !== "HEAD") return json(res, 405, { status: "GET only" });
  switch (url.split("?", 1)[0]) {
    case "/healthz":
      return json(res, 200, { status: "ok" });
    case "/readyz": {
      const { status, body } = await readinessAnswer(ready);
      return json(res, status, body);
    }
    case "/metrics": {
      const text = await metrics.text();
      res.writeHead(200, { "content-type": metrics.contentType }).end(text);
      return;
    }
    default:
      return json(res, 404, { status: "not found" });
  }
};

const json = (res: ServerResponse, status: number, body: unknown): void => {
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

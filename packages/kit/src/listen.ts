import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import type { Logger } from "./logger.ts";
import { newRequestId } from "./http/request-id.ts";

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  readonly log: Logger;
  readonly limits?: Partial<typeof standardLimits>;
}

export interface Listening {
  readonly port: number;
  readonly server: Server;
  /** Takes no more, lets requests finish for `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

const standardLimits = {
  /** From the opening of the connection to the end of the headers. */
  headersTimeoutMs: 10_000,
  /** The whole request, body included. */
  requestTimeoutMs: 15_000,
  /** Longer than a load balancer keeps idle connections (60 s), so that it is never us who close under it. */
  keepAliveTimeoutMs: 75_000,
  connectionsMax: 20_000,
  /** How often the time-outs above are looked at. */
  checkEveryMs: 1_000,
};

/** Serves an app (or any request listener) with limits on time and connections. */
export const listen = async (app: RequestListener, options: ListenOptions): Promise<Listening> => {
  const limits = { ...standardLimits, ...options.limits };
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      noDelay: true,
    },
    app,
  );
  server.maxConnections = limits.connectionsMax;
  server.on("clientError", refuseClient);
  const closing = closeGently(server);

  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options.port, options.host, resolve);
  await listening;
  server.on("error", (error) => options.log.error({ err: error }, "the http server failed"));
  const { port } = server.address() as AddressInfo;
  options.log.info({ port }, "listening");
  return { port, server, close: closing };
};

/** What the parser refuses never reaches the app; it gets the same shape of answer, and no second chance. */
const refuseClient = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, message } = parserRefusals[error.code ?? ""] ?? malformed;
  const body = JSON.stringify({ error: { code, message, requestId: newRequestId() } });
  const head = [
    `HTTP/1.1 ${status}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
};

const malformed = {
  status: "400 Bad Request",
  code: "request_invalid",
  message: "not a well-formed HTTP request",
};
const parserRefusals: Readonly<Record<string, typeof malformed>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    code: "body_timeout",
    message: "the request did not arrive in time",
  },
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    code: "request_invalid",
    message: "the headers are over 16 KiB",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: "413 Payload Too Large",
    code: "body_too_large",
    message: "the chunk extensions are too large",
  },
};

const closeGently = (server: Server): Listening["close"] => {
  const underWay = new Set<ServerResponse>();
  server.on("request", (_req, res) => {
    underWay.add(res);
    res.once("close", () => underWay.delete(res));
    if (!server.listening) res.setHeader("connection", "close");
  });

  return async (graceMs) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    for (const res of underWay) if (!res.headersSent) res.setHeader("connection", "close");

    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    try {
      await closed;
    } finally {
      clearInterval(idle);
      clearTimeout(cut);
    }
  };
};

import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it was on the wire. */
export interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly retryKey: string;
  /** 1 for the first request under its retry key. */
  readonly tryNumber: number;
}

/** What is said instead of the simulator's answer. */
export interface Spoiled {
  /** Whether the simulator gets the request all the same. */
  readonly passedOn: boolean;
  readonly reply: (res: ServerResponse) => void;
}

/** Stands between the sender and the simulator, notes every request and spoils the answers it is told to spoil. */
export interface LineBetween {
  readonly requests: readonly Seen[];
  /** For each request: undefined lets it through. */
  spoil: (seen: Seen) => Spoiled | undefined;
  /** Its origin, for the sender. */
  open(simulatorUrl: string): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const createLineBetween = (): LineBetween => {
  const requests: Seen[] = [];
  const tries = new Map<string, number>();
  let target = "";
  const note = (req: IncomingMessage, body: string): Seen => {
    const retryKey = String(req.headers["x-line-retry-key"] ?? "");
    const tryNumber = (tries.get(retryKey) ?? 0) + 1;
    tries.set(retryKey, tryNumber);
    const seen = { path: req.url ?? "", headers: req.headers, body, retryKey, tryNumber };
    requests.push(seen);
    return seen;
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      // What is only asked of LINE, such as the month's quota, is no message.
      if (req.method === "GET") {
        const seen = {
          path: req.url ?? "",
          headers: req.headers,
          body,
          retryKey: "",
          tryNumber: 1,
        };
        passOn(target, seen, (answer) => answerWith(res, answer));
        return;
      }
      const seen = note(req, body);
      const spoiled = between.spoil(seen);
      if (!spoiled) passOn(target, seen, (answer) => answerWith(res, answer));
      else if (spoiled.passedOn)
        passOn(target, seen, (answer) => {
          answer.resume();
          answer.on("end", () => spoiled.reply(res));
        });
      else spoiled.reply(res);
    });
    res.on("error", () => undefined); // the sender may have hung up
  });
  const between: LineBetween = {
    requests,
    spoil: () => undefined,
    open: async (simulatorUrl) => {
      target = simulatorUrl;
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return between;
};

const passOn = (
  target: string,
  { path, headers, body }: Seen,
  onAnswer: (answer: IncomingMessage) => void,
): void => {
  request(`${target}${path}`, { method: "POST", headers }, onAnswer).end(body);
};

const answerWith = (res: ServerResponse, answer: IncomingMessage): void => {
  res.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.pipe(res);
};

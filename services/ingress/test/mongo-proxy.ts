import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to MongoDB that a test can make slow, or tell lies on. */
export interface MongoProxy extends AsyncDisposable {
  /** Leads through the proxy; the options of the URL it was given stay. */
  readonly url: string;
  /** Holds every command of this name back for so long before the server sees it; 0 stops that. */
  hold(command: string, ms: number): void;
  /** The next answer to this command says that one of its documents was not written. */
  failOne(command: string, document: FailedDocument): void;
}

export interface FailedDocument {
  readonly index: number;
  readonly of: number;
  /** The server's error; without one its disk is full. */
  readonly code?: number;
}

export const startMongoProxy = async (mongoUrl: string): Promise<MongoProxy> => {
  const holds = new Map<string, number>();
  const lies = new Map<string, Buffer>();
  const target = new URL(mongoUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let lie: Buffer | undefined;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (bytes: Buffer) => {
      const command = commandOf(bytes);
      lie = lies.get(command);
      lies.delete(command);
      const ms = holds.get(command) ?? 0;
      if (ms === 0) {
        upstream.write(bytes);
        return;
      }
      client.pause();
      setTimeout(() => {
        client.resume();
        if (upstream.writable) upstream.write(bytes);
      }, ms).unref();
    });
    upstream.on("data", (bytes: Buffer) => {
      client.write(lie ? replyTo(bytes, lie) : bytes);
      lie = undefined;
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  const url = new URL(mongoUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  url.searchParams.set("directConnection", "true");
  return {
    url: url.toString(),
    hold: (command, ms) => void holds.set(command, ms),
    failOne: (command, document) => void lies.set(command, oneFailed(document)),
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
};

/** The name of an OP_MSG's command: the first field of its document, behind 25 bytes of header, flags and length. */
const commandOf = (bytes: Buffer): string => {
  const end = bytes.indexOf(0, 26);
  return bytes.length > 30 && bytes.readInt32LE(12) === 2_013 && end !== -1
    ? bytes.toString("latin1", 26, end)
    : "";
};

/** A message of the server's with its document replaced. */
const replyTo = (message: Buffer, document: Buffer): Buffer => {
  const reply = Buffer.concat([message.subarray(0, 21), document]);
  reply.writeInt32LE(reply.length, 0);
  return reply;
};

/** What a server answers to an unordered write of which one document failed. */
const oneFailed = ({ index, of, code = 14_031 }: FailedDocument): Buffer =>
  bson(
    int32("n", of - 1),
    named(4, "writeErrors", bson(named(3, "0", bson(int32("index", index), int32("code", code))))),
    named(1, "ok", double(1)),
  );

const bson = (...fields: readonly Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.alloc(4), ...fields, Buffer.alloc(1)]);
  body.writeInt32LE(body.length, 0);
  return body;
};
const named = (type: number, name: string, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value]);
const int32 = (name: string, value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value, 0);
  return named(16, name, bytes);
};
const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value, 0);
  return bytes;
};

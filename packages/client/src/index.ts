export type { CallOptions, ConnectionOptions } from "./call.ts";
export {
  createYubinClient,
  type Accepted,
  type Page,
  type PageOptions,
  type YubinClient,
} from "./client.ts";
export {
  createSendProducer,
  sendsPrefix,
  type SendOptions,
  type SendProducer,
  type SendProducerOptions,
} from "./send-producer.ts";
export { YubinError, type YubinErrorDetails } from "./yubin-error.ts";

/**
 * The BullMQ prefix of a queue. The braces put all keys of one queue into one slot of a Redis Cluster, and different
 * queues into different ones: `yubin` gives `{yubin-sends}` for the queue `sends`. A prefix with braces is taken as it is.
 */
export const queuePrefix = (queue: string, prefix: string = "yubin"): string =>
  prefix.includes("{") ? prefix : `{${prefix}-${queue}}`;

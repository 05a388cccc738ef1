import type { BatchRow } from "@yubin/store";

/** Before this moment nothing of a message on its own was sent. */
export const dueAt = ({ createdAt, sendAt }: Pick<BatchRow, "createdAt" | "sendAt">): Date =>
  sendAt && sendAt > createdAt ? sendAt : createdAt;

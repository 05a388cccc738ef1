/**
 * Ids of the rows that clicks on a message's link had before they stood in the link's own row (`clicked`): a message has
 * one person, at the first place of its one batch. They are found by these, so that no index is needed for them.
 */
export const olderClickIds = (linkId: string): string[] => [linkId, `${linkId}/0/0`];

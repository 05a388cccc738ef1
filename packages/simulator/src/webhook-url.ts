const urlMax = 500;

/** Whether LINE would take this as the URL of a webhook. */
export function isWebhookUrl(url: unknown, httpsOnly: boolean): url is string {
  if (typeof url !== "string" || url.length > urlMax || !URL.canParse(url)) return false;
  const { protocol } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && !httpsOnly);
}

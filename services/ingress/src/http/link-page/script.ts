/** Asks how the link stands and shows the page anew when that has changed. */
export const script = `
(() => {
  const until = Date.now() + 1200000;
  const look = async () => {
    try {
      const answer = await fetch(location.pathname + "/status", { cache: "no-store" });
      const { state } = await answer.json();
      if (answer.ok && state !== "confirmed") return location.reload();
    } catch {}
    if (Date.now() < until) setTimeout(look, document.hidden ? 6000 : 2500);
  };
  setTimeout(look, 2500);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); }, { once: true });
})();
`;

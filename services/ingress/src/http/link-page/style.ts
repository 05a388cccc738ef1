/** For a phone first. Every colour pair has the contrast that WCAG AA asks for. */
export const style = `
:root {
  --ink: #16211b; --soft: #56635b; --line: #dfe5e1; --paper: #fff; --ground: #eef3f0;
  --green: #06713a; --green-ink: #fff; --tint: #e6f4ec; --warn: #8a4b00; --warn-tint: #fdf1de;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #eef3f0; --soft: #a7b4ac; --line: #33403a; --paper: #1a221e; --ground: #0f1512;
    --green: #4cc784; --green-ink: #06210f; --tint: #1d3226; --warn: #f2bd75; --warn-tint: #38290f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; justify-content: center; align-items: flex-start;
  padding: max(1.25rem, env(safe-area-inset-top)) 1rem 2rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", "Noto Sans Thai", sans-serif;
  overflow-wrap: anywhere;
}
:lang(ja), :lang(zh-TW) { line-break: strict; }
:lang(ja) h1, :lang(ja) p { word-break: auto-phrase; }
main {
  width: 100%; max-width: 26rem; background: var(--paper); border-radius: 1.25rem; padding: 1.75rem 1.25rem 1.5rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .06), 0 8px 28px rgb(0 0 0 / .07);
}
.sign { display: block; width: 3.5rem; height: 3.5rem; margin: 0 auto 1rem; color: var(--green); }
.sign.warn { color: var(--warn); }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.35; text-align: center; text-wrap: balance; }
p { margin: 0; }
.lead { color: var(--soft); text-align: center; text-wrap: pretty; }
dl { margin: 1.5rem 0 0; border: 1px solid var(--line); border-radius: .875rem; }
dl > div { padding: .8rem 1rem; }
dl > div + div { border-top: 1px solid var(--line); }
dt { color: var(--soft); font-size: .8125rem; line-height: 1.4; }
dd { margin: .15rem 0 0; font-weight: 600; line-height: 1.45; }
.ask { margin-top: 1.25rem; text-align: center; font-size: .9375rem; text-wrap: balance; }
.alert { margin-top: 1.25rem; padding: .75rem 1rem; border-radius: .75rem; background: var(--warn-tint); color: var(--warn); font-size: .9375rem; }
form { display: grid; gap: .625rem; margin-top: 1rem; }
button, .button {
  display: block; width: 100%; min-height: 3.25rem; padding: .75rem 1rem; border: 0; border-radius: .875rem; cursor: pointer;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; touch-action: manipulation;
  background: var(--green); color: var(--green-ink);
}
button.plain { background: transparent; color: var(--ink); border: 1px solid var(--line); font-weight: 500; }
button:focus-visible, .button:focus-visible { outline: 3px solid var(--green); outline-offset: 2px; }
button:hover, .button:hover { filter: brightness(1.08); }
.code {
  margin: 1.5rem 0 .5rem; padding: 1rem .5rem; border-radius: .875rem; background: var(--tint); text-align: center;
  font: 600 1.3125rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; letter-spacing: .04em;
  user-select: all; -webkit-user-select: all;
}
.small { color: var(--soft); font-size: .8125rem; line-height: 1.55; text-align: center; text-wrap: balance; }
.button { margin-top: 1.25rem; }
.wait { margin-top: 1rem; color: var(--soft); font-size: .9375rem; text-align: center; }
.wait::before {
  content: ""; display: inline-block; width: .875rem; height: .875rem; margin-right: .5rem; vertical-align: -.1em;
  border: 2px solid var(--line); border-top-color: var(--green); border-radius: 50%; animation: turn 1s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .wait::before { animation: none; } }
.qr { display: none; }
.qr svg { display: block; width: 11rem; height: 11rem; margin: 1.25rem auto .5rem; border-radius: .5rem; }
@media (min-width: 40rem) { .qr { display: block; } body { align-items: center; } main { padding: 2.25rem 2rem 1.75rem; } }
.notice { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
`;

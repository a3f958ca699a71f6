// How `<steadfast-status>` looks. Every colour is a custom property, and every piece a part.

const STYLE = `
:host {
  --good: var(--steadfast-good, #1a7f4b);
  --fair: var(--steadfast-fair, #9a6700);
  --bad: var(--steadfast-bad, #c2261d);
  --idle: var(--steadfast-idle, #5c6570);
  --text: var(--steadfast-text, #1c2128);
  --muted: var(--steadfast-muted, #57606a);
  --back: var(--steadfast-background, #ffffff);
  --edge: var(--steadfast-border, #d0d7de);
  display: inline-block;
  font: 500 0.875rem/1.25 system-ui, sans-serif;
}
:host([hidden]) { display: none; }
@media (prefers-color-scheme: dark) {
  :host {
    --good: var(--steadfast-good, #4cc38a);
    --fair: var(--steadfast-fair, #e3b341);
    --bad: var(--steadfast-bad, #ff7b72);
    --idle: var(--steadfast-idle, #9aa4af);
    --text: var(--steadfast-text, #e6edf3);
    --muted: var(--steadfast-muted, #9aa4af);
    --back: var(--steadfast-background, #161b22);
    --edge: var(--steadfast-border, #3d444d);
  }
}
.frame {
  --tone: var(--idle);
  display: inline-flex;
  align-items: center;
  gap: 0.5rem;
  padding: 0.3rem 0.7rem;
  border: 1px solid var(--edge);
  border-radius: 999px;
  background: var(--back);
  color: var(--text);
  white-space: nowrap;
}
.frame[data-status="CONNECTED"] { --tone: var(--good); }
.frame[data-status="RECONNECTING"], .frame[data-quality="POOR"] { --tone: var(--fair); }
.frame[data-status="FAILED"], .frame[data-quality="CRITICAL"] { --tone: var(--bad); }
.dot {
  box-sizing: border-box;
  width: 0.65rem;
  height: 0.65rem;
  border: 2px solid var(--tone);
  border-radius: 50%;
}
.frame[data-status="CONNECTED"] .dot { background: var(--tone); }
.frame[data-status="FAILED"] .dot { background: var(--tone); border-radius: 1px; }
.frame[data-status="RECONNECTING"] .dot { border-top-color: transparent; animation: turn 1s linear infinite; }
.frame[data-status="SUSPENDED"] .dot { border-width: 0 3px; border-radius: 0; }
.quality, .latency { color: var(--muted); }
.latency { font-variant-numeric: tabular-nums; }
.quality:empty, .latency:empty, .sparkline.blank { display: none; }
.quality { color: var(--tone); }
.sparkline { width: 5rem; height: 1.25rem; overflow: visible; }
.frame:not([data-status="CONNECTED"]) .sparkline { opacity: 0.5; }
.line, .marks { fill: none; stroke: var(--tone); stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.marks { stroke: var(--bad); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@keyframes turn { to { rotate: 1turn; } }
@media (prefers-reduced-motion: reduce) { .dot { animation: none !important; } }
@media (forced-colors: active) { .dot { forced-color-adjust: none; } .line, .marks { stroke: CanvasText; } }
`;

const HTML = `
<span class="frame" part="frame">
  <span class="dot" part="dot" aria-hidden="true"></span>
  <span class="label" part="label"></span>
  <span class="quality" part="quality"></span>
  <span class="latency" part="latency"></span>
  <svg class="sparkline" part="sparkline" aria-hidden="true" focusable="false" preserveAspectRatio="none"></svg>
</span>
<span class="unseen announcement" role="status" aria-live="polite"></span>`;

/** @type {CSSStyleSheet} */
let sheet;
/** @type {HTMLTemplateElement} */
let template;

/**
 * Fills a shadow root, and gives its pieces by name.
 * @param {ShadowRoot} root
 * @returns {Record<string, any>} any: the elements of the template above, of three kinds
 */
export function styled(root) {
  if (!sheet) {
    // A sheet of this kind is no inline style, which policies forbid, and is shared by all elements.
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    template = document.createElement("template");
    template.innerHTML = HTML;
  }
  root.adoptedStyleSheets = [sheet];
  root.append(template.content.cloneNode(true));
  const names = ["frame", "label", "quality", "latency", "sparkline", "announcement"];
  return Object.fromEntries(names.map((name) => [name, root.querySelector(`.${name}`)]));
}

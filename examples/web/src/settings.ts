/** What this page has to know: from the address, or else from a form that makes such an address. */

export interface Settings {
  /** The echo server: `ws:` or `wss:`. */
  echo: URL;
  /** Where the echo server can be told to misbehave; there are no buttons without it. */
  control: URL | undefined;
  /** Where quality is reported to, and with which publishable key; nowhere without it. */
  report: { url: string; key: string } | undefined;
}

/** The settings in an address such as `?echo=ws://…&control=http://…&report=http://…&key=pk_…`. */
export function readSettings(query: string): Settings | undefined {
  const parameters = new URLSearchParams(query);
  const echo = url(parameters.get("echo"));
  if (!echo || !/^wss?:$/.test(echo.protocol)) return undefined;
  const report = url(parameters.get("report"));
  const key = parameters.get("key");
  return {
    echo,
    control: url(parameters.get("control")),
    report: report && key ? { url: report.href, key } : undefined,
  };
}

/** Shows the form. Submitting it opens this page again, with the settings in its address. */
export function askForSettings(section: HTMLElement, query: string): void {
  section.hidden = false;
  for (const [name, value] of new URLSearchParams(query)) {
    const field = section.querySelector<HTMLInputElement>(`input[name="${CSS.escape(name)}"]`);
    if (field) field.value = value;
  }
  section.querySelector("input")?.focus();
}

function url(text: string | null): URL | undefined {
  return text && URL.canParse(text) ? new URL(text) : undefined;
}

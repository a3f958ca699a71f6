/** The secret or read-only key: where it comes from and where it stays. */

const STORED_AS = "steadfast.key";

/**
 * The key from the address (`#key=sk_…`) or, failing that, this tab's. A key is taken out of the
 * address at once, so that it neither stays in the history nor gets copied along.
 */
export function takeKey(): string | undefined {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const key = parameters.get("key")?.trim();
  if (!key) return sessionStorage.getItem(STORED_AS) ?? undefined;
  parameters.delete("key");
  const rest = parameters.size > 0 ? `#${parameters}` : "";
  history.replaceState(history.state, "", location.pathname + location.search + rest);
  return key;
}

/** Remembers a key that the collector took, for as long as the tab is open. */
export function rememberKey(key: string): void {
  sessionStorage.setItem(STORED_AS, key);
}

/** Forgets the key. */
export function forgetKey(): void {
  sessionStorage.removeItem(STORED_AS);
}

/** What is wrong with a key at first sight; undefined if nothing is. */
export function keyProblem(key: string): string | undefined {
  if (key === "") return "Enter the secret key.";
  if (key.startsWith("pk_")) {
    return "This is a publishable key, which may only send reports. A secret key begins with sk_, a read-only one with rk_.";
  }
  const reads = key.startsWith("sk_") || key.startsWith("rk_");
  return reads ? undefined : "A secret key begins with sk_, a read-only one with rk_.";
}

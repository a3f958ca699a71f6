/** The page: signed out, or the dashboard of the organisation that the key is of. */

import { Api, ApiError } from "./collector/api.ts";
import { startDashboard } from "./dashboard.ts";
import type { Dashboard } from "./dashboard.ts";
import { byId, setText } from "./ui/dom.ts";
import { forgetKey, keyProblem, rememberKey, takeKey } from "./key.ts";

const signIn = byId("sign-in", HTMLElement);
const form = byId("sign-in-form", HTMLFormElement);
const submit = byId("sign-in-submit", HTMLButtonElement);
const keyInput = byId("key", HTMLInputElement);
const problem = byId("sign-in-error", HTMLElement);
const page = byId("dashboard", HTMLElement);
const signOut = byId("sign-out", HTMLButtonElement);

let dashboard: Dashboard | undefined;

function start(key: string): void {
  dashboard?.stop();
  signIn.hidden = true;
  page.hidden = false;
  signOut.hidden = false;
  dashboard = startDashboard(
    key,
    () => rememberKey(key),
    (error) => leave(refusal(error)),
  );
}

/** Forgets the key and asks for another; says why, if there is a reason. */
function leave(reason = ""): void {
  dashboard?.stop();
  dashboard = undefined;
  forgetKey();
  page.hidden = true;
  signOut.hidden = true;
  signIn.hidden = false;
  complain(reason);
  keyInput.focus();
}

function complain(reason: string): void {
  setText(problem, reason);
  keyInput.setAttribute("aria-invalid", String(reason !== ""));
}

function startFromAddress(): void {
  const key = takeKey();
  if (key === undefined) return leave();
  const wrong = keyProblem(key);
  if (wrong === undefined) start(key);
  else leave(wrong);
}

/** Tries a key before the form goes away, so that a wrong one can be put right. */
async function tryKey(key: string): Promise<void> {
  submit.disabled = true;
  try {
    await new Api(key).health();
    form.reset();
    start(key);
  } catch (error) {
    complain(error instanceof ApiError && error.isUnauthorized ? refusal(error) : messageOf(error));
    keyInput.focus();
  } finally {
    submit.disabled = false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refusal(error: ApiError): string {
  return `The collector does not take this key: ${error.message}`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = keyInput.value.trim();
  const wrong = keyProblem(key);
  complain(wrong ?? "");
  if (wrong === undefined) void tryKey(key);
  else keyInput.focus();
});
signOut.addEventListener("click", () => leave());
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#key=")) startFromAddress();
});
startFromAddress();

// The published declarations against the scripts, by entry: both export the same names, and what a script exports is
// assignable to what is declared.

import type * as connectDeclared from "../js/connect.js";
import type * as declared from "../js/index.js";
import type * as persistDeclared from "../js/persist.js";
import type * as reactDeclared from "../js/react.js";
import type * as statusDeclared from "../js/status.js";

import type * as connect from "../js/entries/connect.js";
import type * as connectNode from "../js/entries/connect_node.js";
import type * as connectWorkerd from "../js/entries/connect_workerd.js";
import type * as index from "../js/entries/index.js";
import type * as inline from "../js/entries/inline.js";
import type * as node from "../js/entries/node.js";
import type * as persist from "../js/entries/persist.js";
import type * as react from "../js/entries/react.js";
import type * as status from "../js/entries/status.js";
import type * as workerd from "../js/entries/workerd.js";

/** Does not compile if a name is on one side only; the error shows it. */
type SameNames<Script, Declaration> = [
  Exclude<keyof Script, keyof Declaration>,
  Exclude<keyof Declaration, keyof Script>,
] extends [never, never]
  ? true
  : { notDeclared: Exclude<keyof Script, keyof Declaration>; notExported: Exclude<keyof Declaration, keyof Script> };

/** Does not compile if a script exports something else than what is declared. */
type Holds<Declaration, Script extends Declaration> = SameNames<Script, Declaration>;

/** What `steadfast/connect` declares besides types alone. */
type ConnectDeclared = Pick<typeof connectDeclared, "SteadfastError" | "SteadfastWebSocket" | "connect" | "ready">;

export const checked: [
  Holds<typeof declared, typeof index>,
  Holds<typeof declared, typeof inline>,
  Holds<typeof declared, typeof node>,
  Holds<typeof declared, typeof workerd>,
  Holds<ConnectDeclared, typeof connect>,
  Holds<ConnectDeclared, typeof connectNode>,
  Holds<ConnectDeclared, typeof connectWorkerd>,
  Holds<typeof persistDeclared, typeof persist>,
  Holds<typeof reactDeclared, typeof react>,
  Holds<typeof statusDeclared, typeof status>,
] = [true, true, true, true, true, true, true, true, true, true];

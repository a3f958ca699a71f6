// A service worker that is given one file.

import { connect } from "/pkg/inline.js";
import { keepWhenAsked } from "./keeping.js";

keepWhenAsked(connect);

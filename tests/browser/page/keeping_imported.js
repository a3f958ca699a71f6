// A service worker that imports beforehand what cannot be imported later.

import { connect } from "/pkg/index.js";
import "/pkg/persist.js";
import { keepWhenAsked } from "./keeping.js";

keepWhenAsked(connect);

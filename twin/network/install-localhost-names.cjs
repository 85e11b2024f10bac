"use strict";

/** For `node --require`: teaches a program of somebody else's that names below `localhost` are the loopback address. */
require("./resolve-localhost.cjs").installLocalhostNames();

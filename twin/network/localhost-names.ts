/**
 * `installLocalhostNames()` teaches this process that `*.localhost` is 127.0.0.1. The work is done in a plain CommonJS
 * file that the handlers' processes load as well.
 */
export { installLocalhostNames, isLocalhostName, lookupLocalhost } from "./resolve-localhost.cjs";

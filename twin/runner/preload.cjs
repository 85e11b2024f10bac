"use strict";

/**
 * Loaded with --require into every handler's process before the handler's own code. It makes the process what a
 * container on Cloud Run is, as far as a handler can tell:
 *
 * - A listener on all interfaces becomes a socket file in the container's private directory. So every container has
 *   port 8080 for itself, and nothing on the machine or its network reaches a container round the twin's front; a handler
 *   behind the machine front believes certificate headers, which anyone could send to a port.
 * - Names below localhost lead to the twin.
 * - The clock is the twin's.
 * - When the twin's process is gone, however it ended, so is this one, with its secret files.
 */
const { rmSync } = require("node:fs");
const { Server } = require("node:net");
const { join } = require("node:path");
const { installDateShift } = require("../clock/shift-date.cjs");
const { installLocalhostNames } = require("../network/resolve-localhost.cjs");

const { clockOffset, directory } = JSON.parse(process.env.KEYLESS_TWIN_CONTAINER);
delete process.env.KEYLESS_TWIN_CONTAINER;

installLocalhostNames();
const clock = installDateShift();
clock.setOffset(clockOffset);

process.on("message", (message) => {
  if (typeof message?.clockOffset === "number") {
    clock.setOffset(message.clockOffset);
    process.send({ clockOffset: message.clockOffset });
  }
});
process.on("disconnect", () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(1);
});
// The channel alone is no reason to stay: a handler that has closed its listener ends.
process.channel.unref();

const allInterfaces = new Set([undefined, "", "0.0.0.0", "::"]);
const listen = Server.prototype.listen;
Server.prototype.listen = function listenInContainer(...parameters) {
  const [first, second] = parameters;
  const options =
    typeof first === "object" && first !== null
      ? first
      : { port: first, host: typeof second === "string" ? second : undefined };
  const port = Number(options.port);
  const isPort = options.port !== null && options.port !== "" && Number.isInteger(port) && port > 0 && port < 65_536;
  if (!isPort || !allInterfaces.has(options.host)) {
    return listen.apply(this, parameters);
  }
  this.address = () => ({ address: "0.0.0.0", family: "IPv4", port });
  const callback = parameters.find((parameter) => typeof parameter === "function");
  return listen.call(this, { path: join(directory, `${port}.sock`), signal: options.signal }, callback);
};

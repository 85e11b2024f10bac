"use strict";

/**
 * Names below `localhost` are the loopback address (RFC 6761 §6.3). Browsers and curl know that by themselves; Node asks
 * the C library, which on many systems knows `localhost` alone.
 *
 * Plain CommonJS, because the handlers' processes load it with --require before any of their code.
 */
const dns = require("node:dns");
const { syncBuiltinESMExports } = require("node:module");

const installed = Symbol.for("keyless.twin.localhost-names");
const loopback = { address: "127.0.0.1", family: 4 };
const systemLookup = dns.lookup;
const systemLookupPromise = dns.promises.lookup;

const isLocalhostName = (hostname) => typeof hostname === "string" && /(^|\.)localhost\.?$/i.test(hostname);
/** `localhost` itself the system knows, with whatever addresses it has. */
const isBelowLocalhost = (hostname) => isLocalhostName(hostname) && !/^localhost\.?$/i.test(hostname);

/** Whether the caller would take an IPv4 address. */
const takesIpv4 = (options) => {
  const family = typeof options === "number" ? options : options?.family;
  return family !== 6 && family !== "IPv6";
};

function lookupLocalhost(hostname, options, callback) {
  const done = typeof options === "function" ? options : callback;
  const settings = typeof options === "function" ? {} : options;
  if (!isBelowLocalhost(hostname) || !takesIpv4(settings) || typeof done !== "function") {
    return systemLookup.call(dns, hostname, options, callback);
  }
  process.nextTick(() => {
    if (settings?.all) {
      done(null, [{ ...loopback }]);
    } else {
      done(null, loopback.address, loopback.family);
    }
  });
  return {};
}

async function lookupLocalhostPromise(hostname, options) {
  if (!isBelowLocalhost(hostname) || !takesIpv4(options)) {
    return systemLookupPromise.call(dns.promises, hostname, options);
  }
  return options?.all ? [{ ...loopback }] : { ...loopback };
}

function installLocalhostNames() {
  if (dns[installed]) {
    return;
  }
  Object.defineProperty(dns, installed, { value: true });
  // util.promisify(dns.lookup) resolves to { address, family } by this symbol, which the replacement must keep.
  const promisify = Symbol.for("nodejs.util.promisify.custom");
  Object.defineProperty(lookupLocalhost, promisify, { value: lookupLocalhostPromise, configurable: true });
  dns.lookup = lookupLocalhost;
  dns.promises.lookup = lookupLocalhostPromise;
  syncBuiltinESMExports();
}

module.exports = { installLocalhostNames, isLocalhostName, lookupLocalhost };

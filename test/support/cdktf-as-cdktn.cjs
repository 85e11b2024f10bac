/** Preloaded into a process, makes every import of cdktf, ours and the providers', resolve to its fork cdktn. */
const Module = require("node:module");

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return resolveFilename.call(this, request.replace(/^cdktf(?=$|\/)/, "cdktn"), ...rest);
};

/**
 * Runs z3 apart from everything else: the solver's threads live here, and whoever asked can end them with the process.
 * Reads one JSON object a line, {"id","script","milliseconds"}, and answers {"id","answer"} or {"id","problem"}.
 */
"use strict";

const { createInterface } = require("node:readline");
const { init } = require("z3-solver");

const memoryMegabytes = 1024;

async function main() {
  const { Z3 } = await init();
  Z3.global_param_set("memory_max_size", String(memoryMegabytes));
  const context = Z3.mk_context(Z3.mk_config());
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, script, milliseconds } = JSON.parse(line);
    let reply;
    try {
      const settings = `(reset)(set-option :timeout ${milliseconds})(set-option :model true)`;
      reply = { id, answer: await Z3.eval_smtlib2_string(context, `${settings}\n${script}`) };
    } catch (error) {
      reply = { id, problem: error instanceof Error ? error.message : "the solver failed" };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
  process.exit(0);
}

main();

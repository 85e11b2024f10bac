import { attachStore } from "./attached-store";

/**
 * A twin's provider in a process of its own, for tests that kill it. Prints its environment as one line of JSON, and ends
 * with its standard input, so that it does not outlive the test.
 */
attachStore().then(({ attachment }) => process.stdout.write(`${JSON.stringify(attachment.environment)}\n`));
process.stdin.resume().on("end", () => process.exit());

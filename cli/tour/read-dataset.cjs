/**
 * A program as any user of google-auth-library writes it: credentials from GOOGLE_APPLICATION_CREDENTIALS, one request.
 * Usage: node read-dataset.cjs URL. Prints {"id"} or {"problem"}; never a token.
 */
"use strict";

const { GoogleAuth } = require("google-auth-library");

async function main([url]) {
  const auth = new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform"] });
  const client = await auth.getClient();
  const { data } = await client.request({ url });
  return { id: data.id };
}

main(process.argv.slice(2))
  .catch((error) => ({ problem: error.message }))
  .then((answer) => process.stdout.write(JSON.stringify(answer)));

/** Ways to serve a request with an assertion, each in a process of its own: what is compared, and why it stands here. */
export const verifyContenders = {
  keyless: "Keyless on node:http",
  "keyless-fastify": "Keyless as Fastify plugin",
  bare: "node:http, bare asynchronous ES256 verify",
  "gal-in-memory": "google-auth-library, keys in memory",
  "gal-documented": "google-auth-library as documented",
} as const;
export type VerifyContender = keyof typeof verifyContenders;
